"""Synchrony: the loss by hand and by loop, padding without influence, offsets found with the right sign."""

from __future__ import annotations

import math

import pytest
import torch

from silentfoley.encoders.synchrony import (
    SynchronyEmbeddings,
    SynchronyNet,
    best_offset,
    info_nce,
    offset_scores,
    shifted_scores,
    standardise,
    synchrony_loss,
    synchrony_score,
    told_apart,
)


def _net(**options) -> SynchronyNet:
    torch.manual_seed(0)
    return SynchronyNet(5, 7, n_embedding=8, n_hidden=12, window_columns=10, **options).eval()


def _unit(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.nn.functional.normalize(torch.randn(*shape, generator=torch.Generator().manual_seed(seed)), dim=-1)


def _windows(visual: torch.Tensor, audio: torch.Tensor, lengths: list[int] | None = None) -> SynchronyEmbeddings:
    starts = torch.arange(visual.shape[1])
    n = torch.tensor(lengths or [visual.shape[1]] * len(visual))
    return SynchronyEmbeddings(visual, audio, starts < n[:, None], starts)


def test_loss_closed_form():
    same = torch.ones(4, 3) / math.sqrt(3)
    everyone = torch.ones(4, 4, dtype=torch.bool)
    assert info_nce(same, same, everyone).item() == pytest.approx(math.log(4), abs=1e-5)
    assert info_nce(same, same, torch.zeros(4, 4, dtype=torch.bool)).item() == 0
    axes = torch.eye(4)
    wanted = math.log(1 + 3 * math.exp(-1 / 0.5))
    assert info_nce(axes, axes, everyone, temperature=0.5).item() == pytest.approx(wanted, abs=1e-5)
    assert info_nce(axes[:0], axes[:0], everyone[:0, :0]).item() == 0


def test_loss_equals_the_loop():
    visual, audio = _unit(6, 4), _unit(6, 4, seed=1)
    negatives = torch.rand(6, 6, generator=torch.Generator().manual_seed(2)) < 0.5
    total = 0.0
    for i in range(6):
        right = math.exp(float(visual[i] @ audio[i]) / 0.2)
        sounds = sum(math.exp(float(visual[i] @ audio[j]) / 0.2) for j in range(6) if j != i and negatives[i, j])
        pictures = sum(math.exp(float(visual[j] @ audio[i]) / 0.2) for j in range(6) if j != i and negatives[j, i])
        total -= math.log(right / (right + sounds)) + math.log(right / (right + pictures))
    assert info_nce(visual, audio, negatives, 0.2).item() == pytest.approx(total / 12, abs=1e-5)


def test_near_moments_of_the_same_clip_are_no_negatives():
    windows = _windows(_unit(1, 3, 4), _unit(1, 3, 4, seed=1))
    assert synchrony_loss(windows, min_gap=3, across_share=0.0).item() == 0
    assert synchrony_loss(windows, min_gap=2, across_share=0.0).item() > 0
    assert synchrony_loss(windows, min_gap=1, across_share=1.0).item() == 0  # there is no other clip


def test_loss_ignores_windows_outside_clips():
    visual, audio = _unit(2, 5, 4), _unit(2, 5, 4, seed=1)
    short = synchrony_loss(_windows(visual, audio, [5, 3]), 1)
    visual[1, 3:], audio[1, 3:] = 9.0, -9.0
    assert synchrony_loss(_windows(visual, audio, [5, 3]), 1) == short


def test_padding_and_batch_make_no_difference():
    net, lengths = _net(), [40, 25, 10]
    features, sound = torch.randn(3, 40, 5), torch.randn(3, 40, 7)
    batch = net(features, sound, torch.tensor(lengths))
    assert batch.visual.shape == (3, 31, 8)
    assert batch.valid.sum(1).tolist() == [31, 16, 1]
    for i, n in enumerate(lengths):
        alone = net(features[i : i + 1, :n], sound[i : i + 1, :n], torch.tensor([n]))
        torch.testing.assert_close(batch.visual[i, : n - 9], alone.visual[0], atol=1e-5, rtol=1e-4)
        torch.testing.assert_close(batch.audio[i, : n - 9], alone.audio[0], atol=1e-5, rtol=1e-4)
    torch.testing.assert_close(batch.visual.norm(dim=-1), torch.ones(3, 31))


def test_stride_takes_every_nth_window():
    net, x, y, n = _net(), torch.randn(1, 40, 5), torch.randn(1, 40, 7), torch.tensor([40])
    dense, sparse = net(x, y, n), net(x, y, n, stride=4)
    torch.testing.assert_close(sparse.audio, dense.audio[:, ::4], atol=1e-5, rtol=1e-4)
    assert sparse.starts.tolist() == list(range(0, 31, 4))


def test_a_clip_shorter_than_a_window_has_no_valid_window():
    windows = _net()(torch.randn(1, 4, 5), torch.randn(1, 4, 7), torch.tensor([4]))
    assert not windows.valid.any()
    assert synchrony_score(windows).tolist() == [0]
    assert told_apart(windows, (1,)).isnan().all()
    assert torch.isfinite(synchrony_loss(windows, 1))


def test_standardise_by_hand():
    columns = torch.tensor([[[1.0, 10.0], [3.0, 10.0], [99.0, 99.0]]])
    out = standardise(columns, torch.tensor([[True, True, False]]))
    scale = math.sqrt((1 + 1) / 4)
    torch.testing.assert_close(out, torch.tensor([[[-1, 0], [1, 0], [0, 0]]]) / scale)


@pytest.mark.parametrize("late", [-4, 0, 3])
def test_offset_is_positive_when_the_sound_is_late(late):
    visual = _unit(1, 30, 6)
    windows = _windows(visual, torch.roll(visual, late, dims=1))
    assert best_offset(windows, 6).tolist() == [late]
    assert offset_scores(windows, 6).shape == (1, 13)


def test_scores_equal_the_loop_and_use_the_same_windows():
    windows = _windows(_unit(2, 8, 4), _unit(2, 8, 4, seed=1), [8, 5])
    for shift in (-3, 0, 2, 7, 9):
        wrong, right, count = shifted_scores(windows, shift)
        for b, n in enumerate((8, 5)):
            used = [t for t in range(n) if 0 <= t + shift < n]
            assert count[b] == len(used)
            for found, by in ((wrong, shift), (right, 0)):
                cosines = [float(windows.visual[b, t] @ windows.audio[b, t + by]) for t in used]
                assert found[b].item() == pytest.approx(sum(cosines) / max(1, len(used)), abs=1e-5)


def test_told_apart_is_one_half_for_a_judge_that_sees_nothing():
    blind = torch.ones(2, 9, 4) / 2
    assert (told_apart(_windows(blind, blind), (2, -2)) == 0.5).all()
    seeing = _unit(2, 9, 8)
    assert (told_apart(_windows(seeing, seeing), (2, -2)) == 1).all()
    assert (told_apart(_windows(seeing, -seeing), (2,)) == 0).all()


def test_unbroken_ties_leave_the_offset_at_zero():
    blind = torch.ones(1, 9, 4) / 2
    assert best_offset(_windows(blind, blind), 3).tolist() == [0]


def test_a_frame_encoder_is_trained_along():
    encoder = torch.nn.Sequential(torch.nn.Flatten(2), torch.nn.Linear(12, 5))
    net = _net(frame_encoder=encoder)
    windows = net(torch.rand(2, 20, 3, 2, 2), torch.randn(2, 20, 7), torch.tensor([20, 20]))
    synchrony_loss(windows, 2).backward()
    assert encoder[1].weight.grad.abs().sum() > 0
