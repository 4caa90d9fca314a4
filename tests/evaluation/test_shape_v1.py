import numpy as np
import pytest

from silentfoley.evaluation.clip_features import SOUND_RATE_HZ, ClipFeatures, Pair
from silentfoley.evaluation.protocol import Context
from silentfoley.evaluation.rows import evaluate
from silentfoley.evaluation.shape_v1 import ShapeV1
from silentfoley.metrics.shape import clip_shape, summarise_shape


def clip(name, seed, events=(0.3, 0.8), seconds=1.2):
    rng = np.random.default_rng(seed)
    n = round(seconds * SOUND_RATE_HZ)
    mono = 0.001 * rng.normal(size=n)
    for time in events:
        start = round(time * SOUND_RATE_HZ)
        grain = rng.normal(size=2000) * np.exp(-np.arange(2000) / 400) * rng.uniform(0.1, 0.8)
        mono[start : start + 2000] += grain[: n - start]
    groups = {"sound": {"mono": mono.astype(np.float32)}, "events": {"start_s": np.array(events)}}
    return ClipFeatures(name, name, "", 1.2, {}).with_arrays(**groups)


def test_figures_are_the_functions():
    pairs = [Pair(clip(f"c{i}", i), clip(f"c{i}", 10 + i, seconds=1.0 + 0.2 * i)) for i in range(3)]
    row = evaluate(ShapeV1(), lambda _: pairs, Context([p.source for p in pairs], n_resamples=20))
    values = [
        clip_shape(p.reference.sound(1.2), p.generated.sound(1.2), p.reference.events_s(1.2), SOUND_RATE_HZ)
        for p in pairs
    ]
    expected = summarise_shape(values)
    assert {n: f.value for n, f in row.figures.items()} == pytest.approx(expected, nan_ok=True)
    assert row.figures["loudness_r"].low <= row.figures["loudness_r"].value <= row.figures["loudness_r"].high


def test_truth_is_exact_and_few_hits_are_remarked():
    pair = Pair(clip("a", 0), clip("a", 0))
    row = evaluate(ShapeV1(), lambda _: [pair], Context(["a"], n_resamples=5))
    zero = ("log_spectral_distance_db", "envelope_error", "loudness_error", "centroid_error", "level_difference_db")
    assert [row.figures[n].value for n in zero] == pytest.approx([0] * 5, abs=1e-6)
    assert ShapeV1().remarks([pair]) == ["loudness and centroid rest on 2 true events: too few to tell systems apart"]
    assert not ShapeV1().remarks([pair] * 15)


def test_settings_state_level_and_length():
    settings = ShapeV1().settings()
    assert "RMS" in settings["level"]
    assert "reference" in settings["length"]
