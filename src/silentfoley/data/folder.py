"""Clips of a user's own folder."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from silentfoley.cue_formats import read_cues
from silentfoley.data.items import RawClip
from silentfoley.data.manifest import ClipRecord
from silentfoley.errors import DataError
from silentfoley.files import sha256_file
from silentfoley.media.audio import read_audio
from silentfoley.media.video import probe, read_frames


@dataclass(frozen=True)
class FolderSource:
    """Records of one split, decoded on demand.

    Attributes:
        root: folder the records' paths are relative to.
        records: the clips.
        frame_size: (height, width) to decode at, or None for the file's own.
        with_sound: read the true sound too.
        max_frames: longer clips are refused by name instead of filling the memory.
    """

    root: Path
    records: tuple[ClipRecord, ...]
    frame_size: tuple[int, int] | None
    with_sound: bool = True
    max_frames: int = 3000

    def __len__(self) -> int:
        return len(self.records)

    def content(self, index: int) -> str:
        """Digest of the file, its label and its cues."""
        record = self.records[index]
        cues = sha256_file(self.root / record.cues) if record.cues else ""
        return f"{record.sha256}:{record.label}:{cues}:{self.frame_size}:{self.with_sound}"

    def load(self, index: int) -> RawClip:
        """Decode pictures and, if wanted and there, sound."""
        record = self.records[index]
        path = self.root / record.path
        info = probe(path)
        if info.n_frames > self.max_frames:
            raise DataError(
                record.path, f"{info.n_frames} frames are more than {self.max_frames}", "cut it into shorter clips"
            )
        window = read_frames(path, size=self.frame_size, max_frames=self.max_frames)
        return RawClip(
            id=record.id,
            frames=window.frames,
            times_s=window.times_s,
            duration_s=float(info.duration_s),
            label=record.label,
            waveform=read_audio(path) if self.with_sound and info.has_audio else None,
            cues=read_cues(self.root / record.cues) if record.cues else None,
        )
