"""Building and reading a bank of small synthetic recordings."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from silentfoley.bank.bank import Bank
from silentfoley.bank.build import build_bank
from silentfoley.bank.source import BankTakes, loop
from silentfoley.bank.take import Take
from silentfoley.errors import DataError, OutputError
from silentfoley.media.audio import write_wav
from silentfoley.stage.act import ActPlan, Event
from silentfoley.stage.sound import perform
from silentfoley.waveform import Waveform

RATE = 44_100


def _thud(rng: np.random.Generator, n: int = 4_000) -> np.ndarray:
    t = np.arange(n) / RATE
    return (rng.standard_normal(n) * np.exp(-t / 0.015)).astype(np.float32)


def _write(path: Path, samples: np.ndarray, rate: int = RATE) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    write_wav(path, Waveform(np.atleast_2d(samples), rate), subtype="PCM_24")


@pytest.fixture(scope="module")
def recordings(tmp_path_factory) -> Path:
    root = tmp_path_factory.mktemp("in") / "sounds"
    rng = np.random.default_rng(0)
    two = 1e-4 * rng.standard_normal(RATE).astype(np.float32)
    for time_s, level in ((0.2, 0.6), (0.65, 0.15)):
        start = round(time_s * RATE)
        two[start : start + 4_000] += level * _thud(rng) / 3
    _write(root / "footsteps" / "fs_gravel_1.wav", two)
    for i in range(2, 5):
        _write(root / "footsteps" / f"fs_gravel_{i}.wav", 0.3 * _thud(rng))
    for name in ("wood1", "metal", "grass.2", "dirt", "snow", "street"):
        _write(root / "footsteps" / f"{name}.wav", np.concatenate([np.zeros(700), 0.1 * _thud(rng)]))
    _write(root / "footsteps" / "copy_of_metal.wav", _again(root / "footsteps" / "metal.wav"))
    _write(root / "cutting" / "saw.wav", 0.1 * rng.standard_normal(RATE))
    _write(root / "rain" / "1-100-A.wav", 0.1 * rng.standard_normal((2, 16_000)), 16_000)
    _write(root / "rain" / "1-100-B.wav", 0.1 * rng.standard_normal(RATE))
    _write(root / "rain" / "2-200-A.wav", 0.1 * rng.standard_normal(RATE))
    _write(root / "horse" / "blip.wav", np.full(200, 0.5))
    _write(root / "horse" / "nothing.wav", np.zeros(RATE))
    _write(root / "horse" / "clop.wav", 0.1 * _thud(rng))
    _write(root / "wind" / "wind.wav", 0.1 * rng.standard_normal(RATE))
    (root / "horse" / "broken.wav").write_bytes(b"RIFF not really")
    (root / "horse" / "notes.txt").write_text("a note")
    (root / "licences").mkdir()
    (root / "licences" / "text.txt").write_text("text")
    rows = [
        ("file", "class", "source", "licence", "original"),
        ("footsteps/fs_gravel_1.wav", "footsteps", "game-data 1.2-3", "CC BY-SA 3.0", "a/steps/fs_gravel_1.ogg"),
        ("footsteps/wood1.wav", "footsteps", "game-data 1.2-3", "CC0", "a/steps/wood1.ogg"),
        ("footsteps/gone.wav", "footsteps", "game-data 1.2-3", "CC0", "a/steps/gone.ogg"),
        ("rain/1-100-A.wav", "rain", "someone/ESC@12", "CC BY 3.0", "002 - Rain/1-100-A.ogg"),
    ]
    (root / "ATTRIBUTION.tsv").write_text("\n".join("\t".join(r) for r in rows) + "\n")
    return root


def _again(path: Path) -> np.ndarray:
    from silentfoley.media.audio import read_audio

    return read_audio(path).samples


@pytest.fixture(scope="module")
def bank(recordings, tmp_path_factory) -> Bank:
    return build_bank([recordings], tmp_path_factory.mktemp("out") / "bank")


def _of(bank: Bank, name: str):
    return sorted((t for t in bank.all_takes if t.origin.endswith(name)), key=lambda t: t.start_samples)


def test_two_hits_in_one_file_are_two_takes_at_their_places(bank):
    first, second = _of(bank, "fs_gravel_1.wav")
    for take, wanted_s in ((first, 0.2), (second, 0.65)):
        assert take.kind == "hit"
        assert abs((take.start_samples + take.onset_samples) / RATE - wanted_s) < 0.002
        samples = bank.samples(take)
        assert samples.shape == (take.n_samples,)
        onset = take.onset_samples
        assert np.abs(samples[: max(onset - 2, 1)]).max() < 0.1 * np.abs(samples).max()
        assert np.abs(samples[onset : onset + 220]).max() > 0.3 * np.abs(samples).max()
    assert first.strength == 1.0
    assert second.strength == pytest.approx(0.25, rel=0.25)


def test_levels_come_back_as_recorded(bank, recordings):
    (take,) = _of(bank, "street.wav")
    recorded = _again(recordings / "footsteps" / "street.wav")[0]
    got = bank.samples(take)
    piece = recorded[take.start_samples : take.start_samples + take.n_samples]
    inner = slice(take.onset_samples, take.n_samples - 200)
    assert np.allclose(got[inner], piece[inner] - recorded.mean(), atol=2e-4)


def test_textures_are_told_from_hits(bank):
    assert [t.kind for t in _of(bank, "saw.wav")] == ["texture"]
    assert {t.kind for t in bank.takes("rain")} == {"texture"}
    assert {t.kind for t in bank.takes("footsteps")} == {"hit"}
    resampled = _of(bank, "1-100-A.wav")[0]
    assert resampled.n_samples / RATE == pytest.approx(1.0, abs=0.01)


def test_groups_never_meet_across_splits(bank):
    by_group: dict[str, set[str]] = {}
    for take in bank.all_takes:
        by_group.setdefault(take.recording, set()).add(take.split)
    assert all(len(splits) == 1 for splits in by_group.values())
    assert {t.split for t in bank.takes("footsteps")} == {"train", "val", "test"}
    assert len({t.recording for t in bank.takes("rain")}) == 2
    assert len({_of(bank, f"fs_gravel_{i}.wav")[0].recording for i in (2, 3, 4)}) == 1


def test_rights_are_carried(bank):
    bound = _of(bank, "fs_gravel_1.wav")[0]
    assert (bound.licence, bound.licence_family, bound.share_alike) == ("CC BY-SA 3.0", "CC BY-SA", True)
    assert bound.source == "game-data"
    assert bound.attribution == "a/steps/fs_gravel_1.ogg from game-data, CC BY-SA 3.0"
    free = _of(bank, "wood1.wav")[0]
    assert not free.share_alike
    assert _of(bank, "metal.wav")[0].share_alike  # nobody has stated its licence
    assert free in bank.takes("footsteps", share_alike=False)
    assert bound not in bank.takes("footsteps", share_alike=False)


def test_what_is_left_out_has_its_reason(bank):
    reasons = {s["name"]: s["reason"] for s in bank.report["skipped"]}
    assert "unknown sound class" in reasons["sounds/wind"]
    assert "too short: 4.5 ms" in reasons["sounds/horse/blip.wav"]
    assert "silent" in reasons["sounds/horse/nothing.wav"]
    assert reasons["sounds/footsteps/metal.wav"] == "the same samples as sounds/footsteps/copy_of_metal.wav"
    assert "not a sound file" in reasons["sounds/horse/notes.txt"]
    assert "not in the folder" in reasons["sounds/footsteps/gone.wav"]
    assert "sounds/horse/broken.wav" in reasons
    assert len(reasons) == 7
    text = (bank.folder / "REPORT.md").read_text(encoding="utf-8")
    assert all(name in text for name in reasons)


def test_report_counts(bank):
    rows = {row["class"]: row for row in bank.report["classes"]}
    assert rows["footsteps"]["files"] == 10
    assert rows["footsteps"]["takes"] == rows["footsteps"]["hits"] == 11
    assert rows["rain"]["textures"] == 3
    assert rows["rain"]["seconds"] == pytest.approx(3.0, abs=0.1)
    assert rows["footsteps"]["train"] + rows["footsteps"]["val"] + rows["footsteps"]["test"] == 11
    notes = " ".join(bank.report["split_notes"])
    assert "horse: 1 recording, so nothing in test and val" in notes
    assert "rain: 2 recordings, so nothing in val" in notes
    assert "footsteps" in bank.summary()


def test_the_same_recordings_give_the_same_bank(bank, recordings, tmp_path):
    again = build_bank([recordings], tmp_path / "again")
    files = sorted(p.relative_to(bank.folder) for p in bank.folder.rglob("*") if p.is_file())
    assert files == sorted(p.relative_to(again.folder) for p in again.folder.rglob("*") if p.is_file())
    assert all((bank.folder / f).read_bytes() == (again.folder / f).read_bytes() for f in files)


def test_an_earlier_bank_is_kept_until_asked(bank, recordings, tmp_path):
    out = tmp_path / "bank"
    build_bank([recordings], out)
    with pytest.raises(OutputError, match="exists already"):
        build_bank([recordings], out)
    assert build_bank([recordings], out, overwrite=True).all_takes == bank.all_takes
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("mine")
    with pytest.raises(OutputError, match="is no bank"):
        build_bank([recordings], tmp_path / "mine", overwrite=True)
    for name in ("notes.txt", "sheets/cutting.png", "takes/notes.txt", "takes/mine/hit.wav", "takes/mine/a/b.wav"):
        stranger = out / name
        stranger.parent.mkdir(parents=True, exist_ok=True)
        stranger.write_text("mine")
        with pytest.raises(OutputError, match=rf"cannot be replaced: {name} is no part of a bank; move it elsewhere"):
            build_bank([recordings], out, overwrite=True)
        assert stranger.read_text() == "mine"
        stranger.unlink()
        for folder in (out / "sheets", out / "takes" / "mine" / "a", out / "takes" / "mine"):
            if folder.is_dir():
                folder.rmdir()
    assert build_bank([recordings], out, overwrite=True).all_takes == bank.all_takes
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["bank", "mine"]


def test_what_is_put_there_while_a_bank_is_built_stays(recordings, tmp_path):
    out = tmp_path / "bank"

    def meanwhile(done, of):
        out.mkdir(exist_ok=True)
        (out / "thesis.txt").write_text("mine")

    with pytest.raises(OutputError, match="exists and is no bank"):
        build_bank([recordings], out, progress=meanwhile)
    assert [p.relative_to(tmp_path).as_posix() for p in sorted(tmp_path.rglob("*"))] == ["bank", "bank/thesis.txt"]


def test_an_earlier_bank_comes_back_where_a_new_one_cannot_take_its_place(bank, recordings, tmp_path, monkeypatch):
    out, replaced = tmp_path / "bank", Path.replace
    build_bank([recordings], out)

    def no_space(self, to):
        if self.name.endswith(".part"):
            raise OSError(28, "No space left on device")
        return replaced(self, to)

    monkeypatch.setattr(Path, "replace", no_space)
    with pytest.raises(OutputError, match="cannot be written: No space left on device"):
        build_bank([recordings], out, overwrite=True)
    assert [p.name for p in tmp_path.iterdir()] == ["bank"]
    assert Bank.load(out).all_takes == bank.all_takes


def test_bad_folders_are_refused(tmp_path):
    with pytest.raises(DataError, match="no such folder"):
        build_bank([tmp_path / "none"], tmp_path / "out")
    (tmp_path / "empty").mkdir()
    with pytest.raises(DataError, match="is empty"):
        build_bank([tmp_path / "empty"], tmp_path / "out")
    _write(tmp_path / "other" / "barking" / "a.wav", np.ones(500))
    with pytest.raises(DataError, match="no class folder with recordings"):
        build_bank([tmp_path / "other"], tmp_path / "out")
    (tmp_path / "bad" / "rain").mkdir(parents=True)
    (tmp_path / "bad" / "rain" / "a.wav").write_bytes(b"no")
    with pytest.raises(DataError, match="none of 1 recordings could be used"):
        build_bank([tmp_path / "bad"], tmp_path / "out")
    assert not (tmp_path / "out").exists()
    assert not list(tmp_path.glob(".*"))


def test_recordings_of_one_name_are_refused_and_a_bank_without_one(tmp_path, monkeypatch):
    for i, place in enumerate(("one", "two")):
        _write(tmp_path / place / "sounds" / "footsteps" / "a.wav", 0.3 * _thud(np.random.default_rng(i)))
    alike = [tmp_path / place / "sounds" for place in ("one", "two")]
    for dirs in (alike, alike[:1] * 2):
        with pytest.raises(DataError, match=r"has the name 'sounds/footsteps/a.wav' of .*; name each folder once"):
            build_bank(dirs, tmp_path / "out")
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    with pytest.raises(OutputError, match=r"bank folder '.': has no name of its own"):
        build_bank(alike[:1], ".")


def test_damaged_banks_are_refused(bank, recordings, tmp_path):
    with pytest.raises(DataError, match="is no bank"):
        Bank.load(tmp_path)
    copy = build_bank([recordings], tmp_path / "bank").folder
    manifest = copy / "takes.jsonl"
    lines = manifest.read_text().splitlines()
    manifest.write_text("\n".join(lines[1:]) + "\n")
    with pytest.raises(DataError, match=r"has \d+ takes of"):
        Bank.load(copy)
    row = json.loads(lines[0])
    del row["licence"]
    manifest.write_text("\n".join([json.dumps(row), *lines[1:]]) + "\n")
    with pytest.raises(DataError, match=r"line 1.*licence"):
        Bank.load(copy)
    manifest.write_text("\n".join(lines) + "\n")
    assert len(Bank.load(copy).all_takes) == len(lines)
    for name, text in (("bank.json", '{"version": 1}'), ("report.json", "[]")):
        before = (copy / name).read_text()
        (copy / name).write_text(text)
        with pytest.raises(DataError, match=r"is damaged \(bank.json or report.json"):
            Bank.load(copy)
        (copy / name).write_text(before)


@pytest.mark.parametrize(
    "change",
    [
        {"flags": None},
        {"n_samples": "7"},
        {"gain": 0},
        {"split": "dev"},
        {"kind": "noise"},
        {"share_alike": 0},
        {"label": None},
        {"file": "../elsewhere.wav"},
        {"file": "/etc/sound.wav"},
    ],
)
def test_a_take_out_of_range_is_refused(bank, change):
    row = bank.all_takes[0].to_json()
    assert Take.from_json(row, "here") == bank.all_takes[0]
    with pytest.raises(DataError, match=rf"here: {next(iter(change))} .* is out of range; build the bank again"):
        Take.from_json(row | change, "here")


def test_takes_for_the_stage(bank):
    takes = BankTakes(bank)
    assert takes.labels == {"footsteps", "horse", "rain"}  # cutting has no hit
    rng = np.random.default_rng(0)
    one = takes.pick("footsteps", 0.3, "gravel", rng, voice=5)
    assert one.variant == "gravel"
    assert {takes.pick("footsteps", 0.3, "gravel", rng, voice=5).recording for _ in range(5)} == {one.recording}
    with pytest.raises(DataError, match="no hit of it"):
        takes.pick("clock", 1.0, None, rng)
    train = BankTakes(bank, split="train")
    assert {train.pick("footsteps", s, None, rng).split for s in (0.1, 0.5, 1.0)} == {"train"}
    free = BankTakes(bank, share_alike=False)
    assert not free.pick("footsteps", 1.0, None, rng).share_alike
    with pytest.raises(DataError, match="has no takes"):
        BankTakes(Bank(bank.folder, RATE, (), {}))


def test_a_performance_with_takes_hits_on_time(bank):
    plan = ActPlan("footsteps", 1.2, (Event(0.3, 1.0), Event(0.8, 0.5)), None, "gravel")
    sound = perform(plan, seed=1, takes=BankTakes(bank))
    loud = np.flatnonzero(np.abs(sound) > 0.1)
    assert abs(loud[0] / RATE - 0.3) < 0.003
    late = np.flatnonzero(np.abs(sound[round(0.6 * RATE) :]) > 0.1)
    assert abs(late[0] / RATE + 0.6 - 0.8) < 0.003
    assert np.array_equal(sound, perform(plan, seed=1, takes=BankTakes(bank)))


def test_loops_have_no_seam():
    t = np.arange(3_000)
    wave = np.sin(2 * np.pi * t / 100).astype(np.float32)
    out = loop(wave, 10_000, 1_234, 500)
    assert out.shape == (10_000,)
    assert np.abs(np.diff(out)).max() < 0.12
