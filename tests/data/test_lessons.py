"""What may be learned from, what is measured, and at which level."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from silentfoley.bank.take import Take
from silentfoley.data.lessons import (
    HIT_SECONDS,
    LEAD_SAMPLES,
    free_takes,
    held_out_takes,
    lesson,
    lessons,
    spread,
    synthesised_lessons,
)
from silentfoley.errors import DataError
from silentfoley.stage.synth_hits import GROUNDS, MATTER

RATE = 44_100
EMPTY = Take(**dict.fromkeys(Take.__dataclass_fields__, ""))  # type: ignore[arg-type]


def take(name: str, label: str, recording: str, split: str, source: str, share_alike: bool = False) -> Take:
    kind = "texture" if label in ("rain", "fire") else "hit"
    return replace(
        EMPTY, id=name, label=label, recording=recording, split=split, source=source, share_alike=share_alike,
        kind=kind, onset_samples=100, strength=0.5, variant=None,
    )  # fmt: skip


TAKES = [
    take("a", "rain", "r1", "train", "free"),
    take("b", "rain", "r2", "val", "free"),
    take("c", "rain", "shared", "train", "free"),
    take("d", "rain", "shared", "train", "bound", share_alike=True),
    take("e", "rain", "r3", "train", "other", share_alike=True),
    take("f", "clock", "r4", "train", "free"),
    take("g", "clock", "r5", "test", "free"),
    replace(take("h", "clock", "r6", "train", "free"), kind="texture"),
]


def shelf(takes: list[Take]) -> SimpleNamespace:
    """As much of a bank as lessons ask for."""

    def some(share_alike: bool) -> list[Take]:
        return [t for t in takes if share_alike or not t.share_alike]

    def samples(of: Take) -> np.ndarray:
        rng = np.random.default_rng(sum(map(ord, of.id)))
        return rng.normal(0, 0.1, 3 * RATE).astype(np.float32)

    return SimpleNamespace(all_takes=takes, takes=some, samples=samples, folder="bank")


def ids(takes: list[Take]) -> str:
    return "".join(t.id for t in takes)


def test_a_recording_shared_with_a_source_held_out_is_not_learned_from():
    assert ids(held_out_takes(shelf(TAKES), ["bound"])) == "dg"
    assert ids(free_takes(shelf(TAKES), ("train",), ["bound"])) == "af"


def test_all_splits_may_be_learned_from_but_what_is_measured():
    every = ("train", "val", "test")
    learned = free_takes(shelf(TAKES), every, ["bound"])
    assert ids(learned) == "abf"
    assert not {t.recording for t in learned} & {t.recording for t in held_out_takes(shelf(TAKES), ["bound"])}


def test_share_alike_is_never_learned_from():
    assert not any(t.share_alike for t in free_takes(shelf(TAKES), ("train", "val", "test"), []))


def test_takes_are_spread_over_recordings():
    takes = [take(f"{r}{i}", "clock", r, "train", "free") for r in "xyz" for i in range(5)]
    assert Counter(t.recording for t in spread(takes, 7)) == {"x": 3, "y": 2, "z": 2}


def test_a_hit_begins_just_before_its_onset_with_peak_one():
    samples = np.zeros(2 * RATE, np.float32)
    samples[5000:6000] = -0.25
    out = lesson(samples, replace(take("a", "clock", "r", "train", "s"), onset_samples=5000))
    assert out.onset_samples == LEAD_SAMPLES
    assert np.abs(out.samples[:LEAD_SAMPLES]).max() == 0
    assert out.samples[LEAD_SAMPLES] == -1
    assert len(out.samples) == LEAD_SAMPLES + round(HIT_SECONDS["clock"] * RATE)


def test_a_texture_has_a_root_mean_square_of_one():
    out = lesson(np.full(RATE, 0.01, np.float32), take("a", "rain", "r", "train", "s"))
    assert np.sqrt(np.mean(out.samples**2)) == pytest.approx(1.0)
    assert out.onset_samples == 0


def test_silence_stays_silence():
    assert not lesson(np.zeros(RATE, np.float32), take("a", "rain", "r", "train", "s")).samples.any()


def test_the_synthesiser_helps_out_classes_of_few_takes():
    found = lessons(shelf(TAKES), labels=("rain", "clock", "horse"), synthesised=3, takes=TAKES[:2] + TAKES[5:7])
    by_label = {label: [x.take is None for x in found if x.label == label] for label in ("rain", "clock", "horse")}
    assert by_label == {"rain": [False, False], "clock": [False, False, True, True, True], "horse": [True] * 3}


def test_nothing_to_learn_from():
    with pytest.raises(DataError, match="bank: has no take to learn from; add recordings"):
        lessons(shelf([]), takes=[], labels=("rain",), synthesised=0)


def test_the_synthesiser_repeats_itself_for_a_seed():
    one, two, other = (synthesised_lessons("horse", 2, seed) for seed in (0, 0, 1))
    for a, b, c in zip(one, two, other, strict=True):
        np.testing.assert_array_equal(a.samples, b.samples)
        assert a.strength == b.strength != c.strength


def test_the_synthesiser_teaches_each_class_its_own_materials():
    impacts = synthesised_lessons("impact", 16, 0)
    assert {x.variant for x in impacts} == set(MATTER)
    assert {x.variant for x in synthesised_lessons("horse", 16, 0)} == set(GROUNDS)
    assert {x.variant for x in synthesised_lessons("clock", 3, 0)} == {None}

    def centroid_hz(lesson) -> float:
        power = np.abs(np.fft.rfft(lesson.samples)) ** 2
        return float((power * np.fft.rfftfreq(len(lesson.samples), 1 / RATE)).sum() / power.sum())

    mean = {m: np.mean([centroid_hz(x) for x in impacts if x.variant == m]) for m in MATTER}
    assert min(mean, key=mean.__getitem__) in ("drum", "soft")
    assert max(mean, key=mean.__getitem__) in ("glass", "metal")
