"""Where noise bands begin: spaces of spectra and codes in closed form, so that training only refines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from numpy.typing import NDArray
from scipy.optimize import nnls
from torch import Tensor

from silentfoley.generators.hit_voice import KNOTS_MS, knot_weights
from silentfoley.generators.noise_band_targets import HitTarget
from silentfoley.generators.texture_voice import NOISE_S, PULSES, pole, pulse_moments

Floats = NDArray[np.float64]
#: Roughness of a path counts so much against its distance to the frames.
_SMOOTH = 0.02
#: Lags in frames at which a texture's memory is read.
_LAGS = np.array([0, 1, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64, 96, 128, 192, 256])
#: Share of a direction's variance that pulses may have at most.
_MOST_PULSED = 0.9


def spectra(pictures: Sequence[Tensor], n_directions: int) -> tuple[Tensor, Tensor]:
    """(B,) mean and (P, B) directions of log spectra, each as long as it is common; every picture counts alike."""
    rows = torch.cat([p[torch.linspace(0, len(p) - 1, min(len(p), 64)).long()] for p in pictures]).double()
    mean = rows.mean(dim=0)
    _, s, vh = torch.linalg.svd(rows - mean, full_matrices=False)
    k = min(n_directions, len(s))
    basis = torch.zeros(n_directions, rows.shape[1], dtype=torch.double)
    basis[:k] = vh[:k] * (s[:k, None] / len(rows) ** 0.5).clamp_min(0.05)
    return mean.float(), basis.float()


def coordinates(picture: Tensor, mean: Tensor, basis: Tensor) -> Tensor:
    """(T, P) of a (T, B) picture in a space of spectra; 0 along directions of no length."""
    return (picture - mean) @ basis.T / basis.square().sum(dim=1).clamp_min(1e-6)


def hit_code(target: HitTarget, mean: Tensor, basis: Tensor) -> Tensor:
    """(K P + 5 S,): the smooth path nearest the frames, and the modes."""
    weights = knot_weights(target.times_s).double()
    bends = torch.diff(torch.eye(len(KNOTS_MS), dtype=torch.double), dim=0)
    # A frame counts as long as it lasts on the warped axis of the knots: as often as knots lie around it.
    density = 1 / weights.sum(dim=0).clamp_min(1e-3)
    share = (weights @ density)[:, None]
    gram = weights.T @ (share * weights) + _SMOOTH * bends.T @ bends
    path = torch.linalg.solve(gram, weights.T @ (share * coordinates(target.log_levels, mean, basis).double()))
    return torch.cat([path.float().flatten(), target.modes])


def texture_code(picture: Tensor, noise: Tensor, mean: Tensor, basis: Tensor, frames_hz: float) -> Tensor:
    """(16 P,): place, noises by memory, pulses by skewness and kurtosis.

    Args:
        picture: (T, B) log levels of a stretch.
        noise: (T', B) log levels of the bank's noise itself, which sound beneath whatever is asked for.
        mean, basis: the space of spectra.
        frames_hz: frames per second.
    """
    own = coordinates(picture, mean, basis).double().numpy()
    bare = coordinates(noise, torch.zeros_like(mean), basis).double().numpy()
    place = own.mean(axis=0) - bare.mean(axis=0)
    own, bare = own - own.mean(axis=0), bare - bare.mean(axis=0)
    rooms = np.maximum(_memory(own)[0] - _memory(bare)[0], 0)
    third, fourth = (a - b for a, b in zip(_cumulants(own), _cumulants(bare), strict=True))
    pulses = _pulses(third, fourth, rooms, frames_hz)
    noises = np.stack([_noises(m, w, frames_hz) for m, w in zip((_memory(own) - _memory(bare)).T, pulses, strict=True)])
    return torch.from_numpy(np.concatenate([place[:, None], noises, pulses], axis=1)).float().flatten()


def _memory(series: Floats) -> Floats:
    """(L, P) autocovariances at the lags; 0 beyond a quarter of the length."""
    n = len(series)
    rows = [(series[: n - k] * series[k:]).mean(axis=0) if 4 * k < n else 0 * series[0] for k in _LAGS]
    return np.stack(rows)


def _cumulants(series: Floats) -> tuple[Floats, Floats]:
    """(P,) third and fourth cumulants; those of independent parts add up, as variances do."""
    second, third, fourth = ((series**k).mean(axis=0) for k in (2, 3, 4))
    return third, fourth - 3 * second**2


def _pulses(third: Floats, fourth: Floats, rooms: Floats, frames_hz: float) -> Floats:
    """(P, 9): weights of the one kind of pulses whose kurtosis, given the skewness, fits the most skewed direction."""
    leader = int(np.argmax(np.abs(third)))
    out = np.zeros((len(third), len(PULSES)))
    best: tuple[float, int, Floats] | None = None
    for c, (rate_hz, decay_s) in enumerate(PULSES):
        m = pulse_moments(rate_hz, decay_s, frames_hz)
        skew, kurtosis = m.third / m.variance**1.5, m.fourth_cumulant / m.variance**2
        most = np.sqrt(_MOST_PULSED * rooms)
        weights = np.clip(np.cbrt(third / skew), -most, most)
        miss = abs(weights[leader] ** 4 * kurtosis - fourth[leader])
        if best is None or miss < best[0]:
            best = (float(miss), c, weights)
    assert best is not None
    out[:, best[1]] = best[2]
    return out


def _noises(memory: Floats, pulses: Floats, frames_hz: float) -> Floats:
    """(6,) deviations of noises whose memory, with that of the pulses, is nearest ``memory``."""
    left = memory.copy()
    for weight, (_, decay_s) in zip(pulses, PULSES, strict=True):
        left -= weight**2 * pole(decay_s, frames_hz) ** _LAGS
    columns = np.stack([pole(s, frames_hz) ** _LAGS.astype(float) for s in NOISE_S], axis=1)
    columns[0] = 1.0
    found, _ = nnls(columns, left)
    return np.asarray(np.sqrt(found))
