import numpy as np
import pytest
import scipy.linalg
import torch
from scipy.special import softmax
from scipy.stats import entropy
from sklearn.metrics.pairwise import paired_cosine_distances
from support.processes import in_processes
from torchmetrics.image.inception import InceptionScore as TorchInceptionScore

from silentfoley.errors import SilentFoleyError
from silentfoley.metrics.av_bench import (
    OFFSETS_S,
    cosine_per_clip,
    desync_chance_s,
    desync_per_clip,
    kl_per_clip,
    split_inception_score,
)
from silentfoley.metrics.av_bench_metric import DeSyncMetric, KLMetric, PairedCosineMetric, SplitInceptionScoreMetric
from silentfoley.metrics.frechet import frechet_distance


def logits(n, c=7, seed=0):
    return np.random.default_rng(seed).normal(0, 2, (n, c))


def test_kl_worked_by_hand():
    # Probabilities (1/2, 1/2) against (1/4, 3/4): 1/2 ln 2 + 1/2 ln 2/3.
    kl = kl_per_clip([[0.0, 0.0]], [[0.0, np.log(3)]])
    assert kl == pytest.approx(0.5 * np.log(2) + 0.5 * np.log(2 / 3), abs=1e-5)


def test_kl_agrees_with_scipy_and_torch():
    one, other = logits(9), logits(9, seed=1)
    assert kl_per_clip(one, other) == pytest.approx(entropy(softmax(one, 1), softmax(other, 1), axis=1), rel=1e-3)
    theirs = torch.nn.functional.kl_div(
        (torch.tensor(other).softmax(1) + 1e-6).log(), torch.tensor(one).softmax(1), reduction="sum"
    )
    assert kl_per_clip(one, other).mean() == pytest.approx(theirs.item() / 9, rel=1e-9)
    assert np.abs(kl_per_clip(one, one)).max() < 1e-4


def test_kl_of_impossible_classes_stays_finite():
    assert 0 < kl_per_clip([[50.0, -50.0]], [[-50.0, 50.0]])[0] < 14


def test_inception_score_at_its_ends():
    sure = np.tile(np.eye(5) * 100, (20, 1))
    assert split_inception_score(sure, splits=1).mean == pytest.approx(5)
    alike = np.ones((100, 5))
    assert split_inception_score(alike).mean == pytest.approx(1)
    assert split_inception_score(alike).std == pytest.approx(0)
    with pytest.raises(SilentFoleyError, match="does not make 10 parts"):
        split_inception_score(alike[:9])


def test_inception_score_agrees_with_torchmetrics():
    values = logits(60, seed=3)
    metric = TorchInceptionScore(feature=torch.nn.Identity(), splits=1)
    metric.features = [torch.from_numpy(values)]
    mean, _ = metric.compute()
    assert split_inception_score(values, splits=1).mean == pytest.approx(mean.item())


def test_inception_score_splits_and_seed_are_the_published_ones():
    values = logits(23, seed=4)
    order = np.random.RandomState(2020).permutation(23)
    parts = []
    for i in range(10):
        part = softmax(values[order[i * 23 // 10 : (i + 1) * 23 // 10]], axis=1)
        parts.append(np.exp(np.mean([entropy(p, part.mean(0)) for p in part])))
    got = split_inception_score(values)
    assert (got.mean, got.std) == pytest.approx((np.mean(parts), np.std(parts)))


def test_cosine_agrees_with_scikit_learn():
    one, other = logits(6), logits(6, seed=2)
    assert cosine_per_clip(one, other) == pytest.approx(1 - paired_cosine_distances(one, other))
    assert cosine_per_clip([[0.0, 0.0]], [[1.0, 0.0]])[0] == 0
    with pytest.raises(SilentFoleyError, match="embeddings: shapes"):
        cosine_per_clip(one, other[:5])


def test_desync_by_hand():
    answers = np.zeros((2, 2, 21))
    answers[0, 0, 10] = answers[0, 1, 12] = 1  # in step; 0.4 s
    answers[1, 0, 0] = answers[1, 1, 20] = 1  # 2 s either way
    assert desync_per_clip(answers) == pytest.approx([0.2, 2.0])
    assert OFFSETS_S[12] == pytest.approx(0.4)
    assert desync_chance_s() == pytest.approx(1.048, abs=1e-3)
    guesses = np.random.default_rng(0).normal(size=(4000, 2, 21))
    assert desync_per_clip(guesses).mean() == pytest.approx(desync_chance_s(), abs=0.02)
    with pytest.raises(SilentFoleyError, match="offset logits: shape"):
        desync_per_clip(np.zeros((2, 21)))


def test_frechet_distance_is_the_published_one_without_a_matrix_root():
    rng = np.random.default_rng(0)
    one, other = rng.normal(size=(300, 12)), rng.normal(0.3, 1.4, size=(200, 12))
    cov = [np.cov(x, rowvar=False) for x in (one, other)]
    root = scipy.linalg.sqrtm(cov[0] @ cov[1]).real
    theirs = ((one.mean(0) - other.mean(0)) ** 2).sum() + np.trace(cov[0] + cov[1] - 2 * root)
    assert frechet_distance(one, other) == pytest.approx(theirs, rel=1e-6)


def answers_of(numbers):
    one, other = logits(12), logits(12, seed=1)
    offsets = np.random.default_rng(5).normal(size=(12, 2, 21))
    metrics = (KLMetric(), PairedCosineMetric(), DeSyncMetric(), SplitInceptionScoreMetric(7, splits=3))
    for i in numbers:
        metrics[0].update(i, one[i], other[i])
        metrics[1].update(i, one[i], other[i])
        metrics[2].update(i, offsets[i])
        metrics[3].update(i, one[i])
    return [{k: v.tolist() for k, v in m.compute().items()} for m in metrics]


def spread(rank, shares):
    return answers_of(shares[rank])


def test_twins_equal_the_functions_in_one_process_and_two():
    one, other = logits(12), logits(12, seed=1)
    kl, cosine, desync, score = alone = answers_of(range(12))
    assert kl["clip_value"] == pytest.approx(kl_per_clip(one, other))
    assert kl["mean"] == pytest.approx(kl_per_clip(one, other).mean())
    assert cosine["mean"] == pytest.approx(cosine_per_clip(one, other).mean())
    assert desync["mean"] == pytest.approx(desync_per_clip(np.random.default_rng(5).normal(size=(12, 2, 21))).mean())
    assert desync["chance"] == desync_chance_s()
    assert score["mean"] == pytest.approx(split_inception_score(one, splits=3).mean)
    assert in_processes(spread, [list(range(0, 12, 2)), [*range(1, 12, 2), 0]]) == [alone, alone]
