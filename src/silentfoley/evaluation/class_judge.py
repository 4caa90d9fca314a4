"""Which of our classes a sound is: a linear probe on YAMNet's embedding, and where its word counts.

Fitted by ``tools/fit_class_judge.py`` on real takes free of share-alike. A class counts as judgeable where the probe
names at least 0.6 of *real* takes of recordings it was not fitted on; of the others it says nothing. The table is
``weights/class_judge/judgeable.json``.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file

from silentfoley.errors import CheckpointError
from silentfoley.evaluation.yamnet import class_names
from silentfoley.files import sha256_file

#: The judge inside the package.
EMBEDDED = Path(__file__).parents[1] / "weights" / "class_judge"
#: Real held-out takes must be named rightly at least this often.
LEAST_RECALL = 0.6
#: A patch that YAMNet calls silence more surely than this says nothing of a class.
SILENCE_SCORE = 0.5

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ClassJudge:
    """A linear probe.

    Attributes:
        labels: (K,) classes it knows.
        weight: (K, 1024).
        bias: (K,).
        judgeable: classes in whose matter its word counts.
        weights_sha256: hash of its numbers, for fingerprints.
    """

    labels: tuple[str, ...]
    weight: Floats
    bias: Floats
    judgeable: frozenset[str]
    weights_sha256: str

    def name(self, embedding: NDArray[Any], scores: NDArray[Any]) -> str:
        """The class of a clip of (P, 1024) embeddings and (P, 521) scores."""
        return self.labels[int((self.weight @ sounding_mean(embedding, scores) + self.bias).argmax())]


def sounding_mean(embedding: NDArray[Any], scores: NDArray[Any]) -> Floats:
    """(1024,) mean over the patches that are not silence; over all where all are."""
    sounding = scores[:, _silence()] < SILENCE_SCORE
    kept = embedding[sounding] if sounding.any() else embedding
    return np.asarray(kept.mean(axis=0, dtype=np.float64))


@cache
def _silence() -> int:
    return class_names().index("Silence")


@cache
def load_class_judge(folder: Path | None = None) -> ClassJudge:
    """The judge of a folder; None takes the one inside the package.

    Raises:
        CheckpointError: if it is not complete, or its numbers were altered.
    """
    folder = EMBEDDED if folder is None else Path(folder)
    path = folder / "model.safetensors"
    try:
        table = json.loads((folder / "judgeable.json").read_text(encoding="utf-8"))
        if sha256_file(path) != table["weights_sha256"]:
            raise CheckpointError(path, "its bytes differ from what judgeable.json records", "fit the judge again")
        state = load_file(path)
        judgeable = frozenset(row["class"] for row in table["classes"] if row["judgeable"])
        weight, bias = (state[n].astype(np.float64) for n in ("weight", "bias"))
        return ClassJudge(tuple(table["labels"]), weight, bias, judgeable, table["weights_sha256"])
    except (OSError, ValueError, KeyError, TypeError, SafetensorError) as error:
        raise CheckpointError(folder, f"is no class judge ({error})", "install silentfoley again") from None
