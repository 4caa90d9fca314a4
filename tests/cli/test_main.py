from __future__ import annotations

import argparse
import io
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support.command import Command

from silentfoley import __version__
from silentfoley.cli import console
from silentfoley.cli.console import bar
from silentfoley.cli.main import COMMANDS, HYDRA, main
from silentfoley.cli.numbers import plain

RUN = (sys.executable, "-m", "silentfoley.cli.main")


@pytest.mark.parametrize("name", [n for n in COMMANDS if n not in HYDRA])
def test_help_of_every_command(command: Command, name: str) -> None:
    said = command(name, "--help")
    assert said.code == 0
    assert said.out.startswith(f"usage: silentfoley {name} ")
    assert said.err == ""


def test_version(command: Command) -> None:
    assert command("--version").out == f"silentfoley {__version__}\n"


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ((), "the following arguments are required: COMMAND"),
        (("sing",), "invalid choice: 'sing'"),
        (("genrate",), "; did you mean 'generate'? see silentfoley --help"),
        (("bank", "biuld", "x"), "; did you mean 'build'? see silentfoley bank --help"),
        (("cues", "x.mp4", "--format", "cvs"), "; did you mean 'csv'? see silentfoley cues --help"),
        (("score", "--reference", "a", "--generated", "b", "--protocol", "event_v1"), "did you mean 'events_v1'"),
        (
            ("generate", "--sing"),
            "silentfoley generate: unrecognized arguments: --sing; see silentfoley generate --help",
        ),
        (("generate", "x.mp4", "--lable", "clock"), "--lable clock; did you mean '--label'? see silentfoley generate"),
        (("generate", "--no-pan-from-moton"), "did you mean '--no-pan-from-motion' or '--pan-from-motion'? see"),
        (("generate", "--sav-cues=x.csv"), "unrecognized arguments: --sav-cues=x.csv; did you mean '--save-cues' or '"),
        (("bank", "build", "x", "--overwirte"), "--overwirte; did you mean '--overwrite'? see silentfoley bank --help"),
        (("score", "--referense", "a", "--generated", "b"), "--reference; did you mean '--reference'? see silentfoley"),
        (("generate", "--label", "--lable"), "expected one argument; did you mean '--label'? see silentfoley gen"),
        (("generate", "--foo"), "unrecognized arguments: --foo; see silentfoley generate --help"),
        (("generate", "--shift", "-0,04"), "argument --shift: '-0,04' is no number: write it with a point, -0.04; see"),
        (("cues", "--gait", "trot", "--duration", "0"), "argument --duration: 0 is no length: it must be more than 0;"),
        (("generate", "--seed", "x"), "argument --seed: invalid seed value: 'x'"),
        (("generate", "--seed", "-1"), "argument --seed: a seed is 0 or more"),
        (("generate", "--bits", "20"), "argument --bits: invalid choice"),
        (("generate", "--rate", "10", "-o", "x.wav"), "argument --rate: sample rates go from 8000 to 192000"),
        (("generate", "--rate", "48000"), "--rate: concerns .wav outputs alone"),
        (("generate", "--bits", "24", "-o", "x.mp4"), "--bits: concerns .wav outputs alone"),
        (("generate", "--keep-original", "-6", "-o", "x.wav"), "--keep-original: concerns video outputs alone"),
        (("generate", "--keep-original", "nan"), "--keep-original: nan dB is no level"),
        (("generate", "--label", "rain", "--cues", "x.csv"), "--label: was given together with --cues"),
        (("generate", "a.mp4", "b.mp4", "-o", "x.mp4"), "x.mp4: names a file, but there are several inputs"),
        (("cues",), "wants a video or a gait; name IN, or --gait with --duration"),
        (("bank",), "the following arguments are required: ACTION"),
    ],
)
def test_wrong_calls(
    command: Command, words: tuple[str, ...], message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    said = command(*words)
    assert said.code == 2
    assert message in said.error
    assert said.out == ""
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("clip.mp4",), "'clip.mp4' is no command; did you mean: silentfoley generate clip.mp4?"),
        (("my clip.MOV", "--wav"), "is no command; did you mean: silentfoley generate 'my clip.MOV' --wav?"),
        (("clips", "-o", "out"), "'clips' is no command; did you mean: silentfoley generate clips -o out?"),
        (("clip.avi",), "'clip.avi' is no command; did you mean: silentfoley generate clip.avi?"),
        (("s.csv",), "'s.csv' is no command; did you mean: silentfoley generate --cues s.csv?"),
        (("nowhere",), "invalid choice: 'nowhere'"),
        (("clip.avi2",), "invalid choice: 'clip.avi2'"),
    ],
)
def test_a_file_in_place_of_a_command(
    command: Command, words: tuple[str, ...], told: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "clips").mkdir()
    (tmp_path / "clip.avi").touch()
    (tmp_path / "s.csv").touch()
    said = command(*words)
    assert (said.code, said.out) == (2, "")
    assert told in said.error


@pytest.mark.parametrize(
    ("word", "meant"),
    [("-1e-3", "-0.001"), ("-2.5E+1", "-25"), ("-.5e0", "-0.5"), ("-1.", "-1"), ("-0.04", "-0.04"), ("-23", "-23")],
)
def test_negative_numbers_are_no_options(word: str, meant: str) -> None:
    assert plain(word) == meant
    assert float(word) == float(meant)
    parser = argparse.ArgumentParser()
    parser.add_argument("--by", type=float)
    assert parser.parse_args(["--by", plain(word)]).by == float(word)


def test_other_words_stay() -> None:
    words = ["-o", "--cues", "-e3", "-1e9999999999", "1e-3", "-", "-1.2.3", "--shift=-1e-3", "-1e-3.mp4", "-١e1"]
    assert [plain(word) for word in words] == words


def test_a_shift_in_powers_of_ten(command: Command, clip: Path, tmp_path: Path) -> None:
    (tmp_path / "s.csv").write_text("start_s,label\n0.5,clock\n")
    words = ("--cues", tmp_path / "s.csv", "-o", tmp_path / "o.wav", "--save-cues", tmp_path / "k.csv")
    assert command.generate(clip, *words, "--shift", "-1e-3").code == 0
    assert "\n0.499,clock," in (tmp_path / "k.csv").read_text()


def test_interrupt(command: Command, monkeypatch: pytest.MonkeyPatch, clip: Path) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("silentfoley.cli.cues._look", interrupted)
    said = command("cues", clip)
    assert (said.code, said.err) == (130, "interrupted\n")


def test_path_that_the_system_refuses(command: Command) -> None:
    said = command("generate", "x" * 300 + ".mp4")
    assert said.code == 1
    assert "File name too long" in said.error


def test_help_and_wrong_calls_load_no_framework() -> None:
    code = (
        "import sys; from silentfoley.cli.main import main\n"
        "codes = [main([c, '--help']) for c in ('generate', 'cues', 'stage', 'bank', 'info')]\n"
        "codes += [main(['generate', 'nowhere.mp4']), main(['generate', '--sing'])]\n"
        "heavy = {'torch', 'scipy', 'cv2', 'matplotlib', 'pytorch_lightning', 'hydra'} & set(sys.modules)\n"
        "sys.exit(repr((codes, heavy)) if heavy or codes != [0] * 5 + [1, 2] else 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_help_is_fast() -> None:
    """Processor time, best of three: other work on the machine does not count."""
    code = (
        "import subprocess, resource\n"
        f"subprocess.run({[*RUN, 'generate', '--help']!r}, stdout=subprocess.DEVNULL, check=True)\n"
        "used = resource.getrusage(resource.RUSAGE_CHILDREN)\n"
        "print(used.ru_utime + used.ru_stime)"
    )
    seconds = [float(subprocess.check_output([sys.executable, "-c", code], text=True)) for _ in range(3)]
    assert min(seconds) < 0.5


def test_closed_pipe_is_no_error() -> None:
    head = subprocess.Popen([*RUN, "--help"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert head.stdout is not None
    head.stdout.close()
    _, err = head.communicate(timeout=60)
    assert (head.returncode, err) == (0, b"")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.mark.parametrize("stream", [io.StringIO, Terminal])
def test_bar_shows_after_a_while_and_on_terminals_only(
    stream: type[io.StringIO], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(console, "PATIENCE_S", 0.1)
    short, long = stream(), stream()
    monkeypatch.setattr(sys, "stderr", short)
    with bar("short"):
        pass
    monkeypatch.setattr(sys, "stderr", long)
    with bar("long", 3) as progress:
        progress.step("first")
        deadline = time.monotonic() + 20
        while stream is Terminal and "first" not in long.getvalue() and time.monotonic() < deadline:
            time.sleep(0.05)
        progress.move_to(2, 3, "second [odd name")
    assert short.getvalue() == ""
    assert ("first" in long.getvalue()) == (stream is Terminal)


def test_main_reads_the_command_line(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["silentfoley", "--version"])
    assert main() == 0
    assert __version__ in capsys.readouterr().out


@pytest.mark.parametrize("words", [("train", "data=tiny"), ("evaluate", "RUN"), ("export", "RUN", "-o", "MODEL")])
def test_a_missing_extra_is_told_with_what_installs_it(
    command: Command, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, words: tuple[str, ...]
) -> None:
    (tmp_path / "RUN" / "checkpoints").mkdir(parents=True)
    for name in ("config.yaml", "record.json", "metrics.json", "checkpoints/best.ckpt"):
        (tmp_path / "RUN" / name).write_text("{}")
    monkeypatch.chdir(tmp_path)
    for module in ("entry", "evaluate", "export"):
        # None stands for a package that is not there.
        monkeypatch.setitem(sys.modules, f"silentfoley.training.{module}", None)
    done = command(*words)
    assert done.code == 1
    assert done.err.startswith(f"error: silentfoley {words[0]}: needs ")
    assert done.err.endswith('pip install "silentfoley[train]", or in a checkout: pip install ".[train]"\n')
