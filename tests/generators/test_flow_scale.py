"""Means and deviations of classes."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from silentfoley.errors import DataError
from silentfoley.generators.flow_scale import COLOURS, LEAN, LEAST_STD, ClassScale, hats


@pytest.fixture
def scale():
    return ClassScale({"clock": 7, "rain": 1}, 3)


def marks(n: int, variant: int = 0) -> list[int]:
    return [variant] * n


def test_there_and_back(scale):
    scale.fit("clock", list(torch.randn(5, 7, 3)), marks(5))
    scale.fit("rain", list(torch.randn(3, 50, 3)), marks(3))
    x = torch.randn(9, 3)
    for label in ("clock", "rain"):
        manner = scale.draw(label, 0, torch.Generator())
        for first in (0, 2, 5):
            drawn = scale.normalise(label, x, first, manner)
            torch.testing.assert_close(scale.restore(label, drawn, first, manner), x)


def test_hits_have_their_columns_and_textures_one_for_all(scale):
    hits, rain = torch.randn(20, 8, 3) * 2 + 1, [torch.randn(40, 3), torch.randn(7, 3)]
    scale.fit("clock", list(hits), marks(20))
    scale.fit("rain", rain, marks(2))
    mean, _ = scale.rows("clock", range(4, 9))
    torch.testing.assert_close(mean[:3], hits.mean(dim=0)[4:7], atol=0.05, rtol=0)
    assert torch.equal(mean[3], mean[2]), "past the last column it is the last"
    strays = torch.stack([scale.normalise("clock", h[:7], 0, scale.manner("clock", h)) for h in hits])
    assert strays.std(dim=0, correction=0).max() == pytest.approx(1, abs=0.05)


def colour(scale, label, take):
    return scale.manner(label, take).colour


def test_a_colour_is_what_a_take_has_more_than_its_class(scale):
    rain = [torch.randn(50, 3) * 0.1 + torch.tensor(c) for c in ([1.0, 0.0, 0.0], [-1.0, 0.0, 2.0])]
    scale.fit("rain", rain, marks(2))
    torch.testing.assert_close(colour(scale, "rain", rain[0]), torch.tensor([[1.0, 0.0, -1.0]]), atol=0.2, rtol=0)
    assert scale.std_rain.max() == LEAST_STD, "colour does not count as straying"
    # One of four falls on a line from the third column to the seventh, in one band.
    clocks = torch.ones(4, 7, 3)
    clocks[0, :, 1] += 4 * hats(7) @ torch.tensor([1.0, -1.0])
    scale.fit("clock", list(clocks), marks(4))
    want = torch.tensor([[0.0, 3.0, 0.0], [0.0, -3.0, 0.0]])
    torch.testing.assert_close(colour(scale, "clock", clocks[0]), want, atol=0.2, rtol=0)
    torch.testing.assert_close(scale.coloured("clock", range(5, 9), want)[:, 1], torch.tensor([-1.0, -3, -3, -3]))


def test_the_silence_after_a_short_take_counts_for_nothing():
    scale = ClassScale({"thunder": 60}, 3)
    # Two takes alike, but that one is louder throughout and breaks off.
    fall = torch.linspace(8, 2, 60)[:, None].expand(60, 3)
    scale.fit("thunder", [fall, fall[:21] + 2], marks(2))
    assert scale.std_thunder.max() < 0.6
    assert scale.mean_thunder.diff(dim=0).abs().max() < 0.6, "no step where one of them ends"
    assert scale.lengths_thunder[:2].tolist() == [60, 21]
    assert {scale.draw("thunder", 0, torch.Generator().manual_seed(i)).columns for i in range(20)} == {60, 21}


def test_a_piece_of_a_take_lends_nobody_its_manner():
    scale = ClassScale({"thunder": 60}, 3)
    scale.fit("thunder", [torch.rand(n, 3) for n in (60, 50, 8)], marks(3))
    assert {scale.draw("thunder", 0, torch.Generator().manual_seed(i)).columns for i in range(20)} == {60, 50}


def test_a_texture_strays_as_far_as_its_take_and_crackles_as_it_does(scale):
    rng = torch.Generator().manual_seed(0)
    calm, wild = (torch.randn(400, 3, generator=rng) * k for k in (1.0, 4.0))
    crackling = torch.randn(400, 3, generator=rng) + 9.0 * (torch.arange(400) % 40 == 0)[:, None]
    scale.fit("rain", [calm, wild, crackling], marks(3))
    for take in (calm, wild):
        drawn = scale.normalise("rain", take, 0, scale.manner("rain", take))
        torch.testing.assert_close(drawn.std(dim=0, correction=0), torch.ones(3))
    manners = [scale.manner("rain", t) for t in (calm, wild, crackling)]
    assert manners[1].spread.min() - manners[0].spread.max() == pytest.approx(np.log(4), abs=0.2)
    assert abs(float(manners[0].crackle)) < 0.1 < 0.5 < float(manners[2].crackle)
    kept = scale._remembered("rain", 2)
    torch.testing.assert_close(kept.told, manners[2].told)
    assert kept.leaning(manners[0], 1.0).told.tolist() == manners[0].told.tolist()


def test_knots_lie_on_lines():
    assert hats(1).tolist() == [[1.0]]
    assert torch.equal(hats(7)[:4, 0], torch.ones(4)), "before the onset it is as at the onset"
    torch.testing.assert_close(hats(14) @ torch.tensor([3.0, 6.0, 13.0]), torch.arange(14.0).clamp_min(3))
    assert hats(700).shape == (700, 7)


def test_a_cue_has_the_colour_of_a_take_of_its_variant(scale):
    rng = torch.Generator().manual_seed(0)
    assert torch.equal(scale.draw("clock", 0, rng).colour, torch.zeros(2, 3)), "nothing was fitted"
    takes = [*torch.zeros(12, 7, 3), *torch.full((2, 7, 3), 7.0)]
    scale.fit("clock", takes, [*marks(12), *marks(2, 3)])
    level = scale.mean_clock[0, 0]
    for _ in range(4):
        torch.testing.assert_close(scale.draw("clock", 3, rng).colour, (7 - level).expand(2, 3), atol=0.2, rtol=0)
    drawn = torch.stack([scale.draw("clock", 5, rng).colour for _ in range(40)])
    assert drawn.min() < -level + 0.3, "of any take, where nobody knows the variant"
    assert drawn.max() > 7 * (1 - LEAN) - level - 0.3
    many = list(torch.randn(COLOURS + 4, 7, 3))
    scale.fit("clock", many, marks(len(many)))
    draws = [scale.draw("clock", 0, rng).colour for _ in range(6)]
    assert all((a - b).abs().max() > 1e-4 for a, b in pairwise(draws))


def test_what_never_strays_may_stray_a_little(scale):
    scale.fit("clock", [torch.ones(7, 3)] * 4, marks(4))
    assert scale.std_clock.min() == LEAST_STD
    with pytest.raises(DataError, match="clock: there is no take"):
        scale.fit("clock", [], [])
