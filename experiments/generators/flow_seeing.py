"""Does the level of textures come nearer to the truth when a flow sees? On clips of the stage, as the default sees it.

    silentfoley stage --out CLIPS/fire --clips 16 --seed 9300 --label fire      # and rain, waterfall, car
    python experiments/generators/flow_seen.py CLIPS
    python experiments/generators/flow_seeing.py CLIPS WEIGHTS OUT.json [SEED ...]

WEIGHTS holds generator.json and generator.safetensors of a ``flow`` that sees. Of every clip in which a texture truly
sounds, the sheet that the default decodes is performed ``blind``, ``seeing``, and ``flat`` (blind, envelopes left out);
and ``told``, the true sheet, blind. Each over the seeds (0, 1 and 2 unless told otherwise), ``told`` with the first.
Compared with the clip's own sound: E-L1 of the envelopes (:func:`silentfoley.metrics.envelope_error.envelope_error`)
and their correlation. Intervals are of clips, differences paired.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from perform import performed
from rows import learned
from torch import Tensor

from silentfoley.cue_formats.disk import read_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.evaluation.clip_features import SOUND_RATE_HZ
from silentfoley.files import write_json
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.flow_course_lessons import SEEN
from silentfoley.generators.mixdown import seed_of
from silentfoley.labels import TEXTURES
from silentfoley.media.audio import read_audio
from silentfoley.media.resampling import resample
from silentfoley.metrics.bootstrap import mean_interval
from silentfoley.metrics.envelope_error import HOP_S, WINDOW_S, envelope_error
from silentfoley.model_folder import model_folder, read_config
from silentfoley.perception import Perception
from silentfoley.signal.envelope import rms_envelope

Sound = NDArray[np.float32]
KINDS = ("blind", "seeing", "flat", "told")


class Remembering:
    """A flow's columns, drawn once for performances that differ in the course alone."""

    def __init__(self, flow: FlowGenerator) -> None:
        self._draw = flow.columns
        self._drawn: dict[tuple[object, ...], list[Tensor]] = {}

    def __call__(self, cue: Cue, n_columns: int, rng: torch.Generator) -> Iterator[Tensor]:
        """See :meth:`FlowGenerator.columns`."""
        key = (cue.label, cue.variant, cue.strength, n_columns, rng.initial_seed())
        if key not in self._drawn:
            self._drawn[key] = list(self._draw(cue, n_columns, rng))
        yield from self._drawn[key]

    def forget(self) -> None:
        """What was drawn for one clip is of no use to the next."""
        self._drawn.clear()


def envelope(sound: Sound) -> NDArray[np.float64]:
    """RMS over time, as E-L1 has it."""
    hop, window = (round(s * SOUND_RATE_HZ) for s in (HOP_S, WINDOW_S))
    return rms_envelope(torch.from_numpy(sound.astype(np.float64)), hop, window).numpy()


def correlation(one: Sound, other: Sound) -> float:
    """Of two envelopes; 0 where one does not move at all."""
    a, b = (envelope(s) for s in (one, other))
    return float(np.corrcoef(a, b)[0, 1]) if min(a.std(), b.std()) > 1e-9 else 0.0


def sheets(settings: DecodeSettings, flow: FlowGenerator, video: Path) -> Iterator[tuple[str, CueGenerator, CueSheet]]:
    """Each kind of performance: by whom, and of what."""
    perception = Perception.load(video.with_suffix(SEEN))
    seen = decode(perception, settings)
    yield "blind", flow, seen
    yield "seeing", flow.seeing(perception), seen
    yield "flat", flow, replace(seen, cues=tuple(replace(c, envelope=None) for c in seen))
    yield "told", flow, read_cues(video.with_suffix(".json"))


def judged(settings: DecodeSettings, flow: FlowGenerator, video: Path, seeds: list[int]) -> dict[str, dict[str, float]]:
    """E-L1 and correlation of each kind, means over seeds; silence is no sound to compare."""
    wave = read_audio(video, sample_rate_hz=flow.sample_rate_hz)
    true = resample(wave, SOUND_RATE_HZ).mono()
    found: dict[str, dict[str, float]] = {}
    for kind, by, sheet in sheets(settings, flow, video):
        values = []
        for seed in seeds[:1] if kind == "told" else seeds:
            made = performed(by, sheet, seed_of(seed, video.stem + video.parent.name))
            sound = resample(made, SOUND_RATE_HZ).mono()
            sound = np.pad(sound, (0, max(0, len(true) - len(sound))))[: len(true)]
            values.append((envelope_error(true, sound, SOUND_RATE_HZ), correlation(true, sound)))
        error, r = np.mean(values, axis=0)
        found[kind] = {"envelope_error": float(error), "correlation": float(r)}
    return found


def main(words: list[str]) -> None:
    """Read the arguments, perform, compare."""
    torch.set_num_threads(1)
    folder, weights, out = (Path(word) for word in words[:3])
    seeds = [int(word) for word in words[3:]] or [0, 1, 2]
    flow = learned(weights)
    settings = DecodeSettings.from_dict(read_config(model_folder())["decode"])
    assert isinstance(flow, FlowGenerator)
    remembering = Remembering(flow)
    flow.columns = remembering  # type: ignore[method-assign]
    clips: dict[str, dict[str, dict[str, float]]] = {}
    for video in sorted(folder.rglob("*.mp4")):
        label = video.parent.name
        if label in TEXTURES and read_cues(video.with_suffix(".json")).cues:
            remembering.forget()
            clips[f"{label}/{video.stem}"] = judged(settings, flow, video, seeds)
            print(
                label, video.stem, {k: round(v["envelope_error"], 3) for k, v in clips[f"{label}/{video.stem}"].items()}
            )
    rows = {}
    for group in ("", *sorted(TEXTURES)):
        mine = [found for name, found in clips.items() if name.startswith(group)]
        if not mine:
            continue
        row = {}
        for measure in ("envelope_error", "correlation"):
            values = {kind: np.array([found[kind][measure] for found in mine]) for kind in KINDS}
            row[measure] = {kind: mean_interval(v).to_dict() for kind, v in values.items()}
            for other in ("blind", "flat"):
                difference = mean_interval(values["seeing"] - values[other])
                row[measure][f"seeing less {other}"] = difference.to_dict()
                print(
                    f"{group or 'all':10s} {measure}: seeing {values['seeing'].mean():.3f} {other} "
                    f"{values[other].mean():.3f} difference {difference}",
                    flush=True,
                )
        rows[group or "all"] = row
    write_json(out, {"seeds": seeds, "rows": rows, "clips": clips})


if __name__ == "__main__":
    main(sys.argv[1:])
