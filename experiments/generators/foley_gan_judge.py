"""Judge FoleyGAN's runs beside the class mean, the truth and its controls.

    python experiments/generators/foley_gan_judge.py RESULTS CLASS_MEAN_RUN [clips=52] [rows=ROW,...] NAME=RUN ...

Runs are folders of ``silentfoley train``; the first NAME's data give the clips, its classifier the states. The true
class is given to every row, so that sound and timing are judged apart from naming. Sounds are made by ``perform``.
RESULTS/ROW.json; ``foley_gan_table.py`` makes a table of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import foley_gan_probe as probes
import numpy as np
import torch
from numpy.typing import NDArray

from silentfoley.classifiers.perceptions import perceptions
from silentfoley.data.items import ClipItem, collate
from silentfoley.evaluation.clip_features import ClipFeatures
from silentfoley.evaluation.events_v1 import EventsV1, skill_of
from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.onset_extractor import OnsetExtractor
from silentfoley.files import write_json
from silentfoley.generators.base import PerceptionGenerator
from silentfoley.generators.class_mean import ClassMeanGenerator
from silentfoley.generators.foley_gan import FoleyGan
from silentfoley.generators.phases import GriffinLimPhase
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.metrics.bootstrap import combined_interval, mean_interval
from silentfoley.metrics.spectral_distance import log_spectral_distance_db
from silentfoley.perception import Perception
from silentfoley.training.checkpoints import frozen_classifier, load_config, load_run
from silentfoley.training.run_folder import best_checkpoint
from silentfoley.waveform import Waveform

Floats = NDArray[np.float32]
Way = Callable[["Shown", int], Floats]
#: From natural log to decibels.
TO_DB = 20 / np.log(10)


@dataclass(frozen=True)
class Shown:
    """A test clip, and what a network says of it."""

    item: ClipItem
    seen: Perception


def shown(items: Sequence[ClipItem], run: Path) -> list[Shown]:
    """Clips as the classifier of ``run`` sees them."""
    network = frozen_classifier(load_config(run).module.task.inputs.run).network
    out = []
    for item in items:
        batch = collate([item], LABELS)
        with torch.inference_mode():
            (seen,) = perceptions(network(batch.features, batch.lengths), [item.grid], LABELS)
        out.append(Shown(item, seen))
    return out


def generator_way(generator: PerceptionGenerator, *, teacher: bool = False) -> Way:
    """By a generator, from a network's states; a teacher's from the true curves."""

    def make(s: Shown, seed: int) -> Floats:
        seen = s.seen
        if teacher:
            states = np.stack([s.item.onset, s.item.strength], axis=1)
            seen = replace(seen, states=states, sound=np.zeros((0, 0), np.float32))
        return generator.perform(seen, seed=seed, label=s.item.label).mono()

    return make


def through_bands(generator: FoleyGan) -> Way:
    """The true sound's bands made sound again: what the way back from bands and Griffin-Lim cost."""

    def make(s: Shown, seed: int) -> Floats:
        magnitudes = generator.magnitudes(
            torch.from_numpy(s.item.sound), generator.spec.n_columns(s.item.grid.n_samples)
        )
        rng = torch.Generator().manual_seed(seed)
        return GriffinLimPhase()(magnitudes, generator.spec, s.item.grid.n_samples, s.item.label, rng).numpy()

    return make


def shuffled(clips: Sequence[Shown]) -> Way:
    """The truth of another clip of the class: the right kind of sound in the wrong place."""
    own: dict[str, list[str]] = {}
    for s in clips:
        own.setdefault(s.item.label, []).append(s.item.id)
    audio = {s.item.id: s.item.audio for s in clips}

    def make(s: Shown, seed: int) -> Floats:
        names = own[s.item.label]
        other = audio[names[(names.index(s.item.id) + 1) % len(names)]]
        return np.resize(other, s.item.grid.n_samples)

    return make


def mean_alone(run: Path) -> ClassMeanGenerator:
    """The class mean with its residual set back to nothing."""
    generator: ClassMeanGenerator = load_run(run)[0].task.generator
    torch.nn.init.zeros_(generator.residual[-1].weight)
    torch.nn.init.zeros_(generator.residual[-1].bias)
    return generator


def events(s: Shown, sound: Floats) -> dict[str, float]:
    """Detected onsets against true cues."""

    def side(start_s: NDArray[np.float64], strength: NDArray[np.float64]) -> ClipFeatures:
        arrays = {"events.start_s": start_s, "events.strength": strength}
        notes = {"cues": {"n_textures": sum(c.label in TEXTURES for c in s.item.cues)}}
        return ClipFeatures(s.item.id, s.item.id, s.item.label, float(s.item.grid.duration_s), arrays, notes)

    hits = [c for c in s.item.cues if c.label not in TEXTURES]
    true = side(np.array([c.start_s for c in hits]), np.array([c.strength for c in hits]))
    memory = Waveform(sound[None], s.item.grid.sample_rate_hz)
    found = OnsetExtractor().extract(OpenClip(s.item.id, float(s.item.grid.duration_s), memory=memory)).arrays
    values = EventsV1().per_clip(true, side(found["start_s"], found["strength"]), 0)
    return {"f1": values["f1@50ms"], "chance": values["chance@50ms"]}


def row(way: Way, clips: Sequence[Shown], probe: probes.Probe, diverse: int = 13) -> dict[str, Any]:
    """Figures of one way to make sound; differences between two seeds on the first ``diverse`` clips."""
    values: list[dict[str, float]] = []
    bands: list[Floats] = []
    for i, s in enumerate(clips):
        sound = way(s, 0)
        made = probes.bands(sound)
        course, true = made.mean(axis=1), s.item.sound.mean(axis=1)
        moving = course.std() > 1e-6 and true.std() > 1e-6
        values.append(
            {
                "log_spectral_distance_db": log_spectral_distance_db(s.item.audio, sound),
                "band_distance_db": float(TO_DB * np.sqrt(((made - s.item.sound) ** 2).mean(axis=1)).mean()),
                "named": float(probe.name(made) == s.item.label),
                "loudness_r": float(np.corrcoef(course, true)[0, 1]) if moving else 0.0,
                "variation": float(made.std() / s.item.sound.std()),
                "seed_difference_db": float(TO_DB * np.abs(probes.bands(way(s, 1)) - made).mean())
                if i < diverse
                else np.nan,
                **events(s, sound),
            }
        )
        bands.append(made)
    names = [s.item.label for s in clips]
    figures = {k: interval([v[k] for v in values]) for k in values[0]}
    parts = np.array([[v["f1"], v["chance"]] for v in values])
    figures["skill"] = combined_interval(parts[~np.isnan(parts).any(axis=1)], skill_of).to_dict()
    spread = probes.spread(bands, names) / probes.spread([s.item.sound for s in clips], names)
    right = {
        k: float(np.mean([v["named"] for v, n in zip(values, names, strict=True) if n == k]))
        for k in sorted(set(names))
    }
    return {"figures": figures, "spread_within_class": spread, "named_by_class": right}


def interval(values: Sequence[float]) -> dict[str, Any]:
    """Mean with its 95 % interval over clips; NaN left out."""
    return mean_interval([v for v in values if not np.isnan(v)]).to_dict()


def steps(run: Path | None) -> int | None:
    """Steps of the generator that a run's judged weights have seen."""
    if run is None:
        return None
    return int(torch.load(best_checkpoint(run), map_location="cpu", weights_only=True)["global_step"])


def ways(runs: Mapping[str, Path], class_mean: Path, clips: Sequence[Shown]) -> dict[str, Callable[[], Way]]:
    """Every row, loaded when it is asked for."""

    def gan(name: str) -> Callable[[], Way]:
        return lambda: generator_way(load_run(runs[name])[0].task.generator, teacher=name == "teacher")

    return {
        "truth": lambda: lambda s, seed: s.item.audio,
        "truth through bands": lambda: through_bands(FoleyGan()),
        "shuffled truth": lambda: shuffled(clips),
        "class mean alone": lambda: generator_way(mean_alone(class_mean)),
        "class mean + residual": lambda: generator_way(load_run(class_mean)[0].task.generator),
        **{name: gan(name) for name in runs},
    }


def main(arguments: Sequence[str]) -> None:
    """Make, judge, write."""
    torch.set_num_threads(1)
    out, class_mean, *words = arguments
    chosen = dict(w.split("=", 1) for w in words)
    n, rows = int(chosen.pop("clips", 52)), chosen.pop("rows", "")
    runs = {name: Path(folder) for name, folder in chosen.items()}
    first = next(iter(runs.values()))
    data = load_run(first)[1]
    data.setup("test")
    test = [data.datasets["unseen_seeds"][i] for i in range(n)]
    train = [data.datasets["train"][i] for i in range(len(data.datasets["train"]))]
    probe = probes.fit([i.sound for i in train], [i.label for i in train])
    clips = shown(test, first)
    made = ways(runs, Path(class_mean), clips)
    for name in rows.split(",") if rows else made:
        print(name, flush=True)
        figures = row(made[name](), clips, probe)
        learned = {"class mean + residual": Path(class_mean), **runs}.get(name)
        about = {"row": name, "test_clips": n, "steps": steps(learned)}
        write_json(Path(out) / f"{name.replace(' ', '_')}.json", {**about, **figures})


if __name__ == "__main__":
    main(sys.argv[1:])
