"""The LightningModule: what it logs, that it repeats, that a checkpoint holds plain values."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np
import pytest
import torch
from support.classifier_inputs import batch
from support.trainers import quiet_trainer
from torch.utils.data import DataLoader

from silentfoley.classifiers.columns import InputContext
from silentfoley.classifiers.fast_slow_lstm import FastSlowLSTM
from silentfoley.classifiers.frame_relation import FrameRelationNetwork
from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
from silentfoley.classifiers.module import ClassifierModule, clip_grids, onset_f1
from silentfoley.classifiers.perceptions import perceptions
from silentfoley.cues import CueSheet
from silentfoley.decode_settings import DecodeSettings
from silentfoley.labels import LABELS

FOOTSTEPS, RAIN = LABELS.index("footsteps"), LABELS.index("rain")


def sequence():
    return FrameSequenceNetwork(
        6, len(LABELS), 2, context=InputContext(6, 8, 1), recurrent=FastSlowLSTM(8, 8, 4, n_fast=2)
    )


def relation():
    return FrameRelationNetwork(6, len(LABELS), 2, n_segments=4, frame_size=8, hidden_size=8)


def loader():
    batches = [replace(batch(seed=s), label=torch.full((4,), FOOTSTEPS)) for s in range(3)]
    return DataLoader(batches, batch_size=None)


def fit(module, epochs=2):
    trainer = quiet_trainer(None, epochs)
    trainer.fit(module, loader(), loader())
    return trainer


def weights(module):
    return torch.cat([p.detach().flatten() for p in module.parameters()])


@pytest.mark.parametrize("make", [sequence, relation])
def test_it_trains_and_logs(make):
    torch.manual_seed(0)
    module = ClassifierModule(make(), optimizer=partial(torch.optim.SGD, lr=0.01))
    before = weights(module).clone()
    trainer = fit(module)
    assert not torch.equal(before, weights(module))
    names = {"val/loss", "val/class_accuracy", "val/onset_f1", "val/label_loss", "val/sound_loss", "train/loss"}
    assert names <= set(trainer.callback_metrics)
    assert 0 <= trainer.callback_metrics["val/class_accuracy"] <= 1
    (tested,) = trainer.test(module, loader(), verbose=False)
    assert tested["test/loss"] == pytest.approx(float(trainer.callback_metrics["test/loss"]))


@pytest.mark.parametrize("make", [sequence, relation])
def test_training_repeats_whatever_the_global_generator_holds(make):
    runs = []
    for disturbance in (1, 2):
        torch.manual_seed(0)
        module = ClassifierModule(make(), seed=5)
        torch.manual_seed(disturbance)
        fit(module)
        runs.append(weights(module))
    assert torch.equal(runs[0], runs[1])


def test_another_seed_draws_otherwise():
    runs = []
    for seed in (1, 2):
        torch.manual_seed(0)
        module = ClassifierModule(sequence(), seed=seed)
        fit(module, epochs=1)
        runs.append(weights(module))
    assert not torch.equal(runs[0], runs[1])


def test_a_training_step_leaves_the_global_generator_alone():
    module = ClassifierModule(sequence())
    module.log = lambda *_, **__: None
    torch.manual_seed(3)
    before = torch.get_rng_state()
    first = module.training_step(batch(), 0)
    assert torch.equal(before, torch.get_rng_state())
    assert torch.equal(first, module.training_step(batch(), 0))
    assert not torch.equal(first, module.training_step(batch(), 1))


def test_a_run_resumed_from_a_checkpoint_ends_where_an_uninterrupted_one_does(tmp_path):
    torch.manual_seed(0)
    whole = ClassifierModule(sequence())
    start = {k: v.clone() for k, v in whole.state_dict().items()}
    fit(whole, epochs=2)
    first = ClassifierModule(sequence())
    first.load_state_dict(start)
    fit(first, epochs=1).save_checkpoint(tmp_path / "one.ckpt")
    torch.manual_seed(99)
    second = ClassifierModule(sequence())
    trainer = quiet_trainer(None, 2)
    trainer.fit(second, loader(), loader(), ckpt_path=tmp_path / "one.ckpt", weights_only=True)
    assert torch.equal(weights(whole), weights(second))


def test_a_checkpoint_holds_plain_values(tmp_path):
    module = ClassifierModule(relation(), scheduler=partial(torch.optim.lr_scheduler.StepLR, step_size=1), seed=4)
    fit(module, epochs=1).save_checkpoint(tmp_path / "m.ckpt")
    stored = torch.load(tmp_path / "m.ckpt", weights_only=True)
    assert stored["hyper_parameters"] == {"labels": list(LABELS), "seed": 4, "scheduler_interval": "epoch"}


@pytest.mark.parametrize("interval", ["epoch", "step"])
def test_the_scheduler_moves_at_its_interval(interval):
    schedule = partial(torch.optim.lr_scheduler.StepLR, step_size=1, gamma=0.5)
    module = ClassifierModule(
        relation(), optimizer=partial(torch.optim.SGD, lr=1.0), scheduler=schedule, scheduler_interval=interval
    )
    plan = module.configure_optimizers()["lr_scheduler"]
    assert plan["interval"] == interval
    assert plan["monitor"] == "val/loss"


def test_onset_f1_scores_known_hits_alone():
    b = replace(batch(), label=torch.tensor([FOOTSTEPS, FOOTSTEPS, RAIN, FOOTSTEPS]))
    b = replace(b, cues=(b.cues[0], b.cues[1], b.cues[2], CueSheet((), 0.2)))
    module = ClassifierModule(sequence())
    out = module(b.features, b.lengths)
    perfect = replace(out, onset_logits=torch.where(b.onset > 0, 5.0, -9.0))
    settings = DecodeSettings()
    assert onset_f1(perceptions(perfect, clip_grids(b), LABELS), b, settings) == [1.0, 1.0]
    silent = replace(b, silent=torch.tensor([False, False, False, True]))
    # The decoy's onset curve has a hit, which is one cue too many.
    assert onset_f1(perceptions(perfect, clip_grids(b), LABELS), silent, settings) == [1.0, 1.0, 0.0]


def test_grids_of_a_batch_have_its_columns():
    assert [g.n_columns for g in clip_grids(batch(lengths=(12, 1)))] == [12, 1]
    assert np.allclose(clip_grids(batch())[0].column_times_s(), np.arange(12) * 0.02)
