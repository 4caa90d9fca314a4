"""Surveys without media, and listeners who answer them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from silentfoley.evaluation.survey.design import HEARD, TRUTH, Survey, SurveyClip
from silentfoley.evaluation.survey.order import SOUND, Trial, listener_order

#: Takes a trial of one listener; gives the name of the side taken.
Taste = Callable[[Trial], str]


def survey(n_clips: int = 6, systems: tuple[str, ...] = ("ours",), *, n_checks: int = 2, **more: Any) -> Survey:
    """Clips c0, c1, ... of two classes, each a recording of its own, every other one without a picture."""
    clips = tuple(
        SurveyClip(
            f"c{i}", "clock" if i % 2 else "fire", f"r{i}", 1.5, i % 2 == 0, {s: f"{i}{s}" for s in (TRUTH, *systems)}
        )
        for i in range(n_clips)
    )
    checks = {"sound": "beep", "silence": "none"} if n_checks else {}
    return Survey(more.pop("seed", 3), systems, clips, n_checks, checks, **more)


def attentive(taste: Taste) -> Taste:
    """A listener who passes the checks and otherwise follows a taste."""
    return lambda trial: SOUND if trial.question == HEARD else taste(trial)


def answer_file(asked: Survey, code: str, taste: Taste, *, n_answers: int | None = None) -> dict[str, Any]:
    """What the page would save."""
    trials = listener_order(asked, code)[:n_answers]
    answers = []
    for number, trial in enumerate(trials, start=1):
        choice = "left" if taste(trial) == trial.left else "right"
        sides = {"question": trial.question, "clip": trial.clip, "left": trial.left, "right": trial.right}
        answers.append({"number": number, **sides, "choice": choice, "seconds": 2.5, "plays": {"left": 1, "right": 1}})
    finished = len(trials) == len(listener_order(asked, code))
    header = asked.header()
    return {
        "format": "silentfoley answers", "version": 1, "listener": code, "finished": finished,
        "answers": answers, "survey": header,
    }  # fmt: skip
