"""What one extracted clip holds. Protocols read this and nothing else: no file is decoded to score.

Arrays are named ``group.array``; a *group* is what one :class:`~silentfoley.evaluation.extractor.Extractor` makes.

================= ======================== ==========================================================================
group             arrays                   meaning
================= ======================== ==========================================================================
``sound``         ``mono`` (N,)            float32 at :data:`SOUND_RATE_HZ`, mean of the channels, level as found
``onsets``        ``start_s, strength``    (E,) float64: a named detector on the sound
``cues``          ``start_s, strength``    (E,) float64: the cue sheet beside the clip
``events``        ``start_s, strength``    (E,) float64: one of the two above, chosen once for a whole side by the
                                           scorer; the reference's are the true events. Never extracted itself.
``yamnet``        ``embedding, scores``    (P, 1024) and (P, 521) float32, one row per 0.96 s patch
                  ``after_...``            the same of patches that begin in the clip past those that reach its end
``motion``        ``peak_s``               (M,) float64: times of motion peaks of the picture
================= ======================== ==========================================================================
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import DataError

#: Rate of ``sound.mono``. Ours: events and spectra up to 11 kHz, a quarter of the storage of 44.1 kHz floats.
SOUND_RATE_HZ = 22_050


@dataclass(frozen=True)
class ClipFeatures:
    """One clip, true or generated.

    Attributes:
        id: name that pairs the two sides.
        source: the recording it is cut from; clips of one source are drawn together in every interval.
        label: sound class, or empty.
        duration_s: length of the clip in seconds, > 0. A pair is judged over its *reference's* length.
        arrays: see the table above.
        notes: by group, JSON values: ``{"sound": {"sample_rate_hz": 48000, "n_channels": 2}, ...}``.
        control: name of the control this clip was made by, empty for real ones.
    """

    id: str
    source: str
    label: str
    duration_s: float
    arrays: Mapping[str, NDArray[Any]] = field(repr=False)
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    control: str = ""

    def __getitem__(self, name: str) -> NDArray[Any]:
        """An array by its full name.

        Raises:
            DataError: naming the clip and the array that was not extracted.
        """
        if name not in self.arrays:
            have = ", ".join(sorted(self.arrays)) or "nothing"
            raise DataError(f"clip {self.id!r}", f"has no {name} (it has {have})", "extract it again for this protocol")
        return self.arrays[name]

    def __contains__(self, name: str) -> bool:
        return name in self.arrays

    def with_arrays(self, **groups: Mapping[str, NDArray[Any]]) -> ClipFeatures:
        """A copy in which whole groups are replaced: ``clip.with_arrays(events={"start_s": ..., "strength": ...})``."""
        new = {f"{group}.{name}": array for group, arrays in groups.items() for name, array in arrays.items()}
        return replace(self, arrays=_Overlay(self.arrays, frozenset(groups), new))

    def sound(self, duration_s: float | None = None) -> NDArray[np.float32]:
        """(N,) mono sound at :data:`SOUND_RATE_HZ`; of ``duration_s`` exactly if given: cut, or silence appended."""
        mono = np.asarray(self["sound.mono"], dtype=np.float32)
        if duration_s is None:
            return mono
        n_samples = round(duration_s * SOUND_RATE_HZ)
        return np.pad(mono[:n_samples], (0, max(0, n_samples - mono.size)))

    def events_s(self, duration_s: float | None = None) -> NDArray[np.float64]:
        """(E,) event times in seconds, increasing; those at or after ``duration_s`` are left out."""
        return self._events("start_s", duration_s)

    def strengths(self, duration_s: float | None = None) -> NDArray[np.float64]:
        """(E,) strengths of :meth:`events_s`, in the same order."""
        return self._events("strength", duration_s)

    def _events(self, name: str, duration_s: float | None) -> NDArray[np.float64]:
        start_s = np.asarray(self["events.start_s"], dtype=np.float64)
        order = np.argsort(start_s, kind="stable")
        values = np.asarray(self[f"events.{name}"], dtype=np.float64)[order]
        return values if duration_s is None else values[start_s[order] < duration_s]


class _Overlay(Mapping[str, NDArray[Any]]):
    """Arrays with whole groups replaced; those below are not read for it."""

    def __init__(
        self, below: Mapping[str, NDArray[Any]], groups: frozenset[str], above: dict[str, NDArray[Any]]
    ) -> None:
        self._below, self._groups, self._above = below, groups, above

    def __getitem__(self, name: str) -> NDArray[Any]:
        if name.partition(".")[0] in self._groups:
            return self._above[name]
        return self._below[name]

    def __iter__(self) -> Iterator[str]:
        yield from (n for n in self._below if n.partition(".")[0] not in self._groups)
        yield from self._above

    def __contains__(self, name: object) -> bool:
        if isinstance(name, str) and name.partition(".")[0] in self._groups:
            return name in self._above
        return name in self._below

    def __len__(self) -> int:
        return sum(1 for _ in self)


@dataclass(frozen=True)
class Pair:
    """A reference clip and what is judged against it. Both carry the reference's id."""

    reference: ClipFeatures
    generated: ClipFeatures

    @property
    def id(self) -> str:
        """The reference's id."""
        return self.reference.id

    @property
    def source(self) -> str:
        """The reference's recording: the unit of every interval."""
        return self.reference.source

    @property
    def duration_s(self) -> float:
        """The reference's length: what both are judged over."""
        return self.reference.duration_s
