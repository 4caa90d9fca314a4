"""How much of the scatter is the listeners', how much the clips', how much neither's: moments of a crossed design."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: What the pigeonhole bootstrap makes of the cells' own variance (Owen 2007, theorem 3).
PIGEONHOLE_CELLS = 3.0


@dataclass(frozen=True)
class Components:
    """Variances of ``y = mean + row + column + cell``, each >= 0.

    Attributes:
        rows: of listeners.
        columns: of clips.
        cells: of what is left.
    """

    rows: float
    columns: float
    cells: float

    def variance(self, n_rows: int, n_columns: int, per_row: float, *, cells_weight: float = 1.0) -> float:
        """Variance of the mean when each of ``n_rows`` answers ``per_row`` of ``n_columns``, spread evenly.

        Args:
            cells_weight: 1 for the mean's own variance, :data:`PIGEONHOLE_CELLS` for what the bootstrap reports.
        """
        return self.rows / n_rows + self.columns / n_columns + cells_weight * self.cells / (n_rows * per_row)


def variance_components(values: NDArray[np.float64], row: NDArray[np.int64], column: NDArray[np.int64]) -> Components:
    """Estimate by matching moments, for any pattern of missing cells.

    Three sums of squares (within rows, within columns, in all) against what the model expects of them: Henderson's
    first method, as Gao and Owen write it for crossed designs (Electronic Journal of Statistics 11(1), 2017); with
    several values in a cell the expectations carry the cells' counts. Estimates below 0 are set to 0.

    Args:
        values: (N,).
        row, column: (N,) numbers from 0.

    Returns:
        NaN throughout where the pattern cannot tell the three apart: one row, one column, no row with two columns.
    """
    unknown = Components(float("nan"), float("nan"), float("nan"))
    if not values.size:
        return unknown
    counts = np.zeros((int(row.max()) + 1, int(column.max()) + 1))
    np.add.at(counts, (row, column), 1.0)
    n, n_rows, n_columns = counts.sum(), counts.sum(axis=1), counts.sum(axis=0)
    expected = np.array(
        [
            [0.0, n - (counts**2 / n_rows[:, None]).sum(), n - n_rows.size],
            [n - (counts**2 / n_columns).sum(), 0.0, n - n_columns.size],
            [n - (n_rows**2).sum() / n, n - (n_columns**2).sum() / n, n - 1],
        ]
    )
    found = np.array([_within(values, row), _within(values, column), _within(values, np.zeros_like(row))])
    if np.linalg.matrix_rank(expected) < 3:
        return unknown
    rows, columns, own = np.maximum(np.linalg.solve(expected, found), 0.0).tolist()
    return Components(rows, columns, own)


def _within(values: NDArray[np.float64], group: NDArray[np.int64]) -> float:
    """Sum of squares about each group's mean."""
    counts = np.bincount(group)
    means = np.bincount(group, weights=values) / np.maximum(counts, 1)
    return float(((values - means[group]) ** 2).sum())
