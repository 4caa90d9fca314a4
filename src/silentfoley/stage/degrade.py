"""What light, sensor and compression do to a drawn picture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray

#: Extra pixels of the noise tile; each frame takes another corner of it.
_SLACK = 23


@dataclass(frozen=True)
class Degrade:
    """Light, noise and JPEG of one clip.

    Attributes:
        gain_map: (H, W, 3) float32 gain of the light at each pixel.
        drift: relative depth of its slow change.
        drift_rate_hz, drift_phase_rad: of that change.
        noise: (H + slack, W + slack, 3) int16 sensor noise, or None.
        corners: (K, 2) where frame i takes its noise, at ``i % K``.
        jpeg_quality: 1 to 100, or None for no compression.
    """

    gain_map: NDArray[np.float32]
    drift: float
    drift_rate_hz: float
    drift_phase_rad: float
    noise: NDArray[np.int16] | None
    corners: NDArray[np.int64]
    jpeg_quality: int | None

    @classmethod
    def drawn(
        cls,
        rng: np.random.Generator,
        height: int,
        width: int,
        *,
        gain: float,
        gradient: float,
        drift: float,
        noise_sigma: float,
        jpeg_quality: float,
    ) -> Degrade:
        """The degradation of a clip from its factor levels; ``rng`` draws directions and noise."""
        angle = rng.uniform(0, 2 * np.pi)
        y = np.linspace(-1, 1, height)[:, None] * np.sin(angle)
        x = np.linspace(-1, 1, width)[None, :] * np.cos(angle)
        gains = (gain * (1 + gradient * (x + y) / 1.42)).astype(np.float32)
        shape = (height + _SLACK, width + _SLACK, 3)
        sigma = np.float32(noise_sigma)
        noise = np.rint(sigma * rng.standard_normal(shape, dtype=np.float32)).astype(np.int16)
        return cls(
            np.repeat(gains[..., None], 3, axis=2),
            drift,
            float(rng.uniform(0.1, 0.6)),
            float(rng.uniform(0, 2 * np.pi)),
            noise if noise_sigma >= 0.5 else None,
            rng.integers(0, _SLACK + 1, (257, 2)),
            round(jpeg_quality),
        )

    def __call__(self, image: NDArray[np.uint8], index: int, time_s: float) -> NDArray[np.uint8]:
        """(H, W, 3) uint8 as the camera's file shows frame ``index`` at ``time_s``."""
        level = 1 + self.drift * np.sin(2 * np.pi * self.drift_rate_hz * time_s + self.drift_phase_rad)
        lit = cv2.multiply(image, self.gain_map, scale=float(level), dtype=cv2.CV_8U)
        if self.noise is not None:
            top, left = self.corners[index % len(self.corners)]
            height, width = lit.shape[:2]
            lit = cv2.add(lit, self.noise[top : top + height, left : left + width], dtype=cv2.CV_8U)
        if self.jpeg_quality is None:
            return np.asarray(lit, dtype=np.uint8)
        return jpeg_round_trip(np.asarray(lit, dtype=np.uint8), self.jpeg_quality)


def jpeg_round_trip(image: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    """(H, W, 3) RGB through a JPEG file in memory."""
    _, data = cv2.imencode(".jpg", cv2.cvtColor(image, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_JPEG_QUALITY, quality])
    decoded = cv2.imdecode(data, cv2.IMREAD_COLOR)
    assert decoded is not None
    return np.asarray(cv2.cvtColor(decoded, cv2.COLOR_BGR2RGB), dtype=np.uint8)
