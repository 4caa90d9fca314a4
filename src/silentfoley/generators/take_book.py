"""What a generator remembers of each take it learned from: a code, and enough to choose by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from silentfoley.data.lessons import Lesson
from silentfoley.errors import CheckpointError, DataError

#: A hit strays so far from its take towards another one of the same recording, and by noise of so many deviations.
#: Our choices.
STRAY, JITTER = 0.35, 0.1


@dataclass(frozen=True)
class Drawn:
    """A take to be performed.

    Attributes:
        code: (Z,).
        variant: number of its variant, 0 for none.
        strength: of the take that the code is nearest to.
        seconds: how long that rang.
    """

    code: Tensor
    variant: int
    strength: float
    seconds: float


class TakeBook(nn.Module):
    """Codes of takes, learned with the generator (no encoder: Bojanowski et al. 2018), and a line about each.

    Args:
        n_takes: room for so many.
        code_size: Z.
    """

    label: Tensor
    variant: Tensor
    recording: Tensor
    strength: Tensor
    seconds: Tensor
    recorded: Tensor

    def __init__(self, n_takes: int, code_size: int) -> None:
        super().__init__()
        self.codes = nn.Parameter(torch.zeros(n_takes, code_size))
        self.register_buffer("label", torch.full((n_takes,), -1))
        self.register_buffer("variant", torch.zeros(n_takes, dtype=torch.long))
        self.register_buffer("recording", torch.zeros(n_takes, dtype=torch.long))
        self.register_buffer("strength", torch.ones(n_takes))
        self.register_buffer("seconds", torch.ones(n_takes))
        self.register_buffer("recorded", torch.zeros(n_takes, dtype=torch.bool))

    def fill(self, lessons: Sequence[Lesson], labels: Sequence[str], variants: Sequence[str], rate_hz: int) -> None:
        """Write a line for each lesson, in their order; what stood there before is forgotten.

        Raises:
            DataError: if there are more lessons than lines.
        """
        if len(lessons) > len(self.codes):
            raise DataError(
                "noise_band",
                f"{len(lessons)} takes for {len(self.codes)} codes",
                f"add network.n_takes={len(lessons)}, or data.most=N for at most N takes of a class",
            )
        names = sorted({_recording(x) for x in lessons})
        self.label.fill_(-1)
        for i, x in enumerate(lessons):
            self.label[i] = labels.index(x.label)
            self.variant[i] = variants.index(x.variant) + 1 if x.variant in variants else 0
            self.recording[i] = names.index(_recording(x))
            self.strength[i] = x.strength
            self.recorded[i] = x.take is not None
            self.seconds[i] = (len(x.samples) - x.onset_samples) / rate_hz

    def of(self, label: int, variant: int = 0) -> Tensor:
        """Numbers of the takes of a class: those of the variant where there are any, else all."""
        mine = (self.label == label).nonzero()[:, 0]
        special = mine[self.variant[mine] == variant]
        return special if variant and len(special) else mine

    def variants_of(self, label: int) -> set[int]:
        """Numbers of the variants of a class, 0 among them if a take has none."""
        return {int(v) for v in self.variant[self.of(label)]}

    def need(self, label: int, name: str) -> None:
        """Refuse a class nothing was learned of.

        Raises:
            CheckpointError: always then.
        """
        if not len(self.of(label)):
            raise CheckpointError(f"noise bands of {name}", "were never learned", "train with lessons of this class")

    def draw(self, label: int, variant: int, voice: torch.Generator, take: torch.Generator) -> Drawn:
        """A hit or a texture: the voice settles on a recording, the take on a place between two of its takes."""
        mine = self.of(label, variant)
        # Where there is anything real, the synthesiser has helped to learn but does not perform.
        mine = mine[self.recorded[mine]] if self.recorded[mine].any() else mine
        recordings = sorted(set(self.recording[mine].tolist()))
        group = mine[self.recording[mine] == recordings[_pick(len(recordings), voice)]]
        one, other = group[_pick(len(group), take)], group[_pick(len(group), take)]
        spread = self.codes[mine].std(dim=0) if len(mine) > 1 else torch.zeros_like(self.codes[0])
        noise = torch.randn(spread.shape, generator=take) * JITTER * spread
        away = STRAY * float(torch.rand((), generator=take))
        code = self.codes[one] + away * (self.codes[other] - self.codes[one]) + noise
        return Drawn(code, int(self.variant[one]), float(self.strength[one]), float(self.seconds[one]))


def _pick(n: int, generator: torch.Generator) -> int:
    return int(torch.randint(n, (1,), generator=generator))


def _recording(lesson: Lesson) -> str:
    """What shares a voice: takes of one recording, or the synthesiser's sounds of one variant."""
    if lesson.take is None:
        return f"{lesson.label} synthesised {lesson.variant}"
    return f"{lesson.label} {lesson.take.recording} {lesson.variant} {lesson.varied}"
