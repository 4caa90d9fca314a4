"""Callbacks: repeatable randomness, and a bar that fits the terminal."""

from __future__ import annotations

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback


class EpochSeed(Callback):
    """Reseeds torch from (seed, epoch) before each training epoch.

    Dropout and sampled tuples then depend on the epoch alone, so a run that was killed and resumed draws what
    an uninterrupted one draws.

    Args:
        seed: the run's seed.
    """

    def __init__(self, seed: int) -> None:
        self.seed = seed

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Reseed."""
        torch.manual_seed(self.seed * 1_000_003 + trainer.current_epoch)
