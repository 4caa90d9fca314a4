"""Sheets of spectrograms show what there is."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from silentfoley.bank.bank import Bank
from silentfoley.bank.build import build_bank
from silentfoley.bank.duplicates import duplicates, named
from silentfoley.bank.likeness import Near
from silentfoley.bank.sheets import BANDS, STEP_S, log_mel, shown
from silentfoley.media.audio import write_wav
from silentfoley.viz import plot_bank
from silentfoley.waveform import Waveform

RATE = 44_100


@pytest.fixture(scope="module")
def bank(tmp_path_factory) -> Bank:
    root = tmp_path_factory.mktemp("sheets")
    rng = np.random.default_rng(0)
    for label, names in {"footsteps": ("gravel_1", "gravel_2", "wood_1"), "rain": ("rain",)}.items():
        for name in names:
            noise = 0.1 * rng.standard_normal(30_000) * (1 if label == "rain" else np.exp(-np.arange(30_000) / 2000))
            path = root / "in" / label / f"{name}.wav"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_wav(path, Waveform(noise[None].astype(np.float32), RATE))
    # A copy under another name, a little later.
    step = np.concatenate([np.zeros(3000, dtype=np.float32), _samples(root / "in" / "footsteps" / "wood_1.wav")])
    write_wav(root / "in" / "footsteps" / "board.wav", Waveform(0.5 * step[None], RATE))
    return build_bank([root / "in"], root / "bank")


def _samples(path):
    from silentfoley.media.audio import read_audio

    return read_audio(path).mono()


def test_a_png_per_class(bank, tmp_path):
    paths = plot_bank(bank, tmp_path / "deep" / "sheets")
    assert [p.name for p in paths] == ["footsteps.png", "rain.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") for p in paths)
    assert {p.name for p in (tmp_path / "deep" / "sheets").iterdir()} == {"footsteps.png", "rain.png"}


def test_takes_are_shown_in_turn_from_each_recording(bank):
    (first, *_) = bank.all_takes
    many = [replace(first, id=f"{r}{i}", recording=r, start_samples=i) for r in "abc" for i in range(9)]
    chosen = shown(many, 7)
    assert sorted(t.id for t in chosen) == ["a0", "a1", "a2", "b0", "b1", "c0", "c1"]
    assert len(shown(many, 99)) == 27


def test_a_tone_is_in_its_band():
    t = np.arange(RATE) / RATE
    low, high = (log_mel(np.sin(2 * np.pi * f * t).astype(np.float32), RATE) for f in (200, 6000))
    assert low.shape == (BANDS, pytest.approx(1 / STEP_S, abs=6))
    assert low.mean(axis=1).argmax() < high.mean(axis=1).argmax()
    assert log_mel(np.zeros(1, dtype=np.float32), RATE).shape[0] == BANDS


def test_duplicates_of_a_built_bank_and_of_one_that_never_looked(bank):
    (pair,) = duplicates(bank)
    older = Bank(bank.folder, bank.sample_rate_hz, bank.all_takes, {})
    assert duplicates(older) == [], "what is one recording now is no pair any more"
    apart = tuple(replace(t, recording=t.id) for t in bank.all_takes)
    steps = []
    found = duplicates(Bank(bank.folder, RATE, apart, {}), lambda i, n: steps.append(n))
    assert [(n.a, n.b) for n in found] == [(pair.a, pair.b)]
    assert steps == [len(apart)] * len(apart)
    lines = named(bank, [pair, Near("x", "y", 0.7)], 1)
    assert "board.wav" in lines[0]
    assert lines[1] == "  and 1 more (--json names all)"
