"""Clips of the stage, rendered on demand."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

from silentfoley.data.items import RawClip
from silentfoley.files import fingerprint, sha256_file
from silentfoley.stage.clip import ClipSpec, render_clip
from silentfoley.stage.difficulty import load_difficulty
from silentfoley.stage.seeds import clip_seed

#: Bump when a change to the stage's drawing or sound alters a clip: cached items of older clips are then left aside.
STAGE_VERSION = 1


@dataclass(frozen=True)
class StageSource:
    """Clips ``0 .. n_clips - 1`` of a split of the stage.

    Attributes:
        spec: what is asked of each clip.
        split: of the stage.
        n_clips: number of clips.
        seed: root seed.
        bank: folder of takes to sound with, or None for the synthesiser.
        take_split: split of the bank that takes come from.
    """

    spec: ClipSpec
    split: str
    n_clips: int
    seed: int = 0
    bank: Path | None = None
    take_split: Literal["train", "val", "test"] = "train"

    def __len__(self) -> int:
        return self.n_clips

    def content(self, index: int) -> str:
        """Digest of spec, seed, difficulty and takes."""
        return fingerprint([STAGE_VERSION, *self._constant, clip_seed(self.seed, self.split, index)])

    @cached_property
    def _constant(self) -> list[Any]:
        spec = {k: str(v) if k == "fps" and v is not None else v for k, v in asdict(self._spec).items()}
        takes = "" if self.bank is None else f"{sha256_file(self.bank / 'takes.jsonl')}:{self.take_split}"
        return [spec, load_difficulty(self.spec.difficulty).sha256, takes]

    @property
    def _spec(self) -> ClipSpec:
        return replace(self.spec, split=self.split)

    def load(self, index: int) -> RawClip:
        """Render the clip."""
        clip = render_clip(self._spec, clip_seed(self.seed, self.split, index), self._takes)
        return RawClip(
            id=f"stage/{self.split}/{self.seed}/{index}",
            frames=clip.frames,
            times_s=clip.times_s,
            duration_s=float(len(clip.frames) / clip.rate_fps),
            label=clip.label,
            waveform=clip.waveform,
            cues=clip.cues,
            silent=clip.silent,
        )

    @cached_property
    def _takes(self) -> Any:
        if self.bank is None:
            return None
        from silentfoley.bank.bank import Bank
        from silentfoley.bank.source import BankTakes

        return BankTakes(Bank.load(self.bank), split=self.take_split)
