"""A small noise-band generator that knows a few synthesised sounds of every class."""

import torch

from silentfoley.data.lessons import synthesised_lessons
from silentfoley.generators.noise_band import NoiseBand
from silentfoley.generators.noise_band_learner import NoiseBandLearner
from silentfoley.labels import LABELS

SMALL = {"n_takes": 32, "n_bands": 32, "n_directions": 6, "n_texture_directions": 4, "n_slots": 8, "n_condition": 8}


def small_learner(labels=LABELS, n=2, **changed):
    """Prepared on ``n`` lessons of each class, not trained; and the lessons."""
    torch.manual_seed(0)
    taught = [x for label in labels for x in synthesised_lessons(label, n, 0)]
    learner = NoiseBandLearner(NoiseBand(hit_width=8, texture_width=8, **(SMALL | changed)), heard=1, heard_s=0.1)
    learner.prepare(taught)
    return learner.eval(), taught
