"""Learning of the flow and of its vocoder, from a few synthesised lessons."""

from copy import deepcopy
from dataclasses import replace

import numpy as np
import pytest
import torch

from silentfoley.data.lesson_datamodule import LessonBatch
from silentfoley.data.lessons import synthesised_lessons
from silentfoley.errors import CheckpointError
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.flow_columns import LEAD_COLUMNS, WINDOW
from silentfoley.generators.flow_learner import VARIATIONS, FlowLearner
from silentfoley.generators.flow_weights import load_vocoder, part
from silentfoley.generators.vocoder import Vocoder
from silentfoley.generators.vocoder_learner import VocoderLearner

CLOCK, THUNDER, RAIN = (synthesised_lessons(label, 1, 0)[0] for label in ("clock", "thunder", "rain"))
# Any name that the network has an embedding for.
LESSONS = (replace(CLOCK, variant="metal"), THUNDER, RAIN)


def small_vocoder() -> Vocoder:
    return Vocoder(dim=8, hidden=8, n_blocks=1)


@pytest.fixture(scope="module")
def prepared():
    torch.manual_seed(0)
    made = FlowLearner(FlowGenerator(vocoder=small_vocoder(), dims=(12, 12, 12), blocks=(1, 1, 1), n_condition=8))
    made.prepare(LESSONS)
    return made


@pytest.fixture
def learner(prepared):
    """One that a test may train."""
    torch.manual_seed(0)
    return deepcopy(prepared)


def batch(seed: int = 0) -> LessonBatch:
    return LessonBatch(LESSONS, tuple(range(len(LESSONS))), seed)


def descend(learner, steps: int) -> list[float]:
    optimizer = torch.optim.Adam([p for p in learner.parameters() if p.requires_grad], lr=5e-3)
    losses = []
    for _ in range(steps):
        loss = learner.loss(batch())
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def test_the_flow_learns_and_its_average_follows(learner):
    before = [p.clone() for p in learner.generator.network.parameters()]
    losses = descend(learner, 12)
    assert losses[-1] < 0.95 * losses[0]
    after = list(learner.generator.network.parameters())
    assert any((a - b).abs().max() > 1e-4 for a, b in zip(after, before, strict=True))
    assert not any(p.requires_grad for p in learner.generator.parameters())
    learner.eval()
    assert learner.loss(batch(5)).item() == learner.loss(batch(5)).item()
    assert int(learner.steps) == 12


def test_everything_drawn_hangs_on_the_seed(learner):
    learner.eval()
    assert learner.loss(batch(1)).item() == learner.loss(batch(1)).item() != learner.loss(batch(2)).item()


def test_examples_know_what_they_are_and_what_counts(learner):
    seen_context = 0
    for seed in range(8):
        data, given, weight = learner._examples(batch(), np.random.default_rng(seed))
        assert data.shape == (3, WINDOW, 80)
        assert torch.isfinite(data).all()
        assert ((weight > 0) & (given.known[..., 0] > 0)).sum() == 0, "what is known is not to be drawn"
        torch.testing.assert_close(given.context, data * given.known)
        assert weight[0].sum() < 60, "a clock tick is short"
        assert given.known[0].sum() == 0, "nothing comes before a short hit"
        seen_context += int(given.known.sum() > 0)
    assert seen_context


def test_a_class_is_brought_to_one_scale(learner):
    learner.train()
    takes = [learner._varied(LESSONS[1], 1, k) for k in range(VARIATIONS)]
    scale = learner.generator.scale
    heard = [t.log_mel[: t.columns] for t in takes]
    drawn = torch.cat([scale.normalise("thunder", t, 0, scale.manner("thunder", t)) for t in heard])
    assert drawn.std(correction=0) == pytest.approx(1.0, abs=0.1)
    assert drawn.mean().abs() < 0.1
    assert learner._varied(LESSONS[1], 1, 0) is takes[0]
    assert (takes[0].log_mel - takes[1].log_mel).abs().max() > 0.1


def test_it_says_which_variants_it_has_heard(learner):
    assert learner.generator.variants("clock") == ("metal",)
    assert learner.generator.variants("rain") == ()
    assert learner.generator.variants("impact") == ()


def test_hits_stand_at_their_onset(learner):
    for k in range(3):
        level = learner._varied(LESSONS[0], None, k).log_mel.mean(dim=1)
        assert level[: LEAD_COLUMNS - 2].max() < 0.1 * level.max()
        assert level[LEAD_COLUMNS] > 0.5 * level.max()


def test_a_take_that_ends_early_is_silent_after_it(learner):
    short = replace(LESSONS[0], samples=LESSONS[0].samples[: LESSONS[0].onset_samples + 20 * 256])
    learner.eval()
    played = learner._varied(short, None, 0)
    assert 17 <= played.columns <= 30
    assert played.log_mel[played.columns - 1].max() > 0.5
    assert played.log_mel[played.columns + 3 :].max() < 0.05
    data, _, weight = learner._examples(LessonBatch((short,), (0,), 0), np.random.default_rng(0))
    assert weight.sum() <= 30
    assert data[0, weight[0] == 0].abs().max() == 0


def test_the_vocoder_learns():
    torch.manual_seed(0)
    learner = VocoderLearner(small_vocoder(), n_columns=24)
    losses = descend(learner, 12)
    assert losses[-1] < losses[0]
    assert learner.performer.labels


def test_a_vocoder_is_taken_from_a_run(tmp_path):
    torch.manual_seed(1)
    vocoder, file = small_vocoder(), tmp_path / "last.ckpt"
    torch.save({"state_dict": {f"learner.vocoder.{k}": v for k, v in vocoder.state_dict().items()}}, file)
    generator = FlowGenerator(vocoder=small_vocoder())
    learner = FlowLearner(generator, file)
    for a, b in zip(vocoder.parameters(), learner.generator.vocoder.parameters(), strict=True):
        torch.testing.assert_close(a, b)
    with pytest.raises(CheckpointError, match=r"cannot be read.*name checkpoints/last.ckpt"):
        load_vocoder(generator, tmp_path / "none.ckpt")
    with pytest.raises(CheckpointError, match=r"does not fit.*name a run of the same sizes"):
        load_vocoder(FlowGenerator(vocoder=Vocoder(dim=16, hidden=8, n_blocks=1)), file)


def test_a_run_goes_on_from_the_weights_of_another(learner, tmp_path):
    descend(learner, 3)
    file = tmp_path / "last.ckpt"
    torch.save({"state_dict": {f"learner.{k}": v for k, v in learner.state_dict().items()}}, file)
    torch.manual_seed(7)
    other = FlowGenerator(vocoder=small_vocoder(), dims=(12, 12, 12), blocks=(1, 1, 1), n_condition=8)
    kept = other.vocoder.head.weight.clone()
    onward = FlowLearner(other, start=file)
    torch.testing.assert_close(onward.student.state_dict(), learner.student.state_dict())
    torch.testing.assert_close(onward.generator.scale.mean_clock, learner.generator.scale.mean_clock)
    torch.testing.assert_close(other.vocoder.head.weight, kept)
    assert int(onward.steps) == 3


@pytest.mark.parametrize("damage", ["empty", "text", "list"])
def test_a_damaged_checkpoint_is_told(damage, tmp_path):
    path = tmp_path / "last.ckpt"
    if damage == "list":
        torch.save([1], path)
    else:
        path.write_text("" if damage == "empty" else "not a checkpoint", encoding="utf-8")
    with pytest.raises(CheckpointError, match=r"last\.ckpt: cannot be read \(\w+\); name checkpoints/last\.ckpt"):
        part(path, "learner.vocoder.")
