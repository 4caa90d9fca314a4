"""What comes out: a sound track with its score, ready to save, mux, look at or edit."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

from silentfoley.cue_formats import write_cues
from silentfoley.cues import CueSheet
from silentfoley.errors import SilentFoleyError
from silentfoley.files import make_folder
from silentfoley.inference.mastering import TARGET_LUFS, mastering
from silentfoley.inference.performance import Performance, ScaledPerformance
from silentfoley.media.mux import mux
from silentfoley.media.wav import write_wav, write_wavs
from silentfoley.perception import Perception
from silentfoley.waveform import Waveform

_SUBTYPES: dict[int, Literal["PCM_16", "PCM_24"]] = {16: "PCM_16", 24: "PCM_24"}


@dataclass(frozen=True)
class FoleyTrack:
    """Sound for one clip.

    Attributes:
        sound: the mix, exactly as long as the video: a Waveform, or a Performance, which is made while it is read.
        cues: the score it was performed from.
        seed: what drew the take.
        video: the picture it belongs to, or None.
        perception: what the networks said, or None if cues were given.
        notes: what a person should know, such as a low confidence, a line each.
    """

    sound: Waveform | Performance
    cues: CueSheet
    seed: int
    video: Path | None = None
    perception: Perception | None = None
    notes: tuple[str, ...] = ()

    @property
    def waveform(self) -> Waveform:
        """The whole mix in memory, made once; :meth:`save` and :meth:`mux` do without it."""
        return self.sound if isinstance(self.sound, Waveform) else self.sound.waveform

    @property
    def stems(self) -> dict[str, Waveform] | None:
        """One whole waveform per label, which sum to the mix; None where sound was not made from cues."""
        return self.sound.stems if isinstance(self.sound, Performance) else None

    @property
    def stem_labels(self) -> tuple[str, ...]:
        """Names of the stems, in order."""
        return self.sound.labels if isinstance(self.sound, Performance) else ()

    def mastered(self, lufs: float = TARGET_LUFS) -> FoleyTrack:
        """The track at a loudness, its true peak at -1 dB at most. Offline: the whole sound is held in memory.

        Stems get the gain of the mix. What could not be reached is told in :attr:`notes`. Resampling and other sound
        that is mixed under while writing come after it and are not counted.

        Args:
            lufs: by ITU-R BS.1770, in [-60, -5].

        Raises:
            SilentFoleyError: if it is out of range.
        """
        if isinstance(self.sound, Performance):
            # Asked for first, so that nothing is performed twice: the mix and the scaled stems are cut from these.
            self.sound.stems  # noqa: B018
        made = mastering(self.waveform, lufs)
        sound: Waveform | Performance
        if isinstance(self.sound, Performance):
            sound = ScaledPerformance(self.sound, made.gain)
        else:
            sound = Waveform(self.waveform.samples * made.gain, self.waveform.sample_rate_hz)
        return replace(self, sound=sound, notes=(*self.notes, *([made.remark] if made.remark else [])))

    def save(
        self,
        path: Path | str,
        *,
        sample_rate_hz: int | None = None,
        bits: Literal[16, 24] = 16,
        overwrite: bool = False,
    ) -> Path:
        """Write a WAV file of 16 or 24 bits."""
        write_wav(Path(path), self.sound, subtype=_SUBTYPES[bits], sample_rate_hz=sample_rate_hz, overwrite=overwrite)
        return Path(path)

    def save_cues(self, path: Path | str) -> Path:
        """Write the score as ``.json``, ``.csv``, ``.txt`` (Audacity labels) or ``.mid``."""
        write_cues(self.cues, Path(path))
        return Path(path)

    def save_stems(self, folder: Path | str, *, overwrite: bool = False) -> list[Path]:
        """Write one WAV per label into a folder."""
        if not isinstance(self.sound, Performance):
            raise SilentFoleyError("stems", "a perception generator makes no stems", "use a cue generator")
        folder = make_folder(folder)
        paths = {label: folder / f"{label}.wav" for label in self.stem_labels}
        write_wavs(paths, self.sound.stem_blocks(), self.sound.sample_rate_hz, subtype="PCM_24", overwrite=overwrite)
        return list(paths.values())

    def mux(self, path: Path | str, *, keep_original_db: float | None = None, overwrite: bool = False) -> Path:
        """Write the video with this sound; the picture packets are copied. See :func:`silentfoley.media.mux.mux`."""
        if self.video is None:
            raise SilentFoleyError("FoleyTrack", "it has no video", "save() the sound, or generate from a video")
        mux(self.video, self.sound, Path(path), keep_original_db=keep_original_db, overwrite=overwrite)
        return Path(path)

    def plot(self, path: Path | str) -> Path:
        """Write a PNG: spectrogram, curves and cues over time."""
        from silentfoley.viz import plot_track

        return plot_track(self, Path(path))

    def __repr__(self) -> str:
        return f"FoleyTrack({self.sound!r}, {self.cues}, seed {self.seed})"
