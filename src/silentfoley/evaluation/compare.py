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
from silentfoley.evaluation.fingerprints import NOT_THE_RULER
from silentfoley.evaluation.protocol import Measure
from silentfoley.evaluation.registry import PROTOCOLS, make_protocol
from silentfoley.evaluation.score import FORMAT
from silentfoley.evaluation.table import aligned, figure_text, number
from silentfoley.metrics.bootstrap import combined_interval
from silentfoley.metrics.permutation import Combine, PairedTest, holm, paired_test

#: Below this adjusted p a difference is more than noise.
ALPHA = 0.05


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
        test = {k: _json(getattr(self.test, k)) for k in ("difference", "low", "high", "p_value", "n", "n_clusters")}
        return {"first": self.first, "second": self.second, **test, "p_adjusted": _json(self.p_adjusted)}


@dataclass(frozen=True)
class Compared:
    """One measure over all runs.

    Attributes:
        measure: its name.
        figures: by run, JSON figures on the clips all runs share (as scored, for measures of the set).
        pairs: tests; empty for measures of the set.
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


def compare(results: Mapping[str, Mapping[str, Any]], *, seed: int = 0) -> Comparison:
    """Results of several systems by name.

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
        protocols[name] = _measures(name, of_run, clips, seed)
    if any(not row.pairs for rows in protocols.values() for row in rows):
        notes.append("measures without places are of the set as scored: no paired test; read their intervals")
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


def _measures(name: str, of_run: Mapping[str, Mapping[str, Any]], clips: Sequence[str], seed: int) -> list[Compared]:
    if name not in PROTOCOLS:
        raise DataError(f"protocol {name!r}", "is unknown", "use the release that scored it")
    clusters = [next(iter(of_run.values()))["recordings"][c] for c in clips]
    rows = []
    for measure in make_protocol(name).measures():
        if not measure.parts:
            figures = {run: r["rows"]["system"].get(measure.name, {}) for run, r in of_run.items()}
            rows.append(Compared(measure.name, figures, [], {}))
            continue
        values = {run: _values(r, clips, measure) for run, r in of_run.items()}
        pairs = _tests(measure, values, clusters, seed)
        figures = {run: _figure(measure, v, clusters) for run, v in values.items()}
        rows.append(Compared(measure.name, figures, pairs, places(measure, list(values), pairs, values)))
    return rows


def _values(result: Mapping[str, Any], clips: Sequence[str], measure: Measure) -> NDArray[np.float64]:
    rows = [[result["per_clip"][c].get(p) for p in measure.parts] for c in clips]
    return np.array([[np.nan if v is None else v for v in row] for row in rows], dtype=np.float64)


def _figure(measure: Measure, values: NDArray[np.float64], clusters: Sequence[str]) -> dict[str, Any]:
    interval = combined_interval(values, measure.combine, clusters=clusters, n_resamples=1000)
    return {"value": _json(interval.mean), "low": _json(interval.low), "high": _json(interval.high), "n": interval.n}


def _tests(
    measure: Measure, values: Mapping[str, NDArray[np.float64]], clusters: Sequence[str], seed: int
) -> list[Pairwise]:
    couples = list(combinations(values, 2))
    combine = _off_zero(measure.combine) if measure.better == "zero" else measure.combine
    tests = [paired_test(values[a], values[b], combine, clusters=clusters, seed=seed) for a, b in couples]
    adjusted = holm([t.p_value for t in tests])
    return [Pairwise(a, b, t, float(p)) for (a, b), t, p in zip(couples, tests, adjusted, strict=True)]


def _off_zero(combine: Combine) -> Combine:
    return lambda means: np.abs(combine(means))


def places(
    measure: Measure, runs: Sequence[str], pairs: Sequence[Pairwise], values: Mapping[str, NDArray[np.float64]]
) -> dict[str, tuple[int, int]]:
    """Best and worst place of each run: only differences beyond the noise push one behind another."""
    ahead = dict.fromkeys(runs, 0)
    behind = dict.fromkeys(runs, 0)
    for pair in pairs:
        if pair.p_adjusted >= ALPHA:
            continue
        gain = _gain(measure, values[pair.first], values[pair.second])
        winner, loser = (pair.second, pair.first) if gain > 0 else (pair.first, pair.second)
        ahead[loser] += 1
        behind[winner] += 1
    return {run: (1 + ahead[run], len(runs) - behind[run]) for run in runs}


def _gain(measure: Measure, a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """How much better b is than a."""
    first, second = (combined_interval(v, measure.combine, n_resamples=1).mean for v in (a, b))
    if measure.better == "zero":
        return abs(first) - abs(second)
    return second - first if measure.better == "higher" else first - second


def _place(rank: tuple[int, int]) -> str:
    return str(rank[0]) if rank[0] == rank[1] else f"{rank[0]}-{rank[1]}"


def _line(measure: str, pair: Pairwise) -> str:
    test = pair.test
    span = f"[{number(test.low)}, {number(test.high)}]"
    verdict = "" if pair.p_adjusted < ALPHA else " (noise)"
    return (
        f"{pair.second} - {pair.first}: {measure} {test.difference:+.3f} {span}, p = {pair.p_adjusted:.4f}{verdict}, "
        f"{test.n} clips of {test.n_clusters} recordings"
    )


def _json(value: float) -> float | None:
    return None if isinstance(value, float) and np.isnan(value) else value
