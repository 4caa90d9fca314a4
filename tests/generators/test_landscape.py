"""Thunder from afar: arrivals of a channel, and what the air leaves of them."""

import numpy as np
import pytest

from silentfoley.generators.acoustics import SPEED_M_S, air_loss_db
from silentfoley.generators.landscape import DISTANCE_M, HEIGHT_M, UNEVEN, Landscape

RATE = 44_100


def click(n: int = 64) -> np.ndarray:
    """A sample of 1."""
    out = np.zeros(n, np.float32)
    out[0] = 1
    return out


def drawn(n: int = 200) -> list[Landscape]:
    """Many landscapes."""
    return [Landscape.draw(np.random.default_rng(k)) for k in range(n)]


def test_the_nearest_piece_is_first_and_loudest():
    for land in drawn():
        assert land.delays_s[0] == 0
        assert land.amplitudes[0] == max(land.amplitudes) == 1
        assert list(land.delays_s) == sorted(land.delays_s)
        assert min(land.amplitudes) > 0


def test_no_piece_is_farther_than_a_channel_is_high_and_crooked():
    for land in drawn():
        assert land.distance_m <= DISTANCE_M[1] + HEIGHT_M[1]
        # Sound takes three seconds a kilometre: what is heard last comes from the top.
        assert 1.0 < land.delays_s[-1] < 3 * HEIGHT_M[1] / SPEED_M_S


def test_thunder_from_near_rolls_longer_than_from_afar():
    lands = drawn()
    near = np.mean([x.delays_s[-1] for x in lands if x.distance_m < 1000])
    far = np.mean([x.delays_s[-1] for x in lands if x.distance_m > 4000])
    assert near > far + 2


def test_a_click_becomes_its_arrivals_and_none_is_early():
    land = Landscape((0.0, 0.5, 0.75), (1.0, 0.5, 0.25), 0.0)
    out = land(click())
    assert np.abs(out[[0, RATE // 2, 3 * RATE // 4]]) == pytest.approx([1.0, 0.5, 0.25], abs=1e-3)
    assert np.abs(np.delete(out, [0, RATE // 2, 3 * RATE // 4])).max() < 1e-3


def test_air_takes_what_it_takes_over_so_many_metres():
    land = Landscape((0.0,), (1.0,), 2000.0)
    spectrum_db = 20 * np.log10(np.abs(np.fft.rfft(land(click()), RATE)))
    for hz in (250, 500, 1000, 2000):
        assert spectrum_db[hz] == pytest.approx(-air_loss_db(2000.0, hz), abs=1.0)


def test_one_seed_one_landscape():
    one, two, other = (Landscape.draw(np.random.default_rng(k)) for k in (0, 0, 1))
    assert one == two != other


def test_what_comes_twice_as_far_is_heard_half_as_loud():
    # Over many channels the unevenness of pieces averages out, and only 1 / distance is left.
    ratios = []
    for land in drawn():
        away = land.distance_m + SPEED_M_S * np.array(land.delays_s)
        loud = np.array(land.amplitudes) * away / away[0]
        ratios.append(np.log(loud[1:] + 1e-12))
    rest = np.concatenate(ratios)
    late = np.concatenate([np.array(x.delays_s[1:]) for x in drawn()])
    # Half-normal losses of UNEVEN nepers, as large for late arrivals as for early ones.
    assert rest.mean() == pytest.approx(-UNEVEN * np.sqrt(2 / np.pi), abs=0.03)
    assert np.polyfit(late, rest, 1)[0] == pytest.approx(0, abs=0.02)
