"""Training of encoders: audio-visual synchrony by contrast."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import pytorch_lightning as pl
from torch import Tensor, nn
from torch.optim import Optimizer
from torchmetrics import MeanMetric

from silentfoley.data.batch import FoleyBatch
from silentfoley.encoders.synchrony import SynchronyEmbeddings, SynchronyNet, synchrony_loss, told_apart
from silentfoley.errors import DataError


class EncoderModule(pl.LightningModule):
    """Learns which sound belongs to which moment.

    Logs ``{train,val,test}/loss`` and ``{val,test}/told_apart``: how often the true sound scores above the same
    sound shifted by ± each of ``shifts_s``, over clips and shifts; chance is 0.5. Silent clips and clips shorter
    than a window take no part.

    Args:
        net: the two towers.
        optimizer: makes the optimiser from parameters.
        min_gap_s: seconds from which on another moment of the same clip counts as wrong.
        stride_s: seconds from one training window to the next.
        shifts_s: seconds of misalignment to be told apart; positive.
        temperature: of the contrast.
        across_share: share of the loss in [0, 1] that contrasts clips rather than moments.
        scheduler: makes a learning rate schedule, stepped every epoch; None for a constant rate.
    """

    def __init__(
        self,
        net: SynchronyNet,
        optimizer: Callable[[Iterable[nn.Parameter]], Optimizer],
        *,
        min_gap_s: float = 0.2,
        stride_s: float = 0.1,
        shifts_s: tuple[float, ...] = (0.2, 0.4, 0.8),
        temperature: float = 0.1,
        across_share: float = 0.5,
        scheduler: Callable[[Optimizer], Any] | None = None,
    ) -> None:
        super().__init__()
        self.net = net
        self.make_optimizer = optimizer
        self.make_scheduler = scheduler
        self.min_gap_s = min_gap_s
        self.stride_s = stride_s
        self.shifts_s = tuple(shifts_s)
        self.temperature = temperature
        self.across_share = across_share
        self.told_apart_val, self.told_apart_test = MeanMetric(), MeanMetric()

    def forward(self, batch: FoleyBatch, stride: int = 1) -> SynchronyEmbeddings:
        """Embeddings of the batch's windows, every ``stride`` columns."""
        windows: SynchronyEmbeddings = self.net(batch.features, batch.sound, batch.lengths, stride)
        return windows

    def model_step(self, batch: FoleyBatch) -> Tensor:
        """Contrastive loss of a batch; silent clips, whose moments all sound alike, are left out.

        Raises:
            DataError: if the batch holds no sound features.
        """
        if batch.sound.shape[-1] == 0:
            raise DataError("batch", "it holds no sound features", "give the datamodule a sound feature")
        sounding = ~batch.silent
        stride = _columns(self.stride_s, batch)
        windows = self.net(batch.features[sounding], batch.sound[sounding], batch.lengths[sounding], stride)
        return synchrony_loss(windows, _columns(self.min_gap_s, batch), self.temperature, self.across_share)

    def training_step(self, batch: FoleyBatch, batch_idx: int) -> Tensor:
        """Loss of a training batch."""
        loss = self.model_step(batch)
        self.log("train/loss", loss, batch_size=len(batch), prog_bar=True)
        return loss

    def validation_step(self, batch: FoleyBatch, batch_idx: int) -> None:
        """Loss, and telling true from shifted alignment."""
        self._evaluate(batch, "val", self.told_apart_val)

    def test_step(self, batch: FoleyBatch, batch_idx: int) -> None:
        """Loss, and telling true from shifted alignment."""
        self._evaluate(batch, "test", self.told_apart_test)

    def configure_optimizers(self) -> Any:
        """The optimiser, with its schedule if there is one."""
        optimizer = self.make_optimizer(self.parameters())
        return optimizer if self.make_scheduler is None else ([optimizer], [self.make_scheduler(optimizer)])

    def verdicts(self, batch: FoleyBatch) -> Tensor:
        """(n,) 1, 0.5 or 0 for each sounding clip and each of ± ``shifts_s`` that fits into it."""
        columns = [_columns(s, batch) for s in self.shifts_s]
        answers = told_apart(self(batch), tuple(sign * c for c in columns for sign in (1, -1)))
        answers = answers[~batch.silent]
        return answers[~answers.isnan()]

    def _evaluate(self, batch: FoleyBatch, stage: str, metric: MeanMetric) -> None:
        self.log(f"{stage}/loss", self.model_step(batch), batch_size=len(batch), on_step=False, on_epoch=True)
        metric.update(self.verdicts(batch))
        self.log(f"{stage}/told_apart", metric, on_step=False, on_epoch=True, prog_bar=True, batch_size=len(batch))


def _columns(seconds: float, batch: FoleyBatch) -> int:
    """Seconds as whole columns of a batch, at least one."""
    return max(1, round(seconds * batch.sample_rate_hz / batch.hop_samples))
