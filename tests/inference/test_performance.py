"""A performance is read as often as anybody likes, and performed no oftener than it must be."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import LabelError
from silentfoley.generators.base import StemBlock
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.inference.performance import Performance
from silentfoley.waveform import BLOCK_SAMPLES, Waveform

SHEET = CueSheet((Cue(0.1, "clock"), Cue(0.3, "footsteps", pan=0.5)), 0.5)


class Counted(ProceduralGenerator):
    """Counts how often it is asked to perform."""

    def __init__(self) -> None:
        super().__init__()
        self.asked = 0

    def stem_blocks(self, sheet: CueSheet, *, seed: int = 0, block_samples: int = BLOCK_SAMPLES) -> Iterator[StemBlock]:
        self.asked += 1
        return super().stem_blocks(sheet, seed=seed, block_samples=block_samples)


def whole(performance: Performance) -> np.ndarray:
    return np.concatenate(list(performance.blocks()), axis=1)


def test_it_is_what_the_generator_renders() -> None:
    generator = ProceduralGenerator()
    made = Performance(generator, SHEET, 3)
    want = generator.render(SHEET, seed=3)
    assert made.labels == SHEET.labels
    assert (made.n_samples, made.sample_rate_hz) == (want.n_samples, want.sample_rate_hz)
    np.testing.assert_allclose(whole(made), want.samples, atol=1e-6)
    np.testing.assert_allclose(whole(made), want.samples, atol=1e-6, err_msg="a second reading is the same")
    np.testing.assert_allclose(made.waveform.samples, want.samples, atol=1e-6)
    stems = generator.stems(SHEET, seed=3)
    assert set(made.stems) == set(stems)
    for label, stem in made.stems.items():
        np.testing.assert_allclose(stem.samples, stems[label].samples, atol=1e-6)
    assert not np.allclose(whole(Performance(generator, SHEET, 4)), want.samples, atol=1e-3)


def test_stems_asked_for_first_are_not_performed_again() -> None:
    generator = Counted()
    made = Performance(generator, SHEET, 0)
    assert generator.asked == 1
    stems = made.stems
    assert generator.asked == 1, "what was begun is gone on with"
    mix, waveform = whole(made), made.waveform
    assert generator.asked == 1
    total = sum((s.samples for s in stems.values()), start=np.zeros((1, 1), np.float32))
    np.testing.assert_allclose(mix, total, atol=1e-5)
    assert isinstance(waveform, Waveform)
    assert made.waveform is waveform


def test_blocks_read_twice_are_performed_twice() -> None:
    generator = Counted()
    made = Performance(generator, SHEET, 0)
    first = whole(made)
    assert generator.asked == 1
    np.testing.assert_array_equal(whole(made), first)
    assert generator.asked == 2


def test_what_cannot_be_performed_is_refused_at_once() -> None:
    class Deaf(ProceduralGenerator):
        labels = ("rain",)

    with pytest.raises(LabelError):
        Performance(Deaf(), SHEET, 0)


def test_an_empty_sheet_is_silence() -> None:
    made = Performance(ProceduralGenerator(), CueSheet((), 0.25), 0)
    assert made.labels == ()
    assert made.stems == {}
    assert whole(made).shape[1] == made.n_samples
    assert not whole(made).any()
