"""Which of the known words a misspelt one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable
from difflib import get_close_matches

#: Words that are offered at most.
MOST = 3
#: Two words are as alike as the share of their letters that follow each other in both: 0.67 for ``cvs`` and ``csv``,
#: 0.6 for ``snow`` and ``window``, which nobody means.
ALIKE = 0.65


def did_you_mean(word: object, known: Iterable[str]) -> str:
    """``did you mean 'a' or 'b'? `` for words much like ``word``, to be followed by the rest of a remedy; else nothing.

    Args:
        word: as it was written; capitals do not matter. What is no text is like nothing.
        known: what it may have been meant to be.
    """
    near = nearest(word, known)
    return f"did you mean {' or '.join(map(repr, near))}? " if near else ""


def nearest(word: object, known: Iterable[str]) -> list[str]:
    """Those of ``known`` that are much like ``word``, the likeliest first: see :func:`did_you_mean`."""
    if not isinstance(word, str):
        return []
    names = {name.lower(): name for name in known}
    return [names[name] for name in get_close_matches(word.lower(), names, n=MOST, cutoff=ALIKE)]
