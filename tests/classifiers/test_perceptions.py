"""Batched answers become one Perception per clip."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from support.classifier_inputs import wave

from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.classifiers.perceptions import perceptions
from silentfoley.errors import SilentFoleyError
from silentfoley.timegrid import TimeGrid

LABELS = ("a", "b", "c")
GRIDS = [TimeGrid(8 * 882), TimeGrid(3 * 882 + 5)]


def output():
    return ClassifierOutput(wave(2, 3), wave(2, 9), wave(2, 9) - 1, wave(2, 9, 4), wave(2, 9, 2))


def test_each_clip_is_cut_to_its_own_length():
    out = output()
    first, second = perceptions(out, GRIDS, LABELS)
    assert first.onset.shape == (9,)
    assert second.onset.shape == (4,)
    assert second.states.shape == (4, 4)
    assert second.sound.shape == (4, 2)
    assert np.allclose(second.onset, torch.sigmoid(out.onset_logits[1, :4]))
    assert np.allclose(second.strength, torch.sigmoid(out.strength_logits[1, :4]))
    assert np.allclose(second.class_logits, out.class_logits[1])
    assert second.labels == LABELS
    assert second.position.size == 0


def test_one_grid_serves_all_and_positions_are_kept():
    place = [np.linspace(-1, 1, 9, dtype=np.float32), np.zeros(9, dtype=np.float32)]
    first, _ = perceptions(output(), GRIDS[0], LABELS, place)
    assert np.array_equal(first.position, place[0])


def test_the_arrays_are_copies_without_a_graph():
    out = output()
    out.class_logits.requires_grad_()
    (first, _) = perceptions(out, GRIDS, LABELS)
    out.states.zero_()
    assert first.states.any()


def test_misfits_are_refused():
    with pytest.raises(SilentFoleyError, match="1 grids for 2 clips"):
        perceptions(output(), GRIDS[:1], LABELS)
    with pytest.raises(SilentFoleyError, match="outlasts the 9 columns"):
        perceptions(output(), TimeGrid(9 * 882), LABELS)
    with pytest.raises(SilentFoleyError, match="class_logits has shape"):
        perceptions(output(), GRIDS, LABELS[:2])
