"""The stage's synthesiser as a cue generator: nothing is learned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from functools import partial

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of
from silentfoley.generators.variants import check_variants
from silentfoley.labels import LABELS, TEXTURES, check_label
from silentfoley.stage.sound import CuePerformer
from silentfoley.stage.synth_variants import VARIANTS
from silentfoley.timegrid import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]
#: A soft texture is duller: so many dB above so many Hz for each dB of strength, and the most of it. Our choices. The
#: recipes of hits see to that themselves.
DULLER_DB_PER_DB, DULLER_HZ, MOST_DULL_DB = 0.4, 400.0, 12.0


class ProceduralGenerator(StreamedGenerator):
    """Synthesises every cue by the recipe of its class.

    A cue's draws hang on the seed and its id alone: move one cue, and its sound moves by as many samples while all
    others stay as they are but for the limiter. Stems are stereo if a cue of the sheet is panned, else mono.
    """

    labels: tuple[str, ...] = LABELS
    sample_rate_hz: int = SAMPLE_RATE_HZ

    def variants(self, label: str) -> tuple[str, ...]:
        """What its recipe of the class tells apart."""
        return VARIANTS.get(label, ())

    def parts(self, sheet: CueSheet, seed: int) -> Iterator[Part]:
        """See :meth:`StreamedGenerator.parts`.

        Raises:
            LabelError: for an unknown class.
            CueError: for a variant that nobody knows.
        """
        performer = CuePerformer(sheet.duration_s, self.sample_rate_hz, seed, None)
        for label in sheet.labels:
            check_label(label, self.labels)
        check_variants(sheet, self)
        for cue in sheet:
            make = partial(self._texture, performer, cue) if cue.label in TEXTURES else partial(performer.pieces, cue)
            # Without takes a sound begins at its onset.
            yield part_of(cue, self.sample_rate_hz, make)

    def _texture(self, performer: CuePerformer, cue: Cue) -> Iterator[Floats]:
        softness_db = -20 * np.log10(max(cue.strength, 1e-3))
        pieces = performer.pieces(cue)
        return dulled(pieces, min(DULLER_DB_PER_DB * softness_db, MOST_DULL_DB), self.sample_rate_hz)


def dulled(pieces: Iterable[Floats], by_db: float, sample_rate_hz: int) -> Iterator[Floats]:
    """The pieces of a sound with ``by_db`` less far above :data:`DULLER_HZ`: a causal shelf that runs on from piece to
    piece, so that they join as before."""
    # Imported when a texture is made: that takes long, and few sheets have one.
    from scipy.signal import lfilter

    keep = np.exp(-2 * np.pi * DULLER_HZ / sample_rate_hz)
    state, gain = np.zeros(1), np.float32(10 ** (-by_db / 20))
    for piece in pieces:
        lows, state = lfilter([1 - keep], [1, -keep], piece, zi=state)
        yield np.asarray(lows + gain * (piece - lows), dtype=np.float32)
