"""Means and deviations of classes."""

import pytest
import torch

from silentfoley.errors import DataError
from silentfoley.generators.flow_scale import LEAST_STD, ClassScale


@pytest.fixture
def scale():
    return ClassScale({"clock": 6, "rain": 1}, 3)


def test_there_and_back(scale):
    scale.fit("clock", list(torch.randn(5, 9, 3)))
    x = torch.randn(9, 3)
    for first in (0, 2, 5):
        torch.testing.assert_close(scale.restore("clock", scale.normalise("clock", x, first), first), x)


def test_hits_have_their_columns_and_textures_one_for_all(scale):
    hits, rain = torch.randn(20, 8, 3) * 2 + 1, [torch.randn(40, 3), torch.randn(7, 3)]
    scale.fit("clock", list(hits))
    scale.fit("rain", rain)
    mean, std = scale.rows("clock", range(4, 8))
    torch.testing.assert_close(mean[:2], hits.mean(dim=0)[4:6])
    torch.testing.assert_close(std[:2], hits.std(dim=0, correction=0)[4:6])
    assert torch.equal(mean[2], mean[1]), "past the last column it is the last"
    torch.testing.assert_close(scale.rows("rain", range(90, 92))[0][1], torch.cat(rain).mean(dim=0))


def test_what_never_strays_may_stray_a_little(scale):
    scale.fit("clock", [torch.ones(6, 3)] * 4)
    assert scale.std_clock.min() == LEAST_STD
    with pytest.raises(DataError, match="clock: there is no take"):
        scale.fit("clock", [])
