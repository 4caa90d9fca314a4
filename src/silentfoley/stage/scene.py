"""Who is on stage and how it looks: every choice of a clip, drawn before a pixel is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import DataError
from silentfoley.stage.act import ActPlan
from silentfoley.stage.canvas import Canvas, Tint, View
from silentfoley.stage.difficulty import Difficulty, Level
from silentfoley.stage.registry import get_act
from silentfoley.stage.seeds import stream

Rng = np.random.Generator
#: How an actor runs through time.
Course = Literal["forward", "backward", "still"]


@dataclass(frozen=True)
class Actor:
    """One act in the picture.

    Attributes:
        plan: its performance.
        course: ``forward`` for the lead, ``backward`` for a foil, ``still`` for a prop.
        view: where its box falls in the still picture.
        tint: its palette.
        still_s: the moment a still prop shows.
    """

    plan: ActPlan
    course: Course
    view: View
    tint: Tint
    still_s: float

    def draw(self, image: NDArray[np.uint8], camera: NDArray[np.float64] | None, time_s: float) -> None:
        """Draw it at a clip time, as the camera's (2, 3) map shows it; None is a camera that stands still."""
        view = self.view if camera is None else self.view.then(camera)
        own_time = {"forward": time_s, "backward": self.plan.duration_s - time_s, "still": self.still_s}[self.course]
        get_act(self.plan.label).draw(Canvas(image, view, self.tint), own_time, self.plan)


def draw_factors(difficulty: Difficulty, rng: Rng, *, unseen: bool, n_actors: int = 2) -> dict[str, Level]:
    """One level per factor; factors ``actor_x`` become ``lead_x`` and ``foil_x``.

    With ``unseen`` each factor is at a held-out level with probability ``held_share``, at least one of them is.
    The factors so chosen are the same for both actors.
    """
    names = sorted(difficulty.factors)
    held = rng.random(len(names)) < difficulty.held_share
    if not held.any():
        held[int(rng.integers(len(names)))] = True
    levels: dict[str, Level] = {}
    for name, is_held in zip(names, held, strict=True):
        keys = [f"{who}_{name[6:]}" for who in ("lead", "foil")] if name.startswith("actor_") else [name]
        for key in keys[:n_actors]:
            levels[key] = difficulty.factors[name].draw(rng, held=unseen and bool(is_held))
    return levels


def draw_pair(rng: Rng, labels: Sequence[str], lead: str | None) -> tuple[str, str | None]:
    """Labels of the lead and of the other act, each pair as likely as its exchange.

    Raises:
        DataError: if there is no act to choose from.
    """
    if not labels:
        raise DataError("stage", "no act to draw from", "give at least one label")
    first = str(rng.choice(list(labels))) if lead is None else lead
    others = [label for label in labels if label != first]
    return first, str(rng.choice(others)) if others else None


def draw_actors(
    difficulty: Difficulty,
    factors: dict[str, Level],
    seed: int,
    *,
    duration_s: float,
    height: int,
    width: int,
    labels: Sequence[str],
    lead: str | None,
    silent: bool | None,
) -> tuple[Actor, Actor | None]:
    """The lead and, in most clips, a second actor, from the seed's own streams."""
    rng = stream(seed, "cast")
    first, second = draw_pair(rng, labels, lead)
    dice = rng.random(4)
    lead_silent = bool(dice[0] < difficulty.decoy_share) if silent is None else silent
    foil_silent = bool(dice[1] < difficulty.decoy_share)
    course: Course | None = "backward"
    if dice[2] >= difficulty.foil_share:
        course = "still" if dice[3] < difficulty.still_share else None
    sides = rng.permutation(2)
    actors: list[Actor | None] = []
    for who, label, is_silent, side, runs in (
        ("lead", first, lead_silent, sides[0], "forward"),
        ("foil", second, foil_silent, sides[1], course),
    ):
        own = stream(seed, who)
        if label is None or runs is None:
            actors.append(None)
            continue
        level = float(factors[f"{who}_level"])
        plan = get_act(label).plan(own, duration_s, silent=is_silent, level=level)
        view = _place(own, label, factors, who, int(side), height, width)
        tint = Tint(hue_matrix(float(factors[f"{who}_hue_deg"]), float(factors[f"{who}_saturation"])))
        actors.append(Actor(plan, runs, view, tint, float(own.uniform(0, duration_s))))
    assert actors[0] is not None
    return actors[0], actors[1]


def _place(rng: Rng, label: str, factors: dict[str, Level], who: str, side: int, height: int, width: int) -> View:
    """A box on the left (side 0) or right (1), sheared, turned, mirrored; or all of the picture."""
    act = get_act(label)
    x, y, mirror = rng.uniform(-0.05, 0.05), rng.uniform(-0.05, 0.05), bool(rng.random() < 0.5)
    mirror = mirror and act.mirrors
    if act.fills_picture:
        return View.box(0, 0, width, height, mirror=mirror)
    size = float(factors[f"{who}_scale"]) * height
    # Boxes overlap little in the middle and either may stand in front; their outer edges may leave the picture.
    centre_x = width * np.clip((0.26, 0.74)[side] + x, 0, 1)
    centre_y = height * (0.52 + y)
    squeeze = float(factors[f"{who}_squeeze"])
    box = View.box(-0.5 * size * squeeze, -0.5 * size, size * squeeze, size, mirror=mirror)
    angle, shear = np.deg2rad(float(factors[f"{who}_turn_deg"])), float(factors[f"{who}_shear"])
    c, s = np.cos(angle), np.sin(angle)
    pose = np.array([[c, -s], [s, c]]) @ np.array([[1.0, shear], [0.0, 1.0]])
    return box.then(np.column_stack([pose, [centre_x, centre_y]]))


def hue_matrix(angle_deg: float, saturation: float) -> NDArray[np.float64]:
    """(3, 3) map of RGB that turns hues about the grey axis and scales their distance from it."""
    angle = np.deg2rad(angle_deg)
    c, s = np.cos(angle), np.sin(angle)
    grey = np.full((3, 3), 1 / 3)
    cross = np.array([[0.0, -1.0, 1.0], [1.0, 0.0, -1.0], [-1.0, 1.0, 0.0]]) / np.sqrt(3)
    return np.asarray(grey + saturation * (c * (np.eye(3) - grey) + s * cross), dtype=np.float64)
