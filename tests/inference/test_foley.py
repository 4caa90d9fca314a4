from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from silentfoley.cue_formats import read_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError, LabelError, MediaError, SilentFoleyError
from silentfoley.generators.base import PerceptionGenerator
from silentfoley.inference.foley import Foley
from silentfoley.inference.track import FoleyTrack
from silentfoley.media.audio import read_audio
from silentfoley.media.video import probe
from silentfoley.perception import Perception
from silentfoley.waveform import Waveform

SHEET = CueSheet((Cue(0.5, "footsteps", strength=0.8), Cue(1.2, "breaking")), 2.0)


def test_perceive_lies_on_the_video_clock(foley: Foley, clip: Path) -> None:
    seen = foley.perceive(clip)
    assert seen.grid.duration_s == probe(clip).duration_s
    assert seen.onset.shape == (seen.grid.n_columns,)
    np.testing.assert_array_equal(seen.onset, foley.perceive(str(clip)).onset)


def test_generate_is_as_long_as_the_video_and_repeats(foley: Foley, clip: Path) -> None:
    a, b, other = (foley.generate(clip, label="footsteps", seed=s) for s in (3, 3, 4))
    assert a.waveform.n_samples == round(2.0 * a.waveform.sample_rate_hz)
    np.testing.assert_array_equal(a.waveform.samples, b.waveform.samples)
    assert a.cues == b.cues == other.cues
    assert len(a.cues)
    assert not np.array_equal(a.waveform.samples, other.waveform.samples)
    assert np.abs(a.waveform.samples).max() <= 1


def test_given_cues_are_performed_as_they_are(foley: Foley, clip: Path) -> None:
    track = foley.generate(clip, cues=SHEET)
    assert track.cues == SHEET
    assert track.perception is None
    assert track.stems is not None
    assert sorted(track.stems) == ["breaking", "footsteps"]
    total = sum(s.samples for s in track.stems.values())
    np.testing.assert_allclose(total, track.waveform.samples, atol=1e-5)
    np.testing.assert_array_equal(track.waveform.samples, foley.render(SHEET).samples)


def test_cues_with_a_label_are_all_of_it(foley: Foley, clip: Path) -> None:
    assert foley.generate(clip, cues=SHEET, label="impact").cues.labels == ("impact",)


def test_sheet_takes_the_video_length_or_is_refused(foley: Foley, clip: Path) -> None:
    longer = CueSheet(SHEET.cues, 9.0)
    assert foley.generate(clip, cues=longer).waveform.n_samples == 88_200
    late = CueSheet((Cue(5.0, "rain", id="late"),), 9.0)
    with pytest.raises(CueError, match=r"late: start 5 s lies past the end of the video \(2 s\)"):
        foley.generate(clip, cues=late)


def test_unknown_label_fails_before_the_video_is_read(foley: Foley) -> None:
    with pytest.raises(LabelError, match="unknown sound class"):
        foley.generate("nowhere.mp4", label="kazoo")
    with pytest.raises(MediaError, match=r"nowhere\.mp4"):
        foley.generate("nowhere.mp4")


def test_save_and_mux(foley: Foley, clip: Path, tmp_path: Path) -> None:
    track = foley.generate(clip, cues=SHEET)
    wav = track.save(tmp_path / "t.wav", sample_rate_hz=48_000, bits=24)
    assert read_audio(wav).n_samples == 96_000
    video = track.mux(tmp_path / "ünïcode ø.mp4")
    assert probe(video).has_audio
    assert probe(video).n_frames == probe(clip).n_frames
    heard = read_audio(video)
    assert heard.duration_s == pytest.approx(2.0, abs=1e-3)
    assert track.plot(tmp_path / "t.png").stat().st_size > 5_000
    assert {p.name for p in track.save_stems(tmp_path / "stems")} == {"breaking.wav", "footsteps.wav"}
    assert read_cues(track.save_cues(tmp_path / "c.csv")) == SHEET


def test_track_without_video_cannot_mux(tmp_path: Path) -> None:
    track = FoleyTrack(Waveform(np.zeros((1, 10)), 44_100), CueSheet((), 1.0), 0)
    with pytest.raises(SilentFoleyError, match="it has no video"):
        track.mux(tmp_path / "x.mp4")
    with pytest.raises(SilentFoleyError, match="makes no stems"):
        track.save_stems(tmp_path)


class Hum(PerceptionGenerator):
    labels = ("rain",)
    sample_rate_hz = 44_100

    def perform(self, perception: Perception, *, seed: int = 0, label: str | None = None) -> Waveform:
        return Waveform(np.full((1, perception.grid.n_samples), 0.1), self.sample_rate_hz)


def test_perception_generator_performs_but_refuses_cues(foley: Foley, clip: Path) -> None:
    hum = Foley(foley.perceiver, foley.settings, Hum(), "hum")
    assert hum.generate(clip).waveform.n_samples == 88_200
    for call in (lambda: hum.generate(clip, cues=SHEET), lambda: hum.render(SHEET)):
        with pytest.raises(CueError, match="model 'hum': its generator reads the video's own states"):
            call()
