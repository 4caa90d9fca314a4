"""What the arguments alone tell to be wrong is refused before any framework is loaded."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from support.command import Command, listing

from silentfoley.files import fingerprint
from silentfoley.media.wav import write_wav
from silentfoley.model_folder import read_config
from silentfoley.waveform import Waveform

#: What takes a second or more to load.
HEAVY = {"torch", "pytorch_lightning", "timm", "scipy.signal", "hydra", "wandb", "matplotlib"}


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Steps on a ground, and ticks of a material, that nobody but the bank has a word for."""
    from silentfoley.bank.build import build_bank

    folder = tmp_path_factory.mktemp("bank")
    for i, name in enumerate(("footsteps/marzipan", "horse/marzipan")):
        (folder / "in" / name).mkdir(parents=True)
        noise = np.random.default_rng(i).standard_normal(8000) * np.exp(-np.arange(8000) / 900) * 0.2
        write_wav(folder / "in" / name / "hit.wav", Waveform(noise[None].astype(np.float32), 44_100))
    return build_bank([folder / "in"], folder / "bank").folder


def rewritten(model: Path, folder: Path, **changes: object) -> Path:
    """A copy of a model folder with another ``config.json``, which is whole; None takes a key out."""
    shutil.copytree(model, folder)
    config = {**read_config(model), **changes}
    config = {key: value for key, value in config.items() if value is not None}
    (folder / "config.json").write_text(json.dumps({**config, "digest": fingerprint(config)}))
    return folder


def test_nothing_heavy_is_loaded_for_a_refusal(clip: Path, model: Path, bank: Path, tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "sheet.csv").write_text("start_s,label\n0.5,clock\n")
    unfinished = tmp_path / "unfinished"
    unfinished.mkdir()
    (unfinished / "config.yaml").write_text("{}")
    export = ("export", "-o", tmp_path / "exported")
    sheets = tmp_path / "sheets"
    sheets.mkdir()
    shutil.copy(tmp_path / "sheet.csv", sheets / f"{clip.stem}.csv")
    generate = ("generate", clip, "-o", tmp_path / "o.wav")
    one = ("--cues", tmp_path / "sheet.csv", "--model", model)
    gait = ("cues", "--gait", "trot", "--duration", 3)
    calls = [
        ((*generate, "--label", "footstep"), "did you mean 'footsteps'? use one of: breaking, car"),
        ((*generate, "--label", "footstep", "--model", model), "label 'footstep': unknown sound class"),
        ((*generate, "--label", "footstep", "--bank", bank), "label 'footstep': unknown sound class"),
        (("generate", clip.parent, "-o", tmp_path / "many", "--label", "nope"), "label 'nope': unknown sound class"),
        ((*generate, "--label", "horse", "--variant", "gravle"), "of horse: is unknown here; did you mean 'gravel'?"),
        ((*generate, "--variant", "gravle"), "no class here knows it; did you mean 'gravel'? name the class"),
        ((*generate, "--variant", "qqq"), "no class here knows it; leave it out, or name the class"),
        ((*generate, *one, "--variant", "grandfahter"), "/sheet.csv: variant 'grandfahter' of clock: is unknown here;"),
        ((*generate, *one, "--variant", "grandfahter"), "did you mean 'grandfather'? use one of: alarm, grandf"),
        (
            (*generate, *one, "--shift", 1, "--variant", "qqq"),
            "/sheet.csv shifted by 1 s: variant 'qqq' of clock: is unknown",
        ),
        (
            (*generate, "--cues", sheets, "--variant", "qqq"),
            "error: variant 'qqq': no class here knows it; leave it out\n",
        ),
        ((*generate, "--cues", sheets, "--variant", "gravle"), "no class here knows it; did you mean 'gravel'?\n"),
        ((*generate, "--variant", "marzpian", "--bank", bank), "did you mean 'marzipan'?"),
        ((*generate, "--room", "hal"), "room 'hal': is unknown; did you mean 'hall'? use one of booth"),
        ((*generate, "--bank", tmp_path / "empty"), "empty: is no bank"),
        ((*generate, "--bank", tmp_path / "nowhere"), "nowhere: is no bank"),
        ((*generate, "--model", tmp_path / "empty"), "empty: is not a model folder"),
        ((*generate, "--model", tmp_path / "nowhere"), "nowhere: is not a model folder"),
        (("cues", clip, "--label", "footstep"), "label 'footstep': unknown sound class; did you mean 'footsteps'?"),
        (("cues", clip, clip.parent, "--label", "footstep"), "label 'footstep': unknown sound class"),
        (("cues", clip, "--model", tmp_path / "nowhere"), "nowhere: is not a model folder"),
        (("cues", "--gait", "galop", "--duration", 3), "gait 'galop': is unknown; did you mean 'gallop'? use one of"),
        (
            (*gait, "--variant", "gravle"),
            "hoof beats: variant 'gravle' of horse is unknown here; did you mean 'gravel'?",
        ),
        ((*gait, "--bank", tmp_path / "empty"), "empty: is no bank"),
        ((*gait, "--variant", "gravel", "--model", tmp_path / "empty"), "empty: is not a model folder"),
        (("evaluate", tmp_path / "nowhere"), "nowhere: is no folder; pass a folder that silentfoley train made"),
        (("evaluate", tmp_path / "empty"), "empty: has no config.yaml; pass a folder that silentfoley train made"),
        (("evaluate", unfinished), f"add paths.run={unfinished} resume=true"),
        ((*export, tmp_path / "nowhere"), "nowhere: is no folder"),
        ((*export, unfinished), "unfinished: has no checkpoints/best.ckpt, the run is unfinished; continue it: repeat"),
        (("export", unfinished, "-o", tmp_path / "empty"), "empty: exists; pass --overwrite or choose another folder"),
    ]
    before = listing(tmp_path)
    code = (
        "import json, sys\n"
        "from silentfoley.cli.main import main\n"
        "codes = [main(words) for words in json.loads(sys.argv[1])]\n"
        "print(json.dumps([codes, sorted(sys.modules)]))"
    )
    words = json.dumps([[str(word) for word in call] for call, _ in calls])
    done = subprocess.run([sys.executable, "-c", code, words], capture_output=True, text=True, check=True)
    codes, loaded = json.loads(done.stdout)
    said = done.stderr.splitlines(keepends=True)
    assert codes == [1] * len(calls)
    assert len(said) == len(calls), "one line each"
    for (_, expected), line in zip(calls, said, strict=True):
        assert line.startswith("error: ")
        assert expected in line
    assert not HEAVY & set(loaded)
    assert listing(tmp_path) == before


def test_what_only_the_model_can_tell_is_refused_by_it(
    command: Command, clip: Path, model: Path, tmp_path: Path
) -> None:
    old = rewritten(model, tmp_path / "old", performs=None)
    said = command("generate", clip, "-o", tmp_path / "o.wav", "--label", "footstep", "--model", old)
    assert said.error == command.generate(clip, "-o", tmp_path / "o.wav", "--label", "footstep").error
    words = ("generate", clip, "-o", tmp_path / "o.wav", "--label", "footsteps", "--variant", "gravle")
    assert command(*words, "--model", old).error == command.generate(*words[1:]).error


def test_what_is_asked_of_no_cues_is_not_refused(command: Command, clip: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "empty.csv"
    sheet.write_text("start_s,label\n")
    assert command.generate(clip, "--cues", sheet, "--variant", "qqq", "-o", tmp_path / "o.wav").code == 0


def test_an_unknown_variant_is_told_of_the_sheet_early_and_late(
    command: Command, clip: Path, model: Path, tmp_path: Path
) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("start_s,label\n0.5,clock\n")
    words = ("generate", clip, "--cues", sheet, "--variant", "qqq", "-o", tmp_path / "o.wav", "--model")
    early, late = command(*words, model), command(*words, rewritten(model, tmp_path / "old", performs=None))
    assert early.error.startswith(f"{sheet}: variant 'qqq' of clock: is unknown here; use one of: alarm")
    assert early == late


def test_a_word_that_was_learned_since_is_asked_of_the_model(command: Command, model: Path, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.csv"
    sheet.write_text("start_s,label\n0.5,clock\n")
    performs = {**read_config(model)["performs"], "clock": ["tick"]}
    before = rewritten(model, tmp_path / "before", performs=performs, vocabulary="0" * 32)
    words = ("generate", "--cues", sheet, "-o", tmp_path / "o.wav", "--variant", "grandfather", "--model", before)
    assert command(*words).code == 0


def test_what_a_model_adds_is_believed(command: Command, clip: Path, model: Path, tmp_path: Path) -> None:
    performs = {**read_config(model)["performs"], "horse": ["marzipan"], "zither": []}
    mine = rewritten(model, tmp_path / "mine", performs=performs)
    said = command("cues", "--gait", "trot", "--duration", 3, "--variant", "marzipan", "--model", mine, "--json")
    assert {cue["variant"] for cue in json.loads(said.out)["cues"]} == {"marzipan"}
    assert "zither" in command("generate", clip, "--label", "nope", "--model", mine).error


def test_hoof_beats_on_no_ground_need_no_model(command: Command, bank: Path, tmp_path: Path) -> None:
    gait = ("cues", "--gait", "walk", "--duration", 2, "--json")
    said = command(*gait, "--model", tmp_path / "none")
    assert (said.code, said.err, len(json.loads(said.out)["cues"]) > 4) == (0, "", True)
    assert command(*gait, "--bank", bank, "--model", tmp_path / "none").out == said.out
    assert "none: is not a model folder" in command(*gait, "--variant", "grass", "--model", tmp_path / "none").error
    assert "none: is no bank" in command(*gait, "--bank", tmp_path / "none").error


def test_what_a_bank_adds_is_accepted(command: Command, clip: Path, model: Path, bank: Path, tmp_path: Path) -> None:
    words = (clip, "--label", "footsteps", "--variant", "marzipan", "-o", tmp_path / "o.wav")
    assert "use one of: asphalt" in command.generate(*words).error
    assert command.generate(*words, "--bank", bank).code == 0
    gait = ("cues", "--gait", "walk", "--duration", 3, "--variant", "marzipan", "-o", tmp_path / "walk.csv")
    assert "hoof beats: variant 'marzipan' of horse is unknown here; use one of: asphalt" in command(*gait).error
    assert command(*gait, "--bank", bank).code == 0
    out = ("-o", tmp_path / "walk.wav")
    assert command.generate("--cues", tmp_path / "walk.csv", "--bank", bank, *out).code == 0
    said = command("cues", clip, "--bank", bank)
    assert (said.code, "--bank: concerns hoof beats alone" in said.error) == (2, True)
