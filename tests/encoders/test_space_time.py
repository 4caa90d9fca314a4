"""Space-time images against a loop."""

from __future__ import annotations

import numpy as np
import pytest

from silentfoley.encoders.interpolation import grey
from silentfoley.encoders.space_time import space_time_images


@pytest.mark.parametrize("n", [1, 2, 5])
def test_equals_the_loop(n):
    frames = np.random.default_rng(n).integers(0, 256, (n, 6, 8, 3), dtype=np.uint8)
    out = space_time_images(frames)
    assert out.shape == (n, 6, 8, 3)
    assert out.dtype == np.uint8
    for t in range(n):
        for channel, source in enumerate((max(t - 1, 0), t, min(t + 1, n - 1))):
            np.testing.assert_array_equal(out[t, :, :, channel], grey(frames[source]))


def test_grey_pictures_are_taken_as_they_are():
    frames = np.random.default_rng(0).integers(0, 256, (4, 6, 8), dtype=np.uint8)
    np.testing.assert_array_equal(space_time_images(frames)[..., 1], frames)


def test_what_stands_still_has_no_colour_and_what_moves_has():
    still = np.full((3, 4, 4), 90, dtype=np.uint8)
    assert (space_time_images(still).std(axis=-1) == 0).all()
    moving = still.copy()
    moving[2] = 200
    assert space_time_images(moving)[1, 0, 0].tolist() == [90, 90, 200]
