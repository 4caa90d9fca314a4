import librosa
import numpy as np
import pytest

from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.condfoley_legacy import CondFoleyLegacy, onset_samples
from silentfoley.evaluation.protocol import Context
from silentfoley.evaluation.rows import evaluate
from silentfoley.metrics.condfoley import RATE_HZ, legacy_score


def sound(times, seconds=3.0, seed=0):
    rng = np.random.default_rng(seed)
    mono = 1e-4 * rng.normal(size=round(seconds * RATE_HZ))
    for time in times:
        start = round(time * RATE_HZ)
        grain = rng.normal(size=3000) * np.exp(-np.arange(3000) / 500) * 0.5
        mono[start : start + 3000] += grain[: mono.size - start]
    return mono.astype(np.float32)


def clip(mono, seconds=3.0):
    return ClipFeatures("a", "a", "", seconds, {"sound.mono": mono})


TRUE = (0.4, 0.9, 1.4, 1.8)


def test_detector_is_librosa_s_with_the_script_s_threshold():
    for seed in range(4):
        mono = sound(np.random.default_rng(seed).uniform(0.1, 2.8, 6), seed=seed)
        theirs = librosa.onset.onset_detect(y=mono, sr=RATE_HZ, units="samples", delta=0.3)
        assert onset_samples(mono).tolist() == theirs.tolist()


def test_silence_gets_the_published_perfect_score():
    values = CondFoleyLegacy().per_clip(clip(sound(TRUE)), clip(np.zeros(3 * RATE_HZ, np.float32)), 0)
    assert values["onset_ap"] == 1.0
    assert values["onset_accuracy"] == 0.0
    assert values["onset_count_accuracy"] == 0.0


def test_one_of_four_gets_the_published_perfect_score():
    values = CondFoleyLegacy().per_clip(clip(sound(TRUE)), clip(sound(TRUE[:1])), 0)
    assert (values["onset_ap"], values["onset_accuracy"]) == (1.0, 0.25)


def test_only_the_first_two_seconds_count():
    late = sound((*TRUE, 2.5))
    assert CondFoleyLegacy().per_clip(clip(late), clip(sound(TRUE)), 0)["onset_count_accuracy"] == 1
    made = sound(TRUE, seed=1)
    cut = legacy_score(onset_samples(late[: 2 * RATE_HZ]), onset_samples(made[: 2 * RATE_HZ]), made[: 2 * RATE_HZ])
    assert CondFoleyLegacy().per_clip(clip(late), clip(made), 0)["onset_ap"] == cut.average_precision


def test_clips_the_script_stops_on_are_left_out_and_counted():
    silent = clip(np.zeros(3 * RATE_HZ, np.float32))
    pairs = [Pair(clip(sound(TRUE)), clip(sound(TRUE))), Pair(silent, silent)]
    row = evaluate(CondFoleyLegacy(), lambda _: pairs, Context(["a", "b"], n_resamples=5))
    assert row.figures["onset_ap"].value == 1
    assert row.figures["onset_ap"].n == 1
    assert row.figures["script_stops"].value == 0.5


def test_warning_and_short_clips():
    assert "silence scores AP 1" in CondFoleyLegacy.warning
    short = clip(sound((0.4,), seconds=1.0), seconds=1.0)
    assert CondFoleyLegacy().remarks([Pair(short, short)]) == [
        "1 clips are shorter than 2 s: the script would stop on them"
    ]
    assert not CondFoleyLegacy().remarks([Pair(clip(sound(TRUE)), short)])


def test_every_measure_has_its_part():
    values = CondFoleyLegacy().per_clip(clip(sound(TRUE)), clip(sound(TRUE)), 0)
    assert {p for m in CondFoleyLegacy().measures() for p in m.parts} == set(values)
    assert values == pytest.approx({"onset_ap": 1, "onset_accuracy": 1, "onset_count_accuracy": 1, "script_stops": 0})
