"""What a network says of a clip, on the clip's own clock."""

from __future__ import annotations

import zipfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.files import atomic_output
from silentfoley.timegrid import TimeGrid

PERCEPTION_VERSION = 1
Floats = NDArray[np.float32]


def _empty() -> Floats:
    return np.zeros((0, 0), dtype=np.float32)


# Arrays have no single truth value: two perceptions are equal only if they are the same object.
@dataclass(frozen=True, eq=False)
class Perception:
    """Class, course and states of one clip. T = ``grid.n_columns``, K = ``len(labels)``.

    Attributes:
        grid: the clip's clock.
        labels: class names, in the order of the logits.
        class_logits: (K,) unnormalised log-probabilities.
        onset: (T,) probability in [0, 1] that something strikes at the column.
        strength: (T,) level in [0, 1] of what sounds at the column.
        states: (T, S) hidden states of the network, S may be 0.
        sound: (T, F) predicted sound features per column, F may be 0.
        position: (T,) where the motion is, -1 left to 1 right, or (0,) if unknown.
        variants: of each label the material or manner that is seen, the empty string for none; or empty.
    """

    grid: TimeGrid
    labels: tuple[str, ...]
    class_logits: Floats
    onset: Floats
    strength: Floats
    states: Floats = field(default_factory=_empty)
    sound: Floats = field(default_factory=_empty)
    position: Floats = field(default_factory=lambda: np.zeros(0, dtype=np.float32))
    variants: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        columns = self.grid.n_columns
        shapes: dict[str, tuple[tuple[int | None, ...], ...]] = {
            "class_logits": ((len(self.labels),),),
            "onset": ((columns,),),
            "strength": ((columns,),),
            "states": ((columns, None), (0, 0)),
            "sound": ((columns, None), (0, 0)),
            "position": ((columns,), (0,)),
        }
        for name, allowed in shapes.items():
            array = np.asarray(getattr(self, name), dtype=np.float32)
            if not any(_fits(array.shape, shape) for shape in allowed):
                raise SilentFoleyError(
                    "Perception", f"{name} has shape {array.shape}, expected {allowed[0]}", "check the network's head"
                )
            if not np.isfinite(array).all():
                raise SilentFoleyError("Perception", f"{name} holds NaN or infinity", "check the weights and the input")
            object.__setattr__(self, name, array)
        object.__setattr__(self, "variants", tuple(str(name) for name in self.variants))
        if len(self.variants) not in (0, len(self.labels)):
            raise SilentFoleyError(
                "Perception",
                f"{len(self.variants)} variants for {len(self.labels)} labels",
                "give one for each, or none",
            )
        for name in ("onset", "strength"):
            array = getattr(self, name)
            if array.min() < 0 or array.max() > 1:
                raise SilentFoleyError(
                    "Perception", f"{name} leaves [0, 1]", "apply a sigmoid before making a Perception"
                )

    @property
    def class_probabilities(self) -> Floats:
        """(K,) softmax of the logits."""
        shifted = np.exp(self.class_logits - self.class_logits.max())
        return np.asarray(shifted / shifted.sum(), dtype=np.float32)

    def variant_of(self, label: str) -> str | None:
        """The material or manner seen for a label, or None."""
        # Without variants nothing is paired.
        return dict(zip(self.labels, self.variants, strict=False)).get(label) or None

    def top(self, n: int = 3) -> tuple[tuple[str, float], ...]:
        """The ``n`` likeliest labels with their probabilities, best first."""
        p = self.class_probabilities
        order = np.argsort(-p, kind="stable")[:n]
        return tuple((self.labels[i], float(p[i])) for i in order)

    def save(self, path: Path) -> None:
        """Write an ``.npz`` (plain arrays, no objects)."""
        arrays = {n: getattr(self, n) for n in ("class_logits", "onset", "strength", "states", "sound", "position")}
        grid = np.array([self.grid.n_samples, self.grid.sample_rate_hz, self.grid.hop_samples], dtype=np.int64)
        with atomic_output(path) as temporary, temporary.open("wb") as file:
            np.savez_compressed(
                file,
                version=PERCEPTION_VERSION,
                grid=grid,
                labels=np.array(self.labels, dtype=np.str_),
                variants=np.array(self.variants, dtype=np.str_),
                **arrays,
            )

    @classmethod
    def load(cls, path: Path) -> Perception:
        """Read what :meth:`save` wrote.

        Raises:
            SilentFoleyError: for another version or a damaged file.
        """
        try:
            with np.load(path, allow_pickle=False) as data:
                stored = {name: data[name] for name in data.files}
            version = int(stored.pop("version"))
            grid = TimeGrid(*(int(v) for v in stored.pop("grid")))
            labels = tuple(str(name) for name in stored.pop("labels"))
            variants = tuple(str(name) for name in stored.pop("variants", ()))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise SilentFoleyError(path, f"not a saved Perception ({error})", "save it again") from None
        if version != PERCEPTION_VERSION:
            raise SilentFoleyError(
                path, f"version {version} is not {PERCEPTION_VERSION}", "save it again with this release"
            )
        return cls(grid, labels, variants=variants, **stored)

    def __repr__(self) -> str:
        best, p = self.top(1)[0]
        return f"Perception({self.grid}, {best} {p:.2f}, states {self.states.shape}, sound {self.sound.shape})"


def _fits(shape: tuple[int, ...], wanted: tuple[int | None, ...]) -> bool:
    return len(shape) == len(wanted) and all(w is None or s == w for s, w in zip(shape, wanted, strict=True))
