"""Things in the picture that make no sound: drifting shapes, swaying stalks, and bars and blobs in front."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.canvas import Canvas, Colour

Rng = np.random.Generator


def _colour(rng: Rng) -> Colour:
    r, g, b = (int(v) for v in rng.integers(30, 226, 3))
    return r, g, b


@dataclass(frozen=True)
class Mover:
    """A silent shape in picture coordinates that drifts, or sways on a stalk. Its motion has no direction of time.

    Attributes:
        home: (2,) where it is at time 0; for a stalk, its foot.
        speed: (2,) picture heights per second.
        outline: (P, 2) about its centre.
        sway_rad, rate_hz, phase_rad: of turning to and fro.
        stalk: length of the stalk, 0 for a drifting shape.
        colour: RGB.
    """

    home: NDArray[np.float64]
    speed: NDArray[np.float64]
    outline: NDArray[np.float64]
    sway_rad: float
    rate_hz: float
    phase_rad: float
    stalk: float
    colour: Colour

    @classmethod
    def drawn(cls, rng: Rng) -> Mover:
        """A random mover."""
        corners = int(rng.integers(3, 9))
        angles = np.sort(rng.uniform(0, 2 * np.pi, corners))
        radii = rng.uniform(0.03, 0.08) * rng.uniform(0.6, 1.0, corners)
        sways = rng.random() < 0.4
        return cls(
            np.array([rng.uniform(0, 1), 1.02]) if sways else rng.uniform(0, 1, 2),
            np.zeros(2) if sways else rng.uniform(-0.12, 0.12, 2),
            np.column_stack([radii * np.cos(angles), radii * np.sin(angles)]),
            float(rng.uniform(0.1, 0.35)),
            float(rng.uniform(0.2, 1.0)),
            float(rng.uniform(0, 2 * np.pi)),
            float(rng.uniform(0.25, 0.6)) if sways else 0.0,
            _colour(rng),
        )

    def draw(self, canvas: Canvas, time_s: float) -> None:
        """Draw it in picture coordinates (0..1 across and down)."""
        angle = self.sway_rad * np.sin(2 * np.pi * self.rate_hz * time_s + self.phase_rad)
        c, s = np.cos(angle), np.sin(angle)
        at = (self.home + self.speed * time_s + 0.25) % 1.5 - 0.25 if self.stalk == 0 else self.home
        if self.stalk:
            tip = at + self.stalk * np.array([s, -c])
            canvas.line(np.stack([at, tip]), 0.02, self.colour)
            at = tip
        canvas.polygon(at + self.outline @ np.array([[c, s], [-s, c]]), self.colour)


@dataclass(frozen=True)
class Occluder:
    """A narrow thing in front of the actors, still or drifting slowly.

    Attributes:
        centre: (2,) at time 0 in picture coordinates.
        speed: (2,) per second.
        outline: (P, 2) about the centre.
        colour: RGB.
    """

    centre: NDArray[np.float64]
    speed: NDArray[np.float64]
    outline: NDArray[np.float64]
    colour: Colour

    @classmethod
    def drawn(cls, rng: Rng) -> Occluder:
        """A bar across the picture or a blob near its edge."""
        drift = rng.uniform(-0.03, 0.03, 2) if rng.random() < 0.5 else np.zeros(2)
        if rng.random() < 0.6:
            half, lean = rng.uniform(0.02, 0.045), rng.uniform(-0.08, 0.08)
            bar = np.array([[lean - half, -0.8], [lean + half, -0.8], [half - lean, 0.8], [-half - lean, 0.8]])
            return cls(np.array([rng.uniform(0.05, 0.95), 0.5]), drift, bar, _colour(rng))
        angles = np.linspace(0, 2 * np.pi, 10, endpoint=False)
        radii = rng.uniform(0.08, 0.15) * rng.uniform(0.75, 1.0, 10)
        blob = np.column_stack([radii * np.cos(angles), radii * np.sin(angles)])
        edge = rng.uniform(0, 1, 2)
        edge[int(rng.integers(2))] = rng.choice([0.04, 0.96])
        return cls(edge, drift, blob, _colour(rng))

    def draw(self, canvas: Canvas, time_s: float) -> None:
        """Draw it in picture coordinates (0..1 across and down)."""
        canvas.polygon(self.centre + self.speed * time_s + self.outline, self.colour)
