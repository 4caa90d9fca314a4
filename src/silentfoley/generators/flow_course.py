"""The course of a texture, drawn by a small flow from what the eyes saw."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.generators.flow_eyes import COURSE_HZ, N_SEEN
from silentfoley.generators.flow_network import Given, VelocityNet
from silentfoley.generators.flow_path import Solver, flow, guided
from silentfoley.labels import TEXTURES

Doubles = NDArray[np.float64]
#: Columns drawn at a time, and over how many of them two windows fade into each other.
COURSE_WINDOW, COURSE_OVERLAP = 128, 32
#: A texture is never farther below its loudest moment, dB. Our choice: there it is not heard.
LEAST_DB = -30.0


class CourseNet(nn.Module):
    """Level of a texture over time, relative to its loudest moment, given a Perception.

    The eyes' strength is how something moves, and how far that tells how loud it is differs from class to class. So it
    is not taken for the level: levels that go with such a perception are drawn. It is the flow of the columns once
    more, of one band, with the perception as its states; without any it draws a course that is usual of the class.

    Args:
        labels: textures that can be asked for, in the order of the weights.
        dims, blocks, n_condition: size of the network, see :class:`VelocityNet`.
        steps, solver: of the way from noise to data.
        guidance: 1 follows the perception as learned; 0 looks away, above 1 exaggerates, and either costs twice.
        stray: share of the noise that is begun with. 1 draws courses as different as they are; with less they come
            nearer to what is to be expected.
    """

    usual: Tensor

    def __init__(
        self,
        labels: Iterable[str] = tuple(sorted(TEXTURES)),
        dims: Sequence[int] = (32, 48, 64),
        blocks: Sequence[int] = (1, 1, 2),
        n_condition: int = 32,
        steps: int = 8,
        solver: Solver = "euler",
        guidance: float = 1.0,
        stray: float = 1.0,
    ) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.steps, self.solver, self.guidance, self.stray = steps, solver, guidance, stray
        self.network = VelocityNet(1, 0, len(self.labels), 1, dims, blocks, n_condition, N_SEEN)
        # Mean and deviation of each class, dB; a deviation of 0 where nothing was learned.
        self.register_buffer("usual", torch.zeros(len(self.labels), 2))

    def knows(self, label: str) -> bool:
        """Whether it has learned of a class."""
        return label in self.labels and bool(self.usual[self.labels.index(label), 1] > 0)

    def normalise(self, label: str, course_db: Tensor) -> Tensor:
        """Courses in dB as the flow sees them."""
        mean, deviation = self.usual[self.labels.index(label)]
        scaled: Tensor = (course_db - mean) / deviation
        return scaled

    def given(self, label: str, seen: Tensor) -> Given:
        """What the network is told of a window (of a batch of one), of which it knows nothing beforehand.

        Args:
            label: of the texture.
            seen: (T, S), see :func:`seen_columns`.
        """
        n = len(seen)
        return Given(
            label=torch.tensor([self.labels.index(label)]),
            variant=torch.zeros(1, dtype=torch.long),
            strength=torch.zeros(1, 1),
            curves=torch.zeros(1, n, 0),
            colour=torch.zeros(1, n, 1),
            manner=torch.zeros(1, 2),
            context=torch.zeros(1, n, 1),
            known=torch.zeros(1, n, 1),
            states=seen[None],
        )

    @torch.no_grad()
    def draw(self, label: str, seen: Tensor, rng: torch.Generator) -> Iterator[Doubles]:
        """A course in dB, piece by piece, (T,) together for (T, S) ``seen``.

        Windows begin with the same noise where they overlap, and fade into each other there.

        Args:
            label: one that it :meth:`knows`.
            seen: see :func:`seen_columns`.
            rng: draws the noise.
        """
        first, last, before = 0, False, np.zeros(0)
        noise = torch.zeros(0, 1)
        rising = (np.arange(COURSE_OVERLAP) + 1) / (COURSE_OVERLAP + 1)
        while not last:
            left = len(seen) - first
            last = left <= COURSE_WINDOW
            n = min(COURSE_WINDOW, -(-left // self.network.step) * self.network.step)
            noise = torch.cat([noise, torch.randn(n - len(noise), 1, generator=rng)])
            course_db = self._window(label, seen[first : first + n], noise)
            course_db[: len(before)] += (1 - rising[: len(before)]) * (before - course_db[: len(before)])
            done = left if last else COURSE_WINDOW - COURSE_OVERLAP
            yield course_db[:done]
            before, noise, first = course_db[done:], noise[done:], first + done

    def _window(self, label: str, seen: Tensor, noise: Tensor) -> Doubles:
        """(T,) dB for (t, S), t <= T; what lies past the end stands still beside it."""
        given = self.given(label, torch.cat([seen, seen[-1:].expand(len(noise) - len(seen), -1)]))
        blind = replace(given, states=None)

        def field(x: Tensor, time: float) -> Tensor:
            at = torch.tensor([time])
            out: Tensor = self.network(x, at, given)
            return out if self.guidance == 1 else guided(out, self.network(x, at, blind), self.guidance)

        drawn = flow(field, self.stray * noise[None], self.steps, self.solver)[0, :, 0]
        mean, deviation = self.usual[self.labels.index(label)].tolist()
        return np.asarray(np.clip(drawn.double().numpy() * deviation + mean, LEAST_DB, 0.0))


class DrawnCourse:
    """A course that is drawn as far as it is asked for.

    Args:
        windows: (t,) dB at columns, in order, one column at least.
    """

    def __init__(self, windows: Iterator[Doubles]) -> None:
        self._windows = windows
        self._course_db: Doubles = np.zeros(0)

    def __call__(self, since_s: Doubles) -> Doubles:
        """Amplitudes in [0, 1], ``since_s`` seconds after the cue's start: straight lines in dB between columns, and
        after the last as that is."""
        column = np.asarray(since_s, dtype=np.float64) * COURSE_HZ
        while not len(self._course_db) or float(column.max(initial=0.0)) > len(self._course_db) - 1:
            window = next(self._windows, None)
            if window is None:
                break
            self._course_db = np.concatenate([self._course_db, window])
        course_db = np.interp(column, np.arange(len(self._course_db)), self._course_db)
        return np.asarray(10 ** (course_db / 20))
