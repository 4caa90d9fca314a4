"""Gunshot: a muzzle flash, a kick that settles slowly, smoke, and the shell that falls."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from silentfoley.stage.act import Act, ActPlan, Event, Rng
from silentfoley.stage.canvas import Canvas
from silentfoley.stage.paint import Floats, light, puffs, shape, strokes, untinted, xy
from silentfoley.stage.palette import draw_skin, shaded

#: The flash lasts this long so that 15 frames a second cannot miss it (ours; powder burns off sooner).
FLASH_S = 0.07
#: Time constants of the kick, up and back (ours).
_KICK_S, _SETTLE_S = 0.018, 0.16
_SMOKE_S, _SHELL_S = 1.3, 0.75
_GRAVITY = 3.2


@dataclass(frozen=True)
class Gun:
    """A gun in profile pointing right, the grip's top at the origin; all in box units.

    Attributes:
        parts: filled polygons, each (N, 2), drawn in order with the shade of ``shades``.
        shades: factor on the metal's colour, or 0 for wood.
        muzzle, port: where flash and shell leave.
        kick: turn in radians and shift back at full strength.
        gap_s: least and most time between shots. pump: whether the fore-end is worked after each shot.
    """

    parts: tuple[Floats, ...]
    shades: tuple[float, ...]
    muzzle: tuple[float, float]
    port: tuple[float, float]
    kick: tuple[float, float]
    gap_s: tuple[float, float]
    pump: bool = False


def _polygon(*points: tuple[float, float]) -> Floats:
    return np.array(points)


GUNS: dict[str, Gun] = {
    "pistol": Gun(
        (
            _polygon((-0.05, 0.0), (0.05, 0.0), (0.03, 0.17), (-0.08, 0.16)),
            _polygon((-0.09, -0.075), (0.3, -0.075), (0.3, -0.005), (0.12, 0.01), (-0.09, 0.0)),
            _polygon((-0.09, -0.1), (0.3, -0.1), (0.31, -0.05), (-0.1, -0.05)),
        ),
        (0.7, 0.85, 1.15),
        (0.32, -0.075),
        (0.06, -0.1),
        (0.42, 0.05),
        (0.35, 1.1),
    ),
    "rifle": Gun(
        (
            _polygon((-0.4, -0.07), (-0.08, -0.07), (-0.08, 0.0), (-0.22, 0.02), (-0.4, 0.1)),
            _polygon((-0.04, 0.0), (0.05, 0.0), (0.02, 0.15), (-0.06, 0.14)),
            _polygon((0.12, 0.0), (0.2, 0.0), (0.24, 0.16), (0.16, 0.17)),
            _polygon((-0.1, -0.08), (0.3, -0.08), (0.3, 0.0), (-0.1, 0.01)),
            _polygon((0.3, -0.06), (0.56, -0.055), (0.56, -0.03), (0.3, -0.02)),
        ),
        (0.0, 0.8, 0.7, 1.0, 1.2),
        (0.57, -0.043),
        (0.1, -0.07),
        (0.13, 0.06),
        (0.2, 0.9),
    ),
    "shotgun": Gun(
        (
            _polygon((-0.42, -0.04), (-0.1, -0.07), (-0.08, 0.0), (-0.2, 0.03), (-0.42, 0.12)),
            _polygon((-0.12, -0.08), (0.12, -0.08), (0.12, 0.01), (-0.12, 0.02)),
            _polygon((0.1, -0.075), (0.56, -0.075), (0.56, -0.04), (0.1, -0.035)),
            _polygon((0.22, -0.04), (0.4, -0.04), (0.39, 0.02), (0.23, 0.02)),
        ),
        (0.0, 0.9, 1.15, 0.0),
        (0.57, -0.058),
        (0.02, -0.08),
        (0.2, 0.09),
        (0.9, 1.6),
        pump=True,
    ),
}


class Gunshot(Act):
    """Someone fires a ``pistol``, ``rifle`` or ``shotgun``; seen from the side.

    The decoys aim, sway and squeeze without firing; on some a lamp under the barrel glows up and down.
    """

    label = "gunshot"

    def plan(self, rng: Rng, duration_s: float, *, silent: bool = False, level: float = 0.5) -> ActPlan:
        """Draw a performance; ``level`` widens the spacing of shots, the aim's sway and the colours."""
        variant = str(rng.choice(list(GUNS)))
        gun = GUNS[variant]
        times = _draw_times(rng, duration_s, gun, level)
        strengths = rng.uniform(0.75 - 0.2 * level, 1.0, len(times))
        shots = tuple(Event(float(t), float(s), 0.7) for t, s in zip(times, strengths, strict=True))
        params: dict[str, Any] = {
            "shots": () if silent else shots,
            "at": (float(rng.uniform(0.27, 0.38)), float(rng.uniform(0.46, 0.58))),
            "size": float(rng.uniform(0.85, 1.0 + 0.15 * level)),
            "aim": float(rng.normal(0.0, 0.03 + 0.06 * level)),
            "sway": rng.uniform([0.004, 0.25, 0.0], [0.012 + 0.01 * level, 0.6, 6.3]),
            "metal": tuple(int(v) for v in rng.integers(38, 105) + rng.integers(-8, 9, 3)),
            "wood": tuple(int(v) for v in rng.integers([70, 40, 20], [140, 85, 50])),
            "skin": draw_skin(rng),
            "sleeve": tuple(int(v) for v in rng.integers(20, 200, 3)),
            "smoke": int(rng.integers(150, 225)),
            "spikes": rng.uniform(0.6, 1.2, (len(times), 7)),
            "shell_speed": rng.uniform([-0.55, -1.1], [-0.2, -0.8], (len(times), 2)),
            "lamp": bool(rng.random() < 0.4),
        }
        # Shots before and after the clip only leave smoke, shells and a settling gun at its edges.
        events = () if silent else tuple(shot for shot in shots if 0 <= shot.time_s < duration_s)
        return ActPlan(self.label, duration_s, events, None, variant, silent, params)

    def draw(self, canvas: Canvas, time_s: float, plan: ActPlan) -> None:
        """Smoke behind, arm, gun and hand; flash and shells before them."""
        p = plan.params
        gun = GUNS[str(plan.variant)]
        pose = _pose(time_s, plan, gun)
        rest = _pose(time_s, plan, gun, kick=False)
        pull = max((_bump(time_s - e.time_s, -0.18, 0.12) for e in p["shots"]), default=_idle_pull(time_s, plan))
        pump = max((_bump(time_s - e.time_s, 0.28, 0.62) for e in p["shots"]), default=0.0) if gun.pump else 0.0
        _draw_arm(canvas, pose, p)
        _draw_gun(canvas, pose, gun, p, pump)
        _draw_hand(canvas, pose, gun, p, pull, pump)
        _draw_smoke(canvas, rest, gun, p["shots"], time_s, p["smoke"])
        for index, event in enumerate(p["shots"]):
            since = time_s - event.time_s
            shell_at = since - (0.42 if gun.pump else 0.015)
            if 0 <= shell_at < _SHELL_S:
                _draw_shell(canvas, rest, gun, shell_at, p["shell_speed"][index])
            if 0 <= since < FLASH_S:
                _draw_flash(canvas, pose, gun, since / FLASH_S, event.strength, p["spikes"][index])
        if plan.silent and p["lamp"]:
            glow = 0.5 - 0.5 * float(np.cos(1.6 * time_s + p["sway"][2]))
            light(canvas, pose(np.array(gun.muzzle))[0], 0.12, (255, 226, 160), 0.8 * glow)


@dataclass(frozen=True)
class _Pose:
    """Where the gun is: shift and turn, then scale."""

    at: Floats
    turn: float
    size: float

    def __call__(self, points: Floats) -> Floats:
        """(N, 2) gun coordinates to the box; a positive turn lifts the muzzle."""
        c, s = np.cos(self.turn), np.sin(self.turn)
        p = points.reshape(-1, 2) * self.size
        return self.at + xy(c * p[:, 0] + s * p[:, 1], c * p[:, 1] - s * p[:, 0])


def _pose(time_s: float, plan: ActPlan, gun: Gun, *, kick: bool = True) -> _Pose:
    p = plan.params
    amount, hz, phase = p["sway"]
    drift = 2 * np.pi * hz * time_s + phase
    at = np.array(p["at"]) + amount * np.array([np.sin(0.7 * drift), np.cos(drift)])
    turn = p["aim"] + 1.5 * amount * np.sin(1.3 * drift)
    if kick:
        push = sum(e.strength * _recoil(time_s - e.time_s) for e in p["shots"])
        turn += gun.kick[0] * push
        at = at - np.array([gun.kick[1], 0.25 * gun.kick[1]]) * push
    return _Pose(at, float(turn), p["size"])


def _recoil(since: float) -> float:
    """Kick in about [0, 1]: nothing before the shot, up within two hundredths of a second, slowly back."""
    if since <= 0:
        return 0.0
    return float((1.0 - np.exp(-since / _KICK_S)) * (1 + since / _SETTLE_S) * np.exp(-since / _SETTLE_S))


def _bump(since: float, start: float, stop: float) -> float:
    """A smooth hill in [0, 1] between two delays."""
    part = (since - start) / (stop - start)
    return float(np.sin(np.pi * part) ** 2) if 0 < part < 1 else 0.0


def _idle_pull(time_s: float, plan: ActPlan) -> float:
    """How far a decoy squeezes: it takes up the slack and lets go."""
    return 0.6 * (0.5 - 0.5 * float(np.cos(2.1 * time_s + plan.params["sway"][2])))


def _draw_times(rng: Rng, duration_s: float, gun: Gun, level: float) -> Floats:
    low, high = gun.gap_s
    # One shot falls surely into the clip; the others come before and after it alike.
    anchor = float(rng.uniform(0.03, 0.97)) * duration_s
    reach = duration_s + _SMOKE_S
    count = int(np.ceil(reach / low))
    rare = float(rng.uniform(1.0, 1.6 + level))
    before, after = (np.cumsum(rng.uniform(low, rare * high, count)) for _ in range(2))
    times = np.concatenate([anchor - before[::-1], [anchor], anchor + after])
    return np.asarray(times[(times > -_SMOKE_S) & (times < duration_s + 0.3)])


def _draw_arm(canvas: Canvas, pose: _Pose, p: dict[str, Any]) -> None:
    wrist = pose(np.array([[-0.02, 0.07]]))[0]
    shoulder = np.array([-0.15, p["at"][1] + 0.24])
    elbow = 0.45 * wrist + 0.55 * shoulder + [0.0, 0.07]
    canvas.line(np.stack([shoulder, elbow, wrist - [0.05, -0.01]]), 0.14, p["sleeve"])
    canvas.line(np.stack([wrist - [0.05, -0.01], wrist]), 0.09, p["skin"])


def _draw_gun(canvas: Canvas, pose: _Pose, gun: Gun, p: dict[str, Any], pump: float) -> None:
    # All corners in one go, then cut apart again.
    corners = pose(np.concatenate(gun.parts))
    if gun.pump:
        corners[-len(gun.parts[-1]) :] -= pose.size * np.array([0.09 * pump, 0.0])
    first = 0
    for part, gain in zip(gun.parts, gun.shades, strict=True):
        shape(canvas, [corners[first : first + len(part)]], shaded(p["metal"], gain) if gain else p["wood"])
        first += len(part)


def _draw_hand(canvas: Canvas, pose: _Pose, gun: Gun, p: dict[str, Any], pull: float, pump: float) -> None:
    palm = _polygon((-0.07, 0.005), (0.045, 0.01), (0.04, 0.1), (-0.05, 0.115))
    finger = _polygon((0.03, 0.025), (0.085 - 0.03 * pull, 0.03))
    shape(canvas, [pose(palm)], p["skin"])
    strokes(canvas, pose(finger)[None], 0.032, p["skin"])
    if gun.muzzle[0] > 0.4:
        front = np.array([[0.28, 0.02], [0.36, 0.02]]) - [0.09 * pump, 0.0]
        strokes(canvas, pose(front)[None], 0.055, p["skin"])


def _draw_flash(canvas: Canvas, pose: _Pose, gun: Gun, part: float, strength: float, spikes: Floats) -> None:
    """A star that leaps from the muzzle at once and shrinks."""
    size = (0.3 * (1.0 - part) + 0.06) * (0.6 + 0.4 * strength) * spikes
    angle = np.linspace(-1.15, 1.15, len(spikes))
    star = np.empty((2 * len(spikes) + 1, 2))
    star[:-1:2] = xy(np.cos(angle) * size * (0.5 + 0.5 * np.cos(angle) ** 2), np.sin(angle) * size * 0.75)
    star[1:-1:2] = 0.5 * star[:-1:2] + [0.01, 0.0]
    star[-1] = (-0.01, 0.0)
    muzzle = np.array(gun.muzzle)
    light(canvas, pose(muzzle)[0], 0.32, (255, 205, 130), (0.95 - 0.6 * part) * (0.6 + 0.4 * strength))
    fire = untinted(canvas)
    shape(fire, [pose(star + muzzle)], (255, 214, 110))
    shape(fire, [pose(0.6 * star + muzzle)], (255, 252, 226))


def _draw_smoke(canvas: Canvas, pose: _Pose, gun: Gun, shots: tuple[Event, ...], time_s: float, grey: int) -> None:
    """Five puffs a shot: blown forward, then rising, spreading and fading."""
    ages = np.array([time_s - shot.time_s for shot in shots])
    fresh = (ages > 0) & (ages < _SMOKE_S)
    if not fresh.any():
        return
    since = ages[fresh][:, None]
    strength = np.array([shot.strength for shot in shots])[fresh][:, None]
    number = np.arange(5.0)
    forward = (0.06 + 0.05 * number) * (1.0 - np.exp(-since / 0.12)) + 0.03 * since * number
    rise = (0.08 + 0.035 * ((number * 7) % 5)) * since + 0.05 * since**2
    radii = (0.012 + 0.05 * (1.0 - np.exp(-since / 0.3)) + 0.035 * since) * (1.15 - 0.1 * number)
    fade = 0.7 * strength * (1.0 - since / _SMOKE_S) ** 1.4 * np.minimum(1.0, since / 0.03) + 0.0 * number
    muzzle = pose(np.array(gun.muzzle))[0]
    puffs(canvas, (muzzle + xy(forward, -rise)).reshape(-1, 2), radii.ravel(), fade.ravel(), (grey, grey, grey))


def _draw_shell(canvas: Canvas, pose: _Pose, gun: Gun, since: float, speed: Floats) -> None:
    start = pose(np.array(gun.port))[0]
    centre = start + speed * since + np.array([0.0, 0.5 * _GRAVITY * since**2])
    spin = 18.0 * since
    half = 0.028 * np.array([np.cos(spin), np.sin(spin)])
    strokes(canvas, np.stack([centre - half, centre + half])[None], 0.02, (222, 178, 70))
