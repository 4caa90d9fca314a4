"""Curves against formulas, at times that are no columns."""

import numpy as np
import pytest
import torch

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.rasterise import CURVES, DECAYS_S, envelope_at, rasterise, rasterise_sheet
from silentfoley.timegrid import TimeGrid


def test_bumps_decay_from_the_last_onset_and_nothing_comes_before_the_first():
    cues = [Cue(0.5, "clock", 0.4), Cue(0.1037, "clock", 0.9)]
    times = np.array([0.0, 0.1, 0.1037, 0.11, 0.499, 0.5, 0.6])
    curves = rasterise(cues, times)
    assert curves.shape == (len(CURVES), 7)
    assert not curves[:, :2].any()
    for row, decay in enumerate(DECAYS_S):
        last = np.array([0.1037, 0.1037, 0.1037, 0.5, 0.5])
        assert np.allclose(curves[row, 2:].numpy(), np.exp(-(times[2:] - last) / decay), atol=1e-6)
    assert torch.allclose(curves[-3], torch.tensor([0, 0, 0.9, 0.9, 0.9, 0.4, 0.4]))


def test_sub_column_position_shows():
    times = np.arange(10) * 0.02
    a, b = (rasterise([Cue(t, "clock")], times) for t in (0.081, 0.099))
    assert float((a - b).abs().max()) > 0.1


def test_everything_moves_with_the_cues():
    cues = [Cue(0.2, "rain", 0.5, duration_s=0.3, envelope=(0.2, 1.0, 0.5)), Cue(0.6, "rain")]
    moved = [Cue(c.start_s + 0.123, c.label, c.strength, c.duration_s, envelope=c.envelope) for c in cues]
    times = np.linspace(0, 1, 41)
    assert torch.allclose(rasterise(cues, times), rasterise(moved, times + 0.123), atol=1e-6)


def test_level_follows_the_envelope_and_on_the_span():
    cue = Cue(0.2, "rain", 0.5, duration_s=0.4, envelope=(0.0, 1.0, 0.0))
    curves = rasterise([cue], [0.1, 0.2, 0.3, 0.4, 0.6, 0.7])
    assert torch.allclose(curves[-2], torch.tensor([0, 0, 0.25, 0.5, 0, 0]), atol=1e-6)
    assert curves[-1].tolist() == [0, 1, 1, 1, 0, 0]
    assert envelope_at(cue, [0.1, 0.2]) == pytest.approx([0.5, 1.0])
    assert envelope_at(Cue(0, "rain"), [0.1, 9.0]).tolist() == [1, 1]
    assert envelope_at(Cue(0, "rain", duration_s=1, envelope=(0.7,)), [0.5]) == pytest.approx([0.7])


def test_a_sheet_becomes_one_raster_per_label():
    grid = TimeGrid(44100)
    sheet = CueSheet((Cue(0.3, "clock"), Cue(0.5, "rain", duration_s=0.2)), 1.0)
    curves = rasterise_sheet(sheet, grid, ("clock", "fire", "rain"))
    assert curves.shape == (3, len(CURVES), grid.n_columns)
    assert not curves[1].any()
    assert torch.equal(curves[0], rasterise([sheet.cues[0]], grid.column_times_s()))
    assert torch.equal(rasterise([], [0.0, 1.0]), torch.zeros(len(CURVES), 2))
