import numpy as np
import pytest

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.levels import as_pair, is_silent, level_difference_db, rms, unit_rms


def test_worked_by_hand():
    assert rms([3.0, -4.0, 0.0, 0.0]) == 2.5
    np.testing.assert_allclose(unit_rms([3.0, -4.0, 0.0, 0.0]), [1.2, -1.6, 0, 0])
    assert level_difference_db([1.0, -1.0], [0.1, -0.1]) == pytest.approx(-20)


def test_silence_is_never_scaled_up():
    hush = np.full(10, 5e-7)
    assert is_silent(hush)
    assert not unit_rms(hush).any()
    assert not is_silent(np.full(10, 2e-6))
    assert level_difference_db(hush, np.zeros(10)) == 0
    assert np.isnan(level_difference_db(hush, np.ones(10)))
    assert rms([]) == 0


def test_bad_pairs_are_named():
    with pytest.raises(SilentFoleyError, match=r"shapes \(3,\) and \(2,\)"):
        as_pair([1, 2, 3], [1, 2])
    with pytest.raises(SilentFoleyError, match="NaN or infinity"):
        as_pair([1.0], [np.nan])
