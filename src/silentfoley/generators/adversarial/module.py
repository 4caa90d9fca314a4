"""Generator and discriminator in turn, under Lightning."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, cast

import pytorch_lightning as pl
from torch import Tensor, nn
from torch.optim import Adam, Optimizer

from silentfoley.data.batch import FoleyBatch
from silentfoley.generators.foley_gan_task import FoleyGanTask


def make_adam(parameters: Iterable[nn.Parameter]) -> Optimizer:
    """Adam at 5e-4 with betas 0 and 0.9 (ours), for a module that was given no optimiser."""
    return Adam(parameters, lr=5e-4, betas=(0.0, 0.9))


class AdversarialModule(pl.LightningModule):
    """Trains a GAN: each batch is one step of the discriminator, then one of the generator.

    A step of the run is a step of the generator. Both optimisers are in the checkpoint, and nothing but torch's global
    generator is drawn from, so a continued run ends as an uninterrupted one. Set ``trainer.gradient_clip_val=null``:
    Lightning does not clip for two optimisers.

    Args:
        task: both networks and their losses.
        generator_optimizer, discriminator_optimizer: make an optimiser of parameters.
    """

    def __init__(
        self,
        task: FoleyGanTask,
        generator_optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] = make_adam,
        discriminator_optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] = make_adam,
    ) -> None:
        super().__init__()
        self.automatic_optimization = False
        self.task = task
        self._make = (generator_optimizer, discriminator_optimizer)

    def prepare(self, data: pl.LightningDataModule) -> None:
        """Fit scales on the training data, which must be set up."""
        self.task.prepare(data.train_dataloader())

    def configure_optimizers(self) -> Any:
        """The generator's optimiser, then the discriminator's."""
        parts = (self.task.learner, self.task.discriminator)
        return [make(part.parameters()) for make, part in zip(self._make, parts, strict=True)]

    def training_step(self, batch: FoleyBatch, batch_idx: int) -> None:
        """Logs ``train/loss`` of the generator with its parts, and ``train/discriminator_...``."""
        generator, discriminator = cast(list[Any], self.optimizers())
        pieces = self.task.pieces(batch)
        made = self.task.make(pieces)
        judged = self.task.discriminator_values(pieces, made)
        # The bare optimiser: Lightning counts every step of a wrapped one, and a run has as many steps as batches.
        self._step(discriminator.optimizer, judged["loss"])
        self.task.discriminator.requires_grad_(False)
        values = self.task.generator_values(pieces, made)
        self._step(generator, values["loss"])
        self.task.discriminator.requires_grad_(True)
        self.task.follow()
        self._log("train", {**values, **{f"discriminator_{k}": v for k, v in judged.items()}}, len(batch))

    def validation_step(self, batch: FoleyBatch, batch_idx: int) -> None:
        """Logs ``val/loss`` and what else :meth:`FoleyGanTask.judge` gives."""
        self._log("val", self.task.judge(batch), len(batch))

    def test_step(self, batch: FoleyBatch, batch_idx: int) -> None:
        """The same as ``test/...``."""
        self._log("test", self.task.judge(batch), len(batch))

    def _step(self, optimizer: Any, loss: Tensor) -> None:
        optimizer.zero_grad()
        self.manual_backward(loss)
        optimizer.step()

    def _log(self, stage: str, values: dict[str, Tensor], n: int) -> None:
        for name, value in values.items():
            self.log(f"{stage}/{name}", value.detach(), batch_size=n, prog_bar=name == "loss", on_epoch=True)
