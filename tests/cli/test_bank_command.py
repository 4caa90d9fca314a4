from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.command import Command, listing

RATE_HZ = 44_100


@pytest.fixture
def recordings(tmp_path: Path) -> Path:
    """Two recordings of three clicks each, and one that is no sound."""
    rng = np.random.default_rng(0)
    folder = tmp_path / "recordings" / "cutting"
    folder.mkdir(parents=True)
    for name in ("board", "log"):
        samples = 1e-4 * rng.standard_normal(2 * RATE_HZ)
        for start in (0.3, 0.9, 1.5):
            n = round(0.08 * RATE_HZ)
            burst = rng.standard_normal(n) * np.exp(-np.arange(n) / (0.012 * RATE_HZ))
            samples[round(start * RATE_HZ) :][:n] += 0.3 * burst
        soundfile.write(folder / f"{name}.wav", samples, RATE_HZ)
    (folder / "broken.wav").write_bytes(b"RIFF????")
    return folder.parent


def test_build_and_info(command: Command, recordings: Path, tmp_path: Path) -> None:
    bank = tmp_path / "deep" / "bank"
    said = command("bank", "build", recordings, "-o", bank)
    assert said.code == 0
    assert said.out == f"{bank}: 6 takes of cutting; left out: 1 (reasons in REPORT.md)\n"
    assert said.err == ""
    assert len(list((bank / "takes" / "cutting").iterdir())) == 6
    table = command("bank", "info", bank, "--sheets", tmp_path / "sheets")
    assert table.code == 0
    assert "cutting" in table.out
    assert table.out.endswith("0 pairs of takes of different recordings are almost the same sound\n")
    assert [p.name for p in (tmp_path / "sheets").iterdir()] == ["cutting.png"]
    facts = json.loads(command("bank", "info", bank, "--json").out)
    assert (facts["takes"], facts["sample_rate_hz"]) == (6, RATE_HZ)
    assert facts["near_duplicates"] == []
    assert facts["sources"] == [{"source": "recordings", "held": 6, "left": 0, "lost": ["cutting"]}]
    assert "without recordings: 6 takes to test on, 0 to learn from, none of cutting\n" in table.out
    assert facts["skipped"][0]["name"].endswith("broken.wav")
    before = listing(bank)
    assert "exists already" in command("bank", "build", recordings, "-o", bank).error
    assert command("bank", "build", recordings, "-o", bank, "--overwrite", "--json").code == 0
    assert listing(bank) == before, "the same recordings make the same bank"


def test_one_take_is_no_takes(command: Command, tmp_path: Path) -> None:
    folder, bank = tmp_path / "one" / "cutting", tmp_path / "bank"
    folder.mkdir(parents=True)
    rng = np.random.default_rng(0)
    samples = 1e-4 * rng.standard_normal(RATE_HZ)
    n = round(0.08 * RATE_HZ)
    samples[round(0.3 * RATE_HZ) :][:n] += 0.3 * rng.standard_normal(n) * np.exp(-np.arange(n) / (0.012 * RATE_HZ))
    soundfile.write(folder / "log.wav", samples, RATE_HZ)
    assert command("bank", "build", folder.parent, "-o", bank).out.startswith(f"{bank}: 1 take of cutting; ")
    told = command("bank", "info", bank).out
    assert f"\n1 take in {bank}; left out: 0, " in told
    assert "without one: 1 take to test on, 0 to learn from" in told
    said = command("bank", "manifest", folder.parent, "-o", tmp_path / "list.tsv")
    assert said.out == f"{tmp_path / 'list.tsv'}: 1 recording of 1 source\n"


def test_nothing_usable_leaves_nothing(command: Command, recordings: Path, tmp_path: Path) -> None:
    for path in (recordings / "cutting").glob("[bl]o*.wav"):
        path.unlink()
    before = listing(tmp_path)
    assert "broken.wav" in command("bank", "build", recordings, "-o", tmp_path / "deep" / "bank").error
    assert "no such folder" in command("bank", "build", tmp_path / "gone", "-o", tmp_path / "bank").error
    assert "is no bank" in command("bank", "info", tmp_path).error
    assert listing(tmp_path) == before


def test_recordings_are_listed_and_compared(command: Command, recordings: Path, tmp_path: Path) -> None:
    (recordings / "cutting" / "broken.wav").unlink()
    listed = tmp_path / "deep" / "list.tsv"
    said = command("bank", "manifest", recordings, "-o", listed)
    assert (said.code, said.out) == (0, f"{listed}: 2 recordings of 1 source\n")
    assert "exists already" in command("bank", "manifest", recordings, "-o", listed).error
    said = command("bank", "check", recordings, "--manifest", listed)
    assert (said.code, said.out) == (0, f"{recordings}: 2 as listed, 0 missing, 0 changed, 0 extra\n")
    (recordings / "cutting" / "log.wav").rename(recordings / "cutting" / "tree.wav")
    said = command("bank", "check", recordings, "--manifest", listed)
    assert said.code == 1
    assert said.out.splitlines() == [
        "missing  cutting/log.wav",
        "extra  cutting/tree.wav",
        f"{recordings}: 1 as listed, 1 missing, 0 changed, 1 extra",
    ]
    facts = json.loads(command("bank", "check", recordings, "--manifest", listed, "--json").out)
    assert facts == {"missing": ["cutting/log.wav"], "changed": [], "extra": ["cutting/tree.wav"], "same": 1}
    assert "bank manifest DIR" in command("bank", "check", recordings, "--manifest", tmp_path / "no.tsv").error
