"""Question 5: where the sound comes from.

    python experiments/autofoley/q5_synthesis.py OUT_FOLDER CLASSIFIER_RUN [train=200] [test=40] [epochs=6] [seeds=0,1]
        [rows=WORD] [NAME=q5]

Generators are fitted to sounding training clips of the classifier's run and judged on the first sounding clips of its
test split. The class is given to every row but one, so that synthesis is judged apart from naming. ``rows`` keeps the
rows whose name holds a word.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import lab
import numpy as np
import sounds
import synthesis
import torch

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.classifiers.perceptions import perceptions
from silentfoley.cues import CueSheet
from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.items import ClipItem, collate
from silentfoley.decode import decode
from silentfoley.generators.nearest_take import NearestTake
from silentfoley.generators.phases import GriffinLimPhase, NearestClipPhase, NoiseFilterPhase
from silentfoley.generators.tasks import FrozenClassifier, TeacherSound
from silentfoley.perception import Perception
from silentfoley.signal.stft import StftSpec, inverse_stft, stft
from silentfoley.training.checkpoints import load_run
from silentfoley.training.evaluate import tuned
from silentfoley.waveform import Waveform


@dataclass(frozen=True)
class Shown:
    """A test clip with what the classifier says of it, and the cues read off that with the class given."""

    item: ClipItem
    seen: Perception
    cues: CueSheet


Way = Callable[[int], Callable[[Shown], Waveform]]
SPEC = StftSpec(1024, synthesis.FINE_HOP)


def wave(samples: torch.Tensor | np.ndarray, item: ClipItem) -> Waveform:
    """Mono, as long as the clip."""
    return Waveform(np.asarray(samples, dtype=np.float32)[None], item.grid.sample_rate_hz)


def from_truth(invert: Callable[[torch.Tensor, int], torch.Tensor]) -> Way:
    """Ceilings: the true sound taken apart and put together again."""

    def make(shown: Shown) -> Waveform:
        audio = torch.from_numpy(shown.item.audio)
        return wave(invert(stft(audio, SPEC), len(audio)), shown.item)

    return lambda seed: make


def ways(train: Sequence[ClipItem], module: ClassifierModule, epochs: int) -> dict[str, tuple[Way, bool]]:
    """Every row: how a seed makes a performer, and whether training seeds matter."""
    clips = synthesis.batches(train)
    states = synthesis.Remembered(FrozenClassifier(module.network))
    made: dict[tuple[str, int], object] = {}

    def residual(seed: int, phase: object = None) -> synthesis.ClassMeanGenerator:
        if ("states", seed) not in made:
            made["states", seed] = synthesis.class_mean(clips, states, epochs, seed)
        generator = made["states", seed]
        assert isinstance(generator, synthesis.ClassMeanGenerator)
        generator.phase = GriffinLimPhase() if phase is None else phase
        return generator

    def perception(phase: object = None, *, named: bool = False) -> Way:
        def way(seed: int) -> Callable[[Shown], Waveform]:
            def make(s: Shown) -> Waveform:
                label = None if named else s.item.label
                return residual(seed, phase).perform(s.seen, seed=seed, label=label)

            return make

        return way

    def mean_alone(seed: int) -> Callable[[Shown], Waveform]:
        generator = synthesis.class_mean(clips, states, 0, seed)
        return lambda s: generator.perform(s.seen, seed=seed, label=s.item.label)

    def teacher(seed: int) -> Callable[[Shown], Waveform]:
        generator = synthesis.class_mean(clips, TeacherSound(), epochs, seed)

        def make(s: Shown) -> Waveform:
            told = replace(s.seen, states=np.zeros((s.item.grid.n_columns, 0), np.float32), sound=s.item.sound)
            return generator.perform(told, seed=seed, label=s.item.label)

        return make

    def cue_driven(read: Callable[[Shown], CueSheet]) -> Way:
        def way(seed: int) -> Callable[[Shown], Waveform]:
            if ("cues", seed) not in made:
                made["cues", seed] = synthesis.cue_class_mean(clips, epochs, seed)
            generator = made["cues", seed]
            assert isinstance(generator, synthesis.CueClassMean)
            return lambda s: generator.render(read(s), seed=seed)

        return way

    player = NearestTake(synthesis.takes(train))
    nearest = NearestClipPhase([(i.label, torch.from_numpy(i.audio)) for i in train], GriffinLimPhase())
    random = torch.Generator().manual_seed(0)
    return {
        "truth, inverse STFT": (from_truth(lambda s, n: inverse_stft(s, SPEC, n)), False),
        "truth's magnitudes, Griffin-Lim": (
            from_truth(lambda s, n: GriffinLimPhase()(s.abs(), SPEC, n, "", random)), False,
        ),
        "nearest take, true cues": (lambda seed: lambda s: player.render(s.item.cues, seed=seed), False),
        "cue-driven class mean, true cues": (cue_driven(lambda s: s.item.cues), True),
        "cue-driven class mean, seen cues": (cue_driven(lambda s: s.cues), True),
        "class mean + residual of the true sound": (teacher, True),
        "class mean + residual of the states": (perception(), True),
        "the same, noise phase": (perception(NoiseFilterPhase()), True),
        "the same, phase of the nearest clip": (perception(nearest), False),
        "the same, class as named": (perception(named=True), False),
        "class mean alone": (mean_alone, False),
        "silence": (lambda seed: lambda s: wave(np.zeros_like(s.item.audio), s.item), False),
    }  # fmt: skip


def shown(items: Sequence[ClipItem], module: ClassifierModule, data: ClipDataModule) -> list[Shown]:
    """Test clips as the classifier sees them."""
    settings = tuned(module, data.datasets["val"], data.labels)
    out = []
    for item in items:
        batch = collate([item], data.labels)
        with torch.inference_mode():
            (seen,) = perceptions(module(batch.features, batch.lengths), [item.grid], data.labels)
        out.append(Shown(item, seen, decode(seen, settings, label=item.label)))
    return out


def shuffled(references: Sequence[sounds.ClipFeatures]) -> list[sounds.ClipFeatures]:
    """The truth of another clip: what the right kind of sound in the wrong place scores."""
    step = len(references) // 2
    return [
        replace(references[(i + step) % len(references)], id=r.id, label=r.label, control="shuffled")
        for i, r in enumerate(references)
    ]


def main(arguments: Sequence[str]) -> Path:
    """Fit, perform, judge, write."""
    out, run, *options = arguments
    chosen = dict(w.split("=", 1) for w in options)
    module, data, _ = load_run(Path(run))
    data.setup("test")
    split = data.test_names()[0]
    train = synthesis.with_audio(data.datasets["train"], int(chosen.get("train", 200)))
    known = {i.label for i in train}
    test = [i for i in synthesis.with_audio(data.datasets[split], int(chosen.get("test", 40))) if i.label in known]
    clips = shown(test, module, data)
    references = [sounds.hear(s.item, wave(s.item.audio, s.item), truth=True) for s in clips]
    seeds = [int(v) for v in chosen.get("seeds", "0,1").split(",")]
    rows = {
        "truth, re-detected": sounds.row(
            references, {0: [sounds.hear(s.item, wave(s.item.audio, s.item)) for s in clips]}
        )
    }
    for name, (way, trained) in ways(train, module, int(chosen.get("epochs", 6))).items():
        if chosen.get("rows", "") not in name:
            continue
        made = {}
        for seed in seeds if trained else seeds[:1]:
            perform = way(seed)
            made[seed] = [sounds.hear(s.item, perform(s)) for s in clips]
        rows[name] = sounds.row(references, made)
        print(name, {k: v["mean"] for k, v in rows[name]["figures"].items()}, flush=True)
    rows["shuffled truth"] = sounds.row(references, {0: shuffled(references)})
    sizes = {"training_clips": len(train), "test_clips": len(clips), "split": split, "classifier": Path(run).name}
    return lab.save(chosen.get("NAME", "q5"), {**sizes, "rows": rows}, Path(out))


if __name__ == "__main__":
    main(sys.argv[1:])
