from itertools import product

import numpy as np
import pytest
from scipy.stats import norm

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.crossed import crossed_cells, numbered, pigeonhole, two_sided_p
from silentfoley.metrics.crossed_variance import variance_components


def only(means):
    return means[..., 0]


def minus(means):
    return means[..., 0] - means[..., 1]


def test_names_are_numbered_as_they_come():
    number, n = numbered(["b", "a", "b", "c"])
    assert number.tolist() == [0, 1, 0, 2]
    assert n == 3


def test_cells_by_hand():
    one, two = crossed_cells([1, 0, 1, 5], ["x", "x", "y", "y"], ["p", "q", "p", "p"], parts=[0, 0, 0, 1])
    assert one.sums.tolist() == [[1, 0], [1, 0]]
    assert one.counts.tolist() == [[1, 1], [1, 0]]
    assert one.mean == pytest.approx(2 / 3)
    assert two.sums.tolist() == [[0, 0], [5, 0]]
    assert np.isnan(crossed_cells([], [], [])[0].mean)
    with pytest.raises(SilentFoleyError, match="2 values, 1 rows and 2 columns"):
        crossed_cells([1, 2], ["x"], ["p", "q"])


def test_draws_have_the_distribution_that_enumeration_gives():
    table = np.array([[1.0, 0.0, 3.0], [2.0, 7.0, 1.0]])
    exact = []
    for rows in product(range(2), repeat=2):
        for columns in product(range(3), repeat=3):
            exact.append(np.mean([table[i, j] for i in rows for j in columns]))
    (cells,) = crossed_cells(table.ravel(), list("aaabbb"), list("pqrpqr"))
    drawn = pigeonhole([cells], only, n_resamples=40_000, seed=1)
    assert drawn.mean() == pytest.approx(np.mean(exact), abs=0.02)
    assert drawn.std() == pytest.approx(np.std(exact), abs=0.02)
    for edge in np.unique(np.round(exact, 9)):
        share = np.mean(np.array(exact) <= edge + 1e-6)
        assert np.mean(drawn <= edge + 1e-6) == pytest.approx(share, abs=0.01)


def test_holes_and_differences_as_a_loop_has_them():
    rng = np.random.default_rng(0)
    rows, columns = rng.integers(0, 6, 40), rng.integers(0, 7, 40)
    values, parts = rng.random(40), rng.integers(0, 2, 40)
    loop = []
    for _ in range(4000):
        times = (
            np.bincount(rng.integers(0, 6, 6), minlength=6)[rows]
            * np.bincount(rng.integers(0, 7, 7), minlength=7)[columns]
        )
        if all(times[parts == k].sum() for k in (0, 1)):
            loop.append(np.subtract(*[np.average(values[parts == k], weights=times[parts == k]) for k in (0, 1)]))
    tables = crossed_cells(values, rows.tolist(), columns.tolist(), parts=parts.tolist())
    drawn = pigeonhole(tables, minus, n_resamples=4000)
    quantiles = (0.025, 0.25, 0.5, 0.75, 0.975)
    np.testing.assert_allclose(np.quantile(drawn, quantiles), np.quantile(loop, quantiles), atol=0.03)


def test_same_seed_same_draws():
    tables = crossed_cells([1, 0, 1, 1], list("aabb"), list("pqpq"))
    first, again, other = (pigeonhole(tables, only, n_resamples=50, seed=s) for s in (4, 4, 5))
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)
    assert pigeonhole(crossed_cells([], [], []), only, n_resamples=5).size == 0


def test_the_cells_own_variance_counts_threefold():
    """Owen 2007, theorem 3: what makes the interval safe, and what precision is planned by."""
    rng = np.random.default_rng(3)
    n = 25
    found = [
        pigeonhole(
            crossed_cells(rng.normal(size=n * n), np.repeat(range(n), n).tolist(), np.tile(range(n), n).tolist()),
            only,
            n_resamples=400,
            seed=k,
        ).var()
        for k in range(40)
    ]
    assert np.mean(found) * n * n == pytest.approx(3.0, rel=0.1)


def test_p_says_what_the_interval_says():
    draws = np.linspace(0.4, 0.8, 1000)
    assert two_sided_p(draws, 0.6) == 1.0
    assert two_sided_p(draws, 0.41) == pytest.approx(2 * 26 / 1001)
    assert two_sided_p(draws, 0.1) == pytest.approx(2 / 1001)
    assert two_sided_p(draws[:0], 0.5) == 1.0


def survey(rng, n_rows, n_columns, row_sd, column_sd, mean):
    """Yes or no by a probit with crossed effects; everybody answers everything."""
    level = mean + rng.normal(0, row_sd, (n_rows, 1)) + rng.normal(0, column_sd, n_columns)
    answers = rng.random((n_rows, n_columns)) < norm.cdf(level)
    return answers.astype(float).ravel(), np.repeat(range(n_rows), n_columns), np.tile(range(n_columns), n_rows)


@pytest.mark.parametrize(
    ("n_rows", "n_columns", "row_sd", "column_sd"), [(5, 5, 0.5, 0.5), (8, 20, 1.0, 0.3), (20, 8, 0.2, 1.0)]
)
def test_intervals_cover_the_truth(n_rows, n_columns, row_sd, column_sd):
    rng = np.random.default_rng(11)
    truth = norm.cdf(0.3 / np.sqrt(1 + row_sd**2 + column_sd**2))
    inside = 0
    for seed in range(200):
        values, row, column = survey(rng, n_rows, n_columns, row_sd, column_sd, 0.3)
        draws = pigeonhole(crossed_cells(values, row.tolist(), column.tolist()), only, n_resamples=300, seed=seed)
        low, high = np.quantile(draws, [0.025, 0.975])
        inside += low <= truth <= high
    # A bootstrap over answers alone covers it in half of them or less.
    assert inside / 200 >= 0.88


def traces(row, column):
    """What each sum of squares expects of each component, from its matrix: E[y' M y] = tr(M V)."""

    def same(group):
        return (group[:, None] == group).astype(float)

    def within(group):
        block = same(group)
        return np.eye(group.size) - block / block.sum(axis=1)

    spreads = [same(row), same(column), np.eye(row.size)]
    forms = [within(row), within(column), within(np.zeros_like(row))]
    return np.array([[np.trace(m @ v) for v in spreads] for m in forms]), forms


def test_components_solve_the_moments_of_any_pattern():
    rng = np.random.default_rng(2)
    row, column = rng.integers(0, 8, 60), rng.integers(0, 9, 60)
    values = rng.normal(size=8)[row] + 2 * rng.normal(size=9)[column] + rng.normal(size=60)
    expected, forms = traces(row, column)
    wanted = np.linalg.solve(expected, [values @ m @ values for m in forms])
    assert (wanted > 0).all()
    found = variance_components(values, row, column)
    np.testing.assert_allclose([found.rows, found.columns, found.cells], wanted, rtol=1e-9)


def test_components_of_a_full_table_are_those_of_two_way_anova():
    rng = np.random.default_rng(5)
    table = 3 + 2 * rng.normal(size=(7, 1)) + rng.normal(size=6) + 0.5 * rng.normal(size=(7, 6))
    rows, columns = table.mean(axis=1, keepdims=True), table.mean(axis=0)
    cells = ((table - rows - columns + table.mean()) ** 2).sum() / (6 * 5)
    found = variance_components(table.ravel(), np.repeat(range(7), 6), np.tile(range(6), 7))
    assert found.cells == pytest.approx(cells)
    assert found.rows == pytest.approx(rows.var(ddof=1) - cells / 6)
    assert found.columns == pytest.approx(columns.var(ddof=1) - cells / 7)
    assert found.variance(7, 6, 6) == pytest.approx(found.rows / 7 + found.columns / 6 + found.cells / 42)


def test_components_are_never_negative_and_say_when_they_cannot_be_told_apart():
    alike = variance_components(np.tile([1.0, 0.0], 3), np.repeat(range(3), 2), np.tile(range(2), 3))
    assert (alike.rows, alike.cells) == (0.0, 0.0)
    assert alike.columns == pytest.approx(0.5)
    for row, column in ([0, 0, 0], [0, 1, 2]), ([0, 1, 2], [0, 1, 2]), ([0, 0, 0], [0, 0, 0]), ([], []):
        values = np.arange(len(row), dtype=float)
        found = variance_components(values, np.array(row, dtype=np.int64), np.array(column, dtype=np.int64))
        assert np.isnan([found.rows, found.columns, found.cells]).all()
