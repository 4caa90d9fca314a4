"""Numbers on the command line. Their names are what argparse calls them: ``invalid seed value: 'x'``."""

from __future__ import annotations

import re
from argparse import ArgumentTypeError
from decimal import Decimal
from math import isfinite

_NEGATIVE = re.compile(r"-(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?", re.IGNORECASE | re.ASCII)


def plain(word: str) -> str:
    """A negative number as argparse knows it: it would take ``-1e-3`` and ``-1.`` for options. Other words stay."""
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
    if not 0 < (number := float(text)) < float("inf"):
        raise ArgumentTypeError("more than 0")
    return number


def offset(text: str) -> float:
    """Seconds later, or earlier if negative."""
    if not isfinite(number := float(text)):
        raise ArgumentTypeError("not finite")
    return number


def loudness(text: str) -> float:
    """Loudness in LUFS."""
    if not -60 <= (number := float(text)) <= -5:
        raise ArgumentTypeError("loudness goes from -60 to -5 LUFS")
    return number
