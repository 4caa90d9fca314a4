from __future__ import annotations

import json
import shutil
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
import soundfile
from support.clips import SHEET
from support.command import Command, listing

from silentfoley.cue_formats import read_cues, write_cues
from silentfoley.media.audio import read_audio
from silentfoley.media.encode import write_video
from silentfoley.media.mux import mux
from silentfoley.media.video import probe, read_frames
from silentfoley.waveform import Waveform


def test_one_file_says_one_line(command: Command, video: Path) -> None:
    said = command.generate(video, "--label", "footsteps")
    target = video.with_name("clip_foley.mp4")
    assert said.code == 0
    assert said.out.startswith(f"{target}: ")
    assert said.out.endswith(" s\n")
    assert said.out.count("\n") == 1
    assert said.err == ""
    assert probe(target).n_frames == probe(video).n_frames
    assert read_audio(target).duration_s == pytest.approx(2.0, abs=1e-3)


def test_without_a_label_the_guess_is_named_on_stderr(command: Command, video: Path) -> None:
    said = command.generate(video)
    assert said.code == 0
    assert "top three" in said.err
    assert said.err.startswith("clip.mp4: ")


def test_json_is_alone_on_stdout(command: Command, video: Path) -> None:
    said = command.generate(video, "--json", "--seed", 7)
    result = json.loads(said.out)
    assert said.err == ""
    assert result["output"] == str(video.with_name("clip_foley.mp4"))
    assert (result["duration_s"], result["seed"]) == (2.0, 7)
    assert len(result["top"]) == 3
    assert result["notes"]


def test_seed_repeats_and_differs(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    takes = []
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        assert command.generate(video, "--cues", sheet, "-o", tmp_path / f"{name}.wav", "--seed", seed).code == 0
        takes.append((tmp_path / f"{name}.wav").read_bytes())
    assert takes[0] == takes[1] != takes[2]


@pytest.mark.parametrize("suffix", [".json", ".csv", ".txt", ".mid"])
def test_sheet_in_every_format_is_performed_and_written(
    command: Command, video: Path, tmp_path: Path, suffix: str
) -> None:
    given, kept = tmp_path / f"in{suffix}", tmp_path / f"kept{suffix}"
    write_cues(SHEET, given)
    said = command.generate(video, "--cues", given, "--save-cues", kept, "-o", tmp_path / "o.wav")
    assert said.code == 0
    assert said.out.startswith(f"{tmp_path / 'o.wav'}: 2 cues (breaking, footsteps), ")
    assert said.err == ""
    np.testing.assert_allclose(read_cues(kept).starts_s(), SHEET.starts_s(), atol=1e-4)
    samples = read_audio(tmp_path / "o.wav").mono()
    assert np.abs(samples[: round(0.48 * 44_100)]).max() < 1e-3, "nothing sounds before the first cue"
    assert np.abs(samples[round(0.49 * 44_100) : round(0.7 * 44_100)]).max() > 1e-2


def test_a_sheet_alone_becomes_a_sound_of_its_length(command: Command, sheet: Path, tmp_path: Path) -> None:
    before = set(listing(tmp_path))
    said = command.generate("--cues", sheet, "-o", tmp_path / "alone.wav", "--seed", 3)
    assert said.code == 0
    assert said.out.startswith(f"{tmp_path / 'alone.wav'}: 2 cues (breaking, footsteps), ")
    assert set(listing(tmp_path)) - before == {"alone.wav"}, "no clip is drawn for it"
    sound = read_audio(tmp_path / "alone.wav")
    assert sound.n_samples == round(SHEET.duration_s * sound.sample_rate_hz)
    assert np.abs(sound.samples).max() > 1e-2
    refused = command.generate("--cues", sheet, "-o", tmp_path / "other.wav", "--pan-from-motion")
    assert refused.code == 2
    assert "has no video to look at" in refused.err
    for words in ((), ("-o", tmp_path / "alone.mp4")):
        refused = command.generate("--cues", sheet, *words)
        assert refused.code == 2
        assert "--cues: has no video to go with" in refused.err
    assert set(listing(tmp_path)) - before == {"alone.wav"}, "nor a demo of something else"


def test_sounds_without_a_video(command: Command, sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for words, target in (((), sheet.with_suffix(".wav")), (("-o", "dd"), "dd/sheet.wav"), (("-o", "x.wav"), "x.wav")):
        said = command.generate("--cues", sheet, "--wav", *words)
        assert (said.code, said.out.split(": ")[0]) == (0, str(target))
    assert "sheet.wav: exists" in command.generate("--cues", sheet, "--wav").error
    said = command.generate("--cues", sheet, "--wav", "-o", "out.v2/")
    assert said.out.startswith("out.v2/sheet.wav: ")
    for words in (("--cues", sheet, "-o", "x.mp4"), ("--cues", tmp_path)):
        refused = command.generate("--wav", *words)
        assert (refused.code, "--cues: has no video to go with" in refused.error) == (2, True)
    for _ in range(2):
        said = command.generate("--wav", "-o", "demo")
        assert (said.code, said.out.split(": ")[0]) == (0, "demo/silentfoley_demo.wav")
    assert command.generate("-o", "demo.mp4/", "--wav").out.startswith("demo.mp4/silentfoley_demo.wav: ")
    assert sorted(listing(tmp_path / "demo")) == ["silentfoley_demo.wav", "silentfoley_demo_silent.mp4"]


def test_help_says_what_is_written_and_cut(command: Command) -> None:
    said = " ".join(command("generate", "--help").out.split())
    assert "a NAME.wav each (without -o NAME_foley.wav)" in said
    assert "a texture that goes on into the clip is cut at the start" in said


def test_wav_of_48_khz_and_24_bits(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    words = ("--cues", sheet, "-o", tmp_path / "o.wav", "--rate", 48_000, "--bits", 24)
    assert command.generate(video, *words).code == 0
    info = soundfile.info(tmp_path / "o.wav")
    assert (info.samplerate, info.subtype, info.frames) == (48_000, "PCM_24", 96_000)


def test_stems_and_plot(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    plot, stems = tmp_path / "pictures" / "p.png", tmp_path / "deep" / "stems"
    said = command.generate(video, "--cues", sheet, "-o", tmp_path / "o.wav", "--stems", stems, "--plot", plot)
    assert said.code == 0
    assert sorted(p.name for p in stems.iterdir()) == ["breaking.wav", "footsteps.wav"]
    assert plot.read_bytes().startswith(b"\x89PNG")
    mix = read_audio(tmp_path / "o.wav").samples
    np.testing.assert_allclose(sum(read_audio(p).samples for p in stems.iterdir()), mix, atol=2e-4)


def test_stems_of_a_run_before_labels_were_edited(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    words = (video, "--cues", sheet, "-o", tmp_path / "o.wav", "--stems", tmp_path / "stems")
    assert command.generate(*words).err == ""
    (tmp_path / "o.wav").unlink()
    before = listing(tmp_path)
    refused = command.generate(*words).error
    assert refused == f"{tmp_path}/stems/breaking.wav: exists; pass --overwrite or name another folder with --stems"
    assert listing(tmp_path) == before
    sheet.write_text(sheet.read_text().replace("breaking", "cutting"))
    said = command.generate(*words, "--overwrite")
    assert said.err == f"clip.mp4: {tmp_path / 'stems'} also holds breaking.wav: no part of this mix\n"
    assert sorted(p.name for p in (tmp_path / "stems").iterdir()) == ["breaking.wav", "cutting.wav", "footsteps.wav"]


def test_stems_beside_the_mix(
    command: Command, video: Path, sheet: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    words = (video, "--cues", sheet, "--stems", ".", "-o")
    before = listing(tmp_path)
    for name, options in (("breaking.wav", ()), (tmp_path / "breaking.wav", ("--overwrite",))):
        said = command.generate(*words, name, *options)
        assert said.code == 1
        assert said.error.startswith("breaking.wav: would hold two outputs; name another folder with --stems")
        assert listing(tmp_path) == before, "no stem is lost"
    for name in ("out.wav", tmp_path / "again.wav"):
        said = command.generate(*words, name, "--overwrite")
        assert (said.code, "again.wav" in said.err) == (0, False), "the mix is no stray"
    assert said.err == "clip.mp4: . also holds out.wav: no part of this mix\n", "that of another run is"


def test_overwrite(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    target = tmp_path / "o.mp4"
    target.write_bytes(b"precious")
    said = command.generate(video, "--cues", sheet, "-o", target)
    assert (said.code, target.read_bytes()) == (1, b"precious")
    assert said.error == f"{target}: exists; pass --overwrite or name another output"
    assert command.generate(video, "--cues", sheet, "-o", target, "--overwrite").code == 0
    assert probe(target).has_audio


def test_side_outputs_are_not_replaced_unasked(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)
    kept = tmp_path / "kept.csv"
    kept.write_bytes(before["sheet.csv"] or b"")
    before = listing(tmp_path)
    said = command.generate(video, "--cues", sheet, "--save-cues", kept)
    assert said.code == 1
    assert said.error.startswith(f"{kept}: exists")
    assert listing(tmp_path) == before


def test_video_with_sound_is_replaced_or_mixed_under(command: Command, clip: Path, sheet: Path, tmp_path: Path) -> None:
    hum = 0.25 * np.sin(2 * np.pi * 440 * np.arange(88_200) / 44_100)[None]
    loud = tmp_path / "loud.mp4"
    mux(clip, Waveform(hum.astype(np.float32), 44_100), loud)
    assert command.generate(loud, "--cues", sheet, "-o", tmp_path / "new.mp4").code == 0
    assert command.generate(loud, "--cues", sheet, "-o", tmp_path / "both.mp4", "--keep-original", -12).code == 0
    early = slice(round(0.1 * 44_100), round(0.4 * 44_100))  # before the first cue
    level = {n: float(np.sqrt((read_audio(tmp_path / n).mono()[early] ** 2).mean())) for n in ("new.mp4", "both.mp4")}
    assert level["new.mp4"] < 1e-3
    assert level["both.mp4"] == pytest.approx(0.25 / np.sqrt(2) * 10 ** (-12 / 20), rel=0.05)


def test_unicode_and_spaces(command: Command, clip: Path, sheet: Path, tmp_path: Path) -> None:
    folder = tmp_path / "Töne und Bilder 音"
    folder.mkdir()
    video = Path(shutil.copy(clip, folder / "ein Clip ø.mp4"))
    said = command.generate(video, "--cues", sheet, "--save-cues", folder / "Blätter" / "c.csv")
    assert said.code == 0
    assert probe(folder / "ein Clip ø_foley.mp4").has_audio
    assert (folder / "Blätter" / "c.csv").is_file()


def test_without_a_file_a_clip_is_made(command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    said = command.generate("--save-cues", "cues.csv")
    assert said.code == 0
    assert said.err.startswith("no input given: drew a silent clip of ")
    assert said.out.startswith("silentfoley_demo.mp4: ")
    silent, sounding = probe("silentfoley_demo_silent.mp4"), probe("silentfoley_demo.mp4")
    assert not silent.has_audio
    assert sounding.has_audio
    assert sounding.n_frames == silent.n_frames
    assert read_frames(sounding).frames.std() > 5, "there is something to see"
    # Again is fine, but the sheet may hold a person's edits.
    assert command.generate("-o", ".").code == 0
    said = command.generate("--save-cues", "cues.csv")
    assert said.code == 1
    assert said.error.startswith("cues.csv: exists")
    assert command.generate("-o", "elsewhere/own.mp4").code == 0
    assert sorted(p.name for p in Path("elsewhere").iterdir()) == ["own.mp4", "silentfoley_demo_silent.mp4"]


def test_one_frame_works(command: Command, tmp_path: Path) -> None:
    write_video(tmp_path / "one.mp4", np.full((1, 48, 64, 3), 90, dtype=np.uint8), 25)
    said = command.generate(tmp_path / "one.mp4")
    assert said.code == 0
    assert probe(tmp_path / "one_foley.mp4").n_frames == 1
    assert read_audio(tmp_path / "one_foley.mp4").duration_s == pytest.approx(0.04, abs=1e-3)


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory) -> Path:
    from silentfoley.bank.build import build_bank
    from silentfoley.media.wav import write_wav

    folder = tmp_path_factory.mktemp("bank")
    for i, ground in enumerate(("gravel", "wood")):
        (folder / "in" / "footsteps" / ground).mkdir(parents=True)
        noise = np.random.default_rng(i).standard_normal(8000) * np.exp(-np.arange(8000) / 900) * (0.1 + 0.1 * i)
        write_wav(folder / "in" / "footsteps" / ground / "step.wav", Waveform(noise[None].astype(np.float32), 44_100))
    return build_bank([folder / "in"], folder / "bank").folder


def test_takes_of_a_bank_are_performed(command: Command, video: Path, sheet: Path, bank: Path, tmp_path: Path) -> None:
    made = {}
    for name, options in {
        "model": (),
        "gravel": ("--bank", bank, "--variant", "gravel"),
        "wood": ("--bank", bank, "--variant", "wood"),
    }.items():
        said = command.generate(video, "--cues", sheet, "-o", tmp_path / f"{name}.wav", *options)
        assert said.code == 0
        told = "clip.mp4: no takes of breaking in the bank: made by the model (it has footsteps; edit the sheet)\n"
        note = "" if name == "model" else told
        assert said.err == note
        made[name] = (tmp_path / f"{name}.wav").read_bytes()
    assert len(set(made.values())) == 3


def test_what_a_bank_cannot_do_is_said(command: Command, video: Path, bank: Path, tmp_path: Path, sheet: Path) -> None:
    before = listing(tmp_path)
    words = (video, "--cues", sheet, "-o", tmp_path / "o.wav")
    said = command.generate(*words, "--bank", bank, "--variant", "snow")
    assert "variant 'snow' of breaking, footsteps: is unknown here; use one of: " in said.error
    assert said.error.endswith("gravel, wood (footsteps), or a bank of your own that has takes of it (--bank)")
    assert "use one of" in command.generate(*words, "--bank", bank, "--variant", "marshmallow").error
    assert "build one with: silentfoley bank build" in command.generate(*words, "--bank", tmp_path / "none").error
    assert listing(tmp_path) == before


def test_a_room_is_heard_and_an_unknown_one_refused(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    before = listing(tmp_path)
    said = command.generate(video, "--cues", sheet, "-o", tmp_path / "o.wav", "--room", "cave")
    assert said.code == 1
    assert said.error.startswith("room 'cave': is unknown; use one of booth, bathroom, living_room")
    assert listing(tmp_path) == before
    for name, words in (("open", ()), ("booth", ("--room", "booth"))):
        assert command.generate(video, "--cues", sheet, "-o", tmp_path / f"{name}.wav", *words).code == 0
    dry, wet = (read_audio(tmp_path / f"{name}.wav") for name in ("open", "booth"))
    assert (dry.n_channels, wet.n_channels) == (1, 2)
    assert dry.n_samples == wet.n_samples
    assert np.abs(wet.samples - dry.samples).max() > 0.01


def test_loudness_is_mastered(command: Command, video: Path, sheet: Path, tmp_path: Path) -> None:
    from silentfoley.inference.mastering import loudness_lufs

    words = ("--cues", sheet, "--stems", tmp_path / "stems", "--lufs", "-30")
    assert command.generate(video, *words, "-o", tmp_path / "o.wav").code == 0
    mix = read_audio(tmp_path / "o.wav")
    assert loudness_lufs(mix) == pytest.approx(-30, abs=0.1)
    stems = [read_audio(p).samples for p in (tmp_path / "stems").iterdir()]
    np.testing.assert_allclose(sum(stems), mix.samples, atol=2e-4)
    said = command.generate(video, "--cues", sheet, "-o", tmp_path / "p.wav", "--lufs", "3")
    assert said.code == 2
    assert "3 is no loudness to master to: it goes from -60 to -5 LUFS" in said.err


def test_pan_is_written_into_the_sheet(command: Command, sheet: Path, tmp_path: Path) -> None:
    frames = np.full((50, 90, 160, 3), 90, dtype=np.uint8)
    for i, frame in enumerate(frames):
        frame[(y := min((i % 18) * 5, 60)) : y + 18, 10:32] = 220
    write_video(tmp_path / "left.mp4", frames, Fraction(25))
    for name, words in (("moved", ("--pan-from-motion",)), ("middle", ("--no-pan-from-motion",))):
        out = ("-o", tmp_path / f"{name}.wav", "--save-cues", tmp_path / f"{name}.json")
        assert command.generate(tmp_path / "left.mp4", "--cues", sheet, *out, *words).code == 0
    assert all(cue.pan < -0.2 for cue in read_cues(tmp_path / "moved.json"))
    assert [cue.pan for cue in read_cues(tmp_path / "middle.json")] == [0, 0]
    assert [read_audio(tmp_path / f"{n}.wav").n_channels for n in ("moved", "middle")] == [2, 1]
