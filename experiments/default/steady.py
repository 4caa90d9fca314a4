"""Should the loudness of fire, rain and waterfalls follow what moves? The default, and the same with one level each.

    silentfoley stage --out CLIPS/fire --clips 16 --seed 9700 --label fire      # and rain, waterfall
    python experiments/default/steady.py CLIPS [VIDEO:LABEL ...]

Of every clip of CLIPS in which the texture truly sounds, and of every VIDEO that has sound of its own: E-L1 of the
envelopes (:func:`silentfoley.metrics.envelope_error.envelope_error`), made against true, the class told. Intervals are
of clips, differences paired.
"""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from silentfoley import Foley
from silentfoley.cue_formats.disk import read_cues
from silentfoley.evaluation.clip_features import SOUND_RATE_HZ
from silentfoley.media.audio import read_audio
from silentfoley.media.resampling import resample
from silentfoley.metrics.bootstrap import mean_interval
from silentfoley.metrics.envelope_error import envelope_error
from silentfoley.waveform import Waveform

STEADY = ("fire", "rain", "waterfall")


def mono(sound: Waveform) -> np.ndarray:
    """(N,) at the rate of judging."""
    return resample(sound, SOUND_RATE_HZ).samples.mean(axis=0)


def errors(video: Path, label: str, models: list[Foley]) -> list[float]:
    """E-L1 of each model's sound."""
    true = mono(read_audio(video))
    made = [mono(model.generate(video, label=label).waveform) for model in models]
    ends = [min(len(true), len(sound)) for sound in made]
    return [envelope_error(true[:n], sound[:n], SOUND_RATE_HZ) for n, sound in zip(ends, made, strict=True)]


def table(name: str, rows: list[list[float]]) -> None:
    """Print means and the paired difference with their intervals."""
    following, steady = np.array(rows).T
    figures = [mean_interval(v, seed=0) for v in (following, steady, steady - following)]
    cells = [f"{f.mean:.3f} [{f.low:.3f}, {f.high:.3f}]" for f in figures]
    print(f"| {name} (N = {len(rows)}) | {' | '.join(cells)} |")


def main(words: list[str]) -> None:
    """Read the arguments, perform, compare."""
    foley = Foley.from_pretrained()
    models = [replace(foley, settings=replace(foley.settings, steady=steady)) for steady in ((), STEADY)]
    everything = []
    for folder in sorted(Path(words[0]).iterdir()):
        videos = [v for v in sorted(folder.rglob("*.mp4")) if len(read_cues(v.with_suffix(".json")))]
        rows = [errors(video, folder.name, models) for video in videos]
        table(folder.name, rows)
        everything += rows
    table("all", everything)
    for word in words[1:]:
        video, label = word.rsplit(":", 1)
        following, steady = errors(Path(video), label, models)
        print(f"{Path(video).stem}: following {following:.3f}, steady {steady:.3f}")


if __name__ == "__main__":
    main(sys.argv[1:])
