"""A network that goes on from a trained one with more numbers to read at the end of every vector."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from silentfoley.training.checkpoints import best_checkpoint, read_state


def continued(network: nn.Module, run: str, input_size: int) -> nn.Module:
    """``network``, new, with the best weights of a ``run`` of the same network on the leading numbers.

    What reads the numbers that are new is 0 at first, so that it begins as what it goes on from; parts that the run had
    not begin as they are.

    Args:
        network: reads ``input_size`` numbers a column.
        run: folder of the run to go on from.
        input_size: stated here too, for the configuration of ``network`` refers to it.
    """
    known = read_state(best_checkpoint(Path(run)))
    state = network.state_dict()
    for name, new in state.items():
        old = known.get(f"network.{name}", new)
        state[name] = old if old.shape == new.shape else beginning_with(old, new)
    network.load_state_dict(state)
    return network


def beginning_with(old: Tensor, new: Tensor) -> Tensor:
    """As large as ``new``: ``old`` in its leading corner; 0 elsewhere in matrices, as in ``new`` in statistics."""
    wide = new.clone() if new.ndim == 1 else new.new_zeros(new.shape)
    wide[tuple(slice(size) for size in old.shape)] = old
    return wide
