"""Losses against closed forms."""

from __future__ import annotations

from dataclasses import replace
from math import exp, log

import pytest
import torch
from support.classifier_inputs import batch

from silentfoley.classifiers.losses import (
    ROBUST_EPS,
    ClassifierLoss,
    masked_mean,
    onset_loss,
    robust_log_loss,
    strength_loss,
)
from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.errors import SilentFoleyError

MASK = torch.tensor([[True, True, True], [True, False, False]])


def answers(b, sound=2, logit=0.0):
    size, columns = b.onset.shape
    return ClassifierOutput(
        class_logits=torch.zeros(size, 3),
        onset_logits=torch.full((size, columns), logit),
        strength_logits=torch.zeros(size, columns),
        states=torch.zeros(size, columns, 1),
        sound=torch.zeros(size, columns, sound),
    )


def test_masked_mean():
    values = torch.tensor([[1.0, 2.0, 3.0], [6.0, 100.0, float("nan")]])
    assert masked_mean(values, MASK) == 3.0
    assert masked_mean(values, torch.zeros_like(MASK)) == 0.0


def test_onset_loss_closed_form():
    logits = torch.tensor([[2.0, -1.0, 0.0], [1.0, 50.0, 50.0]])
    target = torch.tensor([[1.0, 0.0, 0.5], [0.0, 0.0, 0.0]])

    def softplus(x):
        return log(1 + exp(x))

    w = 5.0
    terms = [w * softplus(-2.0), softplus(-1.0), 0.5 * w * log(2) + 0.5 * log(2), softplus(1.0)]
    assert float(onset_loss(logits, target, MASK, w)) == pytest.approx(sum(terms) / 4, rel=1e-5)


def test_strength_loss_closed_form():
    logits = torch.zeros(2, 3)
    target = torch.tensor([[0.5, 1.0, 0.0], [0.25, 9.0, 9.0]])
    assert float(strength_loss(logits, target, MASK)) == pytest.approx((0 + 0.25 + 0.25 + 0.0625) / 4)


def test_robust_log_loss_closed_form():
    predicted = torch.zeros(2, 3, 2)
    target = torch.zeros(2, 3, 2)
    target[0, 0] = torch.tensor([3.0, 4.0])
    target[1, 1:] = 1e6
    wanted = (log(ROBUST_EPS + 25) + 3 * log(ROBUST_EPS)) / 4
    assert float(robust_log_loss(predicted, target, MASK)) == pytest.approx(wanted, rel=1e-5)
    assert pytest.approx(1 / 625) == ROBUST_EPS


def test_robust_log_loss_cares_little_for_outliers():
    x = torch.tensor([0.1, 100.0]).reshape(2, 1, 1).requires_grad_()
    mask = torch.ones(2, 1, dtype=torch.bool)
    robust_log_loss(x, torch.zeros_like(x), mask).backward()
    assert x.grad[0].abs() > 100 * x.grad[1].abs()


def test_sound_of_another_width_is_refused():
    b = batch(sound=2)
    with pytest.raises(SilentFoleyError, match=r"the network predicts .*, 1.* the data has .*, 2"):
        ClassifierLoss()(answers(b, sound=1), b)


def test_the_total_is_the_weighted_sum_of_its_terms():
    b = batch()
    loss = ClassifierLoss(2.0, 3.0, 5.0, 7.0, positive_weight=1.0)
    total, terms = loss(answers(b), b)
    assert float(terms.label) == pytest.approx(log(3), rel=1e-5)
    assert float(terms.onset) == pytest.approx(log(2), rel=1e-5)
    wanted = 2 * terms.label + 3 * terms.onset + 5 * terms.strength + 7 * terms.sound
    assert float(total) == pytest.approx(float(wanted), rel=1e-5)


@pytest.mark.parametrize("missing", ["network", "batch"])
def test_without_sound_features_there_is_no_sound_term(missing):
    b = batch()
    out = answers(b, sound=0) if missing == "network" else answers(b)
    if missing == "batch":
        b = replace(b, sound=torch.zeros(4, 12, 0))
    assert float(ClassifierLoss().terms(out, b).sound) == 0.0


def test_what_lies_in_the_padding_changes_nothing():
    b = batch()
    out = answers(b)
    before = ClassifierLoss()(out, b)[0]
    for values in (out.onset_logits, out.strength_logits, out.sound, b.onset, b.strength, b.sound):
        values[~b.mask] = 7.0
    assert torch.equal(before, ClassifierLoss()(out, b)[0])
