"""What the answers say: how often the generated is taken for real, what is preferred, who was left out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from silentfoley import __version__
from silentfoley.errors import DataError
from silentfoley.evaluation.survey.answers import Answer, Listener, read_answers
from silentfoley.evaluation.survey.design import HEARD, PRECISION, PREFERENCES, REAL, TRUTH, Survey
from silentfoley.evaluation.survey.page import read_page
from silentfoley.evaluation.survey.precision import Need, need_of
from silentfoley.evaluation.survey.shares import (
    LEVEL,
    N_RESAMPLES,
    Share,
    Vote,
    adjusted,
    difference_of,
    share_of,
)

ALL = "all systems"
_SEED = 0


@dataclass(frozen=True)
class Analysis:
    """A survey analysed.

    Attributes:
        survey: what was asked.
        listeners: counted.
        left_out: code of each listener not counted, with the reason.
        fooled: share of real-or-fake answers that took the generated for real: per system, of all, per class.
        differences: of two systems' fooling rates.
        preferred: share that took the first of each pair, per question, then per class.
        left: share that took the left one, whatever it was.
        needs: listeners for the wanted precision, per row of ``fooled`` over all classes.
    """

    survey: Survey
    listeners: tuple[Listener, ...]
    left_out: Mapping[str, str]
    fooled: tuple[Share, ...]
    differences: tuple[Share, ...]
    preferred: tuple[Share, ...]
    left: Share
    needs: tuple[Need, ...]

    @property
    def n_unfinished(self) -> int:
        """Listeners counted who stopped early."""
        return sum(not listener.finished for listener in self.listeners)

    @property
    def n_unplayable(self) -> int:
        """Questions without an answer because the browser could not play a side."""
        return sum(a.chosen is None for listener in self.listeners for a in listener.answers)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        recordings = {c.source for c in self.survey.clips}
        return {
            "silentfoley": __version__,
            "survey": self.survey.digest,
            "made_by": self.survey.made_by,
            "systems": list(self.survey.systems),
            "n_clips": len(self.survey.clips),
            "n_recordings": len(recordings),
            "n_listeners": len(self.listeners),
            "listeners": [listener.code for listener in self.listeners],
            "n_left_out": len(self.left_out),
            "left_out": dict(self.left_out),
            "n_unfinished": self.n_unfinished,
            "n_unplayable": self.n_unplayable,
            "interval": {"level": LEVEL, "n_resamples": N_RESAMPLES, "seed": _SEED, "method": "pigeonhole bootstrap"},
            "fooled": [s.to_dict() for s in self.fooled],
            "differences": [s.to_dict() for s in self.differences],
            "preferred": [s.to_dict() for s in self.preferred],
            "left": self.left.to_dict(),
            "needs": [n.to_dict() for n in self.needs],
        }


def analyse_files(
    paths: Iterable[str | Path], *, page: str | Path | None = None, precision: float = PRECISION
) -> Analysis:
    """Read answer files and analyse them. See :func:`analyse`.

    Args:
        paths: of answer files.
        page: the survey's HTML file; answers to another survey are refused. None: the first file's survey counts.
        precision: as for :func:`analyse`.

    Raises:
        DataError: if a file cannot be counted, or no listener can.
    """
    asked = None if page is None else read_page(page)
    survey, listeners = read_answers(paths, asked)
    return analyse(survey, listeners, precision=precision)


def analyse(survey: Survey, listeners: Sequence[Listener], *, precision: float = PRECISION) -> Analysis:
    """Shares with 95 % intervals by two-way bootstrap over listeners and recordings.

    Args:
        survey: what was asked.
        listeners: who answered.
        precision: half width of the interval to plan for, in (0, 0.5).

    Raises:
        DataError: if ``precision`` is none, or no listener is left.
    """
    if not 0 < precision < 0.5:
        raise DataError("precision", f"{precision} is no half width of a share", "use one between 0 and 0.5")
    reasons = {listener.code: why_left_out(survey, listener) for listener in listeners}
    left_out = {code: reason for code, reason in sorted(reasons.items()) if reason}
    counted = tuple(sorted((x for x in listeners if x.code not in left_out), key=lambda x: x.code))
    if not counted:
        first = next((f" ({code}: {reason})" for code, reason in left_out.items()), "")
        raise DataError("answers", f"none of {len(listeners)} listeners can be counted{first}", "ask others")
    ballots = _Ballots(survey, counted)
    rows = [*([ALL] if len(survey.systems) > 1 else []), *survey.systems]
    needs = [need_of(ballots.fooled(what), what, precision) for what in rows]
    return Analysis(
        survey,
        counted,
        left_out,
        fooled=tuple(_fooled(ballots, rows)),
        differences=tuple(_differences(ballots)),
        preferred=tuple(_preferred(ballots)),
        left=share_of(ballots.left(), "", "left", seed=_SEED),
        needs=tuple(needs),
    )


def why_left_out(survey: Survey, listener: Listener) -> str:
    """Empty if the listener counts: passed every attention check met, and met one where the survey has any."""
    passed, answered = listener.checks
    if passed < answered:
        return f"failed {answered - passed} of {answered} attention checks"
    return "answered no attention check" if survey.n_checks and not answered else ""


class _Ballots:
    """Answers as votes."""

    def __init__(self, survey: Survey, listeners: Sequence[Listener]) -> None:
        self.survey = survey
        self._of = {c.id: c for c in survey.clips}
        self._answers = [(x.code, a) for x in listeners for a in x.answers if a.chosen is not None]
        self.labels = sorted({c.label for c in survey.clips if c.label})

    def fooled(self, system: str, label: str = "") -> list[Vote]:
        """1 where the system was taken for real."""
        return [
            self._vote(code, a, a.chosen != TRUTH)
            for code, a in self._asked(REAL, label)
            if system in (ALL, a.trial.left, a.trial.right)
        ]

    def preferred(self, question: str, pair: tuple[str, str], label: str = "") -> list[Vote]:
        """1 where the first of the pair was taken."""
        return [
            self._vote(code, a, a.chosen == pair[0])
            for code, a in self._asked(question, label)
            if {a.trial.left, a.trial.right} == set(pair)
        ]

    def left(self) -> list[Vote]:
        """1 where the left one was taken, checks aside."""
        return [self._vote(code, a, bool(a.on_left)) for code, a in self._answers if a.trial.question != HEARD]

    def _asked(self, question: str, label: str) -> Iterable[tuple[str, Answer]]:
        for code, answer in self._answers:
            if answer.trial.question == question and label in ("", self._of[answer.trial.clip].label):
                yield code, answer

    def _vote(self, code: str, answer: Answer, value: bool) -> Vote:
        return Vote(code, self._of[answer.trial.clip].source, float(value))


def _fooled(ballots: _Ballots, rows: Sequence[str]) -> Iterable[Share]:
    yield from adjusted([share_of(ballots.fooled(what), REAL, what, seed=_SEED) for what in rows])
    for what in rows if ballots.labels else ():
        per_class = [share_of(ballots.fooled(what, label), REAL, what, label, _SEED) for label in ballots.labels]
        yield from adjusted(per_class)


def _differences(ballots: _Ballots) -> list[Share]:
    pairs = ballots.survey.pairs if len(ballots.survey.systems) > 1 else ()
    votes = [(f"{a} - {b}", ballots.fooled(a), ballots.fooled(b)) for a, b in pairs]
    return adjusted([difference_of(one, two, REAL, what, seed=_SEED) for what, one, two in votes])


def _preferred(ballots: _Ballots) -> Iterable[Share]:
    asked = {q for clip in ballots.survey.clips for q in clip.preferences}
    for labels in ([""], ballots.labels):
        for q in (q for q in PREFERENCES if q in asked):
            yield from adjusted(
                [
                    share_of(ballots.preferred(q, (a, b), label), q, f"{a} over {b}", label, _SEED)
                    for label in labels
                    for a, b in ballots.survey.pairs
                ]
            )
