"""Answer files as the page saves them, read with nothing taken on trust."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from silentfoley.errors import DataError
from silentfoley.evaluation.survey.design import HEARD, Survey, read_header
from silentfoley.evaluation.survey.order import SOUND, Trial, listener_order

FORMAT, VERSION = "silentfoley answers", 1
#: Listeners' codes: the same in every encoding and in a file's name.
CODE = re.compile(r"[A-Za-z0-9_.\-]{1,40}")
_AGAIN = "ask the listener to save the answers again"


@dataclass(frozen=True)
class Answer:
    """One trial answered.

    Attributes:
        trial: what was asked.
        chosen: name of the side taken; None where the browser could not play one.
        seconds: from the question to the answer.
    """

    trial: Trial
    chosen: str | None
    seconds: float

    @property
    def on_left(self) -> bool | None:
        """Whether the left one was taken."""
        return None if self.chosen is None else self.chosen == self.trial.left


@dataclass(frozen=True)
class Listener:
    """Who answered.

    Attributes:
        code: as typed or drawn at the start.
        answers: in the order asked; fewer than all trials if the listener stopped.
        finished: whether all are there.
    """

    code: str
    answers: tuple[Answer, ...]
    finished: bool

    @property
    def checks(self) -> tuple[int, int]:
        """Attention checks passed, and answered."""
        checks = [a for a in self.answers if a.trial.question == HEARD and a.chosen is not None]
        return sum(a.chosen == SOUND for a in checks), len(checks)


def read_answers(paths: Iterable[str | Path], asked: Survey | None = None) -> tuple[Survey, tuple[Listener, ...]]:
    """Read the files of one survey.

    Args:
        paths: of the files.
        asked: the survey they must answer; None: the first file's.

    Raises:
        DataError: naming the file that is no answer file, answers another survey, repeats a listener, or holds answers
            that the survey did not ask for.
    """
    survey, name = asked, "asked for"
    listeners: dict[str, tuple[Path, Listener]] = {}
    for path in map(Path, paths):
        value = _load(path)
        mine = read_header(value.get("survey"), str(path))
        if survey is None:
            survey, name = mine, f"of {path}"
        if mine.digest != survey.digest:
            cause = f"answers survey {mine.digest[:12]}, not the one {name}, {survey.digest[:12]}"
            raise DataError(path, cause, "analyse each survey by itself")
        listener = _listener(value, survey, path)
        if listener.code in listeners:
            cause = f"listener {listener.code!r} is in {listeners[listener.code][0]} already"
            raise DataError(path, cause, "keep one file of each listener")
        listeners[listener.code] = (path, listener)
    if survey is None or not listeners:
        raise DataError("answers", "there is no file", "name the files that listeners saved")
    return survey, tuple(listener for _, listener in listeners.values())


def _load(path: Path) -> Mapping[str, Any]:
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise DataError(path, f"cannot be read ({error.strerror})", "check the path") from None
    except (ValueError, RecursionError) as error:
        raise DataError(path, f"is not JSON ({error})", _AGAIN) from None
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise DataError(path, "is no answer file", "give files saved by a survey page")
    if value.get("version") != VERSION:
        cause = f"is of version {value.get('version')!r}, this release reads {VERSION}"
        raise DataError(path, cause, "use the release that made the page")
    return value


def _listener(value: Mapping[str, Any], survey: Survey, path: Path) -> Listener:
    code, rows = value.get("listener"), value.get("answers")
    if not isinstance(code, str) or not CODE.fullmatch(code):
        raise DataError(path, f"{code!r} is no listener's code", _AGAIN)
    trials = listener_order(survey, code)
    if not isinstance(rows, list) or len(rows) > len(trials):
        raise DataError(path, f"holds no list of at most {len(trials)} answers", _AGAIN)
    answers = [_answer(row, t, f"{path} answer {n}") for n, (row, t) in enumerate(zip(rows, trials, strict=False), 1)]
    return Listener(code, tuple(answers), len(answers) == len(trials))


def _answer(row: Any, trial: Trial, subject: str) -> Answer:
    if not isinstance(row, Mapping):
        raise DataError(subject, "is no answer", _AGAIN)
    asked = {"question": trial.question, "clip": trial.clip, "left": trial.left, "right": trial.right}
    other = [k for k, v in asked.items() if row.get(k) != v]
    if other:
        cause = f"its {other[0]} is {row.get(other[0])!r}, the survey asked {asked[other[0]]!r}"
        raise DataError(subject, cause, _AGAIN)
    choice, seconds = row.get("choice"), row.get("seconds")
    if choice not in ("left", "right", None):
        raise DataError(subject, f"its choice is {choice!r}, not left, right or null", _AGAIN)
    if isinstance(seconds, bool) or not isinstance(seconds, int | float) or not 0 <= seconds < float("inf"):
        raise DataError(subject, f"{seconds!r} is no number of seconds", _AGAIN)
    return Answer(trial, None if choice is None else asked[choice], float(seconds))
