"""How a flow learns to see: the course of textures, beside the columns or after them."""

from __future__ import annotations

from collections.abc import Sequence
from copy import deepcopy
from pathlib import Path

import torch
from torch import Tensor, nn

from silentfoley.data.lesson_datamodule import LessonBatch
from silentfoley.data.lessons import Lesson
from silentfoley.errors import SilentFoleyError
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.flow_course import CourseNet
from silentfoley.generators.flow_course_lessons import CourseLessons, seen_clips
from silentfoley.generators.flow_weights import follow, load_flow
from silentfoley.generators.learner import Learner


class CourseStudent(nn.Module):
    """The network of a :class:`CourseNet` in training; the net itself holds weights averaged over steps.

    Args:
        course: to be taught.
        folder: see :func:`seen_clips`; read when lessons are prepared.
        keep: share of the old average kept at each step, after a beginning in which it is less.
    """

    steps: Tensor

    def __init__(self, course: CourseNet, folder: str | Path, keep: float = 0.998) -> None:
        super().__init__()
        self.student = deepcopy(course.network).requires_grad_(True)
        # A tuple keeps the net, which is the generator's, out of this one's weights.
        self._course, self._folder, self._keep = (course,), Path(folder), keep
        self._lessons: CourseLessons | None = None
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def prepare(self) -> None:
        """Read the clips, and count what is usual of each class.

        Raises:
            DataError: if there are none.
        """
        self._lessons = CourseLessons(seen_clips(self._folder))
        self._lessons.prepare(self._course[0])

    def loss(self, seed: int) -> Tensor:
        """Of one step; all that is drawn hangs on the seed."""
        if self._lessons is None:
            self.prepare()
        assert self._lessons is not None
        (course,) = self._course
        if self.training:
            follow(course.network, self.student, int(self.steps), self._keep)
            self.steps += 1
        return self._lessons.loss(course, self.student if self.training else course.network, seed)


class CourseLearner(Learner):
    """Teaches a flow that has learned its columns to see; these stay as they are.

    Lessons teach it nothing: they are the flow's own, for whom to credit.

    Args:
        generator: whose course is taught.
        start: checkpoint of the run that taught its columns.
        seen: folder of clips, see :func:`seen_clips`.

    Raises:
        SilentFoleyError: if the generator has no course.
        CheckpointError: if the checkpoint does not fit.
    """

    def __init__(self, generator: FlowGenerator, start: str | Path, seen: str | Path) -> None:
        super().__init__()
        self.generator = generator.requires_grad_(False)
        load_flow(generator, Path(start))
        self.course = CourseStudent(course_of(generator), seen)

    @property
    def performer(self) -> CueGenerator:
        """The generator with averaged weights."""
        return self.generator

    def prepare(self, lessons: Sequence[Lesson]) -> None:
        """See :meth:`CourseStudent.prepare`."""
        self.course.prepare()

    def loss(self, batch: LessonBatch) -> Tensor:
        """See :meth:`CourseStudent.loss`."""
        return self.course.loss(batch.seed)


def course_of(generator: FlowGenerator) -> CourseNet:
    """A generator's course.

    Raises:
        SilentFoleyError: if it has none.
    """
    if generator.course is None:
        raise SilentFoleyError("flow", "has no course that could learn to see", "give the network a course")
    return generator.course
