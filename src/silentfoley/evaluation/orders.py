"""Do the control rows stand where they must? If not, the measure or the reference is not to be trusted here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from silentfoley.evaluation.protocol import Expectation, Figure, Measure, Protocol
from silentfoley.evaluation.rows import Row


@dataclass(frozen=True)
class Verdict:
    """One expectation looked at.

    Attributes:
        measure: its name.
        expected: in words.
        held: whether it held; None where a row or a value is missing.
        text: what was found and, if it did not hold, what that means.
    """

    measure: str
    expected: str
    held: bool | None
    text: str

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        return {"measure": self.measure, "expected": self.expected, "held": self.held, "text": self.text}


def check_orders(protocol: Protocol, rows: Mapping[str, Row]) -> list[Verdict]:
    """Every expectation of every measure of a protocol, by control row."""
    return [_look(m, e, rows) for m in protocol.measures() for e in m.expects]


def _look(measure: Measure, expectation: Expectation, rows: Mapping[str, Row]) -> Verdict:
    names = [n for n in (expectation.better, expectation.worse) if n]
    if expectation.value is not None:
        about = f" give or take {expectation.within:g}" if expectation.within else ""
        expected = f"{expectation.better} at {expectation.value:g}{about}"
    else:
        expected = f"{expectation.better} better than {expectation.worse}"
    figures = [rows[n].figures[measure.name] for n in names if n in rows and measure.name in rows[n].figures]
    if len(figures) < len(names) or any(f.value != f.value for f in figures):
        return Verdict(measure.name, expected, None, "not looked at: a row or its value is missing")
    if expectation.value is not None:
        return _at_value(measure, expectation, figures[0], expected)
    better, worse = figures
    found = f"{_shown(better)} against {_shown(worse)}"
    if _gain(measure, better.value, worse.value) > 0:
        return Verdict(measure.name, expected, True, found)
    noise = "; their intervals overlap" if better.low <= worse.high and worse.low <= better.high else ""
    return Verdict(measure.name, expected, False, f"{found}{noise}. {expectation.why}")


def _at_value(measure: Measure, expectation: Expectation, figure: Figure, expected: str) -> Verdict:
    assert expectation.value is not None
    # Without an interval (nothing varies) the value itself must be there.
    low, high = (figure.low, figure.high) if figure.low == figure.low else (figure.value, figure.value)
    slack = expectation.within + 1e-9
    if low - slack <= expectation.value <= high + slack:
        return Verdict(measure.name, expected, True, _shown(figure))
    return Verdict(measure.name, expected, False, f"{_shown(figure)}. {expectation.why}")


def _gain(measure: Measure, better: float, worse: float) -> float:
    if measure.better == "higher":
        return better - worse
    if measure.better == "lower":
        return worse - better
    return abs(worse) - abs(better)


def _shown(figure: Figure) -> str:
    if figure.low != figure.low:
        return f"{figure.value:.3g}"
    return f"{figure.value:.3g} [{figure.low:.3g}, {figure.high:.3g}]"
