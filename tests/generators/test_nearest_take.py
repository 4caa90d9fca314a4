"""Which take, where, how loud."""

from itertools import pairwise

import numpy as np
import pytest

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import DataError, LabelError
from silentfoley.generators.nearest_take import HIT_PEAK, TEXTURE_RMS, MemoryTake, NearestTake, faded, looped


def hit(peak: float, onset: int = 3, variant: str | None = None) -> MemoryTake:
    samples = np.zeros(2000, dtype=np.float32)
    samples[onset] = peak
    samples[onset + 1] = round(peak * 10) / 100 * peak  # tells takes apart
    return MemoryTake("clock", samples, onset, variant)


def test_the_onset_lands_on_the_cue_at_the_cues_level():
    made = NearestTake([hit(0.5)]).render(CueSheet((Cue(0.25, "clock", 0.5),), 1.0))
    assert int(np.abs(made.samples[0]).argmax()) == round(0.25 * 44_100)
    assert np.abs(made.samples).max() == pytest.approx(HIT_PEAK * 0.5)


def test_strength_chooses_and_nothing_repeats_at_once():
    takes = [hit(p / 10) for p in range(1, 10)]
    generator = NearestTake(takes, spread=3)

    def drawn(strength: float, seed: int) -> list[int]:
        sheet = CueSheet(tuple(Cue(0.1 * i, "clock", strength) for i in range(8)), 1.0)
        out = generator.render(sheet, seed=seed).samples[0]
        at = [round(4410 * i) for i in range(8)]
        return [round(float(out[k + 1] / out[k]) * 100) for k in at]

    soft, hard = drawn(0.1, 0), drawn(1.0, 0)
    assert max(soft) < min(hard)
    assert all(a != b for a, b in pairwise(hard))
    assert len(set(hard)) > 1


def test_a_known_variant_is_kept_to():
    generator = NearestTake([hit(0.9), hit(0.2, variant="wood")])
    sheet = CueSheet((Cue(0.1, "clock", 1.0, variant="wood"),), 0.5)
    out = generator.render(sheet).samples[0]
    assert float(out[4411] / out[4410]) == pytest.approx(0.02)


def test_texture_has_the_wanted_level_and_span():
    noise = 0.3 * np.random.default_rng(0).standard_normal(3000).astype(np.float32)
    sheet = CueSheet((Cue(0.2, "rain", 0.5, duration_s=0.5),), 1.0)
    out = NearestTake([MemoryTake("rain", noise)]).render(sheet).samples[0]
    assert not out[: round(0.2 * 44_100)].any()
    assert not out[round(0.7 * 44_100) + 1 :].any()
    middle = out[round(0.3 * 44_100) : round(0.6 * 44_100)]
    assert float(np.sqrt(np.mean(middle**2))) == pytest.approx(0.5 * TEXTURE_RMS, rel=0.1)


def test_a_part_is_made_again_as_it_was():
    noise = 0.3 * np.random.default_rng(0).standard_normal(3000).astype(np.float32)
    takes = [MemoryTake("rain", noise), MemoryTake("rain", noise[::-1].copy()), hit(0.5), hit(0.2)]
    sheet = CueSheet((Cue(0.2, "rain", duration_s=0.5), Cue(0.3, "clock")), 1.0)
    for part in NearestTake(takes).parts(sheet, 3):
        assert np.array_equal(np.concatenate(list(part.make())), np.concatenate(list(part.make())))


def test_a_loop_has_no_seam():
    sine = np.sin(2 * np.pi * np.arange(1000) / 100).astype(np.float32)
    out = looped(sine, 5000, 300, 100)
    assert out.shape == (5000,)
    assert np.abs(np.diff(out)).max() < 0.15
    assert looped(np.ones(1, dtype=np.float32), 4, 0, 10).tolist() == [1, 1, 1, 1]


def test_edges_are_faded_on_a_copy():
    ones = np.ones(100, dtype=np.float32)
    out = faded(ones, 0.01, 0.02, 1000)
    assert out[0] == out[-1] == 0
    assert out[10] == out[79] == 1
    assert ones.all()


def test_refusals():
    with pytest.raises(DataError, match="there are no takes"):
        NearestTake([])
    with pytest.raises(DataError, match="take of clock: holds no sound"):
        NearestTake([MemoryTake("clock", np.zeros(5, dtype=np.float32))])
    with pytest.raises(LabelError, match="use one of: clock"):
        NearestTake([hit(0.5)]).render(CueSheet((Cue(0.1, "rain"),), 1.0))
