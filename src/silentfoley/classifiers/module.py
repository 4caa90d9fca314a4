"""A classifier under Lightning: one step for training, validation and test."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal

import numpy as np
import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.optim import Optimizer

from silentfoley.classifiers.columns import Standardise
from silentfoley.classifiers.losses import ClassifierLoss, ClassifierTerms
from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.classifiers.perceptions import perceptions
from silentfoley.data.batch import FoleyBatch
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.errors import SilentFoleyError
from silentfoley.labels import LABELS
from silentfoley.metrics.events import score_events
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid

Stage = Literal["train", "val", "test"]
#: Of ``val/onset_f1``.
TOLERANCE_S = 0.05
# Any odd number larger than an epoch's batches keeps the seeds of two epochs apart.
_EPOCH_STRIDE = 1_000_003


def make_adam(parameters: Iterable[nn.Parameter]) -> Optimizer:
    """Adam at 1e-3 (ours), for a module that was given no optimiser."""
    return torch.optim.Adam(parameters, lr=1e-3)


class ClassifierModule(pl.LightningModule):
    """Trains either network.

    Random draws of a training step (dropout, zoneout, tuples) depend on ``seed``, epoch and batch alone,
    so a run resumed after an epoch draws what an uninterrupted one would have drawn.

    Args:
        network: called with (features, lengths), gives a ClassifierOutput.
        loss: gives the loss and its terms.
        optimizer: makes an optimiser of parameters, such as a ``functools.partial``.
        scheduler: makes a scheduler of the optimiser, or None.
        scheduler_interval: whether the scheduler moves once per epoch or per step.
        settings: how curves are decoded for ``val/onset_f1``.
        labels: class names in the order of the logits.
        seed: of the draws of training steps.
    """

    def __init__(
        self,
        network: nn.Module,
        loss: ClassifierLoss | None = None,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer] = make_adam,
        scheduler: Callable[[Optimizer], Any] | None = None,
        scheduler_interval: Literal["epoch", "step"] = "epoch",
        settings: DecodeSettings | None = None,
        labels: Sequence[str] = LABELS,
        seed: int = 0,
    ) -> None:
        super().__init__()
        labels = tuple(labels)
        # Plain values only: a checkpoint must load without unpickling objects.
        self.save_hyperparameters({"labels": list(labels), "seed": seed, "scheduler_interval": scheduler_interval})
        self.network = network
        self.loss = ClassifierLoss() if loss is None else loss
        self.settings = DecodeSettings() if settings is None else settings
        self.labels = labels
        self.seed = seed
        self._make_optimizer = optimizer
        self._make_scheduler = scheduler
        self._scheduler_interval = scheduler_interval

    def prepare(self, data: pl.LightningDataModule) -> None:
        """Fit what is counted, not trained: a standardising backbone's statistics. Before the first step.

        Args:
            data: set up; its training clips are read.

        Raises:
            SilentFoleyError: if the features are not as wide as the network expects.
        """
        backbone = getattr(self.network, "backbone", None)
        if isinstance(backbone, Standardise):
            columns = torch.cat([sampled_columns(batch) for batch in data.train_dataloader()])
            if columns.shape[1:] != backbone.mean.shape:
                raise SilentFoleyError(
                    "network",
                    f"expects {len(backbone.mean)} numbers per column, the features give {tuple(columns.shape[1:])}",
                    "choose a network for these features, or set its input_size",
                )
            backbone.fit(columns)

    def forward(self, features: Tensor, lengths: Tensor) -> ClassifierOutput:
        """(B, T, ...) features and (B,) valid columns to the network's answers."""
        output: ClassifierOutput = self.network(features, lengths)
        return output

    def model_step(self, batch: FoleyBatch, stage: Stage) -> tuple[Tensor, ClassifierOutput]:
        """The loss and the answers of a batch; logs the loss and its terms as ``<stage>/...``."""
        output = self(batch.features, batch.lengths)
        loss, terms = self.loss(output, batch)
        self._log(stage, batch, {"loss": loss, **_named(terms)})
        return loss, output

    def training_step(self, batch: FoleyBatch, batch_idx: int) -> Tensor:
        """The loss, with draws that depend on seed, epoch, batch and process alone."""
        devices = [self.device] if self.device.type == "cuda" else []
        with torch.random.fork_rng(devices):
            step = self.current_epoch * _EPOCH_STRIDE + batch_idx
            torch.manual_seed(int(np.random.SeedSequence([self.seed, step, self.global_rank]).generate_state(1)[0]))
            loss, _ = self.model_step(batch, "train")
        return loss

    def validation_step(self, batch: FoleyBatch, batch_idx: int) -> None:
        """Logs ``val/loss``, ``val/class_accuracy`` and ``val/onset_f1``."""
        self._evaluate(batch, "val")

    def test_step(self, batch: FoleyBatch, batch_idx: int) -> None:
        """The same as ``test/...``."""
        self._evaluate(batch, "test")

    def configure_optimizers(self) -> Any:
        """The optimiser and, where one was given, the scheduler; plateaus are judged by ``val/loss``."""
        optimizer = self._make_optimizer(self.parameters())
        if self._make_scheduler is None:
            return optimizer
        scheduler = self._make_scheduler(optimizer)
        plan = {"scheduler": scheduler, "interval": self._scheduler_interval, "monitor": "val/loss"}
        return {"optimizer": optimizer, "lr_scheduler": plan}

    def _evaluate(self, batch: FoleyBatch, stage: Stage) -> None:
        _, output = self.model_step(batch, stage)
        correct = (output.class_logits.argmax(1) == batch.label).float().mean()
        self._log(stage, batch, {"class_accuracy": correct})
        scores = onset_f1(perceptions(output, clip_grids(batch), self.labels), batch, self.settings)
        if scores:
            self.log(f"{stage}/onset_f1", float(np.mean(scores)), batch_size=len(scores), prog_bar=True, on_epoch=True)

    def _log(self, stage: Stage, batch: FoleyBatch, values: dict[str, Tensor]) -> None:
        for name, value in values.items():
            shown = name in ("loss", "class_accuracy")
            self.log(f"{stage}/{name}", value.detach(), batch_size=len(batch), prog_bar=shown, on_epoch=True)


def sampled_columns(batch: FoleyBatch, per_clip: int = 32) -> Tensor:
    """(M, D) up to ``per_clip`` valid columns of each clip, evenly spread: neighbours say the same."""
    rows = []
    for clip, n in zip(batch.features, batch.lengths.tolist(), strict=True):
        rows.append(clip[torch.linspace(0, n - 1, min(per_clip, n)).round().long()])
    return torch.cat(rows)


def clip_grids(batch: FoleyBatch) -> list[TimeGrid]:
    """Each clip's clock as far as its columns tell it; the end is known to a column."""
    hop, rate = batch.hop_samples, batch.sample_rate_hz
    return [TimeGrid(max((int(n) - 1) * hop, 1), rate, hop) for n in batch.lengths.tolist()]


def onset_f1(seen: Sequence[Perception], batch: FoleyBatch, settings: DecodeSettings) -> list[float]:
    """F1 at 50 ms of every clip whose hits are known, the class taken as known: it scores timing alone.

    Textures have no events worth timing, and an empty sheet of a clip that sounds is not annotated;
    such clips are left out.
    """
    scores = []
    for clip, truth, label, silent in zip(seen, batch.cues, batch.label.tolist(), batch.silent.tolist(), strict=True):
        name = clip.labels[label]
        if name in settings.textures or not (silent or len(truth)):
            continue
        found = decode(clip, settings, label=name).starts_s()
        scores.append(score_events(truth.starts_s(), found, TOLERANCE_S).f1)
    return scores


def _named(terms: ClassifierTerms) -> dict[str, Tensor]:
    return {
        "label_loss": terms.label,
        "onset_loss": terms.onset,
        "strength_loss": terms.strength,
        "sound_loss": terms.sound,
    }
