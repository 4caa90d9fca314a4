from collections import Counter
from itertools import pairwise

import pytest
from support.surveys import survey

from silentfoley.evaluation.survey.design import HEARD, PREFERENCES, REAL, TRUTH
from silentfoley.evaluation.survey.order import Draws, Trial, listener_order

LISTENERS = [f"listener{i}" for i in range(40)]


def test_first_draws_by_hand():
    # FNV-1a of "a" is 0xE40C292C (the published test vector); nine steps of xorshift (13, 17, 5) from there.
    x = 0xE40C292C
    for _ in range(9):
        x ^= x << 13 & 0xFFFFFFFF
        x ^= x >> 17
        x ^= x << 5 & 0xFFFFFFFF
    assert Draws("a").below(2**32) == x


def test_draws_are_even():
    draws = Draws("even")
    counts = Counter(draws.below(7) for _ in range(7000))
    assert min(counts.values()) > 880
    assert max(counts.values()) < 1120
    assert set(counts) == set(range(7))
    first = Counter(tuple(Draws(f"3\n{name}{k}").shuffled(3)) for name in "abcdefghij" for k in range(60))
    assert len(first) == 6
    assert min(first.values()) > 65


def test_an_order_is_a_function_of_seed_and_listener():
    asked = survey()
    assert listener_order(asked, "a") == listener_order(survey(), "a")
    assert len({listener_order(asked, one) for one in LISTENERS}) == len(LISTENERS)
    assert listener_order(survey(seed=4), "a") != listener_order(asked, "a")


@pytest.mark.parametrize("systems", [("ours",), ("a", "b"), ("a", "b", "c")])
@pytest.mark.parametrize("n_clips", [1, 2, 7])
def test_everybody_is_asked_everything_once(systems, n_clips):
    asked = survey(n_clips, systems, n_checks=3)
    for listener in LISTENERS:
        trials = listener_order(asked, listener)
        real = [t for t in trials if t.question == REAL]
        assert sorted(t.clip for t in real) == [c.id for c in asked.clips]
        assert all(TRUTH in (t.left, t.right) for t in real)
        for question in PREFERENCES:
            wanted = [c.id for c in asked.clips if c.picture or question in ("realistic", "clean")]
            assert sorted(t.clip for t in trials if t.question == question) == wanted
        checks = [t for t in trials if t.question == HEARD]
        assert len(checks) == 3
        assert {frozenset((t.left, t.right)) for t in checks} == {frozenset(("sound", "silence"))}
        assert len(trials) == len(real) + sum(len(c.preferences) for c in asked.clips) + 3
        # Real or fake comes first: a preference between truth and system would give the truth away.
        kinds = [t.question == REAL for t in trials if t.question != HEARD]
        assert kinds == sorted(kinds, reverse=True)


def test_sides_and_systems_are_balanced_within_each_listener():
    asked = survey(13, ("a", "b", "c"), n_checks=4)
    for listener in LISTENERS:
        trials = listener_order(asked, listener)
        met = Counter(t.left if t.right == TRUTH else t.right for t in trials if t.question == REAL)
        assert sorted(met.values()) == [4, 4, 5]
        for one, other in [(TRUTH, s) for s in asked.systems] + list(asked.pairs) + [("sound", "silence")]:
            sides = Counter(
                t.left for t in trials if {t.left, t.right} == {one, other} and t.question in (REAL, "realistic", HEARD)
            )
            assert abs(sides[one] - sides[other]) <= 1


def test_over_listeners_nothing_has_a_place_of_its_own():
    asked = survey(4, ("a", "b"), n_checks=0)
    orders = [listener_order(asked, f"x{i}") for i in range(400)]
    first = Counter(o[0].clip for o in orders)
    system = Counter(next(s for t in o if t.clip == "c0" for s in (t.left, t.right) if s != TRUTH) for o in orders)
    left = Counter(o[0].left == TRUTH for o in orders)
    for counts, share in ((first, 100), (system, 200), (left, 200)):
        assert all(abs(n - share) < 45 for n in counts.values()), counts


def test_checks_are_spread_and_a_pair_stays_together():
    asked = survey(8, n_checks=4)
    trials = listener_order(asked, "a")
    places = [i for i, t in enumerate(trials) if t.question == HEARD]
    gaps = [b - a for a, b in pairwise(places)]
    assert min(gaps) >= 4
    assert places[0] > 0
    blocks = [t for t in trials if t.question in PREFERENCES and t.clip == "c0"]
    start = trials.index(blocks[0])
    assert trials[start : start + 4] == tuple(Trial(q, "c0", blocks[0].left, blocks[0].right) for q in PREFERENCES)
