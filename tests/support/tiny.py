"""A tiny model with random weights: whole pipeline, no training."""

from __future__ import annotations

import torch

from silentfoley.classifiers.frame_sequence import FrameSequenceNetwork
from silentfoley.decode_settings import DecodeSettings
from silentfoley.encoders.motion import MOTION_FEATURES, MotionFeatures
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.inference.foley import Foley
from silentfoley.inference.perceivers import NetworkPerceiver
from silentfoley.labels import LABELS
from silentfoley.registry import build

#: What rebuilds the tiny model below.
PERCEIVER_NODE = {
    "kind": "network_perceiver",
    "extractor": {"kind": "motion_features"},
    "network": {
        "kind": "frame_sequence",
        "input_size": len(MOTION_FEATURES),
        "n_classes": len(LABELS),
        "context": {"kind": "input_context", "input_size": len(MOTION_FEATURES), "output_size": 8},
        "recurrent": {"kind": "plain_recurrent", "input_size": 8, "hidden_size": 6},
        "readout": {"kind": "mean_over_time", "size": 6},
    },
    "segment_s": 1.0,
}


def tiny_foley() -> Foley:
    torch.manual_seed(0)
    perceiver = build(PERCEIVER_NODE)
    assert isinstance(perceiver, NetworkPerceiver)
    assert isinstance(perceiver.network, FrameSequenceNetwork)
    assert isinstance(perceiver.extractor, MotionFeatures)
    return Foley(perceiver, DecodeSettings(threshold=0.0), ProceduralGenerator(), "tiny")
