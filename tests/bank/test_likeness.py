"""Copies are found whatever was done to them; sounds that are only alike are not."""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
import pytest
import soundfile
from scipy.signal import resample_poly

from silentfoley.bank.build import build_bank
from silentfoley.bank.likeness import ALIKE, BANDS, Comparison, fingerprint, near_duplicates, wave_likeness
from silentfoley.bank.take import Take
from silentfoley.media.audio import write_wav
from silentfoley.stage import synth
from silentfoley.stage.synth_parts import Voice
from silentfoley.waveform import Waveform

RATE = 44_100


def stroke(seed: int, keyboard: int = 0) -> np.ndarray:
    """A stroke of a key: the same keyboard is the same voice."""
    voice = Voice.draw(np.random.default_rng(keyboard), RATE)
    return synth.hit("typing", 0.8, np.random.default_rng(seed), RATE, voice=voice)


def rain(seed: int, seconds: float = 4.0) -> np.ndarray:
    n = round(seconds * RATE)
    return synth.texture("rain", [1.0, 1.0], n, np.random.default_rng(seed), RATE)


def encoded(samples: np.ndarray, rate: int = RATE) -> np.ndarray:
    """Vorbis and back."""
    file = io.BytesIO()
    soundfile.write(file, samples, rate, format="OGG", subtype="VORBIS")
    file.seek(0)
    return soundfile.read(file, dtype="float32")[0]


def alike(one: np.ndarray, two: np.ndarray, kind: str, rates: tuple[int, int] = (RATE, RATE)) -> float:
    prints = [fingerprint(x.astype(np.float32), rate, kind) for x, rate in zip((one, two), rates, strict=True)]
    return float(Comparison(prints, kind).likeness(0, [1])[0])


@pytest.mark.parametrize(("kind", "sound"), [("hit", stroke(1)), ("texture", rain(1))])
def test_copies_are_alike(kind, sound):
    shift = 90 if kind == "hit" else 30_000
    copies = {
        "the same": (sound, RATE),
        "encoded, softer": (0.2 * encoded(sound), RATE),
        "resampled": (resample_poly(sound, 160, 441), 16_000),
        "shifted and encoded": (encoded(np.concatenate([np.zeros(777), sound[shift:]])), RATE),
        "cut short": (sound[: round(0.75 * len(sound))], RATE),
        "polarity turned": (-sound, RATE),
    }
    for name, (copy, rate) in copies.items():
        assert alike(sound, copy, kind, (RATE, rate)) > ALIKE, name
    assert alike(sound, sound, kind) == pytest.approx(1)


def test_other_sounds_are_not():
    keys = [alike(stroke(i), stroke(i + 1), "hit") for i in range(12)]
    assert max(keys) < ALIKE, "two strokes on one keyboard"
    assert alike(rain(1), rain(2), "texture") < 0.3
    assert wave_likeness(stroke(1), -np.pad(stroke(1), 50)) > 0.99
    assert wave_likeness(rain(1), rain(2)) < 0.2


def test_silence_is_like_nothing():
    nothing = np.zeros(9000, dtype=np.float32)
    assert fingerprint(nothing, RATE, "hit").shape[1] == BANDS
    assert alike(nothing, nothing, "hit") == 0
    assert alike(nothing, stroke(0), "hit") == 0


def take(name: str, recording: str, label: str = "typing", kind: str = "hit") -> Take:
    fields = dict.fromkeys(Take.__dataclass_fields__, "")
    return replace(Take(**fields), id=name, recording=recording, label=label, kind=kind)  # type: ignore[arg-type]


def test_only_pairs_of_different_recordings_are_named():
    sounds = {"a": stroke(1), "b": encoded(stroke(1)), "c": stroke(2), "d": 0.5 * stroke(1)}
    takes = [take("a", "one"), take("b", "two"), take("c", "three"), take("d", "one")]
    prints = [fingerprint(sounds[t.id], RATE, "hit") for t in takes]
    steps = []
    found = near_duplicates(takes, prints, lambda t: sounds[t.id], lambda i, n: steps.append((i, n)))
    assert [(f.a, f.b) for f in found] == [("a", "b"), ("b", "d")]
    assert steps == [(1, 4), (2, 4), (3, 4), (4, 4)]


def test_a_build_keeps_near_duplicates_in_one_split(tmp_path):
    folder = tmp_path / "in" / "typing"
    folder.mkdir(parents=True)
    for i, name in enumerate(("anvil", "birch", "cedar", "dune", "elm", "fern")):
        silence = np.zeros(2000, dtype=np.float32)
        write_wav(folder / f"{name}.wav", Waveform(np.concatenate([silence, stroke(i, i)])[None], RATE))
    copy = np.concatenate([np.zeros(5000), 0.3 * encoded(stroke(2, 2)), np.zeros(4000)]).astype(np.float32)
    write_wav(folder / "zebra.wav", Waveform(copy[None], RATE))
    bank = build_bank([tmp_path / "in"], tmp_path / "bank")
    by_file = {t.origin.rpartition("/")[2].removesuffix(".wav"): t for t in bank.all_takes}
    assert by_file["zebra"].recording == by_file["cedar"].recording
    assert len({t.recording for t in bank.all_takes}) == 6
    (pair,) = bank.report["near_duplicates"]
    assert {pair["a"], pair["b"]} == {by_file["zebra"].id, by_file["cedar"].id}
    assert pair["likeness"] > ALIKE
    assert "almost the same sound" in (bank.folder / "REPORT.md").read_text(encoding="utf-8")
