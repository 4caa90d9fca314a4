"""Question 5: where the sound comes from.

    python experiments/autofoley/q5_synthesis.py OUT_FOLDER RUN_FOLDER CLASSIFIERS [test=20] [rows=WORD] [NAME=q5]
        [OVERRIDE of silentfoley train ...]

Trains the runs of ``sweep=autofoley_synthesis`` that RUN_FOLDER does not hold yet, each on the states of the classifier
CLASSIFIERS/frame_relation_vectors_SEED, performs them on the first sounding test clips and writes ``NAME.json``. The
class is given to every row but one, so that synthesis is judged apart from naming. ``rows`` keeps the rows whose name
holds a word.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path

import lab
import numpy as np
import sounds
import synthesis
import torch
from q1_networks import runs
from synthesis import Shown

from silentfoley.data.items import ClipItem
from silentfoley.generators.nearest_take import NearestTake
from silentfoley.generators.phases import GriffinLimPhase, NearestClipPhase, NoiseFilterPhase, PhaseStrategy
from silentfoley.signal.stft import StftSpec, inverse_stft, stft
from silentfoley.training.checkpoints import load_run
from silentfoley.waveform import Waveform

#: The network whose states are read: its steps are a seventh of the other's.
CLASSIFIER = "frame_relation_vectors"
#: Words of this script; all others are overrides.
OWN = ("test=", "rows=", "NAME=")
SPEC = StftSpec(1024, synthesis.FINE_HOP)
Way = Callable[[Shown], Waveform]
#: A row: the performer of a seed, and whether anything in it is drawn, in training or in performing.
Row = tuple[Callable[[int], Way], bool]


def wave(samples: torch.Tensor | np.ndarray, item: ClipItem) -> Waveform:
    """Mono, as long as the clip."""
    return Waveform(np.asarray(samples, dtype=np.float32)[None], item.grid.sample_rate_hz)


def from_truth(invert: Callable[[torch.Tensor, int], torch.Tensor]) -> Way:
    """Ceilings: the true sound taken apart and put together again."""

    def make(shown: Shown) -> Waveform:
        audio = torch.from_numpy(shown.item.audio)
        return wave(invert(stft(audio, SPEC), len(audio)), shown.item)

    return make


def told(shown: Shown) -> Shown:
    """The true sound features in place of what the classifier says."""
    states = np.zeros((shown.item.grid.n_columns, 0), np.float32)
    return replace(shown, seen=replace(shown.seen, states=states, sound=shown.item.sound))


def untrained(train: Sequence[ClipItem]) -> dict[str, Row]:
    """Rows without a run: ceilings, takes, silence."""
    player = NearestTake(synthesis.takes(train))
    phase = GriffinLimPhase()

    def griffin_lim(seed: int) -> Way:
        random = torch.Generator().manual_seed(seed)
        return from_truth(lambda s, n: phase(s.abs(), SPEC, n, "", random))

    return {
        "truth, inverse STFT": (lambda _: from_truth(lambda s, n: inverse_stft(s, SPEC, n)), False),
        "truth's magnitudes, Griffin-Lim": (griffin_lim, True),
        "nearest take, true cues": (lambda seed: lambda s: player.render(s.item.cues, seed=seed), True),
        "silence": (lambda _: lambda s: wave(np.zeros_like(s.item.audio), s.item), False),
    }


def trained(found: Mapping[str, Mapping[int, Path]], train: Sequence[ClipItem]) -> dict[str, Row]:
    """Rows of the sweep's runs, each performed in one or more ways."""
    means, cues = cache(synthesis.class_mean), cache(synthesis.cue_class_mean)
    nearest = NearestClipPhase([(i.label, torch.from_numpy(i.audio)) for i in train], GriffinLimPhase())

    def perceived(
        name: str,
        phase: PhaseStrategy,
        *,
        read: Callable[[Shown], Shown] = lambda s: s,
        label: Callable[[Shown], str | None] = lambda s: s.item.label,
    ) -> Callable[[int], Way]:
        def way(seed: int) -> Way:
            def make(s: Shown) -> Waveform:
                generator = means(found[name][seed])
                generator.phase = phase
                return generator.perform(read(s).seen, seed=seed, label=label(s))

            return make

        return way

    def driven(sheet: Callable[[Shown], object]) -> Callable[[int], Way]:
        return lambda seed: lambda s: cues(found["autofoley_cue_class_mean"][seed]).render(sheet(s), seed=seed)

    states, griffin_lim = "autofoley_residual_of_states", GriffinLimPhase()
    return {
        "cue-driven class mean, true cues": (driven(lambda s: s.item.cues), True),
        "cue-driven class mean, seen cues": (driven(lambda s: s.cues), True),
        "class mean + residual of the true sound": (
            perceived("autofoley_residual_of_sound", griffin_lim, read=told), True,
        ),
        "class mean + residual of the states": (perceived(states, griffin_lim), True),
        "the same, noise phase": (perceived(states, NoiseFilterPhase()), True),
        "the same, phase of the nearest clip": (perceived(states, nearest), True),
        "the same, class as named": (perceived(states, griffin_lim, label=lambda s: None), True),
        "class mean alone": (perceived("autofoley_class_mean", griffin_lim, read=told), True),
    }  # fmt: skip


def shuffled(references: Sequence[sounds.ClipFeatures], seed: int) -> list[sounds.ClipFeatures]:
    """The truth of another clip, never its own: what the right kind of sound in the wrong place scores."""
    order = np.random.default_rng(seed).permutation(len(references))
    other = dict(zip(order, np.roll(order, 1), strict=True))
    return [replace(references[other[i]], id=r.id, label=r.label, control="shuffled") for i, r in enumerate(references)]


def main(arguments: Sequence[str]) -> Path:
    """Train, perform, judge, write."""
    chosen = dict(w.split("=", 1) for w in arguments if w.startswith(OWN))
    out, folder, classifiers, *words = [w for w in arguments if not w.startswith(OWN)]
    classifier = f"{classifiers}/{CLASSIFIER}_"
    found = runs("autofoley_synthesis", Path(folder), [f"classifier={classifier}${{seed}}", *words])
    seeds = list(found["autofoley_class_mean"])
    _, data, _ = load_run(found["autofoley_class_mean"][seeds[0]])
    data.setup("test")
    split, train = data.test_names()[0], synthesis.sounding(data.datasets["train"])
    known = {i.label for i in train}
    test = [i for i in synthesis.sounding(data.datasets[split], int(chosen.get("test", 20))) if i.label in known]
    clips = {seed: synthesis.shown(test, Path(f"{classifier}{seed}")) for seed in seeds}
    references = [sounds.hear(i, wave(i.audio, i), truth=True) for i in test]
    rows = {"truth, re-detected": sounds.row(references, {0: [sounds.hear(i, wave(i.audio, i)) for i in test]})}
    for name, (way, differ) in {**untrained(train), **trained(found, train)}.items():
        if chosen.get("rows", "") not in name:
            continue
        made = {}
        for seed in seeds if differ else seeds[:1]:
            perform = way(seed)
            made[seed] = [sounds.hear(s.item, perform(s)) for s in clips[seed]]
        rows[name] = sounds.row(references, made)
        print(name, {k: v["mean"] for k, v in rows[name]["figures"].items()}, flush=True)
    rows["shuffled truth"] = sounds.row(references, {seed: shuffled(references, seed) for seed in seeds})
    sizes = {"training_clips": len(train), "test_clips": len(test), "split": split, "classifier": CLASSIFIER}
    return lab.save(chosen.get("NAME", "q5"), {**sizes, "seeds": seeds, "rows": rows}, Path(out))


if __name__ == "__main__":
    main(sys.argv[1:])
