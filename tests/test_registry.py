from __future__ import annotations

from importlib import import_module

import pytest
import torch

from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
from silentfoley.errors import CheckpointError, SilentFoleyError
from silentfoley.registry import CLASSES, build, kind_of


@pytest.mark.parametrize("path", CLASSES.values())
def test_every_kind_is_there_and_ours(path: str) -> None:
    module, _, name = path.rpartition(".")
    assert module.startswith(("silentfoley.", "torch.nn"))
    assert isinstance(getattr(import_module(module), name), type)


def test_nodes_are_built_from_the_inside_out() -> None:
    node = {
        "kind": "frame_sequence",
        "input_size": 5,
        "n_classes": 3,
        "context": {"kind": "input_context", "input_size": 5, "output_size": 8},
        "recurrent": {"kind": "fast_slow_lstm", "input_size": 8, "fast_size": 6, "slow_size": 4, "n_fast": 2},
        "readout": {"kind": "mean_over_time", "size": 6},
    }
    network = build(node)
    assert isinstance(network, FrameSequenceNetwork)
    output = network(torch.zeros(2, 7, 5), torch.tensor([7, 3]))
    assert output.class_logits.shape == (2, 3)


def test_plain_values_pass() -> None:
    assert build({"a": [1, {"b": None}]}) == {"a": [1, {"b": None}]}


def test_class_paths_are_no_kinds() -> None:
    for kind in ("os.system", "silentfoley.classifiers.frame_sequence.FrameSequenceNetwork", "subprocess:Popen"):
        with pytest.raises(CheckpointError, match="is unknown"):
            build({"kind": kind})


def test_settings_that_do_not_fit() -> None:
    with pytest.raises(CheckpointError, match=r"kind 'silence': does not take these settings .*bogus"):
        build({"kind": "silence", "bogus": 1})


def test_kind_of_is_the_inverse() -> None:
    assert all(kind_of(path) == kind for kind, path in CLASSES.items())
    with pytest.raises(SilentFoleyError, match="cannot be part of a model folder"):
        kind_of("os.system")
