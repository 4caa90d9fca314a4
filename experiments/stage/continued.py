"""A network that goes on from a trained one with more numbers to read in every vector, or to join its curve with."""

from __future__ import annotations

from pathlib import Path

from torch import Tensor, nn

from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.errors import CheckpointError
from silentfoley.training.checkpoints import read_state
from silentfoley.training.run_folder import best_checkpoint


def continued(network: nn.Module, run: str, input_size: int) -> nn.Module:
    """``network``, new, with the best weights of a ``run`` of the same network on the leading numbers.

    What reads the numbers that are new is 0 at first, so that it begins as what it goes on from; parts that the run had
    not begin as they are.

    Args:
        network: reads ``input_size`` numbers a column.
        run: folder of the run to go on from.
        input_size: stated here too, for the configuration of ``network`` refers to it.

    Raises:
        CheckpointError: if the run is of another network.
    """
    known = read_state(best_checkpoint(Path(run)))
    state = network.state_dict()
    # What the run had not is what joins its curve; anything else that does not fit is a mistake.
    missing = {name for name in state if f"network.{name}" not in known}
    unused = {name for name in known if name.startswith("network.") and name[len("network.") :] not in state}
    if unused or not all(name.startswith("strikes.") for name in missing):
        raise CheckpointError(run, f"does not fit: {sorted(missing | unused)[:3]}", "go on from a run of this network")
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


class Settled(nn.Module):
    """A trained network of which only what joins its curve with the backbones' own strikes still learns.

    Args:
        network: with a :class:`~silentfoley.classifiers.named_strikes.NamedStrikes`; its dropout stays off.
    """

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        self.network = network.requires_grad_(False)
        self.network.get_submodule("strikes").requires_grad_(True)

    def train(self, mode: bool = True) -> Settled:
        """What learns has no other mode, and the rest has settled."""
        super().train(mode)
        self.network.eval()
        return self

    def forward(self, features: Tensor, lengths: Tensor) -> ClassifierOutput:
        """Those of the network."""
        answers: ClassifierOutput = self.network(features, lengths)
        return answers


def settled(network: nn.Module, run: str, input_size: int) -> Settled:
    """``network`` with the best weights of a ``run``, see :func:`continued`; its strikes alone learn."""
    return Settled(continued(network, run, input_size))
