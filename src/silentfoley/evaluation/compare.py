"""Results side by side: intervals, paired tests, and no rank inside the noise."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import DataError
from silentfoley.evaluation.answers import Answers
from silentfoley.evaluation.fingerprints import NOT_THE_RULER
from silentfoley.evaluation.protocol import Measure, Protocol
from silentfoley.evaluation.registry import PROTOCOLS, make_protocol
from silentfoley.evaluation.score import FORMAT
from silentfoley.evaluation.table import aligned, figure_text, number
from silentfoley.metrics.bootstrap import combined_interval
from silentfoley.metrics.mixtures import Mixture
from silentfoley.metrics.permutation import Combine, PairedTest, holm, mixture_test, paired_test

#: Below this adjusted p a difference is more than noise.
ALPHA = 0.05
#: Seconds for one test of a measure of the set, unless told otherwise.
BUDGET_S = 20.0
#: Fewer permutations than this cannot tell anything at :data:`ALPHA`.
_FEWEST = 20


@dataclass(frozen=True)
class Pairwise:
    """Second run minus first on one measure.

    Attributes:
        first, second: names of the runs.
        test: on the clips all runs share. Of a measure that is best at zero its distances from zero are tested: runs
            as far off to either side are equal.
        p_adjusted: Holm over all pairs of runs on this measure.
    """

    first: str
    second: str
    test: PairedTest
    p_adjusted: float

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        names = ("difference", "low", "high", "p_value", "n", "n_clusters", "n_permutations")
        test = {k: _json(getattr(self.test, k)) for k in names}
        return {"first": self.first, "second": self.second, **test, "p_adjusted": _json(self.p_adjusted)}


@dataclass(frozen=True)
class Compared:
    """One measure over all runs.

    Attributes:
        measure: its name.
        figures: by run, JSON figures on the clips all runs share (as scored, for measures of the set).
        pairs: tests; empty for measures of the set where what they are made of was not kept.
        ranks: by run, best and worst place that the tests leave open; empty without tests.
    """

    measure: str
    figures: dict[str, dict[str, Any]]
    pairs: list[Pairwise]
    ranks: dict[str, tuple[int, int]]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"figures": self.figures, "pairs": [p.to_dict() for p in self.pairs], "ranks": self.ranks}


@dataclass(frozen=True)
class Comparison:
    """Several results.

    Attributes:
        runs: names.
        n_common: clips every run scored, by protocol.
        protocols: by name, measures in order.
        notes: what to beware of.
    """

    runs: tuple[str, ...]
    n_common: dict[str, int]
    protocols: dict[str, list[Compared]]
    notes: list[str]

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        protocols = {n: {c.measure: c.to_dict() for c in rows} for n, rows in self.protocols.items()}
        return {"runs": list(self.runs), "n_common": self.n_common, "notes": self.notes, "protocols": protocols}

    def table(self) -> str:
        """For people."""
        lines: list[str] = []
        for name, rows in self.protocols.items():
            lines += [*([""] if lines else []), f"{name}: {self.n_common[name]} clips that every run scored"]
            cells = [["measure", *self.runs]]
            for row in rows:
                places = {r: f" #{_place(row.ranks[r])}" if r in row.ranks else "" for r in self.runs}
                cells.append([row.measure, *(figure_text(row.figures[r]) + places[r] for r in self.runs)])
            lines += aligned(cells)
            lines += [_line(row.measure, pair) for row in rows for pair in row.pairs if row is rows[0]]
        lines += [f"note: {n}" for n in self.notes]
        return "\n".join(lines)


def load_result(path: str | Path) -> dict[str, Any]:
    """A ``metrics.json``, or the one in a folder.

    Raises:
        DataError: if it is none.
    """
    file = Path(path) / "metrics.json" if Path(path).is_dir() else Path(path)
    try:
        value = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise DataError(file, f"cannot be read ({error})", "name a metrics.json of silentfoley score") from None
    if not isinstance(value, dict) or value.get("format") != FORMAT:
        raise DataError(file, "is no result of silentfoley score", "name a metrics.json")
    return value


def compare(
    results: Mapping[str, Mapping[str, Any]],
    answers: Mapping[str, Answers] | None = None,
    *,
    seed: int = 0,
    budget_s: float = BUDGET_S,
) -> Comparison:
    """Results of several systems by name.

    Args:
        results: as ``metrics.json`` holds them.
        answers: by name, what was kept beside each, see :func:`~silentfoley.evaluation.answers.load_answers`. Measures
            of the set are tested where all runs have theirs.
        seed: of the tests.
        budget_s: for each test of a measure of the set. Where it ends a test, the number of permutations, which stands
            with the test, depends on the machine.

    Raises:
        DataError: with fewer than two, without a common protocol, or if they were not measured alike.
    """
    if len(results) < 2:
        raise DataError("compare", f"{len(results)} results", "name two or more")
    first, *others = results.values()
    names = [p for p in first["protocols"] if all(p in r["protocols"] for r in others)]
    if not names:
        raise DataError("compare", "the results have no protocol in common", "score them with the same --protocol")
    protocols: dict[str, list[Compared]] = {}
    n_common: dict[str, int] = {}
    notes: list[str] = []
    for name in names:
        of_run = {run: r["protocols"][name] for run, r in results.items()}
        _check_alike(name, of_run)
        clips = _common(of_run)
        n_common[name] = len(clips)
        fewer = [run for run, r in of_run.items() if len(r["per_clip"]) > len(clips)]
        if fewer:
            notes.append(f"{name}: clips that not every run scored are left out of {', '.join(fewer)}")
        if not clips:
            raise DataError(f"compare {name}", "no clip was scored in every run", "score the same references")
        swaps = _Swaps(name, answers or {}, clips, seed, budget_s)
        protocols[name] = _measures(name, of_run, clips, swaps)
    notes += _notes([row for rows in protocols.values() for row in rows], budget_s)
    notes.append(f"#a-b: places left open by paired permutation tests (Holm, p < {ALPHA}); equal places are noise")
    return Comparison(tuple(results), n_common, protocols, notes)


def _check_alike(name: str, of_run: Mapping[str, Mapping[str, Any]]) -> None:
    (first, reference), *others = ((run, r["fingerprint"]) for run, r in of_run.items())
    for run, other in others:
        if other["digest"] != reference["digest"]:
            ruler = {*reference, *other} - {"digest", *NOT_THE_RULER}
            keys = ", ".join(sorted(k for k in ruler if reference.get(k) != other.get(k)))
            raise DataError(f"{first} and {run}", f"{name} was measured differently: {keys}", "score both alike")


def _common(of_run: Mapping[str, Mapping[str, Any]]) -> list[str]:
    sets = [set(r["per_clip"]) for r in of_run.values()]
    return sorted(set.intersection(*sets))


@dataclass(frozen=True)
class _Swaps:
    """What tests of measures of the set need."""

    protocol: str
    answers: Mapping[str, Answers]
    clips: Sequence[str]
    seed: int
    budget_s: float

    def mixtures(self, protocol: Protocol, runs: Sequence[str], clusters: Sequence[str]) -> dict[str, list[Mixture]]:
        """By measure, those of every two runs; measures that some runs leave open are not there."""
        if any(run not in self.answers for run in runs):
            return {}
        kept = {run: self.answers[run].of(self.protocol, self.clips) for run in runs}
        each = [protocol.mixtures(kept[a], kept[b], clusters) for a, b in combinations(runs, 2)]
        return {name: [e[name] for e in each] for name in each[0] if all(name in e for e in each)}


def _notes(rows: Sequence[Compared], budget_s: float) -> list[str]:
    notes = []
    untested = [row.measure for row in rows if not row.pairs]
    if untested:
        why = "nothing is kept of them beside every result"
        notes.append(f"measures of the set as scored, without a paired test ({why}): {', '.join(untested)}")
    few = {row.measure: min(p.test.n_permutations for p in row.pairs) for row in rows if row.pairs}
    hurried = [f"{name} ({n})" for name, n in few.items() if n < _FEWEST]
    if hurried:
        notes.append(
            f"too few permutations in {budget_s:g} s to tell anything, read their intervals: {', '.join(hurried)}"
        )
    return notes


def _measures(
    name: str, of_run: Mapping[str, Mapping[str, Any]], clips: Sequence[str], swaps: _Swaps
) -> list[Compared]:
    if name not in PROTOCOLS:
        raise DataError(f"protocol {name!r}", "is unknown", "use the release that scored it")
    clusters = [next(iter(of_run.values()))["recordings"][c] for c in clips]
    protocol, runs = make_protocol(name), list(of_run)
    mixtures = swaps.mixtures(protocol, runs, clusters)
    rows = []
    for measure in protocol.measures():
        if measure.parts:
            values = {run: _values(r, clips, measure) for run, r in of_run.items()}
            tests = _tests(measure, values, clusters, swaps.seed)
            figures = {run: _figure(measure, v, clusters) for run, v in values.items()}
        else:
            tests = [_set_test(measure, m, clusters, swaps) for m in mixtures.get(measure.name, [])]
            figures = {run: r["rows"]["system"].get(measure.name, {}) for run, r in of_run.items()}
        pairs = _pairwise(runs, tests)
        rows.append(Compared(measure.name, figures, pairs, places(measure, runs, pairs)))
    return rows


def _set_test(measure: Measure, mixed: Mixture, clusters: Sequence[str], swaps: _Swaps) -> PairedTest:
    def off_zero(chosen: NDArray[np.bool_]) -> NDArray[np.float64]:
        return np.abs(mixed(chosen))

    by = off_zero if measure.better == "zero" else mixed
    return mixture_test(by, len(set(clusters)), len(clusters), budget_s=swaps.budget_s, seed=swaps.seed)


def _values(result: Mapping[str, Any], clips: Sequence[str], measure: Measure) -> NDArray[np.float64]:
    rows = [[result["per_clip"][c].get(p) for p in measure.parts] for c in clips]
    return np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=np.float64)


def _figure(measure: Measure, values: NDArray[np.float64], clusters: Sequence[str]) -> dict[str, Any]:
    interval = combined_interval(values, measure.combine, clusters=clusters, n_resamples=1000)
    return {"value": _json(interval.mean), "low": _json(interval.low), "high": _json(interval.high), "n": interval.n}


def _tests(
    measure: Measure, values: Mapping[str, NDArray[np.float64]], clusters: Sequence[str], seed: int
) -> list[PairedTest]:
    combine = _off_zero(measure.combine) if measure.better == "zero" else measure.combine
    couples = combinations(values.values(), 2)
    return [paired_test(a, b, combine, clusters=clusters, seed=seed) for a, b in couples]


def _pairwise(runs: Sequence[str], tests: Sequence[PairedTest]) -> list[Pairwise]:
    """Tests of every two runs, Holm over them; none without tests."""
    if not tests:
        return []
    adjusted = holm([t.p_value for t in tests])
    couples = combinations(runs, 2)
    return [Pairwise(a, b, t, float(p)) for (a, b), t, p in zip(couples, tests, adjusted, strict=True)]


def _off_zero(combine: Combine) -> Combine:
    return lambda means: np.abs(combine(means))


def places(measure: Measure, runs: Sequence[str], pairs: Sequence[Pairwise]) -> dict[str, tuple[int, int]]:
    """Best and worst place of each run: only differences beyond the noise push one behind another. None untested."""
    if not pairs:
        return {}
    ahead = dict.fromkeys(runs, 0)
    behind = dict.fromkeys(runs, 0)
    for pair in pairs:
        if pair.p_adjusted >= ALPHA:
            continue
        # Of a measure best at zero, distances from zero were tested: the smaller wins.
        second_wins = (pair.test.difference > 0) == (measure.better == "higher")
        winner, loser = (pair.second, pair.first) if second_wins else (pair.first, pair.second)
        ahead[loser] += 1
        behind[winner] += 1
    return {run: (1 + ahead[run], len(runs) - behind[run]) for run in runs}


def _place(rank: tuple[int, int]) -> str:
    return str(rank[0]) if rank[0] == rank[1] else f"{rank[0]}-{rank[1]}"


def _line(measure: str, pair: Pairwise) -> str:
    test = pair.test
    span = "" if np.isnan(test.low) else f" [{number(test.low)}, {number(test.high)}]"
    verdict = "" if pair.p_adjusted < ALPHA else " (noise)"
    return (
        f"{pair.second} - {pair.first}: {measure} {test.difference:+.3f}{span}, p = {pair.p_adjusted:.4f}{verdict}, "
        f"{test.n} clips of {test.n_clusters} recordings"
    )


def _json(value: float) -> float | None:
    return None if isinstance(value, float) and np.isnan(value) else value
