"""The one batch every module reads."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from silentfoley.cues import CueSheet


@dataclass(frozen=True)
class FoleyBatch:
    """Clips padded to the longest. B clips, T columns, hop and rate shared by all.

    Attributes:
        clip_ids: B names.
        features: (B, T, ...) visual features on columns: vectors (B, T, D), or space-time images (B, T, 3, H, W)
            in [0, 1] for a backbone that is trained.
        label: (B,) int64 class index.
        lengths: (B,) int64 valid columns of each clip.
        onset: (B, T) float target in [0, 1]: 1 at the column nearest an event, falling off around it.
        strength: (B, T) float target in [0, 1]: level of the true sound's envelope.
        sound: (B, T, F) float sound features of the true sound (log-mel); F = 0 where the data has none.
        silent: (B,) bool: the clip makes no sound.
        cues: B true cue sheets; empty sheets where events are not annotated.
        audio: (B, N) float mono true sound, N = 0 where it was not asked for.
        sample_rate_hz: of ``audio``.
        hop_samples: of the columns.
    """

    clip_ids: tuple[str, ...]
    features: Tensor
    label: Tensor
    lengths: Tensor
    onset: Tensor
    strength: Tensor
    sound: Tensor
    silent: Tensor
    cues: tuple[CueSheet, ...]
    audio: Tensor
    sample_rate_hz: int
    hop_samples: int

    def to(self, device: torch.device | str) -> FoleyBatch:
        """The same batch with its tensors on ``device``."""
        moved = {
            f.name: getattr(self, f.name).to(device) for f in fields(self) if isinstance(getattr(self, f.name), Tensor)
        }
        return replace(self, **moved)

    @property
    def mask(self) -> Tensor:
        """(B, T) bool: True at valid columns."""
        return torch.arange(self.onset.shape[1], device=self.onset.device) < self.lengths[:, None]

    def __len__(self) -> int:
        return len(self.clip_ids)

    def __repr__(self) -> str:
        return f"FoleyBatch({len(self)} clips, features {tuple(self.features.shape)}, audio {tuple(self.audio.shape)})"
