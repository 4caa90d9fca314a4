"""A small probe that names sounds of the stage, fitted on true ones; and how much sounds of a class differ."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy

from silentfoley.signal.mel import SoundFeatures

Floats = NDArray[np.float32]


def bands(sound: Floats) -> Floats:
    """(T, 64) sound features of (N,) samples."""
    made = _features()(torch.from_numpy(np.ascontiguousarray(sound, dtype=np.float32))[None])
    return np.asarray(made[0].numpy(), dtype=np.float32)


@cache
def _features() -> SoundFeatures:
    return SoundFeatures()


def summary(features: Floats) -> Floats:
    """(192,) mean, deviation and mean rise of every band: blind to where in the clip things happen."""
    rise = np.maximum(np.diff(features, axis=0), 0).mean(axis=0)
    return np.concatenate([features.mean(axis=0), features.std(axis=0), rise])


@dataclass(frozen=True)
class Probe:
    """Multinomial logistic regression on standardised summaries."""

    labels: tuple[str, ...]
    mean: Floats
    scale: Floats
    weight: Floats
    bias: Floats

    def name(self, features: Floats) -> str:
        """The class of (T, 64) sound features."""
        x = (summary(features) - self.mean) / self.scale
        return self.labels[int((self.weight @ x + self.bias).argmax())]


def fit(features: Sequence[Floats], labels: Sequence[str], decay: float = 1e-2) -> Probe:
    """Fit on true sounds, by full-batch L-BFGS."""
    x = np.stack([summary(f) for f in features])
    mean, scale = x.mean(axis=0), x.std(axis=0) + 1e-3
    names = tuple(sorted(set(labels)))
    points = torch.from_numpy((x - mean) / scale)
    target = torch.tensor([names.index(label) for label in labels])
    weight = torch.zeros(len(names), x.shape[1], requires_grad=True)
    bias = torch.zeros(len(names), requires_grad=True)
    optimiser = torch.optim.LBFGS([weight, bias], max_iter=200, line_search_fn="strong_wolfe")

    def closure() -> torch.Tensor:
        optimiser.zero_grad()
        loss = cross_entropy(points @ weight.T + bias, target) + decay * weight.square().sum()
        loss.backward()
        return loss

    optimiser.step(closure)  # type: ignore[no-untyped-call]
    return Probe(names, mean, scale, weight.detach().numpy(), bias.detach().numpy())


def spread(features: Sequence[Floats], labels: Sequence[str]) -> float:
    """How far clips of a class lie apart: deviation of their mean spectra, mean over bands, then over classes."""
    found = []
    for label in sorted(set(labels)):
        own = np.stack([f.mean(axis=0) for f, name in zip(features, labels, strict=True) if name == label])
        if len(own) > 1:
            found.append(own.std(axis=0).mean())
    return float(np.mean(found))
