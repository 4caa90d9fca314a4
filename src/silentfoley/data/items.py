"""One clip, made ready: features, targets and truth on its own clock; and how items become a batch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from silentfoley.cue_formats import sheet_from_dict, sheet_to_dict
from silentfoley.cues import CueSheet
from silentfoley.data.batch import FoleyBatch
from silentfoley.data.cache import Entry
from silentfoley.encoders.base import FeatureExtractor
from silentfoley.labels import TEXTURES
from silentfoley.signal.envelope import strength_curve
from silentfoley.signal.mel import SoundFeatures
from silentfoley.signal.onsets import onset_target
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ, TimeGrid
from silentfoley.waveform import Waveform


@dataclass(frozen=True)
class RawClip:
    """A clip as it comes from a file or from the stage.

    Attributes:
        id: unique name.
        frames: (F, H, W, 3) uint8.
        times_s: (F,) from the start of the clip.
        duration_s: length of the picture.
        label: sound class.
        waveform: true sound, or None.
        cues: true cues, or None if not annotated.
        silent: known to make no sound.
    """

    id: str
    frames: NDArray[np.uint8]
    times_s: NDArray[np.float64]
    duration_s: float
    label: str
    waveform: Waveform | None = None
    cues: CueSheet | None = None
    silent: bool = False


@dataclass(frozen=True)
class ClipItem:
    """What one clip gives to a batch. T columns.

    Attributes:
        id: unique name.
        label: sound class.
        grid: the clip's clock.
        features: (T, ...) as the extractor made them; uint8 stands for [0, 1] in 255 steps.
        onset: (T,) target.
        strength: (T,) target.
        sound: (T, F) features of the true sound, F = 0 without sound.
        audio: (N,) true sound, N = 0 if it was not kept.
        cues: true cues, empty if not annotated.
        annotated: whether ``cues`` and ``onset`` are truth.
        silent: the clip makes no sound.
        times_s: (F,) times of the frames the features were made from.
    """

    id: str
    label: str
    grid: TimeGrid
    features: NDArray[Any]
    onset: NDArray[np.float32]
    strength: NDArray[np.float32]
    sound: NDArray[np.float32]
    audio: NDArray[np.float32]
    cues: CueSheet
    annotated: bool
    silent: bool
    times_s: NDArray[np.float64]

    def to_entry(self) -> Entry:
        """For the cache: exact."""
        names = ("features", "onset", "strength", "sound", "audio", "times_s")
        note = {
            "id": self.id,
            "label": self.label,
            "grid": [self.grid.n_samples, self.grid.sample_rate_hz, self.grid.hop_samples],
            "cues": sheet_to_dict(self.cues),
            "annotated": self.annotated,
            "silent": self.silent,
        }
        return Entry({name: getattr(self, name) for name in names}, note)

    @classmethod
    def from_entry(cls, entry: Entry) -> ClipItem:
        """Inverse of :meth:`to_entry`."""
        values: dict[str, Any] = {**entry.note, **entry.arrays}
        cues, grid = sheet_from_dict(values.pop("cues")), TimeGrid(*values.pop("grid"))
        return cls(grid=grid, cues=cues, **values)


@dataclass(frozen=True)
class ItemMaker:
    """Raw clip to item, with everything that decides the result in :meth:`settings`.

    Attributes:
        extractor: visual features.
        sound_features: features of the true sound, or None for clips used without their sound.
        keep_audio: keep the true waveform in the item.
        sample_rate_hz, hop_samples: the clock.
        onset_width_s: half-width of the onset target around an event.
    """

    extractor: FeatureExtractor
    sound_features: SoundFeatures | None = None
    keep_audio: bool = False
    sample_rate_hz: int = SAMPLE_RATE_HZ
    hop_samples: int = HOP_SAMPLES
    onset_width_s: float = 0.04

    def settings(self) -> dict[str, Any]:
        """JSON values that key the feature cache."""
        return {
            "version": 1,
            "extractor": {"name": self.extractor.name, **self.extractor.settings()},
            "sound": None if self.sound_features is None else self.sound_features.settings(),
            "keep_audio": self.keep_audio,
            "clock": [self.sample_rate_hz, self.hop_samples],
            "onset_width_s": self.onset_width_s,
        }

    def __call__(self, clip: RawClip) -> ClipItem:
        """Compute the item."""
        grid = TimeGrid.of_duration(clip.duration_s, self.sample_rate_hz, self.hop_samples)
        cues = clip.cues if clip.cues is not None else CueSheet((), float(grid.duration_s))
        hits = [c.start_s for c in cues if c.label not in TEXTURES]
        audio = self._audio(clip, grid)
        sound = np.zeros((grid.n_columns, 0), dtype=np.float32)
        strength = np.zeros(grid.n_columns, dtype=np.float32)
        if audio.size:
            tensor = torch.from_numpy(audio)[None]
            strength = strength_curve(tensor, grid)[0].numpy().astype(np.float32)
            if self.sound_features is not None:
                sound = self.sound_features(tensor)[0].numpy().astype(np.float32)
        return ClipItem(
            id=clip.id,
            label=clip.label,
            grid=grid,
            features=_compact(self.extractor(clip.frames, clip.times_s, grid)),
            onset=onset_target(hits, grid, self.onset_width_s).numpy().astype(np.float32),
            strength=strength,
            sound=sound,
            audio=audio if self.keep_audio else np.zeros(0, dtype=np.float32),
            cues=cues,
            annotated=clip.cues is not None,
            silent=clip.silent,
            times_s=np.asarray(clip.times_s, dtype=np.float64),
        )

    def _audio(self, clip: RawClip, grid: TimeGrid) -> NDArray[np.float32]:
        if clip.waveform is None:
            return np.zeros(0, dtype=np.float32)
        if clip.waveform.sample_rate_hz != self.sample_rate_hz:
            from silentfoley.media.audio import resample

            return _fit(resample(clip.waveform, self.sample_rate_hz).mono(), grid.n_samples)
        return _fit(clip.waveform.mono(), grid.n_samples)


def _compact(features: NDArray[Any]) -> NDArray[Any]:
    """Pictures (T, C, H, W) in [0, 1] as bytes: they came from bytes, and a small cache stays in memory."""
    if features.ndim == 4 and features.dtype == np.float32:
        return np.round(features * 255).astype(np.uint8)
    return features


def _fit(samples: NDArray[np.float32], n: int) -> NDArray[np.float32]:
    return np.pad(samples[:n], (0, max(0, n - len(samples))))


def collate(items: Sequence[ClipItem], labels: Sequence[str]) -> FoleyBatch:
    """Pad items to the longest and stack them."""
    index = {name: i for i, name in enumerate(labels)}
    features = _stack([torch.from_numpy(np.asarray(i.features)) for i in items])
    return FoleyBatch(
        clip_ids=tuple(i.id for i in items),
        features=features.float() / 255 if features.dtype == torch.uint8 else features.float(),
        label=torch.tensor([index[i.label] for i in items]),
        lengths=torch.tensor([i.grid.n_columns for i in items]),
        onset=_stack([torch.from_numpy(i.onset) for i in items]),
        strength=_stack([torch.from_numpy(i.strength) for i in items]),
        sound=_stack([torch.from_numpy(i.sound) for i in items]),
        silent=torch.tensor([i.silent for i in items]),
        cues=tuple(i.cues for i in items),
        audio=_stack([torch.from_numpy(i.audio) for i in items]),
        sample_rate_hz=items[0].grid.sample_rate_hz,
        hop_samples=items[0].grid.hop_samples,
    )


def _stack(tensors: list[Tensor]) -> Tensor:
    """Stack along a new first axis, zeros after the shorter ones' first axis."""
    longest = max(t.shape[0] for t in tensors)
    out = tensors[0].new_zeros((len(tensors), longest, *tensors[0].shape[1:]))
    for row, tensor in zip(out, tensors, strict=True):
        row[: tensor.shape[0]] = tensor
    return out
