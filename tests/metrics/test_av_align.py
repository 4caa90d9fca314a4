import numpy as np
import pytest
from support.processes import in_processes

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.av_align import av_align, chance_av_align, prominent_peaks_s
from silentfoley.metrics.av_align_metric import AVAlignMetric


def test_worked_by_hand():
    # 1.0 meets 1.04; 2.0 has nobody; 3.5 has nobody: one pair of four peaks, less one.
    assert av_align([1.0, 2.0], [1.04, 3.5]) == pytest.approx(1 / 3)
    assert av_align([1.0], [1.0]) == 1.0


def test_one_motion_peak_serves_one_sound_peak():
    assert av_align([1.0], [0.97, 1.0, 1.03]) == pytest.approx(1 / 3)


def test_tolerance_is_in_seconds_whatever_the_frame_rate():
    assert av_align([1.0], [1.05]) == 1
    assert av_align([1.0], [1.06]) == 0


def test_silence():
    assert av_align([], []) == 1
    assert av_align([1.0], []) == av_align([], [1.0]) == 0


def test_chance_of_a_single_peak_is_the_covered_share():
    assert chance_av_align([5.0], [1.0], 10.0, 0.5, draws=4000) == pytest.approx(0.1, abs=0.015)
    assert chance_av_align([], [], 10.0) == 1
    with pytest.raises(SilentFoleyError, match="chance of AV-Align: 0 s"):
        chance_av_align([1.0], [1.0], 0)


def test_ripples_are_no_peaks():
    times = np.arange(0, 4, 0.02)
    curve = np.exp(-(((times - 1) / 0.1) ** 2)) + 0.5 * np.exp(-(((times - 3) / 0.1) ** 2))
    rippled = curve + 0.03 * np.sin(2 * np.pi * 7 * times)
    assert prominent_peaks_s(rippled, times) == pytest.approx([1.0, 3.0], abs=0.03)
    assert prominent_peaks_s(rippled, times, 0.6) == pytest.approx([1.0], abs=0.03)
    # Units fall away.
    assert prominent_peaks_s(1e-3 * rippled + 7, times).tolist() == prominent_peaks_s(rippled, times).tolist()


def test_still_pictures_and_bad_input():
    assert prominent_peaks_s(np.ones(50), np.arange(50) / 50).size == 0
    assert prominent_peaks_s([1.0], [0.0]).size == 0
    with pytest.raises(SilentFoleyError, match="motion curve and its times"):
        prominent_peaks_s([1.0, 2.0], [0.0])


def spread(rank, clips, shares):
    metric = AVAlignMetric(draws=10)
    for i in shares[rank]:
        metric.update(i, *clips[i])
    return {name: value.tolist() for name, value in metric.compute().items()}


def test_twin_equals_the_functions_in_one_process_and_two():
    rng = np.random.default_rng(0)
    clips = [(rng.uniform(0, 4, n), rng.uniform(0, 4, m), 4.0) for n, m in ((3, 5), (0, 2), (9, 9), (0, 0))]
    alone = spread(0, clips, [range(4)])
    assert alone["clip_av_align"] == [av_align(*c[:2]) for c in clips]
    assert alone["clip_chance"] == [chance_av_align(*c, draws=10, seed=i) for i, c in enumerate(clips)]
    score, chance = (np.mean(alone[f"clip_{n}"]) for n in ("av_align", "chance"))
    assert alone["skill"] == pytest.approx((score - chance) / (1 - chance))
    assert in_processes(spread, clips, [[0, 2], [1, 3, 0]]) == [alone, alone]
