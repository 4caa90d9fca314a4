"""Summaries over time see valid columns alone."""

from __future__ import annotations

import pytest
import torch
from support.classifier_inputs import fill, wave

from silentfoley.classifiers.columns import Standardise, per_column
from silentfoley.classifiers.readout import AttentionReadout, LastState, MeanOverTime
from silentfoley.classifiers.recurrent import freeze_past_end, valid_columns

LENGTHS = torch.tensor([6, 2, 1])


def padded(value):
    states = wave(3, 6, 4)
    states[~valid_columns(LENGTHS, 6)] = value
    return states


@pytest.mark.parametrize("make", [LastState, MeanOverTime, AttentionReadout])
@pytest.mark.parametrize("value", [0.0, 99.0, float("nan")])
def test_padding_changes_nothing(make, value):
    readout = fill(make(4))
    summary = readout(padded(value), LENGTHS)
    for i, n in enumerate(LENGTHS.tolist()):
        alone = readout(padded(value)[i : i + 1, :n], torch.tensor([n]))
        assert torch.allclose(summary[i], alone[0], atol=1e-6)


def test_last_and_mean_by_hand():
    states = padded(0.0)
    for i, n in enumerate(LENGTHS.tolist()):
        assert torch.equal(LastState(4)(states, LENGTHS)[i], states[i, n - 1])
        assert torch.allclose(MeanOverTime(4)(states, LENGTHS)[i], states[i, :n].mean(0), atol=1e-6)


def test_attention_by_hand():
    readout = fill(AttentionReadout(4, 3))
    states = padded(0.0)
    for i, n in enumerate(LENGTHS.tolist()):
        weight = torch.exp(readout.score(states[i, :n])[:, 0])
        wanted = (states[i, :n] * (weight / weight.sum())[:, None]).sum(0)
        assert torch.allclose(readout(states, LENGTHS)[i], wanted, atol=1e-5)


def test_freezing():
    states = wave(3, 6, 4)
    frozen = freeze_past_end(states, LENGTHS)
    for i, n in enumerate(LENGTHS.tolist()):
        assert torch.equal(frozen[i, :n], states[i, :n])
        assert torch.equal(frozen[i, n:], states[i, n - 1].expand(6 - n, 4))


def test_standardise_fits_and_travels_with_the_weights():
    x = wave(50, 4) * torch.tensor([1.0, 10.0, 0.1, 0.0]) + 3
    layer = Standardise(4)
    assert torch.equal(layer(x), x)
    y = layer.fit(x)(x)
    assert torch.allclose(y.mean(0), torch.zeros(4), atol=1e-4)
    assert torch.allclose(y[:, :3].std(0, unbiased=False), torch.ones(3), atol=1e-3)
    assert not y[:, 3].any()
    other = Standardise(4)
    other.load_state_dict(layer.state_dict())
    assert torch.equal(other(x), y)


def test_per_column_runs_the_backbone_on_valid_columns_alone():
    seen = []

    class Spy(torch.nn.Module):
        def forward(self, x):
            seen.append(len(x))
            return x * 2

    x = padded(float("nan"))
    out = per_column(Spy(), x, LENGTHS)
    assert seen == [9]
    mask = valid_columns(LENGTHS, 6)
    assert torch.equal(out[mask], x[mask] * 2)
    assert not out[~mask].any()
