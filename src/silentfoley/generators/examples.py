"""Single hits and stretches of texture, cut from the clips of a batch by their cues."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import torch
from torch import Tensor

from silentfoley.cues import Cue
from silentfoley.data.batch import FoleyBatch
from silentfoley.errors import DataError
from silentfoley.generators.rasterise import envelope_at, rasterise
from silentfoley.generators.strike import attack_curves, onset_columns
from silentfoley.labels import TEXTURES
from silentfoley.signal.stft import StftSpec, magnitude

#: Level below which a texture is too quiet to be learnt from, relative to full level.
QUIET = 0.05


@dataclass(frozen=True)
class HitExample:
    """One hit. L columns, E steps, both from the onset on.

    Attributes:
        label: sound class.
        magnitudes: (F, L) of the hit scaled to peak 1.
        attack: (E,) likewise.
        known: (L,) bool: before the next hit and the clip's end.
        curves: (C, L) raster of the clip's cues of the class, read from the onset on.
        level: peak divided by strength.
    """

    label: str
    magnitudes: Tensor
    attack: Tensor
    known: Tensor
    curves: Tensor
    level: float


@dataclass(frozen=True)
class TextureExample:
    """One stretch of texture. T columns from the cue's start on.

    Attributes:
        label: sound class.
        magnitudes: (F, T) at unit level: its root mean square is 1 once the cue's course is taken out.
        known: (T,) bool: inside the cue and loud enough.
        curves: (C, T) raster of the clip's cues of the class.
        level: root mean square at strength 1.
    """

    label: str
    magnitudes: Tensor
    known: Tensor
    curves: Tensor
    level: float


def _clips(batch: FoleyBatch) -> Iterator[tuple[Tensor, tuple[Cue, ...]]]:
    if not batch.audio.shape[1]:
        raise DataError("generator examples", "the batch holds no audio", "load the data with its true sound")
    for i, sheet in enumerate(batch.cues):
        n = min(batch.audio.shape[1], round(sheet.duration_s * batch.sample_rate_hz))
        if not bool(batch.silent[i]):
            yield batch.audio[i, :n].detach().cpu().float(), sheet.cues


def hit_examples(
    batch: FoleyBatch, spec: StftSpec, n_columns: dict[str, int], n_steps: dict[str, int]
) -> Iterator[HitExample]:
    """Every audible hit of the classes in ``n_columns``; ``n_steps`` gives the length of their attack curves."""
    for audio, cues in _clips(batch):
        for label in sorted({c.label for c in cues} & set(n_columns)):
            own = [c for c in cues if c.label == label and c.strength > 0]
            yield from _hits(audio, own, label, spec, n_columns[label], n_steps[label], batch.sample_rate_hz)


def _hits(
    audio: Tensor, cues: list[Cue], label: str, spec: StftSpec, n_columns: int, n_steps: int, rate_hz: int
) -> Iterator[HitExample]:
    starts = [min(round(c.start_s * rate_hz), len(audio) - 1) for c in cues]
    ends = [*starts[1:], len(audio)]
    if not starts:
        return
    spectra = onset_columns(audio, starts, spec, n_columns)
    attacks = attack_curves(audio, starts, n_steps)
    centres = torch.arange(n_columns) * spec.hop_samples
    for i, (cue, start, end) in enumerate(zip(cues, starts, ends, strict=True)):
        peak = float(audio[start : max(end, start + 1)].abs().max())
        if peak < 1e-4:
            continue
        # The next hit enters a window half its length early; the clip's own end is silence for all we know.
        last = end - start - (spec.n_fft // 2 if i + 1 < len(cues) else 0)
        times = cue.start_s + (centres / rate_hz).numpy()
        curves = rasterise(cues, times)
        yield HitExample(label, spectra[i] / peak, attacks[i] / peak, centres <= last, curves, peak / cue.strength)


def texture_examples(batch: FoleyBatch, spec: StftSpec, labels: set[str]) -> Iterator[TextureExample]:
    """Every audible texture cue of the classes in ``labels``."""
    for audio, cues in _clips(batch):
        for cue in cues:
            if cue.label in labels & TEXTURES and cue.strength > 0:
                example = _texture(audio, cue, [c for c in cues if c.label == cue.label], spec, batch.sample_rate_hz)
                if example is not None:
                    yield example


def _texture(audio: Tensor, cue: Cue, cues: list[Cue], spec: StftSpec, rate_hz: int) -> TextureExample | None:
    start = round(cue.start_s * rate_hz)
    end = len(audio) if cue.duration_s is None else min(len(audio), start + round(cue.duration_s * rate_hz))
    if end - start < spec.n_fft:
        return None
    piece = audio[start:end]
    level = torch.from_numpy(cue.strength * envelope_at(cue, torch.arange(len(piece)).numpy() / rate_hz)).float()
    loud = level > QUIET
    if not bool(loud.any()) or float(piece.abs().max()) < 1e-4:
        return None
    reference = float((piece.square()[loud].sum() / level.square()[loud].sum()).sqrt())
    flat = torch.where(loud, piece / level.clamp_min(QUIET), 0.0) / max(reference, 1e-6)
    columns = magnitude(flat, spec) * (4 / spec.n_fft)
    centres = torch.arange(columns.shape[-1]) * spec.hop_samples
    inside = (centres >= spec.n_fft // 2) & (centres <= len(piece) - spec.n_fft // 2)
    known = inside & loud[centres.clamp_max(len(piece) - 1)]
    curves = rasterise(cues, cue.start_s + (centres / rate_hz).numpy())
    return TextureExample(cue.label, columns, known, curves, reference)
