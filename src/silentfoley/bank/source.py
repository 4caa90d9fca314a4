"""Where the stage gets recorded sound from: a protocol, and the take nearest in strength."""

from __future__ import annotations

from typing import NamedTuple, Protocol

import numpy as np
from numpy.typing import NDArray


class Strike(NamedTuple):
    """A recorded hit.

    Attributes:
        samples: (N,) float32.
        onset_samples: where in it the hit begins.
    """

    samples: NDArray[np.float32]
    onset_samples: int


class TakeSource(Protocol):
    """Recorded hits and textures by label.

    Attributes:
        sample_rate_hz: rate of all samples.
        labels: classes it has sound for.
    """

    sample_rate_hz: int
    labels: frozenset[str]

    def strike(self, label: str, strength: float, variant: str | None, rng: np.random.Generator) -> Strike:
        """A hit of about this strength, at the level it was recorded at."""
        ...

    def stretch(self, label: str, n_samples: int, variant: str | None, rng: np.random.Generator) -> NDArray[np.float32]:
        """(n_samples,) of steady sound, looped without a seam where the recording is shorter."""
        ...
