"""The judge on a tiny network: a net that sees must be told from one that does not, and from silence."""

import numpy as np
import pytest
import torch
from support.processes import in_processes

from silentfoley.encoders.synchrony import SynchronyNet
from silentfoley.errors import CheckpointError, OutputError, SilentFoleyError
from silentfoley.evaluation.synchrony_judge import (
    SILENT,
    embed_picture,
    embed_sound,
    in_step_chance,
    judge,
    judge_accuracy,
)
from silentfoley.evaluation.synchrony_metric import SynchronyMetric
from silentfoley.evaluation.synchrony_model import load_judge, save_judge
from silentfoley.signal.mel import SoundFeatures

RATE = 50.0


def net(**options):
    torch.manual_seed(0)
    return SynchronyNet(5, 7, n_embedding=8, n_hidden=12, window_columns=10, **options).eval()


def unit(n, seed=0):
    vectors = np.random.default_rng(seed).normal(size=(n, 8)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


@pytest.mark.parametrize(("late", "in_step"), [(0, 1), (5, 1), (6, 0), (-20, 0)])
def test_a_seeing_judge_finds_the_offset(late, in_step):
    visual = unit(150)
    verdict = judge(visual, np.roll(visual, late, axis=0), RATE)
    assert verdict.offset_s == pytest.approx(late / RATE)
    assert verdict.in_step == in_step
    # A sound far out of step is as little at its place as any shifted copy of it.
    assert (verdict.told_apart == 1) == (late == 0) or verdict.told_apart < 1


def test_a_blind_judge_guesses():
    blind = np.tile(unit(1), (150, 1))
    assert judge(blind, blind, RATE).told_apart == 0.5
    random = [judge(unit(150, s), unit(150, 1000 + s), RATE) for s in range(60)]
    assert np.mean([v.told_apart for v in random]) == pytest.approx(0.5, abs=0.1)
    assert np.mean([v.in_step for v in random]) < 0.3
    assert in_step_chance(RATE) == pytest.approx(11 / 101)


def test_silence_is_a_guess_and_out_of_step():
    verdict = judge(unit(80), np.zeros((80, 8), np.float32), RATE)
    assert verdict == SILENT
    assert (verdict.told_apart, verdict.in_step) == (0.5, 0)


def test_clips_too_short_are_not_judged():
    verdict = judge(unit(80), unit(1), RATE)
    assert np.isnan([verdict.told_apart, verdict.in_step, verdict.offset_s, verdict.cosine]).all()
    # Short, but long enough for the smallest shift.
    short = unit(15)
    assert judge(short, short, RATE).told_apart == 1


def test_what_one_side_has_more_is_left_out():
    visual = unit(100)
    assert judge(visual, visual[:70], RATE) == judge(visual[:70], visual[:70], RATE)
    with pytest.raises(SilentFoleyError, match="picture and sound windows: shapes"):
        judge(visual, visual[:, :4], RATE)


def test_accuracy_counts_the_clips_it_rests_on():
    seen, unseen = (unit(120), unit(120)), (unit(120), unit(120, 9))
    accuracy = judge_accuracy([seen, unseen, (unit(1), unit(1))], RATE)
    assert accuracy.n == 2
    assert accuracy.told_apart == pytest.approx(np.mean([1, judge(*unseen, RATE).told_apart]))
    assert accuracy.in_step in (0.5, 1.0)
    none = judge_accuracy([], RATE)
    assert (none.n, none.in_step_chance) == (0, in_step_chance(RATE))
    assert np.isnan(none.told_apart)


def test_windows_are_the_network_s():
    towers = net()
    rng = np.random.default_rng(0)
    features, sound = rng.random((40, 5), np.float32), rng.random((40, 7), np.float32)
    both = towers(torch.from_numpy(features)[None], torch.from_numpy(sound)[None], torch.tensor([40]))
    np.testing.assert_allclose(embed_picture(towers, features), both.visual[0].detach(), atol=1e-6)
    np.testing.assert_allclose(embed_sound(towers, sound), both.audio[0].detach(), atol=1e-6)
    assert embed_picture(towers, features[:4]).shape == (0, 8)
    assert not embed_sound(towers, np.zeros((40, 7), np.float32)).any()


def test_bytes_stand_for_fractions():
    towers = net(frame_encoder=torch.nn.Sequential(torch.nn.Flatten(2), torch.nn.Linear(12, 5)))
    frames = np.random.default_rng(0).integers(0, 256, (30, 3, 2, 2), dtype=np.uint8)
    floats = (frames / 255).astype(np.float32)
    np.testing.assert_allclose(embed_picture(towers, frames), embed_picture(towers, floats), atol=1e-6)


NODE = {"kind": "synchrony", "n_visual": 5, "n_audio": 7, "n_embedding": 8, "n_hidden": 12, "window_columns": 10}


def save(folder):
    nodes = {"network": NODE, "features": {"kind": "motion_features"}}
    return save_judge(folder, net(), **nodes, sound=SoundFeatures(7), accuracy={"told_apart": 0.7}, card="# Judge")


def test_folder_round_trip(tmp_path):
    loaded = load_judge(save(tmp_path / "judge"))
    features = np.random.default_rng(0).random((40, 5), np.float32)
    np.testing.assert_allclose(embed_picture(loaded.net, features), embed_picture(net(), features), atol=5e-3)
    assert loaded.column_rate_hz == RATE
    assert loaded.config["accuracy"]["told_apart"] == 0.7
    assert sorted(p.name for p in (tmp_path / "judge").iterdir()) == ["CARD.md", "config.json", "weights.safetensors"]
    with pytest.raises(OutputError, match="exists"):
        save(tmp_path / "judge")


def test_altered_folders_are_refused(tmp_path):
    folder = save(tmp_path / "judge")
    config = folder / "config.json"
    config.write_text(config.read_text().replace("0.7", "0.9"))
    with pytest.raises(CheckpointError, match="was altered"):
        load_judge(folder)
    folder = save(tmp_path / "other")
    weights = folder / "weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    with pytest.raises(CheckpointError, match=r"weights.safetensors: is missing or not"):
        load_judge(folder)
    with pytest.raises(CheckpointError, match="is no synchrony judge"):
        load_judge(tmp_path)


def windows(seed, n=40):
    values = np.random.default_rng(seed).normal(size=(n, 8)).astype(np.float32)
    return values / np.linalg.norm(values, axis=1, keepdims=True)


def judged(numbers):
    metric = SynchronyMetric(25.0)
    for i in numbers:
        seen = windows(i, 1 if i == 3 else 40)
        # In step, six windows late, another's sound, too short for a verdict.
        metric.update(i, seen, [seen, np.roll(seen, 6, axis=0), windows(9), seen][i], seen)
    return {k: v.tolist() for k, v in metric.compute().items()}


def share(rank, shares):
    return judged(shares[rank])


def test_the_twin_equals_the_function_in_one_process_and_two():
    alone = judged(range(4))
    verdicts = [judge(windows(0), windows(0), 25.0), judge(windows(1), np.roll(windows(1), 6, axis=0), 25.0)]
    verdicts.append(judge(windows(2), windows(9), 25.0))
    assert alone["told_apart"] == pytest.approx(np.mean([v.told_apart for v in verdicts]))
    assert alone["offset_ms"] == pytest.approx(1000 * np.mean([abs(v.offset_s) for v in verdicts]))
    assert alone["in_step"] == pytest.approx(np.mean([v.in_step for v in verdicts]))
    assert alone["accuracy"] == 1
    assert np.isnan(alone["clip_told_apart"][3])
    for other in in_processes(share, [[0, 2], [1, 3, 0]]):
        np.testing.assert_equal(other, alone)
