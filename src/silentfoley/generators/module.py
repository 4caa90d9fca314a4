"""Generators under Lightning: those that learn from clips, and those that learn from lessons."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Literal

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer
from torch.optim.lr_scheduler import LRScheduler

from silentfoley.data.lesson_datamodule import LessonBatch, LessonDataModule
from silentfoley.errors import DataError
from silentfoley.generators.learner import Learner
from silentfoley.generators.losses import log_l1, log_spectral_distance_db, pairs_loss
from silentfoley.generators.tasks import GeneratorTask

Stage = Literal["train", "val", "test"]


def make_adam(parameters: Iterable[nn.Parameter]) -> Optimizer:
    """Adam at 2e-3 (ours), for a module that was given no optimiser."""
    return torch.optim.Adam(parameters, lr=2e-3)


class GeneratorModule(pl.LightningModule):
    """Trains the residual of a class mean, whichever kind.

    Call :meth:`prepare` before fitting. A batch in which nothing can be compared takes no step; an evaluation in
    which no batch can be is an error, not a good score.

    Args:
        task: the generator and what it is compared with.
        optimizer: makes an optimiser of parameters, such as a ``functools.partial``.
        robust_weight: of the robust term beside L1.
    """

    def __init__(
        self,
        task: GeneratorTask,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] = make_adam,
        robust_weight: float = 0.1,
    ) -> None:
        super().__init__()
        # Plain values only: a checkpoint must load without unpickling objects.
        self.save_hyperparameters({"robust_weight": robust_weight})
        self.task = task
        self.robust_weight = robust_weight
        self._make_optimizer = optimizer
        self._compared = 0

    def prepare(self, data: pl.LightningDataModule) -> None:
        """Fit means on the training data, which must be set up."""
        self.task.prepare(data.train_dataloader())

    def training_step(self, batch: Any, batch_idx: int) -> Tensor | None:
        """The loss, or None where there is nothing to learn from."""
        return self._step(batch, "train")

    def validation_step(self, batch: Any, batch_idx: int) -> None:
        """Logs ``val/loss``, ``val/log_l1`` and ``val/log_spectral_distance`` in dB."""
        self._step(batch, "val")

    def test_step(self, batch: Any, batch_idx: int) -> None:
        """The same as ``test/...``."""
        self._step(batch, "test")

    def on_validation_epoch_start(self) -> None:
        """Counts anew."""
        self._compared = 0

    def on_validation_epoch_end(self) -> None:
        """Refuses an empty validation.

        Raises:
            DataError: if no validation batch could be compared.
        """
        if not self._compared and not self.trainer.sanity_checking:
            raise DataError("validation", "no clip has sound to compare with", "validate on clips with true sound")

    def on_train_end(self) -> None:
        """Fits what rests on the trained residual; checkpoints saved before hold it unfitted."""
        loader = self.trainer.train_dataloader
        if loader is not None:
            self.task.finish(batch.to(self.device) for batch in loader)

    def configure_optimizers(self) -> Optimizer:
        """The optimiser of the generator's trained part."""
        return self._make_optimizer(p for p in self.task.parameters() if p.requires_grad)

    def _step(self, batch: Any, stage: Stage) -> Tensor | None:
        pairs = self.task.pairs(batch)
        if pairs is None:
            return None
        self._compared += 1
        loss = pairs_loss(pairs, self.robust_weight)
        values = {"loss": loss, "log_l1": log_l1(pairs), "log_spectral_distance": log_spectral_distance_db(pairs)}
        n = int(pairs.mask.any(dim=1).sum())
        for name, value in values.items():
            self.log(f"{stage}/{name}", value.detach(), batch_size=n, prog_bar=name != "log_l1", on_epoch=True)
        return loss


class LearnerModule(pl.LightningModule):
    """Trains a generator that learns from lessons, with a :class:`LessonDataModule`.

    Args:
        learner: the generator and its loss.
        optimizer: makes an optimiser of parameters.
        scheduler: makes a schedule of an optimiser, stepped every step; None for a constant rate.
    """

    def __init__(
        self,
        learner: Learner,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] = make_adam,
        scheduler: Callable[[Optimizer], LRScheduler] | None = None,
    ) -> None:
        super().__init__()
        self.learner = learner
        self._make_optimizer = optimizer
        self._make_scheduler = scheduler

    def prepare(self, data: LessonDataModule) -> None:
        """See :meth:`Learner.prepare`; the data must be set up."""
        self.learner.prepare(data.datasets["train"].lessons)

    def training_step(self, batch: LessonBatch, batch_idx: int) -> Tensor:
        """The loss, logged as ``train/loss``."""
        return self._step(batch, "train")

    def validation_step(self, batch: LessonBatch, batch_idx: int) -> None:
        """Logs ``val/loss``."""
        self._step(batch, "val")

    def configure_optimizers(self) -> Any:
        """The optimiser, and its schedule by step."""
        optimizer = self._make_optimizer(p for p in self.learner.parameters() if p.requires_grad)
        if self._make_scheduler is None:
            return optimizer
        return {
            "optimizer": optimizer,
            "lr_scheduler": {"scheduler": self._make_scheduler(optimizer), "interval": "step"},
        }

    def _step(self, batch: LessonBatch, stage: Stage) -> Tensor:
        loss = self.learner.loss(batch)
        self.log(f"{stage}/loss", loss.detach(), batch_size=len(batch), prog_bar=True, on_epoch=True)
        return loss
