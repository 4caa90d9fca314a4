"""The protocol on made-up embeddings, the extractor on made-up sound, the judge on its own folder."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from silentfoley.errors import CheckpointError, MediaError
from silentfoley.evaluation import sound_heard
from silentfoley.evaluation.class_judge import EMBEDDED, LEAST_RECALL, load_class_judge, sounding_mean
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.protocol import SEEDS, Context
from silentfoley.evaluation.sound_v1 import SoundV1
from silentfoley.evaluation.yamnet import class_names, weights_sha256
from silentfoley.evaluation.yamnet_extractor import YamnetExtractor, at_full_peak
from silentfoley.evaluation.yamnet_patches import RATE_HZ
from silentfoley.labels import LABELS
from silentfoley.metrics.paired_kad import paired_kad
from silentfoley.metrics.permutation import mixture_test
from silentfoley.waveform import Waveform

SILENCE = class_names().index("Silence")


def clip(i: int, shift: float = 0.0, patches: int = 3, label: str = "rain", control: str = "") -> ClipFeatures:
    rng = np.random.default_rng(i)
    embedding = np.maximum(0, rng.standard_normal((patches, 1024)) + shift).astype(np.float32)
    scores = rng.uniform(0, 0.4, (patches, 521)).astype(np.float32)
    arrays = {"yamnet.embedding": embedding, "yamnet.scores": scores}
    return ClipFeatures(f"c{i}", f"r{i // 2}", label, 0.975 + 0.48 * (patches - 1), arrays, control=control)


def pairs_of(n: int, shift: float) -> list[Pair]:
    return [Pair(clip(i), replace(clip(1000 + i, shift), id=f"c{i}")) for i in range(n)]


def figures(pairs: list[Pair], row: str = "system", **more: object) -> dict:
    context = Context([p.source for p in pairs], n_resamples=100, row=row, **more)
    return SoundV1().set_figures(pairs, context)


def test_every_measure_of_the_set_has_its_figure_and_is_named_by_its_embedding() -> None:
    protocol = SoundV1()
    found = figures(pairs_of(6, 0.1))
    assert set(found) == {m.name for m in protocol.measures() if not m.parts}
    assert all(m.name.endswith("-YAMNet") for m in protocol.measures())
    assert set(figures([])) == set(found)


def test_kad_is_of_the_clips_means() -> None:
    pairs = pairs_of(30, 0.2)
    true, made = (
        [getattr(p, side)["yamnet.embedding"].mean(axis=0, dtype=np.float64) for p in pairs]
        for side in ("reference", "generated")
    )
    wanted = paired_kad(np.array(true), np.array(made), [p.source for p in pairs], n_draws=100)
    found = figures(pairs)["KAD-YAMNet"]
    assert (found.value, found.low, found.high, found.n) == pytest.approx((wanted.mean, wanted.low, wanted.high, 30))
    assert found.low > 0


def test_truth_and_shuffled_truth_are_at_nought() -> None:
    clips = [clip(i, patches=2 + i % 3) for i in range(8)]
    truth = figures([Pair(c, replace(c, control="truth")) for c in clips], row="truth")
    order = np.roll(np.arange(8), 2)
    moved = [Pair(c, replace(clips[j], id=c.id, control="shuffled")) for c, j in zip(clips, order, strict=True)]
    shuffled = figures(moved, row="shuffled")
    assert truth["KAD-YAMNet"].value == pytest.approx(0, abs=1e-9)
    assert shuffled["KAD-YAMNet"].value == pytest.approx(0, abs=1e-9)
    assert truth["FAD-YAMNet"].value == pytest.approx(0, abs=1e-4)
    assert truth["JSD-YAMNet"].value == 0


def test_small_sets_say_so() -> None:
    pairs = pairs_of(6, 0.1)
    found = figures(pairs)
    assert found["FAD-YAMNet"].note.startswith("N = 18 < 2 d = 2048")
    assert found["FAD-YAMNet"].of == "patches"
    assert np.isnan(found["FAD_infinity-YAMNet"].value)
    assert "18 vectors in 1024 dimensions" in found["FAD_infinity-YAMNet"].note
    remarks = SoundV1().remarks(pairs)
    assert any(r.startswith("FAD-YAMNet: N = 18") for r in remarks)
    assert any(r.startswith("FAD_infinity-YAMNet: ") and "recordings of several vectors in 1024" in r for r in remarks)
    assert any("fewer than 12 recordings" in r for r in remarks)


def test_a_long_answer_is_cut_to_the_reference() -> None:
    short, long = clip(0, patches=2), clip(5, patches=9)
    cut = replace(long, arrays={k: v[:2] for k, v in long.arrays.items()})
    protocol = SoundV1()
    assert protocol.per_clip(short, long, 0) == pytest.approx(protocol.per_clip(short, cut, 0), nan_ok=True)
    assert protocol.per_clip(short, short, 0)["cosine"] == pytest.approx(1.0)


def heard(mono: np.ndarray, duration_s: float, name: str) -> ClipFeatures:
    arrays = YamnetExtractor().extract(OpenClip(name, duration_s, memory=Waveform(mono[None], RATE_HZ))).arrays
    return ClipFeatures(name, name, "rain", duration_s, {f"yamnet.{k}": v for k, v in arrays.items()})


def test_a_short_answer_is_followed_by_silence() -> None:
    rng = np.random.default_rng(0)
    noise = (0.2 * rng.standard_normal(3 * RATE_HZ)).astype(np.float32)
    noise[: RATE_HZ + 1000] -= noise[: RATE_HZ + 1000].mean()  # else the level rule moves the appended zeros
    truth = heard(noise, 3.0, "truth")
    short = heard(noise[: RATE_HZ + 1000], 1.0625, "short")
    padded = heard(np.pad(noise[: RATE_HZ + 1000], (0, 2 * RATE_HZ - 1000)), 3.0, "padded")
    assert len(short["yamnet.embedding"]) < len(truth["yamnet.embedding"])
    protocol = SoundV1()
    assert protocol.per_clip(truth, short, 0) == pytest.approx(protocol.per_clip(truth, padded, 0), abs=1e-4)
    assert protocol.per_clip(truth, short, 0)["cosine"] < 0.99 < protocol.per_clip(short, short, 0)["cosine"]
    found, wanted = (figures([Pair(truth, c), Pair(clip(3), clip(4))]) for c in (short, padded))
    for name in ("FAD-YAMNet", "KAD-YAMNet", "inception_score-YAMNet"):
        assert found[name].n == wanted[name].n
        assert found[name].value == pytest.approx(wanted[name].value, rel=1e-3), name
    assert "followed by silence" in protocol.length_rule
    assert protocol.version == 3


def test_a_shuffled_truth_keeps_its_own_length_in_measures_of_the_set() -> None:
    clips = [clip(i, patches=2 + i % 3) for i in range(8)]
    moved = [Pair(c, replace(clips[i - 2], id=c.id, control="shuffled")) for i, c in enumerate(clips)]
    found = figures(moved, row="shuffled")
    # The same patches, pooled: cut or padded to its partners' lengths it would be another set.
    assert found["FAD-YAMNet"].value == pytest.approx(0, abs=1e-4)
    assert found["FAD-YAMNet"].n == sum(2 + i % 3 for i in range(8))


def test_a_set_is_heard_once_for_its_figures_and_for_what_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    times = {"novelty": 0, "retrieval_hits": 0}
    for name in times:
        plain = getattr(sound_heard, name)

        def counted(*words: object, plain=plain, name=name) -> object:
            times[name] += 1
            return plain(*words)

        monkeypatch.setattr(sound_heard, name, counted)
    pairs, protocol = pairs_of(24, 0.2), SoundV1()
    context = Context([p.source for p in pairs], n_resamples=20, training=[clip(500 + i) for i in range(4)])
    found = [protocol.set_figures(pairs, replace(context, seed=seed)) for seed in SEEDS]
    kept = protocol.kept(pairs, context)
    assert times == {"novelty": 1, "retrieval_hits": 1}
    assert found[0]["novelty-YAMNet"].value == pytest.approx(np.mean(kept["novelty"]))
    # Other training clips, other pairs: heard anew.
    protocol.kept(pairs, replace(context, training=[clip(600 + i) for i in range(4)]))
    protocol.kept(pairs_of(24, 0.3), context)
    assert times == {"novelty": 3, "retrieval_hits": 3}


def test_two_systems_are_compared_on_every_measure_of_the_set() -> None:
    near, far = pairs_of(24, 0.05), pairs_of(24, 0.6)
    training = [clip(500 + i) for i in range(4)]
    protocol = SoundV1()
    context = Context([p.source for p in near], training=training)
    kept = [protocol.kept(pairs, context) for pairs in (near, far)]
    mixtures = protocol.mixtures(*kept, context.clusters)
    # 72 patches of 1024 dimensions give no line to extrapolate.
    assert set(mixtures) == {m.name for m in protocol.measures() if not m.parts} - {"FAD_infinity-YAMNet"}
    by_seed = [[figures(p, training=training, seed=s) for s in SEEDS] for p in (near, far)]
    wanted = [{name: np.mean([f[name].value for f in of]) for name in mixtures} for of in by_seed]
    for name, mixed in mixtures.items():
        values = mixed(np.array([[False] * 12, [True] * 12]))
        assert values == pytest.approx([f[name] for f in wanted], rel=2e-3, abs=2e-3), name  # half precision
    found = mixture_test(mixtures["KAD-YAMNet"], 12, 24)
    assert found.difference > 0
    assert found.p_value == pytest.approx(2 / 2001, abs=1e-3)
    assert mixture_test(protocol.mixtures(kept[0], kept[0], context.clusters)["KAD-YAMNet"], 12, 24).p_value == 1.0
    assert protocol.mixtures({}, {}, []) == {} == protocol.kept(near[:1], context)


def test_novelty_needs_the_training_set() -> None:
    pairs = pairs_of(4, 0.0)
    assert "--training" in figures(pairs)["novelty-YAMNet"].note
    training = [clip(1000 + i) for i in range(4)] + [clip(50)]
    found = figures(pairs, training=training)["novelty-YAMNet"]
    assert found.value == pytest.approx(0.0, abs=1e-6)  # every answer is a training take


def test_retrieval_counts_classes_of_two_recordings() -> None:
    pairs = pairs_of(4, 0.0)
    assert figures(pairs)["retrieval_accuracy-YAMNet"].value == 1.0  # there is nothing but rain
    lone = [replace(p, reference=replace(p.reference, label=f"x{p.source}")) for p in pairs]
    assert "no class with two recordings" in figures(lone)["retrieval_accuracy-YAMNet"].note


def test_classes_that_cannot_be_judged_are_not() -> None:
    judge = load_class_judge()
    unknown = next(c for c in LABELS if c not in judge.judgeable)
    protocol = SoundV1()
    assert np.isnan(protocol.per_clip(clip(0, label=unknown), clip(1), 0)["class_right"])
    assert np.isnan(protocol.per_clip(clip(0, label=""), clip(1), 0)["class_right"])
    known = sorted(judge.judgeable)[0]
    assert protocol.per_clip(clip(0, label=known), clip(1), 0)["class_right"] in (0.0, 1.0)
    remarks = protocol.remarks([Pair(clip(0, label=unknown), clip(1))])
    assert any(r.startswith("class agreement: 1 of 1 clips") and unknown in r for r in remarks)
    assert protocol.detail(clip(0, label=unknown), clip(1))["class_heard"] in judge.labels


def test_table_of_judgeable_classes() -> None:
    table = json.loads((EMBEDDED / "judgeable.json").read_text())
    assert [row["class"] for row in table["classes"]] == list(LABELS)
    for row in table["classes"]:
        assert row["judgeable"] == (row["recall"] is not None and row["recall"] >= LEAST_RECALL)
    assert "fit_class_judge.py" in table["command"]
    assert table["embedding"] == json.loads(json.dumps(YamnetExtractor().key())), "fitted on another embedding"
    assert load_class_judge().weight.shape == (len(table["labels"]), 1024)


def test_altered_judge_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "judge"
    shutil.copytree(EMBEDDED, folder)
    (folder / "model.safetensors").write_bytes((folder / "model.safetensors").read_bytes()[:-1] + b"x")
    with pytest.raises(CheckpointError, match=r"its bytes differ from what judgeable\.json records"):
        load_class_judge(folder)
    with pytest.raises(CheckpointError, match="is no class judge"):
        load_class_judge(tmp_path / "nothing")


def test_silent_patches_say_nothing_of_a_class() -> None:
    embedding, scores = np.array([[1.0] * 1024, [3.0] * 1024]), np.zeros((2, 521))
    assert sounding_mean(embedding, scores)[0] == 2.0
    scores[0, SILENCE] = 0.9
    assert sounding_mean(embedding, scores)[0] == 3.0
    scores[1, SILENCE] = 0.9
    assert sounding_mean(embedding, scores)[0] == 2.0


def test_level_rule() -> None:
    x = np.array([0.1, 0.3, 0.1, -0.1], np.float32)
    np.testing.assert_allclose(at_full_peak(x), [0, 1, 0, -1], atol=1e-6)
    soft = np.array([5e-4, -5e-4], np.float32)
    np.testing.assert_array_equal(at_full_peak(soft), soft)
    assert at_full_peak(np.zeros(0, np.float32)).size == 0


def test_extractor_hears_the_same_at_any_rate_level_and_number_of_channels() -> None:
    t = np.arange(44100) / 44100
    tone = (0.4 * np.sin(2 * np.pi * 700 * t) * np.exp(-2 * t)).astype(np.float32)
    plain = OpenClip("a", 1.0, memory=Waveform(tone[None], 44100))
    soft = OpenClip("b", 1.0, memory=Waveform(np.stack([tone, tone]) * 0.05, 44100))
    one, two = (YamnetExtractor().extract(c).arrays for c in (plain, soft))
    assert {k: (v.shape, str(v.dtype)) for k, v in one.items()} == {
        "embedding": ((2, 1024), "float32"),
        "scores": ((2, 521), "float32"),
        "after_embedding": ((1, 1024), "float32"),
        "after_scores": ((1, 521), "float32"),
    }
    np.testing.assert_allclose(one["embedding"], two["embedding"], atol=1e-2)
    assert 0 <= one["scores"].min() <= one["scores"].max() <= 1
    slow = OpenClip("c", 1.0, memory=Waveform(tone[None, ::2], 22050))
    three = YamnetExtractor().extract(slow).arrays["embedding"]
    assert np.linalg.norm(three - one["embedding"]) < 0.2 * np.linalg.norm(one["embedding"])


def test_extractor_names_its_weights_and_rules() -> None:
    settings = YamnetExtractor().settings()
    assert settings["weights_sha256"] == weights_sha256()
    assert settings["resampler"] == "soxr HQ"
    assert "peak at full scale" in settings["level"]
    with pytest.raises(MediaError, match="has no sample of sound"):
        YamnetExtractor().extract(OpenClip("empty", 1.0, memory=Waveform(np.zeros((1, 0), np.float32), 44100)))


def test_probe_accuracy_is_as_known() -> None:
    # By recording about 72 % of takes are named with all takes in the fit; a whole source left out costs half of it.
    overall = json.loads((EMBEDDED / "judgeable.json").read_text())["overall"]
    assert overall["recall_with_share_alike"] == pytest.approx(0.72, abs=0.05)
    assert overall["recall_by_source"] < 0.5
