"""Whatever a user hands in: one line that names file, cause and remedy, a non-zero exit, nothing left behind."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from support.command import Command, Said, listing

from silentfoley.media.audio import write_wav
from silentfoley.media.mux import mux
from silentfoley.media.video import probe
from silentfoley.waveform import Waveform


@pytest.fixture
def desk(clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A working folder with a good clip in it."""
    shutil.copy(clip, tmp_path / "good.mp4")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def refused(command: Command, desk: Path, *words: object, model: bool = True, code: int = 1) -> str:
    """The error of a call that must leave the working folder as it was."""
    before = listing(desk)
    said: Said = command(*words, model=model)
    assert said.code == code, (said.out, said.err)
    assert said.out == ""
    assert listing(desk) == before
    error = said.error
    assert error.count(": ") >= 1, "file: cause"
    assert "; " in error, "and a remedy"
    return error


def truncated(clip: Path, path: Path) -> None:
    """Cut off before its index, which writers put last."""
    data = clip.read_bytes()
    path.write_bytes(data[: len(data) // 2])


def cut_in_the_index(clip: Path, path: Path) -> None:
    data = clip.read_bytes()
    path.write_bytes(data[: data.index(b"moov") + 200])


def truncated_matroska(clip: Path, path: Path) -> None:
    whole = path.with_name("whole.mkv")
    mux(clip, Waveform(np.zeros((1, 88_200), dtype=np.float32), 44_100), whole)
    data = whole.read_bytes()
    whole.unlink()
    path.write_bytes(data[: len(data) // 2])


def audio_only(clip: Path, path: Path) -> None:
    write_wav(path.with_suffix(".wav"), Waveform(np.full((1, 4410), 0.1, dtype=np.float32), 44_100))
    path.with_suffix(".wav").rename(path)


def zero_length(clip: Path, path: Path) -> None:
    """A container with a picture stream that holds no picture."""
    import av

    with av.open(str(path), "w") as out:
        stream = out.add_stream("libx264", rate=25)
        stream.width, stream.height, stream.pix_fmt = 64, 48, "yuv420p"
        out.start_encoding()


FILES: dict[str, tuple[str, Callable[[Path, Path], object], str]] = {
    "missing": ("bad.mp4", lambda clip, path: None, "no such file; check the path"),
    "empty": ("bad.mp4", lambda clip, path: path.write_bytes(b""), r"is empty (0 bytes)"),
    "truncated mp4": ("bad.mp4", truncated, "is not a media file we can read"),
    "mp4 cut in its index": ("bad.mp4", cut_in_the_index, "is damaged: neither picture nor sound is found in it"),
    "truncated mkv": ("bad.mkv", truncated_matroska, "is damaged: cut off after"),
    "audio only": ("bad.mp4", audio_only, "has sound but no picture; give a video file"),
    "zero length": ("bad.mp4", zero_length, "bad.mp4: "),
    "text": ("bad.mp4", lambda clip, path: path.write_text("not a film\n" * 50), "is not a media file we can read"),
    "noise": (
        "bad.mp4",
        lambda clip, path: path.write_bytes(np.random.default_rng(0).bytes(5000)),
        "is not a media file we can read",
    ),
    "picture": ("bad.mp4", lambda clip, path: path.write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(64)), "bad.mp4: "),
    "odd name": ("bad\nname: ü.mp4", lambda clip, path: path.write_bytes(b""), r"is empty (0 bytes)"),
}


@pytest.mark.parametrize("kind", FILES)
@pytest.mark.parametrize("verb", ["generate", "cues"])
def test_files_that_are_no_video(command: Command, desk: Path, kind: str, verb: str) -> None:
    name, make, cause = FILES[kind]
    make(desk / "good.mp4", desk / name)
    out = "new/out.mp4" if verb == "generate" else "new/out.csv"
    error = refused(command, desk, verb, name, "-o", out)
    assert " ".join(name.split()) in error
    assert cause in error


def test_side_outputs_vanish_with_the_main_one(command: Command, desk: Path) -> None:
    truncated(desk / "good.mp4", desk / "bad.mp4")
    sides = ("--save-cues", "a/s.csv", "--stems", "b/c/stems", "--plot", "p.png")
    refused(command, desk, "generate", "bad.mp4", "-o", "new/out.mp4", *sides)


def test_main_output_that_fails_last_takes_the_others_along(
    command: Command, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from silentfoley.errors import OutputError
    from silentfoley.inference.track import FoleyTrack

    def full(*_: object, **__: object) -> None:
        raise OutputError("out.mp4", "cannot be written: No space left on device", "free some")

    monkeypatch.setattr(FoleyTrack, "mux", full)
    sides = ("--save-cues", "a/s.csv", "--stems", "b/c/stems", "--plot", "p.png")
    assert "No space" in refused(command, desk, "generate", "good.mp4", "--label", "rain", *sides)


@pytest.mark.parametrize("verb", ["generate", "cues"])
def test_folder_in_place_of_a_file(command: Command, desk: Path, verb: str) -> None:
    (desk / "album").mkdir()
    out = "out" if verb == "generate" else "out.csv"
    error = refused(command, desk, verb, "album", "-o", out)
    assert "album: holds no video" in error or "album: is not a file" in error
    (desk / "taken.mp4").mkdir()
    (desk / "taken.csv").mkdir()
    if verb == "cues":
        assert "taken.csv: is a folder; name a file" in refused(command, desk, verb, "good.mp4", "-o", "taken.csv")


@pytest.mark.parametrize("out", ["good.mp4/out.mp4", "good.mp4/deep/folder/out.wav", "/proc/nowhere/out.mp4"])
def test_unwritable_output(command: Command, desk: Path, out: str) -> None:
    if out.startswith("/proc") and not Path("/proc/self").exists():
        pytest.skip("no /proc here")
    error = refused(command, desk, "generate", "good.mp4", "-o", out)
    assert str(Path(out).parent) in error
    assert "cannot be made" in error or "cannot be written" in error


def test_read_only_folder(command: Command, desk: Path) -> None:
    if os.geteuid() == 0:
        pytest.skip("the administrator may write everywhere")
    (desk / "locked").mkdir(mode=0o555)
    assert "is read-only" in refused(command, desk, "generate", "good.mp4", "-o", "locked/out.mp4")


def test_outputs_that_exist(command: Command, desk: Path) -> None:
    for name in ("out.mp4", "cues.csv", "plot.png"):
        (desk / name).write_text("precious")
    remedy = "exists; pass --overwrite or name another output"
    assert refused(command, desk, "generate", "good.mp4", "-o", "out.mp4") == f"out.mp4: {remedy}"
    assert refused(command, desk, "generate", "good.mp4", "--save-cues", "cues.csv") == f"cues.csv: {remedy}"
    assert refused(command, desk, "generate", "good.mp4", "--plot", "plot.png") == f"plot.png: {remedy}"
    (desk / "stems").mkdir()
    (desk / "stems" / "rain.wav").write_text("precious")
    (desk / "rain.csv").write_text("start_s,label,duration_s\n0.5,rain,1\n")
    error = refused(command, desk, "generate", "good.mp4", "--cues", "rain.csv", "--stems", "stems", "--plot", "p.png")
    assert "rain.wav: exists" in error


def test_output_is_the_input(command: Command, desk: Path) -> None:
    (desk / "link.mp4").symlink_to(desk / "good.mp4")
    for out in ("good.mp4", "./good.mp4", "link.mp4"):
        error = refused(command, desk, "generate", "good.mp4", "-o", out, "--overwrite")
        assert f"{Path(out)}: is the input itself; name another output" in error
    assert "is the input itself" in refused(command, desk, "generate", ".", "-o", ".", "--overwrite")
    probe(desk / "good.mp4")


@pytest.mark.parametrize(
    ("out", "cause"), [("out.gif", "suffix '.gif' cannot be written; use one of .mp4"), ("out.mp3", "suffix '.mp3'")]
)
def test_container_we_do_not_write(command: Command, desk: Path, out: str, cause: str) -> None:
    assert cause in refused(command, desk, "generate", "good.mp4", "-o", out)


def test_picture_that_the_container_cannot_hold(command: Command, desk: Path) -> None:
    error = refused(command, desk, "generate", "good.mp4", "-o", "out.webm", "--label", "rain", "--plot", "p.png")
    assert "out.webm: cannot hold h264 pictures with libopus sound" in error
    assert "use .mp4 or .mkv" in error


def test_unknown_label(command: Command, desk: Path) -> None:
    for words in (("generate", "good.mp4"), ("cues", "good.mp4"), ("generate",), ("generate", ".", "-o", "out")):
        error = refused(command, desk, *words, "--label", "footstep")
        assert error.startswith("label 'footstep': unknown sound class; did you mean 'footsteps'?")


SHEETS = {
    "past the end": ("c.csv", "start_s,label\n0.5,rain\n2.5,breaking\n", "lies past the end of the video (2 s)"),
    "past its own end": (
        "c.json",
        '{"version": 1, "duration_s": 1.0, "cues": [{"start_s": 1.5, "label": "rain"}]}',
        "past the end",
    ),
    "bad number": ("c.csv", "start_s,label\n0.5,rain\nsoon,breaking\n", "line 3"),
    "bad strength": ("c.csv", "start_s,label,strength\n0.5,rain,1\n\n0.7,rain,11\n", "line 4"),
    "no label": ("c.csv", "start_s,label\n0.5,\n", "line 2"),
    "no header": ("c.csv", "0.5,rain\n", "c.csv"),
    "unknown label": ("c.csv", "start_s,label\n0.5,kazoo\n", "kazoo"),
    "audacity": ("c.txt", "0.5\t0.5\train\nhalf past\t1\train\n", "line 2"),
    "broken json": ("c.json", '{"version": 1,\n "cues": [}\n', "line 2"),
    "json of something else": ("c.json", "[1, 2]", "c.json"),
    "no midi": ("c.mid", "MThd but not really", "c.mid"),
    "empty": ("c.csv", "", "c.csv"),
    "not text": ("c.csv", b"\xff\xfe\x00", "is not UTF-8 text"),
    "other format": ("c.xml", "<cues/>", "suffix '.xml' is no cue format"),
    "missing": ("c.csv", None, "cannot be read: No such file or directory"),
}


@pytest.mark.parametrize("kind", SHEETS)
def test_sheets_that_cannot_be_performed(command: Command, desk: Path, kind: str) -> None:
    name, text, cause = SHEETS[kind]
    if text is not None:
        (desk / name).write_bytes(text if isinstance(text, bytes) else text.encode())
    error = refused(command, desk, "generate", "good.mp4", "--cues", name, "-o", "new/out.mp4")
    assert name in error
    assert cause in error


MODELS: dict[str, tuple[Callable[[Path], object], str]] = {
    "missing": (lambda folder: shutil.rmtree(folder), "is not a model folder (config.json: No such file"),
    "a file": (
        lambda folder: (shutil.rmtree(folder), folder.write_text("weights?")),
        "is not a model folder (config.json: Not a directory",
    ),
    "altered bytes": (
        lambda folder: _flip(folder / "weights.safetensors"),
        "weights.safetensors: its bytes differ from what config.json records",
    ),
    "truncated weights": (
        lambda folder: _cut(folder / "weights.safetensors"),
        "weights.safetensors: its bytes differ from what config.json records",
    ),
    "no weights": (lambda folder: (folder / "weights.safetensors").unlink(), "weights.safetensors: is missing"),
    "corrupt config": (lambda folder: _cut(folder / "config.json"), "config.json: is not JSON"),
    "config not text": (lambda folder: (folder / "config.json").write_bytes(b"\xff\x00"), "config.json: is not JSON"),
    "other version": (lambda folder: _edit(folder, format=2), "has format 2, this release reads 1"),
    "edited config": (lambda folder: _edit(folder, name="mine"), "was altered after it was written"),
    "config without parts": (lambda folder: (folder / "config.json").write_text('{"format": 1}'), "lacks name"),
}


def _flip(path: Path) -> None:
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 0x10
    path.write_bytes(data)


def _cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-20])


def _edit(folder: Path, **changes: object) -> None:
    config = json.loads((folder / "config.json").read_text()) | changes
    (folder / "config.json").write_text(json.dumps(config))


@pytest.mark.parametrize("kind", MODELS)
def test_models_that_are_not_whole(command: Command, desk: Path, model: Path, kind: str) -> None:
    spoil, cause = MODELS[kind]
    shutil.copytree(model, desk / "model")
    spoil(desk / "model")
    words = ("generate", "good.mp4", "-o", "new/out.mp4", "--model", "model")
    error = refused(command, desk, *words, model=False)
    assert error.startswith("model")
    assert cause in error


def test_bad_model_makes_no_demo_clip(command: Command, desk: Path) -> None:
    assert "is not a model folder" in refused(command, desk, "generate", "--model", "nowhere", model=False)


def test_one_bad_file_does_not_stop_a_folder(command: Command, desk: Path) -> None:
    folder = desk / "reel"
    folder.mkdir()
    for name in ("a.mp4", "d.mp4"):
        shutil.copy(desk / "good.mp4", folder / name)
    truncated(desk / "good.mp4", folder / "b.mp4")
    (folder / "c.mp4").write_bytes(b"")
    words = ("generate", "reel", "-o", "out", "--label", "rain")
    said = command(*words, "--save-cues", "sheets", model=True)
    assert said.code == 3
    assert said.out == "out: 2 of 4 files done, 2 failed\n"
    lines = said.err.splitlines()
    assert [line.split(":")[0] for line in lines] == ["error", "error"]
    assert "reel/b.mp4: " in lines[0]
    assert "reel/c.mp4: is empty (0 bytes)" in lines[1]
    assert sorted(p.name for p in (desk / "out").iterdir()) == ["a.mp4", "d.mp4"]
    assert sorted(p.name for p in (desk / "sheets").iterdir()) == ["a.json", "d.json"]
    # Once more: what exists is kept and counted as not done; nothing was done, which is failure.
    said = command(*words, "--json", model=True)
    assert said.code == 1
    result = json.loads(said.out)
    assert (result["n_done"], result["n_failed"]) == (0, 4)
    assert "exists; pass --overwrite" in result["failed"][0]["error"]


def test_a_missing_file_among_several(command: Command, desk: Path) -> None:
    said = command("generate", "gone.mp4", "good.mp4", "-o", "out", "--label", "rain", model=True)
    assert (said.code, said.out) == (3, "out: 1 of 2 files done, 1 failed\n")
    assert said.error == "gone.mp4: no such file; check the path"


def test_a_fault_of_ours_on_one_file_does_not_stop_the_rest(
    command: Command, desk: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from silentfoley.inference.foley import Foley

    shutil.copy(desk / "good.mp4", desk / "other.mp4")
    right = Foley.generate

    def wrong(self: Foley, video: Path, **options: object) -> object:
        if video.name == "good.mp4":
            raise ValueError("a bug\nof two lines")
        return right(self, video, **options)

    monkeypatch.setattr(Foley, "generate", wrong)
    said = command("generate", "good.mp4", "other.mp4", "-o", "out", "--label", "rain", model=True)
    assert said.code == 3
    assert said.error.startswith("good.mp4: ValueError: a bug of two lines; report it")


def test_only_our_line_on_the_real_stderr(desk: Path, model: Path) -> None:
    """In a process of its own: decoders and frameworks write to the stream behind Python's back."""
    truncated_matroska(desk / "good.mp4", desk / "bad.mkv")
    call = [sys.executable, "-m", "silentfoley.cli.main", "generate", "bad.mkv", "--model", str(model)]
    done = subprocess.run(call, capture_output=True, text=True, check=False, cwd=desk)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("error: bad.mkv: is damaged")
    assert done.stderr.count("\n") == 1
    assert sorted(p.name for p in desk.iterdir()) == ["bad.mkv", "good.mp4"]
