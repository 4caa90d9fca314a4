"""FoleyGAN's task, and its module: turns, the moving average, and a run continued from its checkpoint."""

from dataclasses import replace

import helpers
import pytest
import pytorch_lightning as pl
import torch
from support.trainers import quiet_trainer
from torch.utils.data import DataLoader

from silentfoley.errors import DataError
from silentfoley.generators.adversarial.module import AdversarialModule
from silentfoley.generators.foley_discriminator import FoleyDiscriminator, ProjectionHead
from silentfoley.generators.foley_gan import FoleyGan
from silentfoley.generators.foley_gan_blocks import ActionVector
from silentfoley.generators.foley_gan_task import FoleyGanTask, Remembered, TeacherCurves
from silentfoley.generators.tasks import TeacherSound
from silentfoley.training.callbacks import EpochSeed

LABELS = helpers.LABELS


def batch(seed: int = 0):
    """Clips whose sound features are those of their sound, in 64 bands."""
    generator = torch.Generator().manual_seed(seed)
    made = helpers.batch(seed=seed)
    sound = torch.rand(3, made.onset.shape[1], 64, generator=generator) * 5
    names = tuple(f"{name}-{seed}" for name in made.clip_ids)
    return replace(made, clip_ids=names, sound=sound, onset=torch.rand(sound.shape[:2], generator=generator))


def task(**kwargs) -> FoleyGanTask:
    torch.manual_seed(0)
    generator = FoleyGan(LABELS, ActionVector(2, 4), (8, 8, 6, 4), 3, 3)
    judge = FoleyDiscriminator(ProjectionHead(3, ActionVector(2, 4)), (4, 4, 6, 6))
    return FoleyGanTask(generator, judge, TeacherCurves(), n_columns=24, **kwargs)


class Data(pl.LightningDataModule):
    def train_dataloader(self):
        # With a generator of its own, as the library's loaders have: it leaves torch's global one alone.
        return DataLoader([batch(s) for s in (0, 10)], batch_size=None, generator=torch.Generator())

    val_dataloader = train_dataloader


def trainer(tmp_path, epochs: int) -> pl.Trainer:
    return quiet_trainer(tmp_path, epochs, [EpochSeed(0)])


def test_pieces_are_stretches_of_inputs_and_truth_together():
    b = batch()
    torch.manual_seed(1)
    pieces = task().pieces(b)
    assert pieces.target.shape == (3, 24, 64)
    starts = [s for s in range(28) if torch.equal(b.sound[:, s : s + 24], pieces.target)]
    assert len(starts) == 1
    expected = torch.stack([b.onset, b.strength], -1)[:, starts[0] : starts[0] + 24]
    assert torch.equal(pieces.inputs, expected)
    short = task().pieces(replace(b, lengths=torch.tensor([51, 7, 51])))
    assert short.target.shape == (3, 7, 64), "no padding is learned from"
    with pytest.raises(DataError, match="no sound features; load the data with its true sound"):
        task().pieces(replace(b, sound=torch.zeros(3, 51, 0)))


def test_inputs_are_computed_once_a_clip():
    calls = []

    def inputs(b):
        calls.append(b.clip_ids)
        return b.sound

    remembered, b = Remembered(inputs), replace(batch(), lengths=torch.tensor([51, 7, 51]))
    first, again = remembered(b), remembered(b)
    assert torch.equal(first, again)
    assert len(calls) == 1
    assert torch.equal(first[0], b.sound[0])
    assert torch.equal(first[1, :7], b.sound[1, :7])
    assert not first[1, 7:].any()
    remembered(batch(5))
    assert len(calls) == 2


def test_scales_are_fitted_on_every_reader_of_inputs():
    t, batches = task(), [batch(0), batch(10)]
    t.prepare(batches)
    columns = torch.cat([TeacherCurves()(b).flatten(0, 1) for b in batches])
    readers = [m for m in t.modules() if isinstance(m, ActionVector)]
    assert len(readers) == 3, "kept generator, trained generator, discriminator"
    for reader in readers:
        assert torch.allclose(reader.scale.mean, columns.mean(0))
    alone = FoleyGanTask(FoleyGan(LABELS, None, (8, 8, 6, 4)), FoleyDiscriminator(None, (4, 4, 6, 6)), TeacherSound())
    alone.prepare(batches)
    assert torch.isfinite(alone.make(alone.pieces(batches[0]))).all()


def test_weights_of_the_losses():
    def parts(**kwargs):
        t = task(**kwargs).eval()
        pieces = t.pieces(batch())
        torch.manual_seed(3)
        return t.generator_values(pieces, t.make(pieces))

    plain, both = parts(), parts(reconstruction=2.0, matching=3.0)
    assert plain["loss"] == plain["adversarial"]
    assert "matching" not in plain
    expected = both["adversarial"] + 2 * both["log_l1"] + 3 * both["matching"]
    assert both["loss"].item() == pytest.approx(expected.item(), rel=1e-5)


def test_each_turn_moves_its_own_side_and_the_average_follows():
    t = task(keep=0.75)
    pieces = t.pieces(batch())
    made = t.make(pieces)
    t.discriminator_values(pieces, made)["loss"].backward()
    assert all(p.grad is None for p in t.learner.parameters()), "the discriminator's turn"
    before = [p.clone() for p in t.generator.parameters()]
    with torch.no_grad():
        for p in t.learner.parameters():
            p.add_(1.0)
    t.follow()
    for old, new in zip(before, t.generator.parameters(), strict=True):
        assert torch.allclose(new, old + 0.25, atol=1e-6)
        assert not new.requires_grad


def test_a_fit_moves_both_and_learns_to_reconstruct(tmp_path):
    module = AdversarialModule(task(reconstruction=10.0, keep=0.5))
    module.prepare(Data())
    before = {k: v.clone() for k, v in module.state_dict().items()}
    run = trainer(tmp_path, 12)
    (first,) = run.validate(module, Data(), verbose=False)
    run.fit(module, Data())
    assert run.global_step == 24, "one step a batch, though there are two optimisers"
    assert float(run.callback_metrics["val/loss"]) < first["val/loss"]
    assert {"train/loss", "train/discriminator_loss", "train/adversarial", "val/true_score"} <= set(
        run.callback_metrics
    )
    after = module.state_dict()
    for part in ("task.learner.first", "task.generator.first", "task.discriminator.join"):
        assert any(not torch.equal(before[k], after[k]) for k in after if k.startswith(part)), part
    assert all(p.requires_grad for p in module.task.discriminator.parameters())


def test_a_continued_run_ends_as_an_uninterrupted_one(tmp_path):
    def fit(epochs, ckpt=None):
        module, run = AdversarialModule(task(matching=1.0)), trainer(tmp_path, epochs)
        module.prepare(Data())
        run.fit(module, Data(), ckpt_path=ckpt, weights_only=True)
        return module, run

    straight, _ = fit(2)
    _, run = fit(1)
    run.save_checkpoint(tmp_path / "one.ckpt")
    saved = torch.load(tmp_path / "one.ckpt", weights_only=True)
    assert len(saved["optimizer_states"]) == 2
    assert all(state["state"] for state in saved["optimizer_states"]), "both have stepped"
    continued, _ = fit(2, tmp_path / "one.ckpt")
    for key, value in straight.state_dict().items():
        assert torch.equal(value, continued.state_dict()[key]), key
