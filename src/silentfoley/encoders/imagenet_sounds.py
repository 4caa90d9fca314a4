"""From what an ImageNet network sees to what may be heard: a table anybody can read and edit.

``imagenet_sounds.csv`` lists ImageNet classes with one of our sound labels, a weight and the reason for it. Weights
are our judgement of how often a picture of the thing goes with the sound; they are no statistics. Where the thing tells
what it is made of, or its manner, a variant stands beside the label: a drum, not any impact. Classes that are
not listed (animals but for hooves, most furniture, food that is not cut) say nothing: a dog is neutral, not a horse.
Nothing in ImageNet looks like lightning, so the table is next to silent on thunder.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.variants import known_variants
from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.encoders.imagenet_names import synsets
from silentfoley.errors import DataError
from silentfoley.labels import LABELS, check_label

Floats = NDArray[np.float32]
#: Of so little probability nothing is said about materials.
LEAST_SEEN = 0.1


@dataclass(frozen=True)
class Association:
    """One line of the table.

    Attributes:
        wordnet_id: of the ImageNet class, unlike its name unique.
        name: of the ImageNet class, for the reader.
        label: sound class.
        weight: in (0, 1].
        reason: why, in a few words.
        variant: material or manner, or None.
    """

    wordnet_id: str
    name: str
    label: str
    weight: float
    reason: str
    variant: str | None = None


@dataclass(frozen=True)
class LabelScores:
    """What the table makes of N pictures.

    Attributes:
        labels: K sound classes.
        scores: (N, K) in [0, 1]: probability mass of the classes that speak for a label, weighted.
        known: (N,) in [0, 1]: sum of the scores. What is missing to 1 is what the table has no opinion on: with a
            small ``known`` the best label means little.
    """

    labels: tuple[str, ...]
    scores: Floats
    known: Floats

    def mean(self) -> LabelScores:
        """All pictures taken together: (1, K) and (1,)."""
        return LabelScores(self.labels, self.scores.mean(0, keepdims=True), self.known.mean(0, keepdims=True))

    def top(self, picture: int = 0, n: int = 3) -> tuple[tuple[str, float], ...]:
        """The ``n`` best labels of one picture with their scores, best first."""
        order = np.argsort(-self.scores[picture], kind="stable")[:n]
        return tuple((self.labels[i], float(self.scores[picture, i])) for i in order)

    def as_dict(self, picture: int = 0) -> dict[str, float]:
        """Scores of one picture by label, with ``known``."""
        scores = dict(zip(self.labels, map(float, self.scores[picture]), strict=True))
        return {**scores, "known": float(self.known[picture])}


@cache
def table() -> tuple[Association, ...]:
    """The shipped table, in its order."""
    text = files("silentfoley.encoders").joinpath("imagenet_sounds.csv").read_text("utf-8")
    return read_table(text.splitlines())


def read_table(lines: Iterable[str]) -> tuple[Association, ...]:
    """Read a table, checking every line.

    Args:
        lines: CSV with the header ``wordnet_id,name,label,variant,weight,reason``; the variant may be empty.

    Raises:
        DataError: for a line that is incomplete, repeats a pair, names no ImageNet class, or has a weight outside
            (0, 1], or an unknown variant, and for a class whose weights sum to more than 1. The line number is given.
        LabelError: for an unknown sound class.
    """
    rows: list[Association] = []
    sums: dict[str, float] = {}
    seen: set[tuple[str, str]] = set()
    for number, row in enumerate(csv.DictReader(lines), start=2):
        try:
            label, variant = check_label(row["label"]), row["variant"] or None
            entry = Association(row["wordnet_id"], row["name"], label, float(row["weight"]), row["reason"], variant)
        except (KeyError, TypeError, ValueError) as error:
            raise _bad(number, f"incomplete or not a number ({error})") from None
        sums[entry.wordnet_id] = sums.get(entry.wordnet_id, 0.0) + entry.weight
        if entry.wordnet_id not in _indices():
            raise _bad(number, f"{entry.wordnet_id} is no ImageNet class")
        if not 0 < entry.weight <= 1 or sums[entry.wordnet_id] > 1 + 1e-9:
            raise _bad(number, f"weights of {entry.name!r} leave (0, 1]")
        if variant is not None and variant not in known_variants(label):
            raise _bad(number, f"{variant!r} is no variant of {label}")
        if (entry.wordnet_id, entry.label) in seen:
            raise _bad(number, f"{entry.name!r} and {entry.label!r} stand there twice")
        seen.add((entry.wordnet_id, entry.label))
        rows.append(entry)
    return tuple(rows)


def weight_matrix(associations: Iterable[Association], labels: tuple[str, ...] = LABELS) -> Floats:
    """(1000, K) weight of each ImageNet class for each label; labels that are not asked for are left out."""
    out = np.zeros((len(_indices()), len(labels)), dtype=np.float32)
    for entry in associations:
        if entry.label in labels:
            out[_indices()[entry.wordnet_id], labels.index(entry.label)] = entry.weight
    return out


def label_scores(
    probabilities: NDArray[np.floating],
    labels: tuple[str, ...] = LABELS,
    associations: Iterable[Association] | None = None,
) -> LabelScores:
    """Scores of sound labels from ImageNet probabilities.

    Args:
        probabilities: (N, 1000), rows that sum to 1.
        labels: the sound classes asked for.
        associations: another table than the shipped one.

    Raises:
        DataError: if the probabilities are not such rows.
    """
    p = np.asarray(probabilities, dtype=np.float32)
    if p.ndim != 2 or p.shape[1] != len(_indices()):
        raise DataError("ImageNet probabilities", f"shape {p.shape}", "pass (N, 1000)")
    if (p < 0).any() or (np.abs(p.sum(axis=1) - 1) > 1e-3).any():
        raise DataError("ImageNet probabilities", "rows do not sum to 1", "pass a softmax, not logits")
    scores = p @ weight_matrix(table() if associations is None else associations, labels)
    return LabelScores(labels, scores, scores.sum(axis=1))


def variants_seen(
    probabilities: NDArray[np.floating],
    labels: tuple[str, ...] = LABELS,
    associations: Iterable[Association] | None = None,
) -> tuple[str, ...]:
    """What each class would be made of, or its manner, by the things in the pictures.

    Args:
        probabilities: (N, 1000), rows that sum to 1, of one clip.
        labels: K sound classes.
        associations: another table than the shipped one.

    Returns:
        K variants; the empty string where what speaks for the class weighs less than :data:`LEAST_SEEN`, or less than
        half of it agrees.
    """
    p = np.asarray(probabilities, dtype=np.float32).mean(axis=0)
    masses: dict[str, dict[str | None, float]] = {label: {} for label in labels}
    for entry in table() if associations is None else associations:
        if entry.label in masses:
            of_label = masses[entry.label]
            of_label[entry.variant] = of_label.get(entry.variant, 0.0) + entry.weight * float(
                p[_indices()[entry.wordnet_id]]
            )
    return tuple(_agreed(masses[label]) for label in labels)


def _agreed(masses: dict[str | None, float]) -> str:
    total = sum(masses.values())
    best = max(masses, key=lambda name: masses[name], default=None)
    return best if best is not None and total >= LEAST_SEEN and masses[best] >= total / 2 else ""


def sounds_seen(
    frames: NDArray[np.uint8], backbone: FrameBackbone, n_frames: int = 8, labels: tuple[str, ...] = LABELS
) -> LabelScores:
    """What a clip may sound like: the table on ``n_frames`` of its frames, spread evenly, averaged.

    Args:
        frames: (F, H, W, 3) uint8 RGB with their true aspect, best at 224 pixels or more a side.
        backbone: an ImageNet-1k network with its classifier.
        n_frames: how many frames are looked at.

    Returns:
        one row of scores.
    """
    chosen = np.unique(np.linspace(0, len(frames) - 1, n_frames).round().astype(np.int64))
    return label_scores(backbone.probabilities(frames[chosen]), labels).mean()


@cache
def _indices() -> dict[str, int]:
    return {synset: i for i, synset in enumerate(synsets())}


def _bad(number: int, cause: str) -> DataError:
    return DataError(f"sound table, line {number}", cause, "correct the line")
