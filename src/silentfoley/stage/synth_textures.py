"""Recipes of the textures: rain, fire, waterfall, car. Each is made at a steady level and then follows its envelope."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from silentfoley.stage.synth_parts import Rng, Sound, cloud, coloured_noise, decay, modes


class Stretch(NamedTuple):
    """A stretch of texture to be synthesised.

    Attributes:
        level: (N,) level in [0, 1] per sample.
        rng: its draws.
        rate_hz: samples per second.
    """

    level: Sound
    rng: Rng
    rate_hz: int

    @property
    def n(self) -> int:
        """Samples."""
        return int(self.level.size)

    def noise(self, low_hz: float, high_hz: float, sparse_hz: float | None = None, slope: float = 2.0) -> Sound:
        """(N,) noise of unit root mean square."""
        return coloured_noise(self.n, self.rng, self.rate_hz, low_hz, high_hz, slope=slope, sparse_hz=sparse_hz)

    def wander(self, per_s: float, depth: float) -> Sound:
        """(N,) slow random gain around 1, ``depth`` in nepers."""
        points = max(2, int(per_s * self.n / self.rate_hz) + 2)
        return np.asarray(np.exp(_stretch(self.rng.normal(0.0, depth, points), self.n)), dtype=np.float32)


Recipe = Callable[[Stretch, str | None], Sound]


def _stretch(values: NDArray[np.float64], n: int) -> Sound:
    return np.interp(np.linspace(0, values.size - 1, n), np.arange(values.size), values).astype(np.float32)


def rain(s: Stretch, variant: str | None) -> Sound:
    """A bed of far drops and single near ones. Variants: light, medium, heavy, roof, window."""
    far_hz, near_hz, hiss = {"light": (1400, 40, 0.5), "heavy": (9000, 150, 1.0)}.get(variant or "", (4000, 90, 0.7))
    bed = s.noise(500, 6500, slope=1.3) + np.float32(0.5) * s.noise(70, 700, slope=1.0)
    drops = s.noise(800, 5500, sparse_hz=far_hz)
    base = {"on_window": 900.0, "roof": 420.0, "tin": 420.0, "window": 900.0, "umbrella": 600.0}.get(
        variant or "", 1900.0
    )
    tick = [
        modes((f, 1.7 * f), 0.0025 * np.sqrt(1900 / base), (1, 0.6), s.rate_hz) for f in base * np.linspace(0.7, 2.0, 6)
    ]
    near = _grains(s, near_hz, tick)
    return np.asarray(np.float32(hiss) * bed + drops + np.float32(1.1) * near, dtype=np.float32)


#: Centre of the roar (Hz), share of spray, share of bubbles.
FALLS: dict[str, tuple[float, float, float]] = {
    "falls": (300.0, 0.6, 0.25),
    "cascade": (380.0, 0.6, 0.5),
    "thread": (700.0, 0.6, 0.9),
    "stream": (900.0, 0.5, 1.4),
    "river": (500.0, 0.5, 0.8),
    "huge": (160.0, 0.35, 0.0),
}


def waterfall(s: Stretch, variant: str | None) -> Sound:
    """Broad roar, foam and bubbles. Variants: :data:`FALLS`."""
    roar_hz, foam, bubble = FALLS.get(variant or "falls", FALLS["falls"])
    roar = s.noise(0.35 * roar_hz, 4.0 * roar_hz, slope=1.0) * s.wander(3, 0.08)
    spray = s.noise(900, 5000, slope=1.5) * s.wander(6, 0.12)
    out = roar + np.float32(foam) * spray
    if bubble:
        # A bubble sings at a pitch set by its size and slides up a little as it rises (Minnaert's resonance).
        plops = [_bubble(f, s.rate_hz) for f in np.geomspace(420, 1700, 6)]
        out += np.float32(bubble) * _grains(s, 45, plops)
    return out


def _bubble(freq_hz: float, rate_hz: int) -> Sound:
    n = int(0.05 * rate_hz)
    t = np.arange(n, dtype=np.float32) / np.float32(rate_hz)
    rising = np.sin(2 * np.pi * freq_hz * (t + 2.0 * t * t)) * decay(n, 0.012, rate_hz, 0.002)
    return np.asarray(rising, dtype=np.float32)


def fire(s: Stretch, variant: str | None) -> Sound:
    """The breath of the flames, fine crackle and single snaps. Variants: ``campfire``, ``torch``, ``blaze``."""
    breath, snap_hz = {"torch": (1.0, 3.0), "blaze": (1.3, 10.0), "candle": (0.3, 0.5)}.get(variant or "", (0.5, 9.0))
    flames = s.noise(40, 120, slope=1.5) * s.wander(9, 0.45)
    hiss = s.noise(1500, 7000, slope=1.2) * s.wander(4, 0.3)
    crackle = s.noise(1500, 6000, sparse_hz=70.0) * s.wander(12, 0.3)
    n = int(0.02 * s.rate_hz)
    snaps = [
        coloured_noise(n, s.rng, s.rate_hz, 700, high) * decay(n, tau, s.rate_hz)
        for high, tau in ((2600, 0.0030), (4200, 0.0020), (7000, 0.0012), (3200, 0.0025))
    ]
    bed = np.float32(0.4 * breath) * flames + np.float32(0.25) * hiss + np.float32(0.35) * crackle
    return np.asarray(bed + np.float32(0.4) * _grains(s, snap_hz, snaps), dtype=np.float32)


def _grains(s: Stretch, per_s: float, grains: list[Sound]) -> Sound:
    """Grains at random times, as many as the level asks for (it is high where they are dense)."""
    count = int(s.rng.poisson(per_s * s.n / s.rate_hz))
    at = s.rng.integers(0, s.n, count)
    keep = s.rng.random(count) < 0.25 + 0.75 * s.level[at]
    gains = np.exp(s.rng.normal(0.0, 0.5, count))
    return cloud(s.n, at[keep], gains[keep], grains, s.rng)


class Engine(NamedTuple):
    """A motor: firings per second at rest and at full level, brightness (Hz), share of tyre noise."""

    idle_hz: float
    full_hz: float
    bright_hz: float
    tyres: float


ENGINES: dict[str, Engine] = {
    "small": Engine(48, 82, 900, 0.22),
    "truck": Engine(26, 44, 600, 0.25),
    "sports": Engine(70, 150, 1800, 0.25),
    "electric": Engine(260, 420, 900, 1.2),
}
#: Other names for them.
CARS = {"large": "truck", "bus": "truck", "van": "truck", "race": "sports", "racer": "sports", "sedan": "small"}
#: Distance of closest approach in m, and speed of sound in m/s: what bends the pitch as the car goes by.
PASSING_M = 4.0
SOUND_M_PER_S = 343.0


def car(s: Stretch, variant: str | None) -> Sound:
    """Engine and tyres; the pitch bends as it passes. Variants: small, truck, sports, electric."""
    name = CARS.get(variant or "small", variant or "small")
    e = ENGINES.get(name, ENGINES["small"])
    firing = e.idle_hz + (e.full_hz - e.idle_hz) * (0.55 + 0.1 * float(s.rng.random()))
    pitch = firing * _doppler(s) * s.wander(2, 0.015)
    phase = np.cumsum(pitch, dtype=np.float64) / s.rate_hz
    motor = _period(e, s.rng)
    tone = np.interp((phase / 4 % 1.0) * (motor.size - 1), np.arange(motor.size), motor).astype(np.float32)
    exhaust = s.noise(50, 450, slope=1.2) * (np.float32(0.6) + np.float32(0.5) * tone)  # each firing is a puff of noise
    tyres = s.noise(200, 1200, slope=1.5)
    wind = s.noise(700, 3000, slope=1.6)
    near = s.level  # far away the air and the ground have eaten the treble
    road = np.float32(0.75) * tyres + np.float32(0.5) * near * wind
    return np.asarray(np.float32(0.7) * tone + np.float32(0.5) * exhaust + np.float32(e.tyres) * road, dtype=np.float32)


def _period(e: Engine, rng: Rng) -> NDArray[np.float64]:
    """(2049,) one engine cycle of four firings, each a little different, of unit root mean square."""
    harmonics = np.arange(1, 160)
    freqs = harmonics * e.idle_hz / 4
    # Harmonics of the cycle are weak, multiples of the firing rate are strong.
    weight = np.where(harmonics % 4 == 0, 1.0, 0.22) / (1 + (freqs / e.bright_hz) ** 2) / np.sqrt(harmonics)
    turns = np.linspace(0, 1, 2049)
    wave = weight @ np.sin(2 * np.pi * (harmonics[:, None] * turns + rng.random(harmonics.size)[:, None]))
    return np.asarray(wave / np.sqrt(np.mean(wave**2)), dtype=np.float64)


def _doppler(s: Stretch) -> Sound:
    """(N,) pitch factor of a source whose level is 1 / distance, within 12 %."""
    step = max(1, s.rate_hz // 50)
    level = np.maximum(s.level[::step].astype(np.float64), 0.08)
    if level.size < 3:
        return np.ones(s.n, dtype=np.float32)
    leaving = np.gradient(PASSING_M / level) * s.rate_hz / step
    bend = np.clip(1.0 / (1.0 + np.clip(leaving / SOUND_M_PER_S, -0.5, 1.0)), 0.88, 1.12)
    smooth = np.convolve(np.pad(bend, 5, mode="edge"), np.full(11, 1 / 11), mode="valid")
    return _stretch(smooth, s.n)


#: Recipe and root mean square at full level.
TEXTURES: dict[str, tuple[Recipe, float]] = {
    "car": (car, 0.14),
    "fire": (fire, 0.09),
    "rain": (rain, 0.10),
    "waterfall": (waterfall, 0.14),
}
