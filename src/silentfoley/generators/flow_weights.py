"""Weights of a flow: out of the checkpoints of runs, and averaged over steps."""

from __future__ import annotations

from pathlib import Path
from pickle import UnpicklingError

import torch
from torch import Tensor, nn

from silentfoley.errors import CheckpointError
from silentfoley.generators.flow import FlowGenerator


def load_vocoder(generator: FlowGenerator, checkpoint: Path) -> None:
    """Take the vocoder of a run of ``experiment=generator_vocoder``.

    Raises:
        CheckpointError: if there is none that fits.
    """
    fill(generator.vocoder, part(checkpoint, "learner.vocoder."), checkpoint)


def load_flow(generator: FlowGenerator, checkpoint: Path) -> None:
    """Take all of the generator of a run of ``experiment=generator_flow``, but for what that had not: a course.

    Raises:
        CheckpointError: if there is none that fits.
    """
    found = part(checkpoint, "learner.generator.")
    fill(generator, {**beginning(generator.state_dict(), "course."), **found}, checkpoint)


def beginning(state: dict[str, Tensor], *prefixes: str) -> dict[str, Tensor]:
    """The weights whose names begin with one of the prefixes: those that an older run may lack."""
    return {k: v for k, v in state.items() if k.startswith(prefixes)}


def part(checkpoint: Path, prefix: str) -> dict[str, Tensor]:
    """The weights in a checkpoint whose names begin with ``prefix``, without it.

    Raises:
        CheckpointError: if it cannot be read.
    """
    try:
        state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    except (OSError, EOFError, KeyError, TypeError, RuntimeError, UnpicklingError) as error:
        cause = f"cannot be read ({type(error).__name__})"
        raise CheckpointError(checkpoint, cause, "name checkpoints/last.ckpt of a run") from None
    return {k[len(prefix) :]: v for k, v in state.items() if k.startswith(prefix)}


def fill(module: nn.Module, weights: dict[str, Tensor], checkpoint: Path) -> None:
    """Load weights strictly.

    Raises:
        CheckpointError: if they do not fit.
    """
    try:
        module.load_state_dict(weights)
    except RuntimeError as error:
        first = str(error).splitlines()[0]
        raise CheckpointError(checkpoint, f"does not fit ({first})", "name a run of the same sizes") from None


@torch.no_grad()
def follow(mean: nn.Module, student: nn.Module, steps: int, keep: float) -> None:
    """One step of an average of weights, over those that the step before left behind.

    Args:
        mean: holds the average.
        student: is trained.
        steps: taken so far; at first less is kept.
        keep: share of the old average.
    """
    share = 0.0 if steps == 0 else min(keep, (1 + steps) / (10 + steps))
    for old, new in zip(mean.parameters(), student.parameters(), strict=True):
        old.lerp_(new, 1 - share)
