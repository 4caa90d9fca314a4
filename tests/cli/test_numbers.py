from __future__ import annotations

from argparse import ArgumentTypeError
from collections.abc import Callable

import pytest

from silentfoley.cli.numbers import loudness, offset, seconds


@pytest.mark.parametrize(
    ("read", "text", "told"),
    [
        (loudness, "minus23", "'minus23' is no number: write one such as -23"),
        (loudness, "-23,5", "'-23,5' is no number: write it with a point, -23.5"),
        (loudness, "-70", "-70 is no loudness to master to: it goes from -60 to -5 LUFS"),
        (offset, "0,04", "'0,04' is no number: write it with a point, 0.04"),
        (offset, "soon", "'soon' is no number: write one such as 0.04"),
        (offset, "nan", "nan is not finite: write a number such as 0.04"),
        (offset, "1,000,5", "'1,000,5' is no number: write one such as 0.04"),
        (seconds, "0", "0 is no length: it must be more than 0"),
        (seconds, "-1.5", "-1.5 is no length: it must be more than 0"),
        (seconds, "inf", "inf is not finite: write a number such as 2.5"),
        (seconds, "", "'' is no number: write one such as 2.5"),
    ],
)
def test_a_number_that_is_refused_is_named_with_an_example(read: Callable[[str], float], text: str, told: str) -> None:
    with pytest.raises(ArgumentTypeError) as caught:
        read(text)
    assert str(caught.value) == told


def test_numbers_are_read() -> None:
    assert (loudness("-23"), offset("-.04"), seconds("1e-3")) == (-23.0, -0.04, 0.001)
