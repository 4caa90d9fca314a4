"""The score of a sound track: which sound, when, how strong. One type for truth, prediction and edits."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from math import ceil, isfinite, nextafter

from silentfoley.errors import CueError

#: Version of the sheet on disk; readers refuse others.
SHEET_VERSION = 1
_UNSAFE = set("\t\r\n\0")

_NANOSECOND = Fraction(1, 10**9)


@dataclass(frozen=True)
class Cue:
    """One sound to perform.

    Attributes:
        start_s: onset in seconds from the start of the clip.
        label: sound class.
        strength: how hard, in [0, 1].
        duration_s: how long; None lets the sound ring as long as it does by nature.
        variant: material or manner within the class (``gravel``), or None.
        pan: -1 left, 0 centre, 1 right.
        distance_m: distance from the listener in metres, >= 0; strength holds at 1 m.
        confidence: how sure the detector was, in [0, 1]; 1 for truth and for edits.
        envelope: relative level at equal steps over ``duration_s``, each >= 0, or None for the natural course.
        id: name of the cue within its sheet; the sheet fills in empty ones.
    """

    start_s: float
    label: str
    strength: float = 1.0
    duration_s: float | None = None
    variant: str | None = None
    pan: float = 0.0
    distance_m: float = 1.0
    confidence: float = 1.0
    envelope: tuple[float, ...] | None = None
    id: str = ""

    def __post_init__(self) -> None:
        name = self.id or f"cue at {self.start_s!r} s"
        for key in ("start_s", "strength", "pan", "distance_m", "confidence"):
            object.__setattr__(self, key, _number(name, key, getattr(self, key)))
        if self.duration_s is not None:
            object.__setattr__(self, "duration_s", _number(name, "duration_s", self.duration_s))
        if self.envelope is not None:
            object.__setattr__(self, "envelope", tuple(_number(name, "envelope", v) for v in self.envelope))
        for key in ("label", "variant", "id"):
            _check_text(name, key, getattr(self, key))
        if not self.label:
            raise CueError(name, "label is empty", "name a sound class")
        _check(self.start_s >= 0, name, f"start_s {self.start_s:g} is before the clip", "use a time >= 0")
        for key, low, high in (("strength", 0, 1), ("pan", -1, 1), ("confidence", 0, 1)):
            value = getattr(self, key)
            _check(low <= value <= high, name, f"{key} {value:g} is outside [{low}, {high}]", "bring it into range")
        _check(self.distance_m >= 0, name, f"distance_m {self.distance_m:g} is negative", "use metres >= 0")
        if self.duration_s is not None:
            _check(
                self.duration_s > 0,
                name,
                f"duration_s {self.duration_s:g} is no length",
                "use a positive one or leave it out",
            )
        if self.envelope is not None:
            _check(self.duration_s is not None, name, "an envelope without duration_s", "give the duration it spans")
            _check(
                len(self.envelope) > 0 and min(self.envelope) >= 0,
                name,
                "envelope is empty or negative",
                "use values >= 0",
            )

    @property
    def end_s(self) -> float | None:
        """End in seconds, or None for a sound that rings by nature."""
        return None if self.duration_s is None else self.start_s + self.duration_s


def _check(ok: bool, subject: str, cause: str, remedy: str) -> None:
    if not ok:
        raise CueError(subject, cause, remedy)


def _number(subject: str, key: str, value: object) -> float:
    try:
        number = float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        raise CueError(subject, f"{key} {value!r} is not a number", "use a decimal number") from None
    _check(isfinite(number), subject, f"{key} is {number}", "use a finite number")
    return number + 0.0  # -0.0 becomes 0.0: equal numbers should read the same


def _check_text(subject: str, key: str, value: object) -> None:
    if value is None and key == "variant":
        return
    _check(isinstance(value, str), subject, f"{key} {value!r} is not text", "use a string")
    assert isinstance(value, str)
    _check(not _UNSAFE & set(value), subject, f"{key} holds a tab, line break or NUL", "use plain text on one line")
    _check(value == value.strip(), subject, f"{key} {value!r} begins or ends with a space", "strip it")
    _check(key != "variant" or value != "", subject, "variant is empty", "leave it out instead")


@dataclass(frozen=True)
class CueSheet:
    """Cues of one clip in time order, with the clip's length.

    Cues are sorted by start (ties keep their order) and given ids ``c1, c2, ...`` where they have none.

    Attributes:
        cues: the cues; every start lies before ``duration_s``.
        duration_s: length of the clip in seconds, > 0.
        version: format version.

    Raises:
        CueError: for a cue past the end, a repeated id, or a bad length.
    """

    cues: tuple[Cue, ...] = field(default=())
    duration_s: float = 0.0
    version: int = SHEET_VERSION

    def __post_init__(self) -> None:
        object.__setattr__(self, "duration_s", _number("CueSheet", "duration_s", self.duration_s))
        _check(
            self.duration_s > 0,
            "CueSheet",
            f"duration_s {self.duration_s:g} is no length",
            "give the clip's length in seconds",
        )
        _check(
            self.version == SHEET_VERSION,
            "CueSheet",
            f"version {self.version!r} is not {SHEET_VERSION}",
            "write it again with this release",
        )
        for cue in self.cues:
            _check(isinstance(cue, Cue), "CueSheet", f"{cue!r} is not a Cue", "pass Cue objects")
            _check(
                cue.start_s < self.duration_s,
                cue.id or f"cue {cue.label!r}",
                f"start {cue.start_s:g} s lies past the end of the clip ({self.duration_s:g} s)",
                "move it earlier or remove it",
            )
        ordered = sorted(self.cues, key=lambda c: c.start_s)
        taken = [c.id for c in ordered if c.id]
        repeated = {i for i in taken if taken.count(i) > 1} if len(set(taken)) < len(taken) else set()
        _check(not repeated, "CueSheet", f"id {min(repeated, default='')!r} is used twice", "give each cue its own id")
        object.__setattr__(self, "cues", tuple(_with_ids(ordered, set(taken))))

    def __iter__(self) -> Iterator[Cue]:
        return iter(self.cues)

    def __len__(self) -> int:
        return len(self.cues)

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels in use, sorted."""
        return tuple(sorted({c.label for c in self.cues}))

    def starts_s(self, label: str | None = None) -> tuple[float, ...]:
        """Onsets in seconds, of one label or of all."""
        return tuple(c.start_s for c in self.cues if label is None or c.label == label)

    def filter(self, keep: Callable[[Cue], bool]) -> CueSheet:
        """The cues for which ``keep`` is true."""
        return replace(self, cues=tuple(c for c in self.cues if keep(c)))

    def shift(self, by_s: float) -> CueSheet:
        """Every cue later by ``by_s`` (earlier if negative). The clip keeps its length.

        Raises:
            CueError: if a cue would leave the clip; nothing is dropped in silence.
        """
        return replace(self, cues=tuple(replace(c, start_s=c.start_s + by_s) for c in self.cues))

    def scale(self, factor: float) -> CueSheet:
        """Time stretched by ``factor`` > 0: starts, durations and the clip's length."""
        _check(
            factor > 0 and isfinite(factor), "CueSheet.scale", f"factor {factor!r} is not positive", "pass a number > 0"
        )
        duration_s = self.duration_s * factor
        # Rounding may carry a start just before the end onto it.
        latest = nextafter(duration_s, 0.0)
        scaled = (
            replace(
                c,
                start_s=min(c.start_s * factor, latest),
                duration_s=None if c.duration_s is None else c.duration_s * factor,
            )
            for c in self.cues
        )
        return CueSheet(tuple(scaled), duration_s, self.version)

    def merge(self, *others: CueSheet) -> CueSheet:
        """This sheet and others together, as long as the longest. Ids that clash are given anew, ours are kept."""
        cues = list(self.cues)
        taken = {c.id for c in cues}
        for sheet in others:
            for cue in sheet.cues:
                cues.append(replace(cue, id="") if cue.id in taken else cue)
                taken.add(cue.id)
        return CueSheet(tuple(cues), max([self.duration_s, *(s.duration_s for s in others)]))

    def quantise(self, step_s: float, offset_s: float = 0.0) -> CueSheet:
        """Starts moved to the nearest ``offset_s + k * step_s`` that lies inside the clip."""
        _check(
            step_s > 0 and isfinite(step_s), "CueSheet.quantise", f"step {step_s!r} is not positive", "pass seconds > 0"
        )
        _check(isfinite(offset_s), "CueSheet.quantise", f"offset {offset_s!r} is not finite", "pass seconds")
        return replace(
            self, cues=tuple(replace(c, start_s=self._grid_point(c.start_s, step_s, offset_s)) for c in self.cues)
        )

    def _grid_point(self, start_s: float, step_s: float, offset_s: float) -> float:
        # In fractions: a far offset or a fine step would otherwise lose the grid to rounding.
        step, offset = Fraction(step_s), Fraction(offset_s)
        # A hundred steps of 0.01 are a hair more than 1: a point a nanosecond before the clip is its start.
        first, last = ceil(-(offset + _NANOSECOND) / step), ceil((Fraction(self.duration_s) - offset) / step) - 1
        if float(offset + last * step) >= self.duration_s:
            last -= 1
        _check(
            first <= last,
            "CueSheet.quantise",
            f"step {step_s:g} s has no point inside the clip",
            "use a smaller step",
        )
        return max(0.0, float(offset + min(max(round((Fraction(start_s) - offset) / step), first), last) * step))

    def __str__(self) -> str:
        return f"CueSheet({len(self)} cues, {self.duration_s:.3f} s: {', '.join(self.labels) or 'silent'})"


def _with_ids(cues: Iterable[Cue], taken: set[str]) -> Iterator[Cue]:
    n = 0
    for cue in cues:
        if cue.id:
            yield cue
            continue
        n += 1
        while f"c{n}" in taken:
            n += 1
        yield replace(cue, id=f"c{n}")
