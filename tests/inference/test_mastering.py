"""Loudness by the standard's own tones, and what mastering makes of a sound."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from silentfoley import Foley
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import SilentFoleyError
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.inference.mastering import loudness_lufs, mastered, mastering
from silentfoley.inference.performance import Performance
from silentfoley.inference.track import FoleyTrack
from silentfoley.media.audio import read_audio
from silentfoley.signal.limiting import true_peak_db
from silentfoley.waveform import Waveform

SHEET = CueSheet((Cue(0.1, "footsteps"), Cue(0.5, "rain", duration_s=0.8), Cue(1.1, "impact", pan=-0.4)), 1.6)


def sine(amplitude: float, seconds: float = 3.0, rate: int = 48_000, channels: int = 1) -> Waveform:
    """997 Hz in the first of so many channels."""
    samples = np.zeros((channels, round(seconds * rate)), dtype=np.float32)
    samples[0] = amplitude * np.sin(2 * np.pi * 997 * np.arange(samples.shape[1]) / rate)
    return Waveform(samples, rate)


@pytest.mark.parametrize("rate", [44_100, 48_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_the_reference_tone_of_bs_1770(rate: int, channels: int) -> None:
    assert loudness_lufs(sine(1.0, rate=rate, channels=channels)) == pytest.approx(-3.01, abs=0.05)
    assert loudness_lufs(sine(0.1, rate=rate, channels=channels)) == pytest.approx(-23.01, abs=0.05)


def test_pauses_do_not_count() -> None:
    tone = sine(0.1).samples
    spaced = Waveform(np.concatenate([tone, np.zeros_like(tone), tone], axis=1), 48_000)
    # Blocks half in a pause do; without any gate it would be 1.8 dB less.
    assert loudness_lufs(spaced) == pytest.approx(-23.01, abs=0.4)


@pytest.mark.parametrize("lufs", [-16.0, -23.0, -31.5])
def test_there_and_back(lufs: float) -> None:
    made = mastered(sine(0.3), lufs)
    assert loudness_lufs(made) == pytest.approx(lufs, abs=0.05)
    np.testing.assert_allclose(mastered(made, lufs).samples, made.samples, atol=2e-3)
    back = mastered(made, loudness_lufs(sine(0.3)))
    np.testing.assert_allclose(back.samples, sine(0.3).samples, atol=2e-3)


@pytest.mark.parametrize("seconds", [0.01, 0.2, 0.3999, 0.4, 0.41])
def test_a_short_sound_is_one_block(seconds: float) -> None:
    made = mastering(sine(0.3, seconds), -23.0)
    assert made.lufs == pytest.approx(-23, abs=0.3)
    assert made.remark == ""
    assert len(made.gain) == round(seconds * 48_000)


@pytest.mark.parametrize("samples", [np.zeros((1, 48_000)), np.zeros((2, 100)), np.zeros((1, 0)), np.full((1, 1), 0.5)])
def test_silence_stays(samples: np.ndarray) -> None:
    made = mastering(Waveform(samples, 48_000))
    assert made.lufs == -np.inf
    assert made.remark == "silence cannot be mastered: left as it is"
    assert (made.gain == 1).all()


def test_what_is_all_but_silent_is_silence() -> None:
    assert mastering(sine(1e-4)).lufs == -np.inf


def test_peaks_are_held_and_what_is_not_reached_is_said() -> None:
    rng = np.random.default_rng(0)
    spiky = 0.001 * rng.normal(size=(1, 96_000))
    spiky[0, ::9600] = 0.9
    made = mastering(Waveform(spiky, 48_000), -16.0)
    assert made.lufs < -17
    assert made.remark == f"mastered to {made.lufs:.1f} LUFS, not -16: its peaks are held at -1 dBTP"
    peak = float(true_peak_db(mastered(Waveform(spiky, 48_000), -16.0).samples).max())
    assert -1.5 < peak <= -0.98


@pytest.mark.parametrize("lufs", [-61.0, -4.9, 0.0, float("nan")])
def test_a_loudness_out_of_range_is_refused(lufs: float) -> None:
    with pytest.raises(SilentFoleyError, match=r"lufs: .* is out of range; use -60 to -5, such as -23"):
        mastering(sine(0.1), lufs)


def track() -> FoleyTrack:
    return FoleyTrack(Performance(ProceduralGenerator(), SHEET, 3), SHEET, 3, notes=("taken for granted",))


def test_stems_get_the_gain_of_the_mix(tmp_path: Path) -> None:
    before, after = track(), track().mastered(-27.0)
    assert loudness_lufs(after.waveform) == pytest.approx(-27, abs=0.1)
    assert after.stems is not None
    assert after.stem_labels == before.stem_labels == tuple(after.stems)
    np.testing.assert_allclose(sum(s.samples for s in after.stems.values()), after.waveform.samples, atol=1e-5)
    gain = mastering(before.waveform, -27.0).gain
    np.testing.assert_allclose(after.stems["rain"].samples, before.stems["rain"].samples * gain, atol=1e-6)
    assert after.notes == before.notes
    after.save(tmp_path / "o.wav")
    np.testing.assert_allclose(read_audio(tmp_path / "o.wav").samples, after.waveform.samples, atol=1e-4)
    assert after.mastered(-30.0).mastered(-27.0).waveform.samples == pytest.approx(after.waveform.samples, abs=1e-3)


def test_it_is_performed_once() -> None:
    asked = []

    class Counted(ProceduralGenerator):
        def parts(self, sheet, seed):  # type: ignore[no-untyped-def]
            asked.append(seed)
            return super().parts(sheet, seed)

    made = FoleyTrack(Performance(Counted(), SHEET, 0), SHEET, 0).mastered()
    assert made.stems is not None
    assert made.waveform.n_samples == round(1.6 * 44_100)
    assert len(asked) == 1


def test_a_track_without_stems_or_sound(foley: Foley) -> None:
    plain = FoleyTrack(sine(0.2), CueSheet((), 3.0), 0)
    assert loudness_lufs(plain.mastered(-20.0).waveform) == pytest.approx(-20, abs=0.05)
    empty = CueSheet((), 1.0)
    silent = FoleyTrack(Performance(ProceduralGenerator(), empty, 0), empty, 0).mastered()
    assert silent.notes == ("silence cannot be mastered: left as it is",)
    assert silent.waveform.n_samples == 44_100
    assert not silent.waveform.samples.any()
