"""Placement, pan, distance, ends and the common limiter."""

import numpy as np
import pytest
import torch

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators import mixdown
from silentfoley.generators.mixdown import Stems, distance_gain, pan_gains, seed_of, torch_rng
from silentfoley.signal.loudness import limiter_gain

RATE = 1000


def test_pan_has_equal_power_and_a_centre_of_one():
    for pan in np.linspace(-1, 1, 9):
        assert float((pan_gains(pan, 2) ** 2).sum()) == pytest.approx(2)
    assert pan_gains(0, 2).ravel() == pytest.approx([1, 1])
    assert pan_gains(-1, 2).ravel() == pytest.approx([2**0.5, 0], abs=1e-6)
    assert pan_gains(0.7, 1).tolist() == [[1]]


def test_distance():
    assert [distance_gain(d) for d in (0, 0.5, 1, 2, 10)] == [1, 1, 1, 0.5, 0.1]


def test_sound_lands_on_its_sample_and_what_sticks_out_is_cut():
    cues = (Cue(0.1004, "clock", id="a"), Cue(0.0, "clock", id="b"), Cue(0.29, "clock", id="c"))
    sheet = CueSheet(cues, 0.3)
    stems = Stems(sheet, RATE)
    ramp = np.array([0.1, 0.2, 0.3], dtype=np.float32)
    for cue in cues:
        stems.add(cue, ramp, onset_samples=1)
    out = stems.finish()["clock"].samples
    assert out.shape == (1, 300)
    assert out[0, 99:102] == pytest.approx(ramp)
    assert out[0, :2] == pytest.approx(ramp[1:])
    assert out[0, 289:292] == pytest.approx(ramp)
    stems.add(cues[2], np.ones(50, dtype=np.float32))


def test_stems_of_a_loud_mix_share_one_gain_and_end_softly():
    sheet = CueSheet((Cue(0.1, "clock"), Cue(0.1, "rain", pan=0.5)), 0.5)
    stems = Stems(sheet, 44_100)
    rng = np.random.default_rng(0)
    for cue in sheet:
        stems.add(cue, rng.uniform(-1, 1, 30_000).astype(np.float32))
    out = stems.finish()
    assert list(out) == ["clock", "rain"]
    assert all(w.n_channels == 2 for w in out.values())
    mix = out["clock"].samples + out["rain"].samples
    assert np.abs(mix).max() <= 0.9
    assert np.abs(mix[:, -1]).max() == 0


def test_an_empty_sheet_has_no_stems():
    assert Stems(CueSheet((), 0.2), RATE).finish() == {}


def test_seeds_are_told_apart_and_fixed():
    assert seed_of(0, "a") == seed_of(0, "a")
    assert len({seed_of(0, "a"), seed_of(1, "a"), seed_of(0, "b"), seed_of(0, "a", "b"), seed_of(0, "ab")}) == 5
    assert torch_rng(3, "x").initial_seed() == seed_of(3, "x")


def test_limiting_block_by_block_equals_one_pass(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    level = 0.2 + 1.2 * (np.sin(np.arange(9000) / 300) > 0.6)
    stems = [(rng.normal(0, 0.5, (2, 9000)) * level).astype(np.float32) for _ in range(3)]
    total = torch.from_numpy(np.sum(stems, axis=0))
    gain = limiter_gain(total, mixdown.CEILING_DB).numpy()
    assert gain.min() < 0.9
    wanted = [s * gain for s in stems]
    for size in (700, 2000, 8999, 9000, 100_000):
        monkeypatch.setattr(mixdown, "_BLOCK_SAMPLES", size)
        ours = [s.copy() for s in stems]
        mixdown.limit_together(ours)
        np.testing.assert_allclose(ours, wanted, atol=1e-6)
    mixdown.limit_together([])
