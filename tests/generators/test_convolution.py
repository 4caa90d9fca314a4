"""Convolution in pieces is convolution."""

import numpy as np
import pytest

from silentfoley.generators.convolution import Convolver, through


@pytest.mark.parametrize("lengths", [[1000], [1] * 40 + [960], [7, 0, 400, 593], [999, 1]])
def test_pieces_join_to_the_whole(lengths):
    rng = np.random.default_rng(0)
    sound, response = (rng.normal(size=n).astype(np.float32) for n in ((1000), (2, 300)))
    convolver = Convolver(response)
    parts = np.split(sound, np.cumsum(lengths)[:-1])
    made = [convolver(part) for part in parts]
    assert [m.shape for m in made] == [(2, n) for n in lengths]
    got = np.concatenate([*made, convolver.tail()], axis=1)
    want = np.stack([np.convolve(sound.astype(float), row) for row in response])
    np.testing.assert_allclose(got, want, atol=1e-4)


def test_it_rings_through_silence_and_a_response_of_one_tap_is_a_gain():
    convolver = Convolver(np.array([[1.0, 0.5, 0.25]], dtype=np.float32))
    assert convolver(np.ones(1, np.float32))[0] == pytest.approx([1])
    assert convolver(np.zeros(4, np.float32))[0] == pytest.approx([0.5, 0.25, 0, 0], abs=1e-7)
    pieces = list(through([np.ones(3, np.float32)], np.array([2.0], dtype=np.float32)))
    assert pieces[0] == pytest.approx([2, 2, 2])
    assert len(pieces[1]) == 0
