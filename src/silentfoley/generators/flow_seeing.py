"""A flow with a perception in view."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import torch

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.flow_course import CourseNet, DrawnCourse
from silentfoley.generators.flow_eyes import left_to_the_eyes, seen_columns
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.rasterise import envelope_at
from silentfoley.generators.streaming import Part, StreamedGenerator
from silentfoley.perception import Perception

if TYPE_CHECKING:
    from silentfoley.generators.flow import FlowGenerator, Level


class SeeingFlow(StreamedGenerator):
    """Performs as a :class:`FlowGenerator` does, and draws the course of textures from what was seen.

    A cue says what, when, and how loud; the eyes say how it comes and goes in between, as long as nobody else has:
    see :func:`left_to_the_eyes`. All other cues, of hits, of classes that it never saw, of moments in which nothing was
    seen, with an envelope of their own, sound as without it, to the sample.

    Time of cues and of the perception is the same. Where the perception is shorter than the sheet, what it saw last
    stands still; where it is longer, the rest is not looked at.

    Args:
        flow: performs.
        course: its own.
        perception: of the clip that the sheet is for.
    """

    def __init__(self, flow: FlowGenerator, course: CourseNet, perception: Perception) -> None:
        self._flow, self._course, self.perception = flow, course, perception
        self.labels, self.sample_rate_hz = flow.labels, flow.sample_rate_hz

    def variants(self, label: str) -> tuple[str, ...]:
        """See :meth:`FlowGenerator.variants`."""
        return self._flow.variants(label)

    def parts(self, sheet: CueSheet, seed: int) -> list[Part]:
        """See :meth:`FlowGenerator.parts_of`."""
        return self._flow.parts_of(sheet, seed, partial(self._level_of, seed))

    def _level_of(self, seed: int, cue: Cue) -> Level:
        if not self._course.knows(cue.label) or not left_to_the_eyes(cue, self.perception):
            return partial(envelope_at, cue)
        seen = torch.from_numpy(seen_columns(cue, self.perception))
        return DrawnCourse(self._course.draw(cue.label, seen, torch_rng(seed, "course", cue.id)))
