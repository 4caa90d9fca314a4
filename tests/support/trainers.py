"""A Lightning trainer that leaves nothing behind but what it trained."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback


def quiet_trainer(folder: Path | None, epochs: int, callbacks: Sequence[Callback] = ()) -> pl.Trainer:
    """On the processor, without logs, checkpoints or bars; a run that saves nothing needs no folder."""
    return pl.Trainer(
        max_epochs=epochs,
        accelerator="cpu",
        logger=False,
        enable_checkpointing=False,
        enable_progress_bar=False,
        enable_model_summary=False,
        callbacks=list(callbacks),
        default_root_dir=folder,
    )
