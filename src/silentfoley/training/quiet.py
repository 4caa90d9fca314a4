"""What Lightning and W&B say of themselves in a run that goes well is not shown; what they warn of otherwise is."""

from __future__ import annotations

import logging
import warnings
from collections.abc import Iterable

from pytorch_lightning.loggers import Logger, WandbLogger

#: Starts of warnings, as patterns, that name nothing whoever trains has done or could do better.
_TELL_NOTHING = (
    # Lightning's own use of torch.
    r"`isinstance\(treespec, LeafSpec\)` is deprecated",
    # Every epoch is logged, whatever its length.
    r"The number of training batches \(\d+\) is smaller than the logging interval",
    # Of a run that is resumed; any other folder that holds a run was refused before.
    r"Checkpoint directory .* exists and is not empty",
    # How many there are is said by workers=N, not by an argument of that name.
    r"The '\w+' does not have many workers",
)


def quieten() -> None:
    """Show no more of what Lightning tells of the machine (``record.json`` has it), of products and of its limits.

    This stays so for the rest of the process, also for whatever else is trained in it by Lightning.
    """
    logging.getLogger("pytorch_lightning").setLevel(logging.WARNING)
    for start in _TELL_NOTHING:
        warnings.filterwarnings("ignore", message=start)


def without_warnings_of_their_own(loggers: Iterable[Logger]) -> None:
    """Lightning hands W&B a setting that it no longer has, about which it warns every time: it is taken away."""
    for logger in loggers:
        if isinstance(logger, WandbLogger):
            getattr(logger, "_wandb_init", {}).pop("anonymous", None)
