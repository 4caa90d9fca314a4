"""Ways from a magnitude spectrogram to sound, to be composed into perception generators."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import torch
from einops import repeat
from torch import Tensor

from silentfoley.errors import DataError
from silentfoley.signal.phase import griffin_lim, noise_phase
from silentfoley.signal.stft import StftSpec, stft


class PhaseStrategy(Protocol):
    """Finds a phase."""

    def __call__(
        self, magnitudes: Tensor, spec: StftSpec, n_samples: int, label: str, generator: torch.Generator
    ) -> Tensor:
        """(F, T) magnitudes of a clip of class ``label`` to (n_samples,) samples."""
        ...


class GriffinLimPhase:
    """Fast Griffin-Lim from a random phase.

    Args:
        n_iterations: projections.
        momentum: of the fast algorithm.
    """

    def __init__(self, n_iterations: int = 16, momentum: float = 0.99) -> None:
        self.n_iterations, self.momentum = n_iterations, momentum

    def __call__(
        self, magnitudes: Tensor, spec: StftSpec, n_samples: int, label: str, generator: torch.Generator
    ) -> Tensor:
        """See :class:`PhaseStrategy`."""
        return griffin_lim(
            magnitudes, spec, n_samples, n_iterations=self.n_iterations, momentum=self.momentum, generator=generator
        )


class NoiseFilterPhase:
    """The phase, and the natural fluctuation, of white noise."""

    def __call__(
        self, magnitudes: Tensor, spec: StftSpec, n_samples: int, label: str, generator: torch.Generator
    ) -> Tensor:
        """See :class:`PhaseStrategy`."""
        return noise_phase(magnitudes, spec, n_samples, generator=generator)


class NearestClipPhase:
    """Starts Griffin-Lim from the phase of the training clip of the class whose spectrogram is nearest.

    Nearest is least mean absolute difference of log magnitudes; clips shorter than the wanted sound go round.

    Args:
        clips: (label, (N,) samples) of training clips at hand.
        fallback: used for classes without a clip.
        n_iterations: Griffin-Lim rounds from there; few keep the clip's phase.

    Raises:
        DataError: without a clip.
    """

    def __init__(self, clips: Sequence[tuple[str, Tensor]], fallback: PhaseStrategy, n_iterations: int = 4) -> None:
        if not clips:
            raise DataError("NearestClipPhase", "there are no clips", "pass training clips, or use GriffinLimPhase")
        self.clips, self.fallback, self.n_iterations = list(clips), fallback, n_iterations

    def __call__(
        self, magnitudes: Tensor, spec: StftSpec, n_samples: int, label: str, generator: torch.Generator
    ) -> Tensor:
        """See :class:`PhaseStrategy`."""
        spectra = [_tiled(stft(samples, spec), magnitudes.shape[-1]) for name, samples in self.clips if name == label]
        if not spectra:
            return self.fallback(magnitudes, spec, n_samples, label, generator)
        distances = [(torch.log(s.abs() + 1e-3) - torch.log(magnitudes + 1e-3)).abs().mean() for s in spectra]
        nearest = spectra[int(torch.stack(distances).argmin())]
        return griffin_lim(magnitudes, spec, n_samples, n_iterations=self.n_iterations, initial_phase=nearest.angle())


def _tiled(spectrum: Tensor, n_columns: int) -> Tensor:
    times = -(-n_columns // spectrum.shape[-1])
    return repeat(spectrum, "f t -> f (n t)", n=times)[:, :n_columns]
