"""Bins, inception score, nearest neighbours: cases by hand, and against scipy and scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.spatial.distance import cdist, jensenshannon

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.bins import compare_bins, compare_counts, k_means, n_bins_for
from silentfoley.metrics.inception_score import inception_score
from silentfoley.metrics.nearest import nearest, novelty, retrieval_hits


def test_counts_by_hand() -> None:
    # Shares .5 and .9 of 100 each: pooled .7, error sqrt(.21 * .02) = .0648, .4 apart: both bins differ.
    found = compare_counts([50, 50], [90, 10])
    assert found.ndb == 1.0
    m = np.array([0.7, 0.3])
    wanted = 0.5 * sum(0.5 * np.log2(0.5 / m)) + 0.5 * (0.9 * np.log2(0.9 / 0.7) + 0.1 * np.log2(0.1 / 0.3))
    assert found.jsd == pytest.approx(wanted, rel=1e-12)
    # .50 against .60 of 100: .1 apart, 1.96 errors are .137: no bin differs.
    assert compare_counts([50, 50], [60, 40]).ndb == 0.0


@pytest.mark.parametrize("seed", range(3))
def test_jsd_is_scipys(seed: int) -> None:
    rng = np.random.default_rng(seed)
    one, two = rng.integers(0, 9, (2, 12)) + np.array([[1], [0]])
    assert compare_counts(one, two).jsd == pytest.approx(jensenshannon(one, two, base=2) ** 2, rel=1e-9)


def test_ends_of_the_scale() -> None:
    same = compare_counts([5, 7], [5, 7])
    assert (same.ndb, same.jsd) == (0.0, 0.0)
    apart = compare_counts([40, 0], [0, 40])
    assert (apart.ndb, apart.jsd) == (1.0, 1.0)


@pytest.mark.parametrize(("n", "bins"), [(2, 2), (29, 2), (150, 15), (5000, 100)])
def test_bins_are_fitted_to_the_set(n: int, bins: int) -> None:
    assert n_bins_for(n) == bins


def test_k_means_finds_what_is_there() -> None:
    rng = np.random.default_rng(0)
    centres = np.array([[0.0, 0], [10, 0], [0, 10]])
    vectors = np.repeat(centres, 20, axis=0) + 0.1 * rng.standard_normal((60, 2))
    found = k_means(vectors, 3, seed=1)
    assert np.allclose(found[np.lexsort(found.T)], centres[np.lexsort(centres.T)], atol=0.2)
    assert len(k_means(np.repeat(centres, 5, axis=0), 9, seed=0)) == 3


def test_a_missing_mode_shows() -> None:
    rng = np.random.default_rng(0)
    modes = np.repeat(np.eye(4) * 10, 25, axis=0)
    true, same = (modes + 0.3 * rng.standard_normal((100, 4)) for _ in range(2))
    fewer = np.repeat(np.eye(4)[:3] * 10, 34, axis=0) + 0.3 * rng.standard_normal((102, 4))
    good, bad = compare_bins(true, same), compare_bins(true, fewer)
    assert bad.jsd > 2 * good.jsd
    assert bad.ndb > good.ndb
    assert good.n_bins == 10
    assert compare_bins(true, true).jsd == 0.0


def test_inception_score_by_hand() -> None:
    assert inception_score(np.full((4, 5), 0.2)) == pytest.approx(1.0)
    assert inception_score(np.eye(5)) == pytest.approx(5.0)
    # Two clips, (1, 0) and (1/2, 1/2): mean (3/4, 1/4).
    wanted = np.exp((np.log(4 / 3) + 0.5 * np.log(2 / 3) + 0.5 * np.log(2)) / 2)
    assert inception_score([[1.0, 0.0], [0.5, 0.5]]) == pytest.approx(wanted, rel=1e-12)


@pytest.mark.parametrize("bad", [[[0.5, 0.4]], [[1.5, -0.5]], [0.5, 0.5], np.zeros((0, 3)), [[np.nan, 1.0]]])
def test_inception_score_wants_distributions(bad: object) -> None:
    with pytest.raises(SilentFoleyError, match="rows are no distributions"):
        inception_score(bad)


def test_nearest_is_scipys(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((11, 3)), rng.standard_normal((7, 3))
    monkeypatch.setattr("silentfoley.metrics.nearest._BLOCK_ROWS", 4)
    found, table = nearest(x, y), cdist(x, y)
    np.testing.assert_allclose(found.distance, table.min(axis=1))
    assert found.index.tolist() == table.argmin(axis=1).tolist()


def test_nearest_is_of_another_recording() -> None:
    x = [[0.0], [1.0], [10.0]]
    found = nearest(x, x, ["a", "a", "b"], ["a", "a", "b"])
    assert found.index.tolist() == [2, 2, 1]
    assert found.distance.tolist() == [10.0, 9.0, 9.0]
    alone = nearest(x, x, ["a"] * 3, ["a"] * 3)
    assert alone.index.tolist() == [-1, -1, -1]
    assert np.isinf(alone.distance).all()


def test_retrieval_by_hand() -> None:
    true = [[0.0], [1.0], [10.0], [11.0], [50.0]]
    labels = ["rain", "rain", "fire", "fire", "clock"]
    assert retrieval_hits(true, true, labels)[:4].tolist() == [1.0, 1.0, 1.0, 1.0]
    assert np.isnan(retrieval_hits(true, true, labels)[4])  # the only clock: nothing to find
    # The second clip answers with fire, and finds it.
    made = [[0.0], [10.4], [10.0], [11.0], [50.0]]
    assert retrieval_hits(true, made, labels)[:4].tolist() == [1.0, 0.0, 1.0, 1.0]
    # Both rains from one recording: no other recording of rain is left.
    assert np.isnan(retrieval_hits(true, true, labels, ["r", "r", "f", "g", "c"])[:2]).all()


def test_retrieval_is_scikit_learns() -> None:
    from sklearn.neighbors import KNeighborsClassifier

    rng = np.random.default_rng(0)
    true, made = rng.standard_normal((30, 2)), rng.standard_normal((30, 2))
    labels = [f"c{i % 3}" for i in range(30)]
    hits = retrieval_hits(true, made, labels)
    for i in range(30):
        rest = [j for j in range(30) if j != i]
        judge = KNeighborsClassifier(1).fit(true[rest], [labels[j] for j in rest])
        assert hits[i] == float(judge.predict(made[i : i + 1])[0] == labels[i])


def test_novelty_by_hand() -> None:
    # Nearest of another recording: 4, 4, 4 and 5. A copy is 0, a clip 2 away is half of what is usual.
    training = [[0.0], [0.5], [4.5], [9.5]]
    assert novelty([[0.5], [11.5]], training, ["a", "a", "b", "c"]).tolist() == pytest.approx([0.0, 2 / 4.25])
    with pytest.raises(SilentFoleyError, match="use two recordings or more"):
        novelty([[0.0]], training, ["a"] * 4)


def test_errors() -> None:
    with pytest.raises(SilentFoleyError, match="3 true and 3 generated clips with 2 labels"):
        retrieval_hits(np.eye(3), np.eye(3), ["rain", "fire"])
