"""What a course is learned from: clips whose true cues are known, and what eyes say of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np
import torch
from einops import reduce
from numpy.typing import NDArray
from torch import Tensor

from silentfoley.cue_formats.disk import read_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import DataError
from silentfoley.generators.flow_course import COURSE_OVERLAP, COURSE_WINDOW, LEAST_DB, CourseNet
from silentfoley.generators.flow_eyes import COURSE_HZ, PLACE, Floats, seen_columns
from silentfoley.generators.flow_network import Given
from silentfoley.generators.flow_path import path, spread_times, velocity
from silentfoley.generators.rasterise import CURVES, rasterise
from silentfoley.labels import TEXTURES
from silentfoley.perception import Perception

#: Beside a clip's true sheet: what eyes said of it, and the cues they made of that.
SEEN_CUES, SEEN = ".seen.json", ".npz"
#: Windows of a step; how often one begins within its cue; how often nothing is told of what was seen; how often only a
#: part of a cue is asked for, of one second at least. Our choices.
WINDOWS, WITHIN, BLIND, PART, PART_S = 32, 0.25, 0.15, 0.25, 1.0
#: A few dozen clips of a class are made more: faster and slower by so many octaves, mirrored, and what is told of every
#: column off by so much. Our choices.
RATE_OCTAVES, OFF = 0.4, 0.05
#: Least deviation of a class's courses, dB.
LEAST_DEVIATION_DB = 0.5


@dataclass(frozen=True, eq=False)
class SeenClip:
    """A texture cue as eyes gave it, and how loud the texture truly was.

    Attributes:
        cue: of the right class.
        seen: what they said.
        true: the cues as they were, of the class.
    """

    cue: Cue
    seen: Perception
    true: tuple[Cue, ...]

    @cached_property
    def whole(self) -> tuple[Floats, NDArray[np.float64]]:
        """(T, S) of :func:`seen_columns` and (T,) of :meth:`course_db` of the cue."""
        return self.of(self.cue)

    def of(self, cue: Cue) -> tuple[Floats, NDArray[np.float64]]:
        """The same of a part of it."""
        seen = seen_columns(cue, self.seen)
        return seen, self.course_db(cue, len(seen))

    def course_db(self, cue: Cue, n_columns: int) -> NDArray[np.float64]:
        """(T,) true level below the loudest moment of a ``cue``, dB, :data:`LEAST_DB` at least."""
        times_s = cue.start_s + np.arange(n_columns) / COURSE_HZ
        if cue.duration_s is not None:
            # The last column may lie at the very end, where a cue that ends there is over.
            times_s = np.minimum(times_s, cue.start_s + cue.duration_s - 1e-3)
        level = rasterise(self.true, times_s)[CURVES.index("level")].double().numpy()
        top = float(level.max())
        below = np.maximum(level / max(top, 1e-9), 1e-9)
        return np.asarray(np.maximum(20 * np.log10(below), LEAST_DB))


def seen_clips(folder: Path | str) -> list[SeenClip]:
    """Texture cues of a folder of clips in which something truly sounds.

    Every ``NAME.seen.json`` (cues decoded from what eyes saw, under the true class) stands beside ``NAME.npz`` (their
    Perception) and ``NAME.json`` (the true cues); ``experiments/generators/flow_seen.py`` writes the first two.

    Raises:
        DataError: if there are none.
    """
    found = [clip for path in sorted(Path(folder).rglob(f"*{SEEN_CUES}")) for clip in _clips(path)]
    if not found:
        raise DataError(
            folder,
            f"holds no texture with a *{SEEN_CUES} beside its cues",
            "make it with silentfoley stage and experiments/generators/flow_seen.py",
        )
    return found


def _clips(path: Path) -> Iterator[SeenClip]:
    name = str(path).removesuffix(SEEN_CUES)
    truth: CueSheet = read_cues(Path(f"{name}.json"))
    for cue in read_cues(path):
        true = tuple(c for c in truth if c.label == cue.label)
        if cue.label not in TEXTURES or not true:
            continue
        clip = SeenClip(cue, Perception.load(Path(f"{name}{SEEN}")), true)
        times_s = cue.start_s + np.arange(int((cue.duration_s or 0.0) * COURSE_HZ) + 1) / COURSE_HZ
        if float(rasterise(true, times_s)[CURVES.index("level")].max()) > 0:
            yield clip


class CourseLessons:
    """Teaches a :class:`CourseNet` from clips of the same classes.

    Args:
        clips: at least one; classes count alike.
    """

    def __init__(self, clips: Sequence[SeenClip]) -> None:
        self.clips = tuple(clips)
        self._of: dict[str, list[SeenClip]] = {}
        for clip in clips:
            self._of.setdefault(clip.cue.label, []).append(clip)

    def prepare(self, course: CourseNet) -> None:
        """Count mean and deviation of each class's courses."""
        for label, clips in self._of.items():
            levels = np.concatenate([clip.whole[1] for clip in clips])
            deviation = max(float(levels.std()), LEAST_DEVIATION_DB)
            course.usual[course.labels.index(label)] = torch.tensor([float(levels.mean()), deviation])

    def loss(self, course: CourseNet, network: torch.nn.Module, seed: int) -> Tensor:
        """Mean squared error of the velocity.

        Args:
            course: says how all is told.
            network: its own, or the one being trained in its place.
            seed: draws clips, windows, times and noise.
        """
        rng, draws = np.random.default_rng(seed), torch.Generator().manual_seed(seed)
        data, given, weight = self.examples(course, rng)
        if rng.random() < BLIND:
            given = replace(given, states=None)
        noise, time = torch.randn(data.shape, generator=draws), spread_times(len(data), draws)
        predicted = network(path(noise, data, time), time, given)
        error = reduce((predicted - velocity(noise, data, time)).square(), "b t m -> b t", "mean") * weight
        loss: Tensor = (error.sum(dim=1) / weight.sum(dim=1).clamp_min(1)).mean()
        return loss

    def examples(self, course: CourseNet, rng: np.random.Generator) -> tuple[Tensor, Given, Tensor]:
        """(B, T, 1) windows, what is told of them, and (B, T) which columns there are."""
        labels = sorted(self._of)
        windows, rows, weights = [], [], []
        for _ in range(WINDOWS):
            group = self._of[labels[int(rng.integers(len(labels)))]]
            clip = group[int(rng.integers(len(group)))]
            told = clip.of(_part(clip.cue, rng)) if rng.random() < PART else clip.whole
            seen, level = varied_course(*told, rng)
            most = max(0, len(seen) - COURSE_OVERLAP)
            first = int(rng.integers(most + 1)) if rng.random() < WITHIN else 0
            seen, level = (x[first : first + COURSE_WINDOW] for x in (seen, level))
            n, past = len(level), COURSE_WINDOW - len(level)
            windows.append(torch.cat([course.normalise(clip.cue.label, level), torch.zeros(past, 1)]))
            rows.append(course.given(clip.cue.label, torch.cat([seen, seen[-1:].expand(past, -1)])))
            weights.append((torch.arange(COURSE_WINDOW) < n).float())
        names = ("label", "variant", "strength", "curves", "colour", "manner", "context", "known", "states")
        given = Given(**{name: torch.cat([getattr(row, name) for row in rows]) for name in names})
        return torch.stack(windows), given, torch.stack(weights)


def varied_course(seen: Floats, course_db: NDArray[np.float64], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """(T, S) of what was seen and (T, 1) of a course, as of a clip much like this one."""
    rate = float(2 ** rng.uniform(-RATE_OCTAVES, RATE_OCTAVES))
    at = np.arange(max(1, int((len(seen) - 1) / rate) + 1)) * rate
    columns = np.arange(len(seen))
    moved = np.stack([np.interp(at, columns, row) for row in seen.T], axis=1)
    moved[:, PLACE] *= rng.choice((-1, 1))
    moved += OFF * rng.standard_normal(moved.shape[1])
    level = np.interp(at, columns, course_db)
    return torch.from_numpy(moved).float(), torch.from_numpy(level).float()[:, None]


def _part(cue: Cue, rng: np.random.Generator) -> Cue:
    """A stretch of a cue, :data:`PART_S` long at least."""
    duration_s = cue.duration_s or 0.0
    if duration_s <= PART_S:
        return cue
    length_s = float(rng.uniform(PART_S, duration_s))
    first_s = float(rng.uniform(0, duration_s - length_s))
    return replace(cue, start_s=cue.start_s + first_s, duration_s=length_s, envelope=None)
