"""Concatenative synthesis: the best-fitting take at each cue, and grains of takes for what sounds on."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.variants import variant_called
from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import LEVELS
from silentfoley.errors import DataError
from silentfoley.generators.grains import GrainCloud
from silentfoley.generators.mixdown import seed_of
from silentfoley.generators.nearest_take import EDGE_S, TakeLike, faded, faded_part
from silentfoley.generators.rasterise import envelope_at
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of
from silentfoley.generators.tilt import tilt_between, tilted
from silentfoley.generators.unit_choice import Chooser
from silentfoley.generators.units import MemoryShelf, Shelf, Unit
from silentfoley.generators.variants import check_variants
from silentfoley.labels import LABELS, TEXTURES, check_label

Floats = NDArray[np.float32]

#: No blow is quite like another: spread of the tilt of hits, dB. Our choice.
JITTER_DB = 0.5
#: Fade at the end of every take, s.
END_S = 0.008
#: Voices of textures whose grains are kept in memory.
CLOUDS = 3


class Retrieval(StreamedGenerator):
    """Plays takes: for every hit the one that fits best, for every texture grains of one recording.

    A hit's take is chosen by :class:`Chooser`: near in strength, long enough for its cue and not into the next, of
    the cue's variant where there are takes of it, not the one just heard, and of one shoe through the sheet. Its
    onset lands on the cue's sample. Strength sets the level, chooses softer takes for softer cues, and makes up for
    what the take lacks by a gentle tilt. Textures follow their envelope in level and in the choice of grains, in
    memory that does not grow with their length.

    The choice depends on the cues before and on the octave of the gap to the next, not on the time a cue stands at:
    all cues moved together keep their takes.

    Args:
        shelf: the takes: of a bank, or in memory.

    Raises:
        DataError: if there are none.
    """

    def __init__(self, shelf: Shelf | Iterable[TakeLike]) -> None:
        shelf = shelf if isinstance(shelf, Shelf) else MemoryShelf(shelf)
        if not shelf.units:
            raise DataError("Retrieval", "there are no takes", "pass recordings, or build a bank")
        self.sample_rate_hz = shelf.sample_rate_hz
        self._units: dict[str, list[Unit]] = {}
        for unit in shelf.units:
            self._units.setdefault(unit.label, []).append(unit)
        self.labels = tuple(label for label in LABELS if label in self._units)
        self._choosers: dict[tuple[str, str | None], Chooser] = {}
        self._clouds: OrderedDict[tuple[str, str], GrainCloud] = OrderedDict()

    def variants(self, label: str) -> tuple[str, ...]:
        """Materials and manners it has takes of."""
        return tuple(sorted({u.variant for u in self._units.get(label, ()) if u.variant is not None}))

    def parts(self, sheet: CueSheet, seed: int) -> Iterator[Part]:
        """Takes at the cues. See :meth:`StreamedGenerator.parts`.

        Raises:
            LabelError: for a class without takes.
            CueError: for a variant that nobody knows. One that is known, but has no takes here, is left open.
        """
        groups: dict[tuple[str, str | None], list[Cue]] = {}
        for label in sheet.labels:
            check_label(label, self.labels)
        check_variants(sheet, self)
        for cue in sheet:
            groups.setdefault((cue.label, self._variant(cue)), []).append(cue)
        for (label, variant), cues in groups.items():
            chooser = self._chooser(label, variant)
            if label in TEXTURES:
                rng = np.random.default_rng(seed_of(seed, "voice", label, variant or ""))
                voice = chooser.steady_voice(rng)
                for cue in cues:
                    yield part_of(cue, self.sample_rate_hz, partial(self._texture, cue, sheet.duration_s, voice, seed))
            else:
                for cue, unit in zip(cues, chooser.sequence(cues, seed), strict=True):
                    yield part_of(cue, self.sample_rate_hz, partial(self._hit, cue, unit, seed), unit.onset_samples)

    def _variant(self, cue: Cue) -> str | None:
        """The variant of its takes: as the cue says, or as its word means."""
        if cue.variant is None:
            return None
        names = (cue.variant, variant_called(cue.label, cue.variant))
        return next((name for name in names if name in self.variants(cue.label)), None)

    def _chooser(self, label: str, variant: str | None) -> Chooser:
        key = label, variant
        if key not in self._choosers:
            units = self._units[label]
            fitting = [u for u in units if variant is None or u.variant == variant]
            self._choosers[key] = Chooser(fitting, self.sample_rate_hz)
        return self._choosers[key]

    def _hit(self, cue: Cue, unit: Unit, seed: int) -> Iterator[Floats]:
        jitter = float(np.random.default_rng(seed_of(seed, "tilt", cue.id)).normal(0, JITTER_DB))
        samples = tilted(unit.read(), tilt_between(cue.strength, unit.strength) + jitter, self.sample_rate_hz)
        samples *= np.float32(LEVELS[cue.label] * cue.strength / max(float(np.abs(samples).max()), 1e-9))
        if cue.duration_s is None:
            # A take may have been cut while it rang.
            yield faded(samples, 0, END_S, self.sample_rate_hz)
            return
        n = min(len(samples), unit.onset_samples + max(1, round(cue.duration_s * self.sample_rate_hz)))
        since_s = (np.arange(n) - unit.onset_samples) / self.sample_rate_hz
        cut = samples[:n] * envelope_at(cue, np.maximum(since_s, 0)).astype(np.float32)
        yield faded(cut, 0, EDGE_S if n < len(samples) else END_S, self.sample_rate_hz)

    def _texture(self, cue: Cue, clip_s: float, voice: list[Unit], seed: int) -> Iterator[Floats]:
        seconds = clip_s - cue.start_s if cue.duration_s is None else cue.duration_s
        n, begun = max(1, round(seconds * self.sample_rate_hz)), 0
        rng = np.random.default_rng(seed_of(seed, "grains", cue.id))
        pieces = self._cloud(voice).play(
            n, lambda t: cue.strength * float(envelope_at(cue, t)), lambda force: tilt_between(force, 1.0), rng
        )
        for piece in pieces:
            times = (begun + np.arange(len(piece))) / self.sample_rate_hz
            level = LEVELS[cue.label] * cue.strength * envelope_at(cue, times)
            shaped = np.asarray(piece * level, dtype=np.float32)
            yield faded_part(shaped, begun, n, EDGE_S, EDGE_S, self.sample_rate_hz)
            begun += len(piece)

    def _cloud(self, voice: list[Unit]) -> GrainCloud:
        key = voice[0].label, f"{voice[0].voice}\0{voice[0].variant}\0{len(voice)}"
        if key not in self._clouds:
            self._clouds[key] = GrainCloud([u.read() for u in voice], self.sample_rate_hz)
            while len(self._clouds) > CLOUDS:
                self._clouds.popitem(last=False)
        self._clouds.move_to_end(key)
        return self._clouds[key]
