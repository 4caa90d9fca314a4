"""Means of answers that share listeners *and* clips: bootstrap over both at once.

Answers of one listener are alike, and so are answers to one clip. The pigeonhole bootstrap (Owen, "The pigeonhole
bootstrap", Annals of Applied Statistics 1(2), 2007) draws rows and, independently, columns with replacement; a cell
counts as often as its row times its column was drawn. Its variance is that of rows and of columns, plus about *three*
times that of the cells (his theorem 3): no resampling of a crossed design is exact, this one errs to the safe side.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import SilentFoleyError

#: (..., K) means to (...) values.
Combine = Callable[[NDArray[np.float64]], NDArray[np.float64]]


@dataclass(frozen=True)
class Cells:
    """Values added up by row and column.

    Attributes:
        sums: (R, C) sum of each cell's values.
        counts: (R, C) values behind it; 0 where a listener did not judge a clip.
    """

    sums: NDArray[np.float64]
    counts: NDArray[np.float64]

    @property
    def mean(self) -> float:
        """Of all values; NaN without any."""
        n = float(self.counts.sum())
        return float(self.sums.sum()) / n if n else float("nan")


def numbered(names: Sequence[Hashable]) -> tuple[NDArray[np.int64], int]:
    """(N,) number of each name, in order of first appearance, and how many there are."""
    numbers: dict[Hashable, int] = {}
    return np.array([numbers.setdefault(n, len(numbers)) for n in names], dtype=np.int64), len(numbers)


def crossed_cells(
    values: ArrayLike, rows: Sequence[Hashable], columns: Sequence[Hashable], *, parts: Sequence[int] | None = None
) -> list[Cells]:
    """Values by row and column.

    Args:
        values: (N,) finite.
        rows, columns: N names each: listeners and recordings, say.
        parts: N numbers 0 to K - 1; values of one part make one table. None: all of one.

    Returns:
        K tables over the same rows and columns.

    Raises:
        SilentFoleyError: if there is not one row and one column per value.
    """
    array = np.asarray(values, dtype=np.float64)
    if not array.size == len(rows) == len(columns):
        sizes = f"{array.size} values, {len(rows)} rows and {len(columns)} columns"
        raise SilentFoleyError("crossed_cells", sizes, "name the row and the column of every value")
    row, n_rows = numbered(rows)
    column, n_columns = numbered(columns)
    part = np.zeros(array.size, dtype=np.int64) if parts is None else np.asarray(parts, dtype=np.int64)
    tables = []
    for k in range(int(part.max(initial=0)) + 1):
        sums, counts = np.zeros((n_rows, n_columns)), np.zeros((n_rows, n_columns))
        mine = part == k
        np.add.at(sums, (row[mine], column[mine]), array[mine])
        np.add.at(counts, (row[mine], column[mine]), 1.0)
        tables.append(Cells(sums, counts))
    return tables


def pigeonhole(tables: Sequence[Cells], combine: Combine, *, n_resamples: int, seed: int = 0) -> NDArray[np.float64]:
    """Resampled values of a function of the tables' means.

    Args:
        tables: K tables over the same R rows and C columns, drawn together.
        combine: (..., K) means to (...) values: one mean, or a difference of two.
        n_resamples: draws S.
        seed: of the draws.

    Returns:
        (S,) values; a draw that meets no value of some table is left out, so there may be fewer.
    """
    n_rows, n_columns = tables[0].counts.shape
    if not n_rows or not n_columns:
        return np.empty(0)
    rng = np.random.default_rng(seed)
    rows = rng.multinomial(n_rows, np.full(n_rows, 1 / n_rows), n_resamples).astype(np.float64)
    columns = rng.multinomial(n_columns, np.full(n_columns, 1 / n_columns), n_resamples).astype(np.float64)

    def drawn(cells: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.asarray(((rows @ cells) * columns).sum(axis=1))

    with np.errstate(divide="ignore", invalid="ignore"):
        means = np.stack([drawn(t.sums) / drawn(t.counts) for t in tables], axis=-1)
        values = combine(means)
    return np.asarray(values[np.isfinite(values)])


def two_sided_p(resampled: NDArray[np.float64], value: float) -> float:
    """Of the hypothesis that the truth is ``value``: twice the smaller share of resamples on one side of it.

    It says the same as the percentile interval: below 0.05 where the 95 % interval leaves ``value`` out. The test
    counts itself as one resample, so it is never 0; 1 without resamples.
    """
    n = resampled.size
    below, above = int((resampled <= value).sum()), int((resampled >= value).sum())
    return min(1.0, 2 * (min(below, above) + 1) / (n + 1)) if n else 1.0
