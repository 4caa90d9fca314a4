"""The filters against SciPy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import ndimage

from silentfoley.signal.smoothing import gaussian, highest_around, highest_beside

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("n", [1, 2, 5, 300])
@pytest.mark.parametrize("deviation", [0.3, 1.0, 3.7])
def test_gaussian_is_that_of_scipy(n, deviation):
    curve = RNG.normal(size=n)
    assert gaussian(curve, deviation) == pytest.approx(ndimage.gaussian_filter1d(curve, deviation), abs=1e-12)


@pytest.mark.parametrize("n", [1, 3, 200])
@pytest.mark.parametrize("reach", [0, 1, 5])
def test_the_highest_around_is_that_of_scipy(n, reach):
    curve = RNG.normal(size=n).astype(np.float32)
    expected = ndimage.maximum_filter1d(curve, 2 * reach + 1, mode="nearest")
    assert np.array_equal(highest_around(curve, reach), expected)


@pytest.mark.parametrize("shape", [(1, 1, 1), (4, 3, 5), (0, 9, 16), (7, 9, 16)])
def test_the_highest_beside_is_that_of_scipy(shape):
    cells = RNG.normal(size=shape).astype(np.float32)
    expected = ndimage.maximum_filter(cells, size=(1, 3, 3), mode="nearest")
    assert np.array_equal(highest_beside(cells), expected)
