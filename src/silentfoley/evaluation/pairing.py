"""Which generated clip answers which reference, and who is missing, short or left over."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass, replace
from pathlib import PurePosixPath
from typing import Any

from silentfoley.errors import DataError
from silentfoley.evaluation.clip_features import Pair
from silentfoley.evaluation.sides import Side

#: A generated clip this much shorter or longer than its reference is counted. Ours: two video frames.
LENGTH_SLACK_S = 0.08


@dataclass(frozen=True)
class Pairing:
    """Two sides put together.

    Attributes:
        pairs: in order of the reference's id.
        missing: references that are not scored, with the reason.
        extra: generated clips nobody asked for.
        short, long: ids of scored clips whose generated side is shorter or longer than the reference.
        matched_by: ``stem`` or ``path``.
    """

    pairs: tuple[Pair, ...]
    missing: dict[str, str]
    extra: tuple[str, ...]
    short: tuple[str, ...]
    long: tuple[str, ...]
    matched_by: str

    @property
    def n_reference(self) -> int:
        """Clips asked for, scored or not."""
        return len(self.pairs) + len(self.missing)

    def counts(self) -> dict[str, Any]:
        """JSON values: every result holds them."""
        return {
            "n_reference": self.n_reference,
            "n_scored": len(self.pairs),
            "n_missing": len(self.missing),
            "missing": self.missing,
            "n_extra": len(self.extra),
            "extra": list(self.extra),
            "n_short": len(self.short),
            "short": list(self.short),
            "n_long": len(self.long),
            "long": list(self.long),
            "matched_by": self.matched_by,
        }


def pair_sides(reference: Side, generated: Side) -> Pairing:
    """Match by stem where stems are unique on both sides, else by path.

    Raises:
        DataError: if nothing matches.
    """
    asked = [*reference.clips, *(b.path for b in reference.bad)]
    given = [*generated.clips, *(b.path for b in generated.bad)]
    name = match_rule(asked, given)
    answers = {name(clip_id): clip for clip_id, clip in generated.clips.items()}
    refused = {name(b.path): b.reason for b in generated.bad}
    missing = {b.path: f"reference: {b.reason}" for b in reference.bad}
    pairs: list[Pair] = []
    for clip_id, clip in sorted(reference.clips.items()):
        answer = answers.get(name(clip_id))
        if answer is None:
            reason = refused.get(name(clip_id))
            missing[clip_id] = f"generated: {reason}" if reason else "generated: no such clip"
        else:
            pairs.append(Pair(clip, replace(answer, id=clip_id)))
    if not pairs:
        example = f"{asked[0]!r} and {given[0]!r}"
        raise DataError(
            f"{reference.name} and {generated.name}", f"no clip of one is in the other ({example})", "name both alike"
        )
    wanted = {name(i) for i in asked}
    extra = tuple(i for i in given if name(i) not in wanted)
    late = {p.id: p.generated.duration_s - p.duration_s for p in pairs}
    short = tuple(i for i, d in late.items() if d < -LENGTH_SLACK_S)
    long = tuple(i for i, d in late.items() if d > LENGTH_SLACK_S)
    return Pairing(tuple(pairs), dict(sorted(missing.items())), extra, short, long, "path" if name is str else "stem")


def match_rule(*sides: Collection[str]) -> Callable[[str], str]:
    """What two clips of different sides must have alike: the stem where stems are unique on every side, else the id."""
    return _stem if all(_unique(ids) for ids in sides) else str


def _stem(clip_id: str) -> str:
    return PurePosixPath(clip_id).name


def _unique(ids: Iterable[str]) -> bool:
    counts = Counter(_stem(i) for i in ids)
    return max(counts.values(), default=0) <= 1
