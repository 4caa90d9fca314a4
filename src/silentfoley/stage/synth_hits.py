"""Recipes of the hits: a function per class, a row of numbers per variant. All values are our choices."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

from silentfoley.stage.synth_parts import Sound, Touch, cloud, coloured_noise, decay, layer, modes, saturate

Recipe = Callable[[Touch, str | None], Sound]


class Ground(NamedTuple):
    """What a foot or hoof meets. Frequencies in Hz, decays in s, gains relative to each other."""

    thump_hz: float
    thump_s: float
    thump: float
    low_hz: float
    high_hz: float
    noise_s: float
    noise: float
    crunch: float  # gain of the grains
    grain_hz: float
    ring_hz: float  # 0: nothing rings
    ring_s: float
    ring: float


GROUNDS: dict[str, Ground] = {
    #                 thump             noise                       crunch        ring
    "concrete": Ground(95, 0.014, 0.8, 260, 1900, 0.008, 1.0, 0.18, 3600, 0, 0.01, 0),
    "wood": Ground(110, 0.018, 1.0, 220, 1500, 0.010, 0.6, 0.0, 2500, 240, 0.014, 0.7),
    "gravel": Ground(85, 0.015, 0.4, 800, 4500, 0.020, 0.6, 1.0, 3300, 0, 0.01, 0),
    "grass": Ground(75, 0.018, 0.6, 500, 3600, 0.030, 0.8, 0.3, 2800, 0, 0.01, 0),
    "snow": Ground(70, 0.020, 0.4, 350, 2600, 0.038, 0.7, 0.9, 1700, 0, 0.01, 0),
    "sand": Ground(80, 0.018, 0.5, 450, 3200, 0.032, 1.0, 0.35, 2400, 0, 0.01, 0),
    "dirt": Ground(90, 0.020, 1.0, 200, 1500, 0.022, 0.8, 0.2, 1500, 0, 0.01, 0),
    "metal": Ground(110, 0.014, 0.5, 400, 3500, 0.008, 0.7, 0.0, 3000, 340, 0.035, 0.8),
}
#: Other names for the same ground.
GROUND_NAMES = {"asphalt": "concrete", "cobble": "concrete", "hard": "concrete", "ice": "concrete",
                "rock": "concrete", "stone": "concrete", "tile": "concrete", "carpet": "dirt", "soft": "dirt",
                "leaves": "grass"}  # fmt: skip


def _ground(variant: str | None, default: str) -> Ground:
    name = GROUND_NAMES.get(variant or default, variant or default)
    return GROUNDS.get(name, GROUNDS[default])


def _crunch(t: Touch, grain_hz: float, spread_s: float, count: float) -> Sound:
    """Tiny hits, dense at first: stones, ice crystals, stalks."""
    n = t.samples(4 * spread_s)
    grains = [t.burst(0.4 * grain_hz, grain_hz * f, 0.0012 * g) for f, g in ((0.8, 1.6), (1.2, 1.0), (1.7, 0.7))]
    many = max(4, int(count * (0.5 + t.strength)))
    at = np.minimum(t.rng.exponential(spread_s, many) * t.rate_hz, n - 1)
    return cloud(n, at, np.exp(t.rng.normal(-1.0, 0.7, many)), grains, t.rng)


def _tread(t: Touch, g: Ground, weight: float) -> Sound:
    parts = [
        (0.0, g.noise, t.burst(g.low_hz, g.high_hz, g.noise_s)),
        (0.0, g.thump * weight, t.burst(0.6 * g.thump_hz, 2.2 * g.thump_hz, g.thump_s)),
    ]
    if g.crunch:
        parts.append((0.0, g.crunch, _crunch(t, g.grain_hz, 0.026, 36)))
    if g.ring_hz:
        f = g.ring_hz * np.array([1, 1.62, 2.43, 3.71, 5.23])
        parts.append((0.0, g.ring, t.modes(f, g.ring_s * np.array([1, 0.8, 0.6, 0.45, 0.35]), (1, 0.8, 0.7, 0.4, 0.3))))
    return layer(*parts, rate_hz=t.rate_hz)


def footsteps(t: Touch, variant: str | None) -> Sound:
    """Heel, then a softer sole 50 to 90 ms later. Variants: the grounds."""
    g = _ground(variant, "concrete")
    sole = Touch(0.4 * t.strength, t.rng, t.rate_hz, t.voice)
    delay = t.rng.uniform(0.05, 0.09) * (1.3 - 0.6 * t.strength)
    return layer((0.0, 1.0, _tread(t, g, 1.0)), (delay, 0.28, _tread(sole, g, 0.4)), rate_hz=t.rate_hz)


def horse(t: Touch, variant: str | None) -> Sound:
    """A hoof: the hollow knock of the horn, the weight behind it, what the ground adds.

    Variants: ``walk``, ``trot`` (hard ground), ``canter``, ``gallop`` (turf), or a ground.
    """
    hard = variant in (None, "walk", "trot", "concrete", "wood", "metal") or GROUND_NAMES.get(variant) == "concrete"
    hoof = float(np.exp(t.rng.choice((-0.09, -0.03, 0.04, 0.10))))  # four hooves, never quite alike
    knock = t.modes(
        hoof * np.array([745, 925, 1420, 2150, 3100]),
        (0.0065, 0.0060, 0.0045, 0.0032, 0.0024),
        (1.0, 0.85, 0.45, 0.30, 0.18) if hard else (0.8, 0.4, 0.12, 0.05, 0.02),
    )
    if hard:
        body = t.burst(110, 330, 0.010)
        click = t.burst(1200, 4800, 0.0025)
        scrape = t.burst(500, 2400, 0.016)
        return layer((0, 1.0, knock), (0, 0.28, body), (0, 0.30, click), (0, 0.10, scrape), rate_hz=t.rate_hz)
    body = t.burst(70, 240, 0.020)
    ground = _tread(t, _ground(variant, "dirt"), 0.6)
    clods = _crunch(t, 1400, 0.04, 16)
    return layer((0, 0.55, knock), (0, 1.0, body), (0, 0.6, ground), (0.012, 0.12, clods), rate_hz=t.rate_hz)


class Gun(NamedTuple):
    """Crack, blast and tail of a shot: cut-offs in Hz, decays in s."""

    crack_s: float
    blast_hz: float
    blast_s: float
    boom_hz: float
    boom: float
    tail_hz: float
    tail_s: float


GUNS: dict[str, Gun] = {
    "pistol": Gun(0.0045, 3400, 0.045, 130, 0.5, 1500, 0.22),
    "rifle": Gun(0.0035, 5200, 0.050, 105, 0.55, 2000, 0.38),
    "shotgun": Gun(0.0060, 2600, 0.075, 75, 0.8, 1200, 0.34),
    "musket": Gun(0.0080, 1900, 0.090, 65, 0.9, 900, 0.40),
}


def gunshot(t: Touch, variant: str | None) -> Sound:
    """Crack, blast, boom, and the place answering. Variants: pistol, rifle, shotgun, musket."""
    g = GUNS.get(variant or "pistol", GUNS["pistol"])
    crack = t.burst(700, 11000, g.crack_s, rise_s=0.00005)
    blast = t.burst(90, g.blast_hz, g.blast_s)
    boom = t.modes((g.boom_hz, 1.7 * g.boom_hz), (0.07, 0.04), (1.0, 0.5))
    tail = t.burst(80, g.tail_hz, g.tail_s, rise_s=0.015)
    echo = t.burst(120, 0.8 * g.tail_hz, 0.5 * g.tail_s, rise_s=0.01)
    delay = t.rng.uniform(0.11, 0.24)
    shot = layer((0, 1.0, crack), (0, 1.0, blast), (0, g.boom, boom), rate_hz=t.rate_hz)
    near = saturate(shot, 1.5 + 4.0 * t.strength)
    return layer((0, 1.0, near), (0, 0.22, tail), (delay, 0.10, echo), rate_hz=t.rate_hz)


def thunder(t: Touch, variant: str | None) -> Sound:
    """A crack that tears, then claps that roll away. Variants: ``crack`` (near), ``rumble`` (far)."""
    far = variant in ("rumble", "far", "distant")
    length_s = t.rng.uniform(2.8, 4.2) * t.voice.ring
    n = t.samples(length_s)
    roll = np.zeros(n, dtype=np.float32)
    for delay in (0.0, *np.sort(t.rng.uniform(0.15, 0.6 * length_s, 4))):
        start = t.samples(delay) - 1
        rise = 0.004 if delay == 0 and not far else t.rng.uniform(0.05, 0.25)
        swell = decay(n - start, t.rng.uniform(0.35, 0.9) * t.voice.ring, t.rate_hz, rise)
        roll[start:] += swell * np.float32(np.exp(-0.5 * delay) * t.rng.uniform(0.6, 1.2))
    deep = coloured_noise(n, t.rng, t.rate_hz, 28, (70 if far else 110) * (0.6 + 0.8 * t.strength) * t.voice.bright)
    growl = coloured_noise(n, t.rng, t.rate_hz, 90, (220 if far else 600) * (0.5 + t.strength), slope=1.5)
    body = (deep + np.float32(0.4) * growl) * roll
    if far:
        return body
    tear = _crunch(t, 1500, 0.12, 120)
    snap = saturate(t.burst(90, 1500, 0.09, rise_s=0.0003), 4.0)
    sizzle = t.burst(200, 1600, 0.35)
    return layer((0, 1.0, saturate(body, 2.5)), (0, 0.9, snap), (0, 0.25, sizzle), (0, 0.30, tear), rate_hz=t.rate_hz)


class Shards(NamedTuple):
    """What it breaks into: pitch range in Hz, ring in s, how many, over how long (s)."""

    low_hz: float
    high_hz: float
    ring_s: float
    many: int
    spread_s: float
    smash_hz: float


SHARDS: dict[str, Shards] = {
    "glass": Shards(1900, 8500, 0.028, 55, 0.15, 6500),
    "ceramic": Shards(1000, 4800, 0.015, 40, 0.13, 4200),
    "wood": Shards(350, 1800, 0.012, 30, 0.10, 2500),
    "ice": Shards(1600, 6500, 0.015, 50, 0.12, 6000),
    "stone": Shards(300, 2200, 0.010, 45, 0.22, 2200),
}
SHARD_NAMES = {"bottle": "glass", "window": "glass", "vase": "ceramic", "plate": "ceramic", "cup": "ceramic",
               "pot": "ceramic", "brick": "stone"}  # fmt: skip


def breaking(t: Touch, variant: str | None) -> Sound:
    """The smash, then shards that ring and hop. Variants: glass, ceramic, wood, ice, stone."""
    s = SHARDS.get(SHARD_NAMES.get(variant or "glass", variant or "glass"), SHARDS["glass"])
    pitches = np.exp(t.rng.uniform(np.log(s.low_hz), np.log(s.high_hz), 10)) * t.voice.pitch
    grains = [
        modes(
            np.array([1, 1.53, 2.31]) * f, s.ring_s * t.voice.ring * t.rng.uniform(0.4, 1.5), (1, 0.6, 0.3), t.rate_hz
        )
        for f in pitches
    ]
    many = max(6, int(s.many * (0.35 + t.strength)))
    at_s = t.rng.exponential(s.spread_s * (0.6 + 0.8 * t.strength), many)
    n = t.samples(min(float(at_s.max()), 1.4) + 5 * 1.5 * s.ring_s * t.voice.ring)
    gains = np.exp(t.rng.normal(0, 0.6, many) - 2.2 * at_s)
    shards = cloud(n, at_s * t.rate_hz, gains, grains, t.rng)
    smash = t.burst(0.35 * s.low_hz, s.smash_hz, 0.013)
    rubble = t.burst(0.5 * s.low_hz, 0.8 * s.smash_hz, 0.07)
    knock = t.modes((190, 420, 760), 0.02, (1, 0.7, 0.4))
    return layer((0, 1.0, smash), (0, 0.16, rubble), (0, 0.42, shards), (0, 0.5, knock), rate_hz=t.rate_hz)


def clock(t: Touch, variant: str | None) -> Sound:
    """Two clicks of the escapement and the case. Variants: grandfather, alarm, watch, tick, tock."""
    case_hz = {"grandfather": 260.0, "alarm": 1100.0, "watch": 1800.0}.get(variant or "", 980.0)
    tock = variant == "tock" or (variant != "tick" and t.rng.random() < 0.5)
    pitch = 0.84 if tock else 1.0
    metal = t.modes(pitch * np.array([2350, 3720, 5150, 7300]), (0.006, 0.005, 0.004, 0.003), (1, 0.9, 0.7, 0.5))
    case = t.modes(pitch * case_hz * np.array([1, 1.9, 3.1]), (0.009, 0.007, 0.005), (1, 0.6, 0.4))
    click = t.burst(2000, 8500, 0.0016, rise_s=0.00005)
    second = t.burst(1800, 6000, 0.0014)
    delay = t.rng.uniform(0.009, 0.014)
    return layer((0, 0.8, metal), (0, 0.4, case), (0, 1.0, click), (delay, 0.4, second), rate_hz=t.rate_hz)


def cutting(t: Touch, variant: str | None) -> Sound:
    """The blade goes through and knocks on the board. Variants: ``knife``, ``crisp``, ``axe``, ``saw``."""
    if variant == "saw":
        return _saw(t)
    if variant in ("axe", "chop"):
        log = t.modes(np.array([185, 370, 640, 1050]), (0.010, 0.009, 0.007, 0.005), (1, 0.9, 0.8, 0.5))
        splinter = _crunch(t, 2000, 0.014, 18)
        return layer((0, 0.7, log), (0, 1.0, t.burst(220, 2600, 0.009)), (0, 0.35, splinter), rate_hz=t.rate_hz)
    board = t.modes(np.array([260, 470, 760, 1180, 1850]), (0.011, 0.009, 0.007, 0.005, 0.004), (1, 0.9, 0.8, 0.5, 0.3))
    edge = t.burst(500, 4200, 0.007)
    blade = t.modes((3300, 5100, 7400), 0.012, (0.6, 1, 0.6))
    crunch = _crunch(t, 3400, 0.010, 40 if variant in ("crisp", "carrot", "celery") else 22)
    return layer((0, 0.8, board), (0, 1.0, edge), (0, 0.08, blade), (0, 0.7, crunch), rate_hz=t.rate_hz)


def _saw(t: Touch) -> Sound:
    n = t.samples(0.28)
    teeth = np.float32(0.5 + 0.5 * np.sin(np.arange(n) * (2 * np.pi * 95 * t.voice.pitch / t.rate_hz)))
    stroke = np.sin(np.linspace(0.25, np.pi, n)).astype(np.float32)
    return coloured_noise(n, t.rng, t.rate_hz, 900, 3000 + 4000 * t.strength) * teeth * stroke


class Keys(NamedTuple):
    """A keyboard: click cut-off, bottom resonance, their decays and gains."""

    click_hz: float
    click_s: float
    click: float
    bottom_hz: float
    bottom_s: float
    bottom: float
    release: float


KEYS: dict[str, Keys] = {
    "mechanical": Keys(4800, 0.0024, 1.0, 850, 0.0035, 0.5, 0.30),
    "membrane": Keys(3300, 0.0030, 0.9, 420, 0.0050, 0.6, 0.15),
    "laptop": Keys(4200, 0.0018, 1.0, 700, 0.0030, 0.4, 0.15),
    "typewriter": Keys(7000, 0.0036, 1.0, 1100, 0.0080, 0.5, 0.35),
}


def typing(t: Touch, variant: str | None) -> Sound:
    """A key goes down and, softer, up. Variants: mechanical, membrane, laptop, typewriter, ``space``."""
    k = KEYS.get(variant or "mechanical", KEYS["mechanical"])
    key = (0.7 if variant == "space" else 1.0) * float(np.exp(t.rng.normal(0, 0.06)))  # every key has its place
    click = t.burst(1300, k.click_hz, k.click_s, rise_s=0.00005)
    bottom = t.modes(key * k.bottom_hz * np.array([0.42, 1, 1.93, 3.4]), k.bottom_s, (0.6, 1, 0.7, 0.4))
    rattle = t.burst(900, 0.8 * k.click_hz, 0.009)
    down = t.burst(1100, 0.7 * k.click_hz, 0.003)
    up = t.burst(1800, 0.8 * k.click_hz, 0.8 * k.click_s)
    land, release = t.rng.uniform(0.004, 0.012), t.rng.uniform(0.06, 0.10)
    return layer(
        (0, k.click, click), (0, k.bottom, bottom), (0, 0.30, rattle), (land, 0.6, down), (release, k.release, up),
        rate_hz=t.rate_hz,
    )  # fmt: skip


class Matter(NamedTuple):
    """A struck body: lowest mode (Hz), its ratios, decay (s) and how fast upper modes die, contact noise."""

    mode_hz: float
    ratios: tuple[float, ...]
    ring_s: float
    damping: float
    contact_hz: float
    contact: float


MATTER: dict[str, Matter] = {
    "neutral": Matter(165, (1, 1.8, 2.9, 4.3), 0.024, 0.5, 2200, 0.7),
    "wood": Matter(240, (1, 1.72, 2.81, 4.2, 6.1), 0.030, 0.6, 3000, 0.4),
    "metal": Matter(520, (1, 1.58, 2.24, 2.92, 4.16, 5.43, 7.1), 0.26, 0.25, 7000, 0.35),
    "plastic": Matter(310, (1, 2.1, 3.4, 5.2), 0.014, 0.4, 4200, 0.6),
    "stone": Matter(620, (1, 1.6, 2.6, 3.7), 0.009, 0.3, 4500, 1.0),
    "glass": Matter(1350, (1, 1.9, 2.75, 4.1), 0.14, 0.3, 8000, 0.35),
    "drum": Matter(92, (1, 1.59, 2.14, 2.65), 0.13, 0.5, 1500, 0.5),
    "soft": Matter(85, (1, 1.7), 0.030, 0.5, 700, 0.8),
}


def impact(t: Touch, variant: str | None) -> Sound:
    """One thing strikes another. Variants: neutral, wood, metal, plastic, stone, glass, drum, soft."""
    m = MATTER.get(variant or "neutral", MATTER["neutral"])
    ratios = np.array(m.ratios)
    ring = t.modes(m.mode_hz * ratios, m.ring_s * ratios**-m.damping, ratios**-0.4, jitter=0.006)
    return layer((0, 1.0, ring), (0, m.contact, t.burst(0.6 * m.mode_hz, m.contact_hz, 0.005)), rate_hz=t.rate_hz)


#: Recipe, peak at full strength (in the order of loudness of the real things, squeezed), share of the room's answer.
HITS: dict[str, tuple[Recipe, float, float]] = {
    "breaking": (breaking, 0.70, 0.8),
    "clock": (clock, 0.35, 1.0),
    "cutting": (cutting, 0.55, 1.0),
    "footsteps": (footsteps, 0.50, 1.2),
    "gunshot": (gunshot, 0.85, 0.7),
    "horse": (horse, 0.60, 0.6),
    "thunder": (thunder, 0.80, 0.0),
    "typing": (typing, 0.40, 0.8),
    "impact": (impact, 0.65, 1.0),
}
