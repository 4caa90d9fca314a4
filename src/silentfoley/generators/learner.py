"""How a generator learns from lessons: what is prepared, what a step's loss is, what comes out."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

from torch import Tensor, nn

from silentfoley.data.lesson_datamodule import LessonBatch
from silentfoley.data.lessons import Lesson
from silentfoley.generators.base import CueGenerator


class Learner(nn.Module, ABC):
    """A generator in training, and whatever is needed for that alone.

    Subclasses hold ``generator``, a module and :class:`CueGenerator`, whose weights are what is kept.
    """

    @property
    @abstractmethod
    def performer(self) -> CueGenerator:
        """The generator, which performs with the weights it has now."""

    def prepare(self, lessons: Sequence[Lesson]) -> None:
        """Compute from all training lessons what is not trained, before the first step."""

    @abstractmethod
    def loss(self, batch: LessonBatch) -> Tensor:
        """Scalar loss of a batch; all that is drawn hangs on ``batch.seed``. In evaluation mode the indices of the
        batch are not those of training lessons, and nothing may be looked up by them."""

    def finish(self, lessons: Sequence[Lesson]) -> None:
        """Fit what rests on the trained weights."""
