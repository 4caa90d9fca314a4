"""The small API: a video in, a sound track out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

from silentfoley.cues import CueSheet
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.errors import CueError
from silentfoley.generators.base import CueGenerator, PerceptionGenerator
from silentfoley.generators.in_room import InRoom
from silentfoley.generators.rooms import Room
from silentfoley.generators.seeing import Seeing
from silentfoley.generators.variants import with_variant
from silentfoley.inference.panning import centred, motion_position, panned
from silentfoley.inference.perceivers import Perceiver
from silentfoley.inference.performance import Performance
from silentfoley.inference.track import FoleyTrack
from silentfoley.labels import check_label
from silentfoley.media.video import probe
from silentfoley.perception import Perception
from silentfoley.waveform import Waveform

#: Cues may end this much after the picture before they are refused: containers round durations.
_SLACK_S = 1e-3


@dataclass(frozen=True)
class Foley:
    """Looks, writes down, performs.

    Attributes:
        perceiver: video to Perception.
        settings: how a Perception becomes cues.
        generator: cues, or a Perception, to sound.
        name: of the model, for records.
    """

    perceiver: Perceiver
    settings: DecodeSettings
    generator: CueGenerator | PerceptionGenerator
    name: str = "default"

    @classmethod
    def from_pretrained(cls, model: Path | str | None = None, *, allow: tuple[str, ...] = ()) -> Foley:
        """A model of the package by name, or a model folder.

        Args:
            model: ``best`` (the default) or ``fast`` of the package; or a folder made by ``silentfoley export``.
            allow: foreign packages whose registered methods the folder may use.

        Raises:
            CheckpointError: for a folder that is damaged, altered or of another version.
        """
        from silentfoley.pretrained import load_foley

        return load_foley(model, allow=allow)

    def perceive(self, video: Path | str) -> Perception:
        """Look at a video.

        Raises:
            MediaError: if it cannot be read.
        """
        return self.perceiver(Path(video))

    def cues(self, video: Path | str, *, label: str | None = None) -> CueSheet:
        """What sounds when. ``label`` overrides the class."""
        if label is not None:
            check_label(label, self.generator.labels)
        return decode(self.perceive(video), self.settings, label=label)

    def render(self, cues: CueSheet, *, seed: int = 0, room: Room | None = None) -> Waveform:
        """Perform a sheet, in a room or in the open.

        Raises:
            CueError: if the model's generator reads perceptions and cannot be driven by cues.
        """
        return self._cue_generator(room).render(cues, seed=seed)

    def generate(
        self,
        video: Path | str,
        *,
        cues: CueSheet | None = None,
        label: str | None = None,
        variant: str | None = None,
        seed: int = 0,
        room: Room | None = None,
        pan_from_motion: bool | None = None,
    ) -> FoleyTrack:
        """A track for a video.

        A generator that has learned to see is told what was seen beside the cues decoded from it
        (:class:`silentfoley.generators.seeing.Seeing`); given cues are performed as they are.

        Args:
            video: a file with pictures; sound in it is not listened to.
            cues: perform these instead of looking.
            label: the class, instead of the network's guess.
            variant: material or manner of all cues that state none, such as ``gravel``.
            seed: draws the take.
            room: where it is heard, such as ``ROOMS["hall"]`` of :mod:`silentfoley.generators.rooms`; None for the
                open.
            pan_from_motion: True pans every cue to where something moves at its time, whatever its pan was; False
                leaves all in the middle; None pans as the model decodes, and given cues as they say.

        Raises:
            CueError: for cues past the end of the video, for a variant that the generator does not tell apart, and for
                cues, a variant or a room if the generator is not driven by cues.
        """
        video = Path(video)
        if label is not None:
            check_label(label, self.generator.labels)
        if cues is not None:
            sheet = _fitted(cues if label is None else _relabelled(cues, label), float(probe(video).duration_s))
            sheet = _panned(self._varied(sheet, variant), video, None, pan_from_motion)
            return self._perform(sheet, seed, room, video, None, ())
        perception = self.perceive(video)
        if variant is not None:
            # What is asked for goes before what is seen.
            perception = replace(perception, variants=())
        sheet = decode(perception, self.settings, label=label)
        notes = () if label is not None else remarks(perception, sheet, self.settings)
        sheet = _panned(self._varied(sheet, variant), video, perception, pan_from_motion)
        if isinstance(self.generator, PerceptionGenerator) and room is None:
            waveform = self.generator.perform(perception, seed=seed, label=label)
            return FoleyTrack(waveform, sheet, seed, video, perception, notes)
        return self._perform(sheet, seed, room, video, perception, notes)

    def perform(
        self, cues: CueSheet, *, variant: str | None = None, seed: int = 0, room: Room | None = None
    ) -> FoleyTrack:
        """A track for a sheet alone, as long as the sheet; it has no video to be put into.

        Args:
            cues: what is performed.
            variant: material or manner of all cues that state none.
            seed: draws the take.
            room: where it is heard; None for the open.

        Raises:
            CueError: for a variant that the generator does not tell apart, or one that is not driven by cues.
        """
        return self._perform(self._varied(cues, variant), seed, room, None, None, ())

    def _perform(
        self,
        sheet: CueSheet,
        seed: int,
        room: Room | None,
        video: Path | None,
        perception: Perception | None,
        notes: tuple[str, ...],
    ) -> FoleyTrack:
        performance = Performance(self._cue_generator(room, perception), sheet, seed)
        return FoleyTrack(performance, sheet, seed, video, perception, notes)

    def _varied(self, sheet: CueSheet, variant: str | None) -> CueSheet:
        return sheet if variant is None else with_variant(sheet, variant, self._cue_generator())

    def _cue_generator(self, room: Room | None = None, perception: Perception | None = None) -> CueGenerator:
        """What performs cues, with what was seen in view if it has learned to see."""
        if not isinstance(self.generator, CueGenerator):
            raise CueError(
                f"model {self.name!r}",
                "its generator reads the video's own states and cannot perform edited cues",
                "use a model with a cue generator, such as the default",
            )
        generator: CueGenerator = self.generator
        if perception is not None and isinstance(generator, Seeing) and generator.sees:
            generator = generator.seeing(perception)
        return generator if room is None else InRoom(generator, room)


def _panned(sheet: CueSheet, video: Path, perception: Perception | None, from_motion: bool | None) -> CueSheet:
    """The sheet panned as is asked; the video is read again only if who looked at it took no notice of places."""
    if from_motion is None:
        return sheet
    if not from_motion:
        return centred(sheet)
    if perception is None or not perception.position.size:
        return panned(sheet, *motion_position(video))
    return panned(sheet, perception.grid, perception.position)


def _relabelled(cues: CueSheet, label: str) -> CueSheet:
    return replace(cues, cues=tuple(replace(c, label=label, variant=None) for c in cues))


def _fitted(cues: CueSheet, duration_s: float) -> CueSheet:
    """The sheet with the video's length.

    Raises:
        CueError: if a cue starts after the picture ends.
    """
    if abs(cues.duration_s - duration_s) <= _SLACK_S:
        return replace(cues, duration_s=duration_s)
    late = [c for c in cues if c.start_s >= duration_s]
    if late:
        raise CueError(
            late[0].id,
            f"start {late[0].start_s:g} s lies past the end of the video ({duration_s:g} s)",
            "move it earlier or remove it",
        )
    return replace(cues, duration_s=duration_s)


def remarks(perception: Perception, sheet: CueSheet, settings: DecodeSettings) -> tuple[str, ...]:
    """What a person should know of a sheet that was decoded without being told the class: one line."""
    top = ", ".join(f"{name} {p:.0%}" for name, p in perception.top(3))
    best, probability = perception.top(1)[0]
    if probability < settings.min_class_confidence and not len(sheet):
        return (f"no class fits well (top three: {top}), and nothing is struck: silent; choose with --label",)
    if probability < settings.min_class_confidence:
        return (f"no class fits well (top three: {top}): neutral impacts at the seen events; choose with --label",)
    if not len(sheet):
        # Another class would be no better: what is lacking is something that sounds.
        lacking = "sounds" if best in settings.textures else "is struck"
        return (f"looks like {best} (top three: {top}), but nothing {lacking}: silent; give generate --cues a sheet",)
    return (f"taken for {sheet.labels[0]} (top three: {top})",)
