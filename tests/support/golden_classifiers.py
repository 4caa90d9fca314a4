"""Tiny networks with weights by formula, whose answers are kept in tests/golden."""

from __future__ import annotations

import torch
from support.classifier_inputs import fill, wave

from silentfoley.classifiers.columns import InputContext
from silentfoley.classifiers.fast_slow_lstm import FastSlowLSTM
from silentfoley.classifiers.frame_relation import FrameRelationNetwork
from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
from silentfoley.classifiers.relation import LocalRelation

MODELS = {
    "frame_sequence": lambda: FrameSequenceNetwork(
        4, 3, 2, context=InputContext(4, 5, lookahead_columns=1), recurrent=FastSlowLSTM(5, 4, 3, n_fast=3)
    ),
    "frame_relation": lambda: FrameRelationNetwork(
        4, 3, 2, n_segments=4, frame_size=5, hidden_size=4, local=LocalRelation(4, 4, places=3, distances=(1, 2))
    ),
}


def answers(name):
    """Everything the model says of two clips of 7 and 4 columns, as nested lists."""
    lengths = (7, 4)
    net = fill(MODELS[name]()).eval()
    with torch.no_grad():
        out = net(wave(2, 7, 4), torch.tensor(lengths))
    result = {"class_logits": out.class_logits.tolist()}
    for key in ("onset_logits", "strength_logits", "states", "sound"):
        for i, n in enumerate(lengths):
            result[f"{key} of clip {i}"] = getattr(out, key)[i, :n].tolist()
    return result
