"""An untrained synchrony judge, small enough to be asked in a test."""

from __future__ import annotations

from pathlib import Path

import torch

from silentfoley.encoders.synchrony import SynchronyNet
from silentfoley.evaluation.synchrony_model import save_judge
from silentfoley.signal.mel import SoundFeatures


def tiny_judge(folder: Path, seed: int = 0) -> Path:
    """Write one on motion features and 16 mel bands."""
    torch.manual_seed(seed)
    return save_judge(
        folder,
        SynchronyNet(28, 16, 8, 8),
        network={"kind": "synchrony", "n_visual": 28, "n_audio": 16, "n_embedding": 8, "n_hidden": 8},
        features={"kind": "motion_features"},
        sound=SoundFeatures(16),
        accuracy={},
        card="",
    )
