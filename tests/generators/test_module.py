"""Losses against numpy, tasks, and the Lightning module in a short fit."""

from dataclasses import replace

import helpers
import numpy as np
import pytest
import pytorch_lightning as pl
import torch
from support.trainers import quiet_trainer
from torch import nn
from torch.utils.data import DataLoader

from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.errors import DataError
from silentfoley.generators.class_mean import ClassMeanGenerator, Pairs
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.losses import ROBUST_EPS, log_l1, log_spectral_distance_db, pairs_loss, robust_log
from silentfoley.generators.module import GeneratorModule
from silentfoley.generators.tasks import ClassMeanTask, CueTask, FrozenClassifier, TeacherSound

LABELS = helpers.LABELS


class Data(pl.LightningDataModule):
    def __init__(self, batches):
        super().__init__()
        self.batches = batches

    def train_dataloader(self):
        return DataLoader(self.batches, batch_size=None)

    val_dataloader = train_dataloader


class Network(nn.Module):
    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.ones(1))

    def forward(self, features, lengths):
        states = features * self.weight
        zeros = features[..., 0]
        return ClassifierOutput(zeros[:, :3], zeros, zeros, states, states.repeat(1, 1, 2))


def test_losses_equal_numpy():
    rng = np.random.default_rng(0)
    a, b = rng.standard_normal((2, 3, 4)), rng.standard_normal((2, 3, 4))
    mask = np.array([[1, 1, 0, 0], [1, 0, 0, 0]], dtype=bool)
    pairs = Pairs(torch.from_numpy(a), torch.from_numpy(b), torch.from_numpy(mask))
    columns = [(0, 0), (0, 1), (1, 0)]
    d = np.array([a[i, :, t] - b[i, :, t] for i, t in columns])
    assert float(log_l1(pairs)) == pytest.approx(np.abs(d).mean())
    expected = np.log((ROBUST_EPS + (d**2).mean(1)) / ROBUST_EPS).mean()
    assert float(robust_log(pairs)) == pytest.approx(expected)
    assert float(log_spectral_distance_db(pairs)) == pytest.approx(8.6858896 * np.sqrt((d**2).mean(1)).mean())
    assert float(pairs_loss(pairs, 0.5)) == pytest.approx(np.abs(d).mean() + 0.5 * expected)
    same = Pairs(pairs.target, pairs.target, pairs.mask)
    assert float(pairs_loss(same)) == pytest.approx(0, abs=1e-9)


def trainer(tmp_path, epochs: int = 5) -> pl.Trainer:
    return quiet_trainer(tmp_path, epochs)


def tasks():
    class_mean = ClassMeanGenerator(6, LABELS, n_frames=60, hidden=8)
    cue = CueClassMean(LABELS, n_bands=12, n_components=2, n_codes=3, n_stretches=2, stretch_s=0.3, hidden=8)
    return {"class_mean": ClassMeanTask(class_mean, TeacherSound()), "cue": CueTask(cue)}


@pytest.mark.parametrize("name", ["class_mean", "cue"])
def test_training_lowers_the_distance(name, tmp_path):
    torch.manual_seed(0)
    data = Data([helpers.batch(seed=s) for s in (0, 9)])
    module = GeneratorModule(tasks()[name], optimizer=lambda p: torch.optim.Adam(p, 2e-2))
    module.prepare(data)
    # The mean of what it is validated on is near it already: give the residual something to unlearn.
    if name == "cue":
        for part in (*module.task.generator.hits.values(), *module.task.generator.textures.values()):
            part.mean_spectrum += 1.0
    else:
        module.task.generator.class_means *= 3.0
    run = trainer(tmp_path)
    (before,) = run.validate(module, data, verbose=False)
    run.fit(module, data)
    after = run.callback_metrics
    assert float(after["val/log_spectral_distance"]) < before["val/log_spectral_distance"]
    assert {"val/loss", "val/log_l1", "train/loss"} <= set(after)
    if name == "cue":
        assert module.task.generator.shape("clock").codes.any(), "takes are fitted at the end"


def test_a_frozen_classifier_feeds_states_then_sound_and_stays_out_of_checkpoints():
    network = Network()
    inputs = FrozenClassifier(network)
    task = ClassMeanTask(ClassMeanGenerator(6, LABELS, n_frames=20, hidden=4), inputs)
    batch = replace(helpers.batch(), features=torch.randn(3, 51, 2))
    assert torch.equal(inputs(batch)[..., :2], batch.features)
    assert not any(p.requires_grad for p in network.parameters())
    assert not [k for k in GeneratorModule(task).state_dict() if "network" in k]


def test_classes_without_a_mean_do_not_count():
    task = tasks()["class_mean"]
    task.prepare([helpers.batch(("clock", "clock"))])
    pairs = task.pairs(helpers.batch())
    assert pairs.mask.any(1).tolist() == [True, False, False]
    assert torch.isfinite(pairs.predicted).all()
    assert task.pairs(helpers.batch(("rain",))) is None


def test_nothing_to_compare_is_an_error_at_validation(tmp_path):
    module = GeneratorModule(tasks()["cue"])
    module.prepare(Data([helpers.batch()]))
    silent = replace(helpers.batch(), silent=torch.ones(3, dtype=torch.bool))
    with pytest.raises(DataError, match="no clip has sound to compare with"):
        trainer(tmp_path).validate(module, Data([silent]), verbose=False)
    with pytest.raises(DataError, match="the batch has no sound features"):
        TeacherSound()(replace(silent, sound=torch.zeros(3, 51, 0)))
