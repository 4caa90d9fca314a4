"""Levels in decibels."""

import torch

from silentfoley.signal.loudness import amplitude_to_db


def test_decibels():
    assert torch.allclose(amplitude_to_db(torch.tensor([1.0, 0.1, 0.0])), torch.tensor([0.0, -20, -120]))
