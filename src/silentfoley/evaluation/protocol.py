"""How a set of pairs becomes figures: the contract every protocol file keeps.

A protocol gives numbers *per clip* (:meth:`Protocol.per_clip`) and says how they make up its measures
(:class:`Measure`); means, intervals, paired tests and control rows then come from the frame, the same for all.
What is no function of per-clip means (a distance of distributions, a median over all matched events) comes from
:meth:`Protocol.set_figures`, with its own interval.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import numpy as np
from numpy.typing import NDArray

from silentfoley.evaluation.answers import Kept
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.metrics.bootstrap import only
from silentfoley.metrics.mixtures import Mixture

#: Rows that stand in every table, best first by expectation of most measures.
CONTROLS = ("truth", "truth_redetected", "shuffled", "random", "metronome", "silence")
#: What becomes of an answer of another length than the truth, unless a protocol says otherwise.
LENGTH_RULE = "judged over the reference's length: what is longer is cut, what is shorter is followed by silence"
#: How loud an answer is taken to be, unless a protocol says otherwise.
LEVEL_RULE = "as found"
#: Why a protocol that listens has no row of re-detected truth.
SOUND_ALONE = "judges sound, which detecting its events again leaves as it is: the row truth stands for both"
#: Whatever is drawn is drawn with each of these.
SEEDS = (0, 1, 2)

Better = Literal["higher", "lower", "zero"]
Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expectation:
    """An order of two control rows, or a control whose interval shall hold a value.

    Attributes:
        better: control expected to be better (not merely as good) by the measure's direction.
        worse: control expected to be worse; empty with ``value``.
        why: what a violation would mean, in one sentence; printed with it.
        value: expected value of ``better`` instead of an order: its interval shall hold it.
        within: how far beside the value is of no account, >= 0; many rows are looked at, and a few of their 95 %
            intervals miss by a hair.
    """

    better: str
    worse: str
    why: str
    value: float | None = None
    within: float = 0.0


@dataclass(frozen=True)
class Measure:
    """One column of a table.

    Attributes:
        name: unique in its protocol; says tolerance and embedding: ``f1@50ms``, ``KAD-YAMNet``.
        what: one line for readers.
        better: direction. ``zero``: the nearer to zero the better (a bias).
        unit: ``ms``, ``dB`` or empty.
        parts: names of per-clip values it is made of; empty for a measure of the set (``set_figures``).
        combine: (..., K) means over clips of the K parts to (...) values; NaN per-clip values (does not apply)
            are left out of their part's mean. Must take any leading shape: intervals and tests resample with it.
        expects: orders of the control rows.
        no_order: why none is expected of them; empty with ``expects``.
    """

    name: str
    what: str
    better: Better
    unit: str = ""
    parts: tuple[str, ...] = ()
    combine: Callable[[Floats], Floats] = only
    expects: tuple[Expectation, ...] = ()
    no_order: str = ""


@dataclass(frozen=True)
class Figure:
    """A value with its interval.

    Attributes:
        value: NaN where it cannot be judged.
        low, high: ends of the 95 % interval, clips drawn by recording; NaN if none.
        n: clips (or events, see ``of``) it rests on.
        seed_values: the value by seed, where something is drawn; else empty.
        note: why it is missing, or what to beware of; empty for none.
        of: what ``n`` counts.
    """

    value: float
    low: float = float("nan")
    high: float = float("nan")
    n: int = 0
    seed_values: tuple[float, ...] = ()
    note: str = ""
    of: str = "clips"


@dataclass(frozen=True)
class Context:
    """What a protocol may need beyond the pairs.

    Attributes:
        clusters: one name per pair: pairs of one name are drawn together (``[p.source for p in pairs]``).
        seed: for whatever is drawn.
        n_resamples: of intervals.
        level: of intervals.
        row: name of the row: ``system`` or a control.
        training: clips the system was trained on, where the user names them (``--training DIR``).
    """

    clusters: Sequence[Hashable]
    seed: int = 0
    n_resamples: int = 1000
    level: float = 0.95
    row: str = "system"
    training: Sequence[ClipFeatures] = ()


class Protocol(ABC):
    """A named, versioned way to judge. One file each; registered in :mod:`silentfoley.evaluation.registry`.

    Attributes:
        name: as on the command line.
        version: raised whenever a number changes.
        length_rule: what becomes of an answer of another length, in words; part of the fingerprint.
        level_rule: how levels are treated, in words; fixed by the version, stated in the fingerprint.
        needs: groups it reads (see :mod:`~silentfoley.evaluation.clip_features`); ``events`` stands for cues or
            onsets, as the scorer was told. Groups of extractors with ``needs_picture`` are there on references only.
            Settled when a protocol is made, not when its module is loaded.
        controls: rows it wants; a control whose groups cannot be made is listed as left out with the reason.
        not_made: the other controls, each with the reason why it has no row.
        draws: whether per_clip or set_figures depend on the seed; they are then called with every seed.
        set_draws: False where, of these, only per_clip does.
        warning: printed with every result; empty for none.
    """

    name: ClassVar[str]
    version: ClassVar[int]
    length_rule: ClassVar[str] = LENGTH_RULE
    level_rule: ClassVar[str] = LEVEL_RULE
    needs: tuple[str, ...]
    controls: ClassVar[tuple[str, ...]] = CONTROLS
    not_made: ClassVar[Mapping[str, str]] = {}
    draws: ClassVar[bool] = False
    set_draws: ClassVar[bool] = True
    warning: ClassVar[str] = ""

    def settings(self) -> dict[str, Any]:
        """JSON values that decide the numbers: tolerances, the length and level rule. Part of the fingerprint."""
        return {}

    @abstractmethod
    def measures(self) -> tuple[Measure, ...]:
        """Columns in order, the headline first."""

    @abstractmethod
    def per_clip(self, reference: ClipFeatures, generated: ClipFeatures, seed: int) -> dict[str, float]:
        """Values of one pair; always the same keys, NaN where one does not apply.

        All are kept in ``metrics.json``, those no measure uses too. Judge over ``reference.duration_s``
        (``generated.sound(reference.duration_s)``, ``generated.events_s(reference.duration_s)``). May be ``{}``.
        """

    def set_figures(self, pairs: Sequence[Pair], context: Context) -> dict[str, Figure]:
        """Figures of the measures without parts, by name. ``pairs`` may be empty: then NaN with a note."""
        return {}

    def kept(self, pairs: Sequence[Pair], context: Context) -> Kept:
        """What measures of the set are made of, kept beside a result; see :meth:`mixtures`. May be ``{}``.

        By name one array per pair, whose first axis alone may differ in length.
        """
        return {}

    def mixtures(self, first: Kept, second: Kept, clusters: Sequence[Hashable]) -> dict[str, Mixture]:
        """Measures of the set of two systems mixed recording by recording, by name: what a paired test asks for.

        Args:
            first, second: what :meth:`kept` gave of two systems on the same clips.
            clusters: recordings of the clips.
        """
        return {}

    def detail(self, reference: ClipFeatures, generated: ClipFeatures) -> dict[str, Any]:
        """JSON values of one pair for the report: ``class_true``, ``class_heard``, ``errors_s`` ... May be ``{}``."""
        return {}

    def remarks(self, pairs: Sequence[Pair]) -> list[str]:
        """Warnings about these pairs, one line each: N < 2d, classes that cannot be judged ..."""
        return []
