"""What one listener is asked, in which order, with which side to the left.

A function of the survey's seed and the listener's code alone, written twice: here and in ``page.js``, draw for draw.

1. Real or fake: every clip once, in a drawn order. The k-th has system (k + offset) mod S, so that each listener meets
   each true clip beside *one* system: whoever heard it beside two would know it by its coming back.
2. Preferences: every clip once more in a new order, the k-th with pair (k + offset) mod P, its questions on the pair.
3. Checks, spread evenly between the screens of both.

Within each system, each pair and the checks, left and right are balanced to within one.
"""

from __future__ import annotations

from dataclasses import dataclass

from silentfoley.evaluation.survey.design import HEARD, REAL, TRUTH, Survey

_WORD = 0xFFFFFFFF
#: FNV-1a of 32 bits (Fowler, Noll, Vo): offset and prime.
_FNV_OFFSET, _FNV_PRIME = 0x811C9DC5, 0x01000193
#: Draws thrown away, in which the seed's pattern still shows.
_WARM_UP = 8
#: Sides of a check.
SOUND, SILENCE = "sound", "silence"


@dataclass(frozen=True)
class Trial:
    """One question.

    Attributes:
        question: key of :data:`~silentfoley.evaluation.survey.design.QUESTIONS`.
        clip: id, or empty in a check.
        left, right: ``truth`` or a system; in a check ``sound`` and ``silence``.
    """

    question: str
    clip: str
    left: str
    right: str


class Draws:
    """Marsaglia's xorshift of 32 bits (Journal of Statistical Software 8(14), 2003), started by a text.

    The same in Python and JavaScript; good for shuffling, for nothing secret.
    """

    def __init__(self, text: str) -> None:
        state = _FNV_OFFSET
        for byte in text.encode():
            state = ((state ^ byte) * _FNV_PRIME) & _WORD
        self._state = state or 1
        for _ in range(_WARM_UP):
            self.below(1)

    def below(self, n: int) -> int:
        """A whole number, 0 to n - 1."""
        x = self._state
        x ^= (x << 13) & _WORD
        x ^= x >> 17
        x ^= (x << 5) & _WORD
        self._state = x
        return (x * n) >> 32

    def shuffled(self, n: int) -> list[int]:
        """0 to n - 1 in a drawn order (Fisher and Yates)."""
        out = list(range(n))
        for i in range(n - 1, 0, -1):
            j = self.below(i + 1)
            out[i], out[j] = out[j], out[i]
        return out

    def turned(self, n: int) -> list[bool]:
        """N coins, as many heads as tails or one more of either."""
        odd = self.below(2)
        return [(i + odd) % 2 == 1 for i in self.shuffled(n)]


def listener_order(survey: Survey, listener: str) -> tuple[Trial, ...]:
    """All trials of a listener, as the page asks them."""
    draws = Draws(f"{survey.seed}\n{listener}")
    real = [(system, TRUTH) for system in survey.systems]
    screens = [[Trial(REAL, *one)] for one in _part(survey, real, draws)]
    asked = {c.id: c.preferences for c in survey.clips}
    screens += [[Trial(q, *one) for q in asked[one[0]]] for one in _part(survey, list(survey.pairs), draws)]
    turned = draws.turned(survey.n_checks)
    checks = [Trial(HEARD, "", *_sides((SOUND, SILENCE), t)) for t in turned]
    out: list[Trial] = []
    for position, screen in enumerate(screens):
        # Check i comes before screen (2 i + 1) n / 2 m: in the middle of the i-th of m equal stretches.
        out += [c for i, c in enumerate(checks) if (2 * i + 1) * len(screens) // (2 * len(checks)) == position]
        out += screen
    return tuple(out)


def _part(survey: Survey, pairs: list[tuple[str, str]], draws: Draws) -> list[tuple[str, str, str]]:
    """(clip, left, right) of every clip, pairs taking turns."""
    n_clips = len(survey.clips)
    clips, offset = draws.shuffled(n_clips), draws.below(len(pairs))
    which = [(k + offset) % len(pairs) for k in range(n_clips)]
    coins = [iter(draws.turned(which.count(p))) for p in range(len(pairs))]
    return [(survey.clips[c].id, *_sides(pairs[p], next(coins[p]))) for c, p in zip(clips, which, strict=True)]


def _sides(pair: tuple[str, str], turned: bool) -> tuple[str, str]:
    return (pair[1], pair[0]) if turned else pair
