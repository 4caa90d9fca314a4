"""What generators learn from: takes of a bank at a common level, and synthesised ones where there are too few."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import DataError
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.stage import synth
from silentfoley.stage.synth_hits import GROUNDS, GUNS, HITS, KEYS, MATTER, SHARDS
from silentfoley.stage.synth_textures import TEXTURES as TEXTURE_RECIPES
from silentfoley.timegrid import SAMPLE_RATE_HZ

if TYPE_CHECKING:
    # A generator that performs reads this file's levels; it has no need of a bank, nor of what a bank imports.
    from silentfoley.bank.bank import Bank
    from silentfoley.bank.take import Split, Take

Floats = NDArray[np.float32]

#: Level at strength 1, the stage's: peak of a class of hits, root mean square of a texture.
LEVELS: dict[str, float] = {
    label: float(TEXTURE_RECIPES[label][1] if label in TEXTURES else HITS[label][1]) for label in LABELS
}
#: How long a hit rings, in seconds. Our choice.
HIT_SECONDS: dict[str, float] = {
    "breaking": 1.5,
    "clock": 0.25,
    "cutting": 0.5,
    "footsteps": 0.45,
    "gunshot": 1.5,
    "horse": 0.35,
    "thunder": 4.0,
    "typing": 0.25,
    "impact": 0.7,
}
#: Packages that our experiments hold out whole: their licences bind, so nothing that is shipped may learn from them
#: anyway; and one recording of a typist, the only one of keys that is not of the package the others come from.
HELD_OUT_SOURCES: tuple[str, ...] = (
    "0ad-data",
    "lugaru-data",
    "megaglest-data",
    "minetest-data",
    "redeclipse-data",
    "IBM/MAX-Audio-Classifier",
)
#: What the synthesiser is asked for in turn, in the names that cues use; of other classes it plays its usual sound.
MATERIALS: dict[str, tuple[str, ...]] = {
    "breaking": tuple(sorted(SHARDS)),
    "footsteps": tuple(sorted(GROUNDS)),
    "gunshot": tuple(sorted(GUNS)),
    "horse": tuple(sorted(GROUNDS)),
    "impact": tuple(sorted(MATTER)),
    "typing": tuple(sorted(KEYS)),
}
#: Samples kept before a hit's marked onset: where a recording begins is known to about a millisecond.
LEAD_SAMPLES = 40
#: Longest stretch of a texture, s.
STRETCH_S = 5.0
#: A class of hits, or a texture, with fewer takes than this is helped out by the synthesiser, with so many sounds.
FEW_HITS, FEW_STRETCHES, SYNTHESISED = 4, 2, 48


@dataclass(frozen=True, eq=False)
class Lesson:
    """One hit or one stretch of texture, brought to a common level.

    Attributes:
        label: sound class.
        samples: (N,) float32; of a hit its peak is 1, of a texture its root mean square.
        onset_samples: where in it the hit begins, at most :data:`LEAD_SAMPLES` unless slowed down; 0 for a texture.
        strength: in (0, 1]; 1 for a texture.
        variant: material or manner, or None.
        take: where it comes from, or None if it was synthesised.
        varied: 0 as recorded; else a number of its own for each way in which a recording has been changed.
    """

    label: str
    samples: Floats
    onset_samples: int
    strength: float
    variant: str | None
    take: Take | None
    varied: int = 0


def lesson(samples: Floats, take: Take) -> Lesson:
    """A take's lesson, from its ``samples`` as recorded."""
    return _lesson(take.label, samples, take.onset_samples, max(take.strength, 0.2), take.variant, take)


def free_takes(
    bank: Bank, splits: Sequence[Split] = ("train",), held_out: Iterable[str] = HELD_OUT_SOURCES
) -> list[Take]:
    """Takes that what is shipped may learn from: free of share-alike, of these splits, of no recording held out.

    A recording that a source held out shares with another is held out with it.
    """
    away = set(held_out)
    measured = {t.recording for t in held_out_takes(bank, away)}
    takes = (t for t in bank.takes(share_alike=False) if t.split in splits and t.recording not in measured)
    return [t for t in takes if (t.kind == "texture") == (t.label in TEXTURES)]


def held_out_takes(bank: Bank, held_out: Iterable[str] = HELD_OUT_SOURCES) -> list[Take]:
    """Takes of sources held out; of a class that has none of these, those of its test split."""
    away = set(held_out)
    takes = [t for t in bank.all_takes if (t.kind == "texture") == (t.label in TEXTURES)]
    whole = {t.label for t in takes if t.source in away}
    return [t for t in takes if t.source in away or (t.label not in whole and t.split == "test")]


def spread(takes: Iterable[Take], most: int) -> list[Take]:
    """At most ``most`` takes of each class, in turn from each of its recordings."""
    by_label: dict[str, dict[str, list[Take]]] = {}
    for take in sorted(takes, key=lambda t: t.id):
        by_label.setdefault(take.label, {}).setdefault(take.recording, []).append(take)
    chosen = []
    for recordings in by_label.values():
        turns = sorted((i, name) for name, group in recordings.items() for i in range(len(group)))
        chosen += [recordings[name][i] for i, name in turns[:most]]
    return chosen


def lessons(
    bank: Bank,
    takes: Iterable[Take] | None = None,
    labels: Iterable[str] = LABELS,
    most: int = 96,
    synthesised: int = SYNTHESISED,
    seed: int = 0,
) -> list[Lesson]:
    """Lessons for all ``labels``: takes, and the synthesiser's sounds for classes that have too few.

    Args:
        bank: where the samples lie.
        takes: what to learn from; :func:`free_takes` if None.
        labels: classes.
        most: takes per class, spread over recordings.
        synthesised: sounds of the synthesiser per class that needs them; 0 for none.
        seed: draws these.

    Raises:
        DataError: if nothing is left to learn from.
    """
    wanted = tuple(labels)
    chosen = spread((t for t in (free_takes(bank) if takes is None else takes) if t.label in wanted), most)
    found = [lesson(bank.samples(t), t) for t in chosen]
    for label in wanted:
        if sum(x.label == label for x in found) < (FEW_STRETCHES if label in TEXTURES else FEW_HITS):
            found += synthesised_lessons(label, synthesised, seed)
    if not found:
        raise DataError(bank.folder, "has no take to learn from", "add recordings or let the synthesiser help")
    return found


def synthesised_lessons(label: str, n: int, seed: int) -> list[Lesson]:
    """The synthesiser's sounds of a class, over materials and strengths."""
    return [_synthesised(label, i, np.random.default_rng([seed, i, LABELS.index(label)])) for i in range(n)]


def _synthesised(label: str, i: int, rng: np.random.Generator) -> Lesson:
    if label in TEXTURES:
        return _lesson(
            label,
            synth.texture(label, [1.0, 1.0], round(3.0 * SAMPLE_RATE_HZ), rng, SAMPLE_RATE_HZ),
            0,
            1.0,
            None,
            None,
        )
    materials = MATERIALS.get(label, (None,))
    strength, material = float(rng.uniform(0.3, 1.0)), materials[i % len(materials)]
    return _lesson(label, synth.hit(label, strength, rng, SAMPLE_RATE_HZ, material), 0, strength, material, None)


def _lesson(label: str, samples: Floats, onset: int, strength: float, variant: str | None, take: Take | None) -> Lesson:
    if label in TEXTURES:
        body = samples[: round(STRETCH_S * SAMPLE_RATE_HZ)]
        level, first, strength = float(np.sqrt(np.mean(np.square(body)))), 0, 1.0
    else:
        first = max(0, onset - LEAD_SAMPLES)
        body = samples[first : onset + round(HIT_SECONDS[label] * SAMPLE_RATE_HZ)]
        level = float(np.abs(body).max())
    scaled = np.asarray(body / max(level, 1e-9), dtype=np.float32)
    return Lesson(label, scaled, 0 if label in TEXTURES else onset - first, strength, variant, take)
