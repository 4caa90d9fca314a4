"""How a flow learns: windows of lessons at random times of the path, and weights averaged over steps."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from einops import reduce
from torch import Tensor

from silentfoley.cues import Cue
from silentfoley.data.lesson_datamodule import LessonBatch
from silentfoley.data.lessons import Lesson
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.flow_columns import CONTEXT, LEAD_COLUMNS, WINDOW, hit_columns
from silentfoley.generators.flow_course_learner import CourseStudent, course_of
from silentfoley.generators.flow_network import Given
from silentfoley.generators.flow_path import path, spread_times, velocity
from silentfoley.generators.flow_weights import beginning, fill, follow, load_vocoder, part
from silentfoley.generators.learner import Learner
from silentfoley.generators.lesson_crops import levelled, placed_at, varied
from silentfoley.generators.nearest_take import looped
from silentfoley.generators.variants import learned_name
from silentfoley.labels import TEXTURES

#: Columns cut from both ends of a crop: their windows look beyond it.
EDGE = 2
#: Ways in which each lesson is played, and how many of a class its scale is counted from.
VARIATIONS, COUNTED = 6, 48
#: How often a window that could know the columns before it does, and how often names are hidden from it.
TOLD, NAMELESS = 0.7, 0.1
#: Speed and tilt (dB per octave) of lessons vary by so much. Our choices.
RATE_OCTAVES, TILT_DB = 0.12, 0.5


class Played(NamedTuple):
    """A lesson as it is played once: (T, M) log-mel with T >= ``WINDOW``, and how many of its columns sound."""

    log_mel: Tensor
    columns: int


class FlowLearner(Learner):
    """Trains the velocity of a :class:`FlowGenerator` by conditional flow matching (Lipman et al. 2023).

    The generator holds weights averaged over steps; those that are trained stand beside it. Its vocoder learns nothing.
    Given clips that were looked at, the course of textures is learned beside the columns, as a loss of its own.

    Args:
        generator: to be trained.
        vocoder_checkpoint: of a run of ``experiment=generator_vocoder``; None keeps the generator's vocoder as it is.
        start: checkpoint of an earlier run of this learner whose weights to go on from, its vocoder left aside.
        seen: folder of clips that were looked at, see :func:`seen_clips`; None for a generator that shall not see.
        average: share of the old average kept at each step, after a beginning in which it is less.
    """

    steps: Tensor

    def __init__(
        self,
        generator: FlowGenerator,
        vocoder_checkpoint: str | Path | None = None,
        start: str | Path | None = None,
        seen: str | Path | None = None,
        average: float = 0.998,
    ) -> None:
        super().__init__()
        self.generator = generator.requires_grad_(False)
        self.student = deepcopy(generator.network).requires_grad_(True)
        self.average = average
        self._kept: dict[tuple[int, int] | None, Played] = {}
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))
        if vocoder_checkpoint is not None:
            load_vocoder(generator, Path(vocoder_checkpoint))
        self.course = None if seen is None else CourseStudent(course_of(generator), seen, average)
        if start is not None:
            found, mine = part(Path(start), "learner."), self.state_dict()
            # The run may have learned to see, or not, as this one may.
            found = {k: v for k, v in found.items() if k in mine or "course." not in k}
            vocoder = beginning(mine, "generator.vocoder.")
            fill(self, {**beginning(mine, "generator.course.", "course."), **found, **vocoder}, Path(start))

    @property
    def performer(self) -> CueGenerator:
        """The generator with averaged weights."""
        return self.generator

    def prepare(self, lessons: Sequence[Lesson]) -> None:
        """The scale of each class, and which variants there are of it."""
        for lesson in lessons:
            variant = self.generator.variant_index(lesson.variant)
            self.generator.learned[self.generator.labels.index(lesson.label), variant] = 1.0
        by_label: dict[str, list[int]] = {}
        for i, lesson in enumerate(lessons):
            by_label.setdefault(lesson.label, []).append(i)
        for label, indices in by_label.items():
            turns = [(i, k) for k in range(VARIATIONS) for i in indices][:COUNTED]
            variants = [self.generator.variant_index(lessons[i].variant) for i, _ in turns]
            takes = [self._varied(lessons[i], i, k) for i, k in turns]
            self.generator.scale.fit(label, [t.log_mel[: t.columns] for t in takes], variants)
        if self.course is not None:
            self.course.prepare()

    def loss(self, batch: LessonBatch) -> Tensor:
        """Mean squared error of the velocity over the columns to be drawn, every lesson counting alike; and of the
        courses."""
        if self.training:
            follow(self.generator.network, self.student, int(self.steps), self.average)
            self.steps += 1
        rng, draws = np.random.default_rng(batch.seed), torch.Generator().manual_seed(batch.seed)
        data, given, weight = self._examples(batch, rng)
        white = torch.randn(data.shape, generator=draws)
        noise = torch.stack([self.generator.scale.noise(x.label, w) for x, w in zip(batch.lessons, white, strict=True)])
        time = spread_times(len(batch), draws)
        network = self.student if self.training else self.generator.network
        predicted = network(path(noise, data, time), time, given)
        per_column = reduce((predicted - velocity(noise, data, time)).square(), "b t m -> b t", "mean") * weight
        loss: Tensor = (per_column.sum(dim=1) / weight.sum(dim=1).clamp_min(1)).mean()
        return loss if self.course is None else loss + self.course.loss(batch.seed)

    def _examples(self, batch: LessonBatch, rng: np.random.Generator) -> tuple[Tensor, Given, Tensor]:
        windows, rows, weights = [], [], []
        generator = self.generator
        for lesson, index in zip(batch.lessons, batch.indices, strict=True):
            variation = int(rng.integers(VARIATIONS))
            take = self._varied(lesson, index if self.training else None, variation)
            texture = lesson.label in TEXTURES
            last = len(take.log_mel) - WINDOW if texture else max(0, take.columns - WINDOW // 2)
            first = min(int(rng.integers(last + 1)) if texture or rng.random() < 0.6 else 0, len(take.log_mel) - WINDOW)
            manner = generator.scale.manner(lesson.label, take.log_mel[: take.columns])
            columns = generator.scale.normalise(lesson.label, take.log_mel[first : first + WINDOW], first, manner)
            place = torch.arange(WINDOW)
            sounding = place < take.columns - first
            columns = torch.where(sounding[:, None], columns, 0.0)
            told = CONTEXT if (texture or first > 0) and rng.random() < TOLD else 0
            cue = Cue(0.0, lesson.label, lesson.strength, variant=lesson.variant)
            variant = generator.variant_index(learned_name(cue, generator.names))
            windows.append(columns)
            rows.append(generator.given(cue, variant, range(first, first + WINDOW), columns[:told], manner))
            weights.append(((place >= told) & sounding).float())
        names = ("label", "variant", "strength", "curves", "colour", "manner", "context", "known")
        given = Given(**{name: torch.cat([getattr(row, name) for row in rows]) for name in names})
        drop = torch.from_numpy(rng.random(len(rows)) < NAMELESS)
        return torch.stack(windows), given.without_names(len(generator.labels), drop), torch.stack(weights)

    def _varied(self, lesson: Lesson, index: int | None, variation: int) -> Played:
        """One of the ways a lesson is played; those of training are kept."""
        key = None if index is None else (index, variation)
        if key in self._kept:
            return self._kept[key]
        name = 0 if lesson.take is None else zlib.crc32(lesson.take.id.encode())
        played = self._played(lesson, np.random.default_rng([name, variation, index or 0]))
        if key is not None:
            self._kept[key] = played
        return played

    def _played(self, lesson: Lesson, rng: np.random.Generator) -> Played:
        features, hop = self.generator.vocoder.features, self.generator.hop_samples
        rate, tilt = float(2 ** rng.normal(0, RATE_OCTAVES)), float(rng.normal(0, TILT_DB))
        least = (WINDOW + 2 * EDGE) * hop
        if lesson.label in TEXTURES:
            need = round((least + 256) * rate)
            samples = lesson.samples if len(lesson.samples) >= need else looped(lesson.samples, need, 0, 1024)
            played = varied(samples, rate, tilt)
            log_mel = features(torch.from_numpy(played)[None])[0, EDGE:-EDGE]
            return Played(log_mel, len(log_mel))
        played = levelled(varied(lesson.samples, rate, tilt), lesson.label)
        most = hit_columns(lesson.label, self.generator.column_rate_hz)
        start = LEAD_COLUMNS * hop - round(lesson.onset_samples / rate)
        n, columns = max(WINDOW, most), min(most, (start + len(played)) // hop + 1)
        placed = placed_at(played, start, (n + EDGE) * hop)
        return Played(features(torch.from_numpy(placed)[None])[0, :n], columns)
