"""Numbers on the command line. Names of whole ones are what argparse says: ``invalid seed value: 'x'``."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from decimal import Decimal
from math import isfinite

_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)
_COMMA = re.compile(r"[+-]?\d*,\d+", re.ASCII)


def plain(word: str) -> str:
    """A negative number as argparse knows it: it would take ``-1e-3`` and ``-1.`` for options. Other words stay.

    So would it take ``-0,5``, which is none but meant as one: no word with a space is an option.
    """
    if word.startswith("-") and _COMMA.fullmatch(word):
        return f" {word}"
    return format(Decimal(word), "f").rstrip(".") if _NEGATIVE.fullmatch(word) else word


def seed(text: str) -> int:
    """A whole number, 0 or more."""
    if (number := int(text)) < 0:
        raise ArgumentTypeError("a seed is 0 or more")
    return number


def count(text: str) -> int:
    """A whole number, 1 or more."""
    if (number := int(text)) < 1:
        raise ArgumentTypeError("at least 1")
    return number


def checks(text: str) -> int:
    """How many attention checks, 0 or more."""
    if (number := int(text)) < 0:
        raise ArgumentTypeError("0 or more")
    return number


def rate(text: str) -> int:
    """Samples per second."""
    if not 8_000 <= (number := int(text)) <= 192_000:
        raise ArgumentTypeError("sample rates go from 8000 to 192000")
    return number


def seconds(text: str) -> float:
    """A length of time, more than 0."""
    if not (number := _finite(text, "2.5")) > 0:
        raise ArgumentTypeError(f"{text} is no length: it must be more than 0")
    return number


def offset(text: str) -> float:
    """Seconds later, or earlier if negative."""
    return _finite(text, "0.04")


def loudness(text: str) -> float:
    """Loudness in LUFS."""
    if not -60 <= (number := _finite(text, "-23")) <= -5:
        raise ArgumentTypeError(f"{text} is no loudness to master to: it goes from -60 to -5 LUFS")
    return number


def _finite(text: str, example: str) -> float:
    """A number; what is none is told with an example of one, or with the number that a decimal comma makes of it."""
    try:
        number = float(text := text.strip())
    except ValueError:
        meant = f"it with a point, {text.replace(',', '.')}" if _COMMA.fullmatch(text) else f"one such as {example}"
        raise ArgumentTypeError(f"{text!r} is no number: write {meant}") from None
    if not isfinite(number):
        raise ArgumentTypeError(f"{text} is not finite: write a number such as {example}")
    return number
