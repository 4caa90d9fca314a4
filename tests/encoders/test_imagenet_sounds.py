"""The table from ImageNet names to sounds: every line checked, arithmetic by hand, right on real clips."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from silentfoley.encoders.efficientnet_lite import EfficientNetLite0
from silentfoley.encoders.imagenet_names import names, synsets
from silentfoley.encoders.imagenet_sounds import (
    Association,
    label_scores,
    read_table,
    sounds_seen,
    table,
    variants_seen,
    weight_matrix,
)
from silentfoley.errors import DataError, LabelError
from silentfoley.labels import LABELS

HEADER = "wordnet_id,name,label,variant,weight,reason"


def _certain(name: str) -> np.ndarray:
    p = np.zeros((1, 1000))
    p[0, names().index(name)] = 1
    return p


def test_shipped_table_is_sound():
    by_id = dict(zip(synsets(), names(), strict=True))
    assert len(table()) > 200
    for entry in table():
        assert entry.name == by_id[entry.wordnet_id]
        assert entry.reason
    assert {entry.label for entry in table()} == set(LABELS)
    assert weight_matrix(table()).sum(axis=1).max() <= 1 + 1e-6


@pytest.mark.parametrize(
    ("name", "label"),
    [
        ("revolver", "gunshot"),
        ("assault rifle", "gunshot"),
        ("cleaver", "cutting"),
        ("head cabbage", "cutting"),
        ("sorrel", "horse"),
        ("horse cart", "horse"),
        ("computer keyboard", "typing"),
        ("wall clock", "clock"),
        ("sports car", "car"),
        ("fountain", "waterfall"),
        ("matchstick", "fire"),
        ("umbrella", "rain"),
        ("running shoe", "footsteps"),
        ("vase", "breaking"),
        ("drum", "impact"),
        ("racket", "impact"),
    ],
)
def test_plain_cases(name, label):
    assert label_scores(_certain(name)).top()[0][0] == label


@pytest.mark.parametrize("name", ["golden retriever", "Shih-Tzu", "tabby", "electric ray", "thunder snake", "barn"])
def test_what_is_not_listed_is_neutral(name):
    scores = label_scores(_certain(name))
    assert scores.known[0] == 0
    assert not scores.scores.any()


def test_no_animal_sounds_like_a_horse_but_for_hooves():
    hooves = {e.name for e in table() if e.label == "horse"}
    living = {names()[i] for i in range(398)}  # the animals come first
    assert hooves & living <= {
        "sorrel", "zebra", "ox", "water buffalo", "bison", "hartebeest", "impala", "gazelle", "Arabian camel",
    }  # fmt: skip


def test_scores_by_hand():
    rows = [Association(synsets()[3], "a", "rain", 0.5, "r"), Association(synsets()[3], "a", "fire", 0.25, "r")]
    p = np.zeros((2, 1000))
    p[0, 3], p[0, 4], p[1, 4] = 0.4, 0.6, 1.0
    found = label_scores(p, ("fire", "rain"), rows)
    np.testing.assert_allclose(found.scores, [[0.1, 0.2], [0, 0]], atol=1e-6)
    np.testing.assert_allclose(found.known, [0.3, 0], atol=1e-6)
    assert found.top() == (("rain", pytest.approx(0.2)), ("fire", pytest.approx(0.1)))
    assert found.as_dict() == {"fire": pytest.approx(0.1), "rain": pytest.approx(0.2), "known": pytest.approx(0.3)}
    np.testing.assert_allclose(found.mean().scores, [[0.05, 0.1]], atol=1e-6)
    np.testing.assert_allclose(found.mean().known, [0.15], atol=1e-6)


def test_scores_equal_a_loop_over_the_table():
    p = np.random.default_rng(0).dirichlet(np.full(1000, 0.05), size=3)
    index = {s: i for i, s in enumerate(synsets())}
    expected = np.zeros((3, len(LABELS)))
    for entry in table():
        expected[:, LABELS.index(entry.label)] += p[:, index[entry.wordnet_id]] * entry.weight
    found = label_scores(p)
    np.testing.assert_allclose(found.scores, expected, atol=1e-6)
    assert (found.known <= 1).all()


def test_labels_not_asked_for_are_left_out():
    assert label_scores(_certain("revolver"), ("rain", "fire")).known[0] == 0


def test_bad_probabilities_are_refused():
    with pytest.raises(DataError, match=r"shape \(1, 10\)"):
        label_scores(np.ones((1, 10)) / 10)
    with pytest.raises(DataError, match="softmax, not logits"):
        label_scores(np.ones((1, 1000)))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("n02749479,rifle,gunshot,,1.5,r", r"line 2: weights of 'rifle' leave \(0, 1\]"),
        ("n02749479,rifle,gunshot,,0,r", "line 2: weights"),
        ("n02749479,rifle,gunshot,,nan,r", "line 2: weights"),
        ("n02749479,rifle,gunshot,,much,r", "line 2: incomplete or not a number"),
        ("n02749479,rifle,gunshot", "line 2: incomplete"),
        ("n02749479,rifle,gunshot,gravel,0.5,r", "line 2: 'gravel' is no variant of gunshot"),
        ("n00000000,ghost,gunshot,,1,r", "n00000000 is no ImageNet class"),
        ("n02749479,rifle,gunshot,,0.2,r\nn02749479,rifle,gunshot,,0.2,r", "line 3: .* twice"),
        ("n02749479,rifle,gunshot,,0.7,r\nn02749479,rifle,impact,,0.7,r", "line 3: weights"),
    ],
)
def test_bad_lines_are_refused_by_number(line, message):
    with pytest.raises(DataError, match=message):
        read_table([HEADER, *line.split("\n")])


def test_unknown_sounds_are_refused():
    with pytest.raises(LabelError, match="did you mean 'gunshot'"):
        read_table([HEADER, "n02749479,rifle,gunshots,,1,r"])


@pytest.mark.parametrize(("clip", "label"), [("gunshot_1", "gunshot"), ("drums_1", "impact")])
def test_right_label_on_real_clips(shared: Path, clip, label):
    from silentfoley.media.video import frames_at
    from silentfoley.media.video_info import probe

    info = probe(shared / "clips" / f"{clip}.mp4")
    frames = frames_at(info, np.linspace(info.times_s[0], info.times_s[-1], 4)).frames
    scores = sounds_seen(frames, EfficientNetLite0(), n_frames=4)
    (best, score), (_, second), _ = scores.top()
    assert best == label
    assert score > 0.25 > 3 * second


def test_a_dog_is_unknown(shared: Path):
    from silentfoley.media.video import frames_at

    frames = frames_at(shared / "clips" / "dog_bark_1.mp4", [0.5, 1.5, 2.5]).frames
    assert sounds_seen(frames, EfficientNetLite0()).known[0] < 0.1


@pytest.mark.parametrize(
    ("name", "label", "variant"),
    [
        ("drum", "impact", "drum"),
        ("gong", "impact", "metal"),
        ("revolver", "gunshot", "pistol"),
        ("vase", "breaking", "glass"),
        ("racket", "impact", ""),
    ],
)
def test_a_thing_tells_what_it_is_made_of(name, label, variant):
    seen = dict(zip(LABELS, variants_seen(_certain(name)), strict=True))
    assert seen[label] == variant
    assert not any(v for k, v in seen.items() if k != label)


def test_materials_need_weight_and_agreement():
    rows = [
        Association(synsets()[0], names()[0], "impact", 0.8, "r", "drum"),
        Association(synsets()[1], names()[1], "impact", 0.8, "r", "metal"),
        Association(synsets()[2], names()[2], "impact", 0.8, "r"),
    ]

    def seen(*shares: float) -> tuple[str, ...]:
        p = np.zeros((2, 1000))
        p[:, : len(shares)] = shares
        p[:, 999] = 1 - sum(shares)
        return variants_seen(p, ("rain", "impact"), rows)

    assert seen(0.6, 0.4) == ("", "drum")
    assert seen(0.4, 0.6) == ("", "metal")
    assert seen(0.12, 0.0) == ("", "")  # 0.096 of weight
    assert seen(0.13, 0.0) == ("", "drum")
    assert seen(0.35, 0.3, 0.35) == ("", "")
    assert seen(0.2, 0.1, 0.7) == ("", "")
