"""An analysis for people."""

from __future__ import annotations

from collections.abc import Sequence

from silentfoley.evaluation.survey.analysis import Analysis
from silentfoley.evaluation.survey.shares import CHANCE, Share
from silentfoley.evaluation.table import aligned, figure_text

_ALPHA = 0.05


def analysis_table(analysis: Analysis) -> str:
    """Who was counted, shares with intervals, what the wanted precision needs."""
    lines = [*_counts(analysis), "", f"taken for the real recording (chance {CHANCE:g})", *_shares(analysis.fooled)]
    if analysis.differences:
        lines += ["", "difference of the shares", *_shares(analysis.differences)]
    lines += ["", "preferences: share that takes the first"]
    lines += _shares([s for s in analysis.preferred if not s.label], questions=True)
    lines += ["", *_needs(analysis)]
    if analysis.left.p_value < _ALPHA:
        lines.append(f"note: the left one was taken in {figure_text(analysis.left.to_dict())} of answers")
    return "\n".join(lines)


def _counts(analysis: Analysis) -> list[str]:
    value = analysis.to_dict()
    n_all = value["n_listeners"] + value["n_left_out"]
    first = f"survey {value['survey'][:12]}: {value['n_listeners']} of {n_all} listeners counted, "
    first += f"{value['n_clips']} clips of {value['n_recordings']} recordings, systems: {', '.join(value['systems'])}"
    lines = [first, *(f"  left out {code}: {reason}" for code, reason in analysis.left_out.items())]
    if analysis.n_unfinished:
        lines.append(f"  stopped early: {analysis.n_unfinished}")
    if analysis.n_unplayable:
        lines.append(f"  questions without an answer, not playable: {analysis.n_unplayable}")
    return lines


def _shares(shares: Sequence[Share], *, questions: bool = False) -> list[str]:
    heads = ["what", "share [95 % interval]", "p", "p adjusted", "answers", "listeners", "recordings"]
    cells = [heads]
    for s in shares:
        parts = [*([s.question] if questions else []), s.what, *([s.label] if s.label else [])]
        numbers = [_p(s.p_value), _p(s.p_adjusted), str(s.n), str(s.n_listeners), str(s.n_recordings)]
        cells.append([": ".join(parts), figure_text(s.to_dict()), *numbers])
    notes = list(
        dict.fromkeys(f"note: {s.what}{f' ({s.label})' if s.label else ''}: {s.note}" for s in shares if s.note)
    )
    return [*aligned(cells), *notes]


def _needs(analysis: Analysis) -> list[str]:
    lines = []
    for need in analysis.needs:
        now = f"now about +-{need.now:.3f}; " if need.now is not None else ""
        lines.append(f"to know {need.what} to +-{need.precision:g}: {now}{need.note}")
    return lines


def _p(value: float) -> str:
    return "n/a" if value != value else "< 0.001" if value < 0.001 else f"{value:.3f}"
