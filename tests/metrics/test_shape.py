import numpy as np
import pytest
import torch
from support.processes import in_processes

from silentfoley.metrics.correlation import correlation_of_sums, correlation_sums, ratio
from silentfoley.metrics.envelope_error import envelope_error
from silentfoley.metrics.hits import N_BANDS, hear_hits, hit_errors
from silentfoley.metrics.shape import SHAPE_MEASURES, SHAPE_PARTS, clip_shape, summarise_shape
from silentfoley.metrics.shape_metric import ShapeMetric
from silentfoley.metrics.spectral_distance import FLOOR_DB, log_spectral_distance_db

RATE = 22_050


def noise(n=RATE, seed=0):
    return np.random.default_rng(seed).normal(0, 0.1, n)


def hits(times, levels, seed=0, hz=1000.0):
    """Decaying tones at times in seconds."""
    sound = np.zeros(2 * RATE)
    t = np.arange(RATE // 5) / RATE
    for time, level in zip(times, levels, strict=True):
        start = round(time * RATE)
        sound[start : start + t.size] += level * np.exp(-t * 40) * np.sin(2 * np.pi * hz * t)
    return sound


# --- log-spectral distance


def test_distance_is_nothing_for_the_same_sound_at_any_level_and_sign():
    sound = noise()
    for made in (sound, 0.25 * sound, -3 * sound):
        assert log_spectral_distance_db(sound, made) == pytest.approx(0, abs=1e-4)


def test_distance_by_loop():
    one, other = noise(600), noise(600, 1)
    window = np.hanning(65)[:-1]

    def levels(sound):
        padded = np.pad(sound / np.sqrt(np.mean(sound**2)), 32)
        columns = [padded[i : i + 64] * window for i in range(0, 601, 16)]
        power = np.array([np.abs(np.fft.rfft(c)) ** 2 / (window**2).sum() for c in columns])
        return np.maximum(10 * np.log10(power), FLOOR_DB)

    expected = np.mean([np.sqrt(np.mean((a - b) ** 2)) for a, b in zip(levels(one), levels(other), strict=True)])
    assert log_spectral_distance_db(one, other, (64,)) == pytest.approx(expected, rel=1e-6)
    both = [log_spectral_distance_db(one, other, (n,)) for n in (64, 128)]
    assert log_spectral_distance_db(one, other, (64, 128)) == pytest.approx(np.mean(both))


def test_distance_to_silence_is_the_height_over_the_floor():
    silence = np.zeros(RATE)
    assert log_spectral_distance_db(silence, silence) == 0
    assert 50 < log_spectral_distance_db(noise(), silence) < 61


# --- envelope error


def test_envelope_error_by_hand():
    # Half a second of level 1, then nothing; against the halves swapped. RMS over the clip is 1 / sqrt(2).
    rate = 1000
    one = np.r_[np.ones(500), np.zeros(500)]
    assert envelope_error(one, one[::-1], rate) == pytest.approx(np.sqrt(2), rel=0.03)
    assert envelope_error(one, np.zeros(1000), rate) == pytest.approx(np.sqrt(2) / 2, rel=0.03)
    assert envelope_error(one, 0.01 * one, rate) == pytest.approx(0, abs=1e-9)
    assert envelope_error(np.zeros(1000), np.zeros(1000), rate) == 0


# --- hits


def test_louder_hits_are_louder_and_brighter_ones_brighter():
    low, high = (hear_hits(hits([0.5, 1.5], [0.2, 0.8], hz=f), [0.5, 1.5], RATE) for f in (300.0, 3000.0))
    assert low.loudness[1] / low.loudness[0] == pytest.approx(4**0.3, rel=0.01)
    assert (high.centroid > low.centroid + 5).all()


def test_same_sound_has_no_errors_at_any_level():
    sound = hits([0.5, 1.5], [0.2, 0.8]) + 0.01 * noise(2 * RATE)
    errors = hit_errors(sound, 0.3 * sound, [0.5, 1.5], RATE)
    assert errors.loudness == pytest.approx([0, 0], abs=1e-6)
    assert errors.centroid == pytest.approx([0, 0], abs=1e-6)


def test_leaving_a_hit_out_costs_the_most_it_could():
    true, made = hits([0.5, 1.5], [0.5, 0.5]), hits([0.5], [0.5])
    errors = hit_errors(true, made, [0.5, 1.5], RATE)
    assert np.isnan(errors.made.centroid[1])
    c = errors.true.centroid[1]
    assert errors.centroid[1] == max(c, N_BANDS - 1 - c)
    assert errors.loudness[1] == errors.true.loudness[1]


def test_events_without_true_sound_are_left_out_and_edges_work():
    true = hits([0.5], [0.5])
    errors = hit_errors(true, true, [0.5, 1.5], RATE)
    assert errors.loudness.size == 1
    edges = hear_hits(noise(2 * RATE), [0.0, 1.9999, 2.0, 9.0], RATE)
    assert np.isfinite(edges.loudness).all()
    assert hit_errors(true, true, [], RATE).loudness.size == 0


# --- correlation


def test_correlation_pools_as_numpy_does_and_scales_away():
    rng = np.random.default_rng(0)
    clips = [(x := rng.normal(size=n), 0.5 * x + rng.normal(size=n)) for n in (3, 8, 1, 0)]
    x, y = (np.concatenate([c[i] for c in clips]) for i in (0, 1))
    sums = np.array([correlation_sums(*c) for c in clips])
    assert correlation_of_sums(sums.mean(axis=0)) == pytest.approx(np.corrcoef(x, y)[0, 1])
    many = correlation_of_sums(np.stack([sums.sum(axis=0), 3 * sums.sum(axis=0)]))
    assert many.shape == (2,)
    assert many[0] == pytest.approx(many[1])


def test_correlation_of_nothing():
    assert np.isnan(correlation_of_sums(correlation_sums([], [])))
    assert correlation_of_sums(correlation_sums([1, 2, 3], [5, 5, 5])) == 0
    assert correlation_of_sums(correlation_sums([1, 2, np.nan], [2, 4, 9])) == pytest.approx(1)
    assert ratio([6.0, 4.0]) == 1.5
    assert np.isnan(ratio([0.0, 0.0]))


# --- clip and set


@pytest.fixture(scope="module")
def pairs():
    rng = np.random.default_rng(4)
    out = []
    for i in range(4):
        times, levels = [0.4, 1.0, 1.6], rng.uniform(0.1, 0.9, 3)
        true = hits(times, levels) + 0.002 * noise(2 * RATE, i)
        made = hits(times, levels**0.5, hz=700) + 0.002 * noise(2 * RATE, 9 + i)
        out.append((torch.from_numpy(true), torch.from_numpy(made), times if i else []))
    return out


def test_measures_of_a_set(pairs):
    clips = [clip_shape(t, m, e, RATE) for t, m, e in pairs]
    got = summarise_shape(clips)
    heard = [hit_errors(t, m, e, RATE) for t, m, e in pairs]
    loud = [np.concatenate([getattr(h, side).loudness for h in heard]) for side in ("true", "made")]
    assert got["loudness_error"] == pytest.approx(np.abs(loud[0] - loud[1]).mean())
    assert got["loudness_r"] == pytest.approx(np.corrcoef(*loud)[0, 1])
    assert got["centroid_error"] == pytest.approx(np.concatenate([h.centroid for h in heard]).mean())
    assert got["envelope_error"] == pytest.approx(np.mean([c["envelope_error"] for c in clips]))
    assert set(got) == set(SHAPE_MEASURES)


def test_truth_is_perfect_and_silence_tells_nothing(pairs):
    truth = summarise_shape([clip_shape(t, t, e, RATE) for t, _, e in pairs])
    assert (truth["loudness_r"], truth["centroid_r"]) == pytest.approx((1, 1))
    for name in ("log_spectral_distance_db", "envelope_error", "loudness_error", "centroid_error"):
        assert truth[name] == pytest.approx(0, abs=1e-6)
    silence = summarise_shape([clip_shape(t, torch.zeros_like(t), e, RATE) for t, _, e in pairs])
    assert (silence["loudness_r"], silence["level_difference_db"]) == (0, pytest.approx(np.nan, nan_ok=True))
    assert silence["centroid_error"] > 15
    made = summarise_shape([clip_shape(t, m, e, RATE) for t, m, e in pairs])
    for name in ("log_spectral_distance_db", "loudness_error", "centroid_error"):
        assert truth[name] < made[name] < silence[name]


def fill(pairs, numbers):
    metric = ShapeMetric(RATE)
    for i in numbers:
        metric.update(i, *pairs[i])
    return metric.compute()


def spread(rank, pairs, shares):
    return fill(pairs, shares[rank])


def test_twin_equals_the_functions_in_one_process_and_two(pairs):
    clips = [clip_shape(t, m, e, RATE) for t, m, e in pairs]
    alone = fill(pairs, range(4))
    assert {n: alone[n].item() for n in SHAPE_MEASURES} == pytest.approx(summarise_shape(clips), nan_ok=True)
    for part in SHAPE_PARTS:
        np.testing.assert_array_equal(alone[f"clip_{part}"], [c[part] for c in clips])
    for answer in in_processes(spread, pairs, [[0, 2], [1, 3, 0]]):
        for name, value in alone.items():
            torch.testing.assert_close(answer[name], value, rtol=0, atol=0, equal_nan=True)
