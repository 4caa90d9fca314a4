"""A camera held by hand: smooth random shake as an affine map of pixels."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

#: Largest sum of a shake's sines; what the backdrop's margin must cover.
REACH = 1.0


@dataclass(frozen=True)
class Camera:
    """Sums of three sines each for sideways, up and down, and roll.

    Attributes:
        height, width: of the picture in pixels.
        shake: largest shift as a share of the height; 0 holds still.
        rates_hz: (3, 3) of each motion's sines.
        phases_rad: (3, 3).
        shares: (3, 3) amplitudes, each row sums to 1.
    """

    height: int
    width: int
    shake: float
    rates_hz: NDArray[np.float64]
    phases_rad: NDArray[np.float64]
    shares: NDArray[np.float64]

    @classmethod
    def drawn(cls, rng: np.random.Generator, height: int, width: int, shake: float) -> Camera:
        """A camera with random motion of a strength."""
        rates = rng.uniform(0.15, 1.8, (3, 3))
        shares = rng.uniform(0.2, 1.0, (3, 3)) / rates
        return cls(height, width, shake, rates, rng.uniform(0, 2 * np.pi, (3, 3)), shares / shares.sum(1)[:, None])

    def at(self, time_s: float) -> NDArray[np.float64] | None:
        """(2, 3) map from the still picture's pixels to the shaken one's, or None if it stands still."""
        if self.shake == 0.0:
            return None
        sway = (self.shares * np.sin(2 * np.pi * self.rates_hz * time_s + self.phases_rad)).sum(1)
        dx, dy = sway[:2] * self.shake * self.height * REACH
        roll = sway[2] * self.shake * 1.5
        c, s = np.cos(roll), np.sin(roll)
        cx, cy = 0.5 * self.width, 0.5 * self.height
        return np.array([[c, -s, cx - c * cx + s * cy + dx], [s, c, cy - s * cx - c * cy + dy]])

    @property
    def margin_px(self) -> int:
        """Pixels by which a backdrop must exceed the picture on each side."""
        return 0 if self.shake == 0.0 else int(np.ceil(2.5 * self.shake * max(self.height, self.width))) + 2
