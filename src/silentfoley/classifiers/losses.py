"""What a classifier is trained on. AutoFoley's loss is not known; all of this is a free choice and ours."""

from __future__ import annotations

from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.data.batch import FoleyBatch
from silentfoley.errors import SilentFoleyError

#: ``rho(r) = log(eps + r^2)`` is read in a re-implementation of Owens et al. (2016); this eps is recalled.
ROBUST_EPS = 1 / 25**2


def masked_mean(values: Tensor, mask: Tensor) -> Tensor:
    """Mean of (B, T) values over the columns where (B, T) bool ``mask`` holds; 0 if there is none."""
    return torch.where(mask, values, 0.0).sum() / mask.sum().clamp(min=1)


def onset_loss(logits: Tensor, target: Tensor, mask: Tensor, positive_weight: float = 1.0) -> Tensor:
    """Binary cross-entropy of (B, T) onset logits; hits are rare, so they may weigh more.

    Args:
        logits: (B, T).
        target: (B, T) in [0, 1].
        mask: (B, T) bool of valid columns.
        positive_weight: of the part of the target that is 1.
    """
    weight = logits.new_tensor(positive_weight)
    return masked_mean(F.binary_cross_entropy_with_logits(logits, target, reduction="none", pos_weight=weight), mask)


def strength_loss(logits: Tensor, target: Tensor, mask: Tensor) -> Tensor:
    """Mean squared error of (B, T) sigmoid(logits) against a level in [0, 1], over valid columns."""
    return masked_mean((logits.sigmoid() - target).square(), mask)


def robust_log_loss(predicted: Tensor, target: Tensor, mask: Tensor, eps: float = ROBUST_EPS) -> Tensor:
    """Mean over valid columns of ``log(eps + ||predicted - target||^2)`` (Owens et al. 2016, summed there).

    Args:
        predicted: (B, T, F).
        target: (B, T, F).
        mask: (B, T) bool.
        eps: > 0; the loss of a perfect column is ``log(eps)``, below zero for small eps.

    Raises:
        SilentFoleyError: if the shapes differ; broadcasting would hide it.
    """
    if predicted.shape != target.shape:
        raise SilentFoleyError(
            "sound features",
            f"the network predicts {tuple(predicted.shape)}, the data has {tuple(target.shape)}",
            "set the network's n_sound_features to the data's",
        )
    return masked_mean(torch.log(eps + (predicted - target).square().sum(-1)), mask)


@dataclass(frozen=True)
class ClassifierTerms:
    """The parts of the loss before weighting, each a scalar."""

    label: Tensor
    onset: Tensor
    strength: Tensor
    sound: Tensor


class ClassifierLoss(nn.Module):
    """Weighted sum of class, onset, strength and sound terms.

    Args:
        label_weight: of the cross-entropy of the class.
        onset_weight: of :func:`onset_loss`.
        strength_weight: of :func:`strength_loss`.
        sound_weight: of :func:`robust_log_loss`; a network or a batch without sound features has none.
        positive_weight: see :func:`onset_loss`.
        label_smoothing: of the cross-entropy, in [0, 1).
    """

    def __init__(
        self,
        label_weight: float = 1.0,
        onset_weight: float = 1.0,
        strength_weight: float = 1.0,
        sound_weight: float = 0.1,
        positive_weight: float = 5.0,
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.weights = (label_weight, onset_weight, strength_weight, sound_weight)
        self.positive_weight = positive_weight
        self.label_smoothing = label_smoothing

    def terms(self, output: ClassifierOutput, batch: FoleyBatch) -> ClassifierTerms:
        """The unweighted parts."""
        mask = batch.mask
        has_sound = output.sound.shape[-1] > 0 and batch.sound.shape[-1] > 0
        zero = output.class_logits.new_zeros(())
        return ClassifierTerms(
            label=F.cross_entropy(output.class_logits, batch.label, label_smoothing=self.label_smoothing),
            onset=onset_loss(output.onset_logits, batch.onset, mask, self.positive_weight),
            strength=strength_loss(output.strength_logits, batch.strength, mask),
            sound=robust_log_loss(output.sound, batch.sound, mask) if has_sound else zero,
        )

    def forward(self, output: ClassifierOutput, batch: FoleyBatch) -> tuple[Tensor, ClassifierTerms]:
        """The loss, and its parts."""
        terms = self.terms(output, batch)
        parts = (terms.label, terms.onset, terms.strength, terms.sound)
        return torch.stack([w * p for w, p in zip(self.weights, parts, strict=True)]).sum(), terms
