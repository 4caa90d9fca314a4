"""One group of features from one clip: what ``silentfoley extract`` runs."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import CueSheet
from silentfoley.errors import MediaError
from silentfoley.waveform import Waveform


@dataclass(frozen=True)
class OpenClip:
    """A clip while it is extracted. Sound is decoded once, whoever asks.

    Attributes:
        id: name of the clip.
        duration_s: of the picture where there is one, else of the sound.
        sound_path: file with the sound: a sound file or a video; None for a clip made in memory.
        video_path: file with the picture, or None.
        cues: the sheet beside the clip, or None.
        memory: the sound of a clip made in memory.
    """

    id: str
    duration_s: float
    sound_path: Path | None = None
    video_path: Path | None = None
    cues: CueSheet | None = None
    memory: Waveform | None = None

    @cached_property
    def waveform(self) -> Waveform:
        """The sound as stored: its own rate and channels.

        Raises:
            MediaError: if there is none, or it cannot be read.
        """
        if self.memory is not None:
            return self.memory
        if self.sound_path is None:
            raise MediaError(self.id, "has no sound", "give a sound file or a video with sound")
        from silentfoley.media.audio import read_audio

        return read_audio(self.sound_path)

    def mono_at(self, sample_rate_hz: int) -> NDArray[np.float32]:
        """(N,) float32: mean of the channels at another rate (soxr, high quality)."""
        from silentfoley.media.audio import resample

        mono = Waveform(self.waveform.mono()[None], self.waveform.sample_rate_hz)
        return np.asarray(resample(mono, sample_rate_hz).samples[0])


@dataclass(frozen=True)
class Group:
    """What an extractor made of a clip.

    Attributes:
        arrays: by bare name; stored as ``group.name``.
        notes: small JSON values.
    """

    arrays: Mapping[str, NDArray[Any]]
    notes: Mapping[str, Any]


class Extractor(ABC):
    """Makes one group. Stateless apart from weights; runs in worker processes on one thread.

    Attributes:
        name: of the group.
        version: raised whenever the numbers change.
        needs_picture: reads ``clip.video_path``. Run on the reference side alone, since a folder of sound files
            has no pictures.
        reads_cues: reads ``clip.cues`` and nothing else.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    needs_picture: ClassVar[bool] = False
    reads_cues: ClassVar[bool] = False

    def settings(self) -> dict[str, Any]:
        """JSON values that decide the numbers (rates, thresholds, hash of weights). Part of key and fingerprint."""
        return {}

    @abstractmethod
    def extract(self, clip: OpenClip) -> Group:
        """The group of one clip.

        Raises:
            SilentFoleyError: if it cannot be made; the clip is then listed as bad with the reason.
        """

    def key(self) -> dict[str, Any]:
        """What identifies the numbers apart from the clip's content."""
        return {"group": self.name, "version": self.version, **self.settings()}
