import json
import math
from dataclasses import replace

import numpy as np
import pytest
from scipy.stats import binomtest, norm
from support.surveys import answer_file, attentive, survey

from silentfoley.errors import DataError
from silentfoley.evaluation.survey.analysis import ALL, analyse, analyse_files
from silentfoley.evaluation.survey.answers import read_answers
from silentfoley.evaluation.survey.design import HEARD, PREFERENCES, REAL, TRUTH
from silentfoley.evaluation.survey.precision import need_of
from silentfoley.evaluation.survey.shares import MIN_UNITS, Vote, adjusted, difference_of, share_of
from silentfoley.evaluation.survey.table import analysis_table

LISTENERS = [f"p{i}" for i in range(6)]


def gathered(folder, asked, tastes):
    """Answers of listeners by code."""
    for code, taste in tastes.items():
        (folder / f"{code}.json").write_text(json.dumps(answer_file(asked, code, taste)))
    return sorted(folder.glob("*.json"))


def fooled_by(clips, first="ours"):
    """Taken in by some clips' systems; prefers ``first``, else the truth."""

    def taste(trial):
        other = trial.left if trial.right == TRUTH else trial.right
        if trial.question == REAL:
            return other if trial.clip in clips else TRUTH
        return next(s for s in (first, TRUTH, trial.left) if s in (trial.left, trial.right))

    return attentive(taste)


def row(shares, what, label="", question=REAL):
    (found,) = (s for s in shares if (s.what, s.label, s.question) == (what, label, question))
    return found


def test_shares_by_hand(tmp_path):
    # Six clips c0 .. c5, classes fire (even) and clock (odd); c0 fools all, c1 two of six, the others nobody.
    asked = survey(6)
    tastes = {p: fooled_by({"c0", "c1"} if i < 2 else {"c0"}) for i, p in enumerate(LISTENERS)}
    found = analyse_files(gathered(tmp_path, asked, tastes))
    every = row(found.fooled, "ours")
    assert (every.value, every.n, every.n_listeners, every.n_recordings) == (8 / 36, 36, 6, 6)
    assert every.low < 8 / 36 < every.high < 1
    assert row(found.fooled, "ours", "fire").value == 6 / 18
    assert row(found.fooled, "ours", "clock").value == 2 / 18
    assert np.isnan(row(found.fooled, "ours", "fire").low)
    assert row(found.fooled, "ours", "fire").note == "too few for an interval: 6 listeners, 3 recordings"
    # All prefer ours; two questions are asked of the three clips with a picture alone.
    sizes = {s.question: s.n for s in found.preferred if not s.label}
    assert sizes == {"realistic": 36, "suitable": 18, "clean": 36, "synchronised": 18}
    assert {s.value for s in found.preferred if s.n} == {1.0}
    assert {s.what for s in found.preferred} == {"ours over truth"}
    assert found.differences == ()


def test_systems_and_pairs_by_hand(tmp_path):
    # System a always fools, b never; a is preferred to b, and b to c.
    asked = survey(9, ("a", "b", "c"))

    def taste(trial):
        order = ("a", "b", "c") if trial.question != REAL else ("a", TRUTH, "b", "c")
        return next(s for s in order if s in (trial.left, trial.right))

    found = analyse_files(gathered(tmp_path, asked, {p: attentive(taste) for p in LISTENERS}))
    assert [s.what for s in found.fooled if not s.label] == [ALL, "a", "b", "c"]
    assert [row(found.fooled, s).value for s in "abc"] == [1.0, 0.0, 0.0]
    # Each of six listeners meets each of three systems with three of the nine clips.
    assert [row(found.fooled, s).n for s in (ALL, *"abc")] == [54, 18, 18, 18]
    assert [(s.what, s.value) for s in found.differences] == [("a - b", 1.0), ("a - c", 1.0), ("b - c", 0.0)]
    text = analysis_table(found)
    assert "difference of the shares" in text
    assert "note: b - c: no scatter to take an interval from" in text
    assert {s.what for s in found.preferred} == {"a over b", "a over c", "b over c"}
    assert all(s.value == 1.0 for s in found.preferred if s.n)
    assert sum(s.n for s in found.preferred if s.question == "clean" and not s.label) == 54


def test_the_inattentive_are_listed_and_left_out(tmp_path):
    asked = survey(6, n_checks=2)
    tastes = {p: fooled_by({"c0"}) for p in LISTENERS}
    tastes["deaf"] = lambda trial: trial.left if trial.question != HEARD else "silence"
    files = gathered(tmp_path, asked, tastes)
    short = answer_file(asked, "short", fooled_by({"c0"}), n_answers=1)
    (tmp_path / "short.json").write_text(json.dumps(short))
    stopped = answer_file(asked, "stopped", fooled_by({"c0"}), n_answers=12)
    (tmp_path / "stopped.json").write_text(json.dumps(stopped))
    found = analyse_files([*files, tmp_path / "short.json", tmp_path / "stopped.json"])
    assert found.left_out == {"deaf": "failed 2 of 2 attention checks", "short": "answered no attention check"}
    assert [x.code for x in found.listeners] == [*LISTENERS, "stopped"]
    assert found.n_unfinished == 1
    assert "left out deaf: failed 2 of 2 attention checks" in analysis_table(found)
    assert "stopped early: 1" in analysis_table(found)
    # Without them it is the same as if they had never answered.
    _, listeners = read_answers([*files, tmp_path / "stopped.json"])
    kept = [x for x in listeners if x.code != "deaf"]
    assert analyse(asked, kept).fooled[0] == found.fooled[0]


def test_nobody_left_is_an_error(tmp_path):
    asked = survey(2)
    files = gathered(tmp_path, asked, {"deaf": lambda trial: "silence" if trial.question == HEARD else trial.left})
    with pytest.raises(DataError, match=r"none of 1 listeners can be counted \(deaf: failed 2 of 2 attention checks\)"):
        analyse_files(files)
    with pytest.raises(DataError, match="no half width of a share"):
        analyse_files(files, precision=0.5)


def test_without_checks_everybody_counts(tmp_path):
    asked = survey(3, n_checks=0)
    assert analyse_files(gathered(tmp_path, asked, {"a": lambda trial: trial.left})).left_out == {}


def test_what_could_not_be_played_is_counted_not_guessed(tmp_path):
    asked = survey(2, n_checks=0)
    value = answer_file(asked, "a", lambda trial: trial.left)
    value["answers"][0]["choice"] = None
    (tmp_path / "a.json").write_text(json.dumps(value))
    found = analyse_files([tmp_path / "a.json"])
    assert found.n_unplayable == 1
    assert row(found.fooled, "ours").n == 1


def test_few_answers_say_so(tmp_path):
    found = analyse_files(gathered(tmp_path, survey(3), {"a": fooled_by({"c0"})}))
    every = row(found.fooled, "ours")
    assert every.value == pytest.approx(1 / 3)
    assert np.isnan([every.low, every.high, every.p_value, every.p_adjusted]).all()
    text = analysis_table(found)
    assert "too few for an interval: 1 listeners, 3 recordings" in text
    assert "too few to plan by" in text
    value = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert value["fooled"][0]["low"] is None


def test_order_of_files_does_not_matter(tmp_path):
    asked = survey(6)
    files = gathered(tmp_path, asked, {p: fooled_by({f"c{i}"}) for i, p in enumerate(LISTENERS)})
    assert analyse_files(files).to_dict() == analyse_files(files[::-1]).to_dict()


def test_clips_of_one_recording_are_drawn_together():
    answers = [(p, c, float(c < 6)) for p in "abcdefgh" for c in range(12)]
    alone = share_of([Vote(p, f"r{c}", v) for p, c, v in answers], REAL, "x")
    together = share_of([Vote(p, f"r{c // 2}", v) for p, c, v in answers], REAL, "x")
    assert (alone.value, alone.n_recordings) == (together.value, 12) == (0.5, 12)
    assert together.n_recordings == 6
    assert together.high - together.low > 1.2 * (alone.high - alone.low)


def test_always_fooled_is_not_certainty():
    votes = [Vote(p, c, 1.0) for p in "abcdefg" for c in "123456"]
    found = share_of(votes, REAL, "x")
    exact = binomtest(6, 6)
    assert (found.low, found.high) == pytest.approx(tuple(exact.proportion_ci(0.95, method="exact")))
    assert found.p_value == pytest.approx(exact.pvalue)
    assert found.note == "all alike: bounds of 6 votes"
    never = share_of([Vote(v.listener, v.recording, 0.0) for v in votes], REAL, "x")
    assert (never.low, never.high) == pytest.approx((1 - found.high, 1 - found.low))


def votes_of(rng, n_listeners, n_clips, listener_sd, clip_sd, mean=0.0):
    level = mean + rng.normal(0, listener_sd, (n_listeners, 1)) + rng.normal(0, clip_sd, n_clips)
    answers = rng.random(level.shape) < norm.cdf(level)
    return [Vote(f"l{i}", f"c{j}", float(answers[i, j])) for i in range(n_listeners) for j in range(n_clips)]


def test_interval_is_that_of_a_loop_over_answers():
    votes = votes_of(np.random.default_rng(4), 9, 7, 0.6, 0.6)
    rng, means = np.random.default_rng(0), []
    cell = {(v.listener, v.recording): v.value for v in votes}
    for _ in range(3000):
        rows, columns = rng.integers(0, 9, 9), rng.integers(0, 7, 7)
        means.append(np.mean([cell[f"l{i}", f"c{j}"] for i in rows for j in columns]))
    found = share_of(votes, REAL, "x")
    np.testing.assert_allclose((found.low, found.high), np.quantile(means, [0.025, 0.975]), atol=0.02)
    against = 2 * min(np.mean(np.array(means) <= 0.5), np.mean(np.array(means) >= 0.5))
    assert found.p_value == pytest.approx(min(1, against), abs=0.04)


def test_difference_is_paired_over_listeners():
    rng = np.random.default_rng(1)
    one = votes_of(rng, 12, 12, 2.0, 0.2)
    # The same answers again: whatever listener is drawn, nothing differs.
    same = difference_of(one, one, REAL, "x - y")
    assert same.value == 0.0
    assert np.isnan([same.low, same.high, same.p_value]).all()
    assert same.note == "no scatter to take an interval from"
    # Listeners differ widely and answer both alike but for one clip: the difference is known far better than either.
    near = difference_of(one, [replace(v, value=1.0) if v.recording == "c0" else v for v in one], REAL, "x - y")
    assert near.high - near.low < 0.4 * (share_of(one, REAL, "x").high - share_of(one, REAL, "x").low)
    worse = difference_of(one, [Vote(v.listener, v.recording, 0.0) for v in one], REAL, "x - y")
    assert worse.value == pytest.approx(share_of(one, REAL, "x").value)
    assert worse.p_adjusted < 0.05
    assert difference_of(one, [], REAL, "x - y").note == "no answers"


def test_families_are_adjusted_by_holm():
    rng = np.random.default_rng(2)
    shares = [share_of(votes_of(rng, 8, 8, 0.3, 0.3, m), REAL, str(m)) for m in (0.4, 0.0, 1.2)]
    shares.append(share_of([Vote("a", "b", 1.0)], REAL, "few"))
    p = [s.p_value for s in shares[:3]]
    found = [s.p_adjusted for s in adjusted(shares)]
    order, worst = np.argsort(p), 0.0
    for place, i in enumerate(order):
        worst = max(worst, min(1.0, p[i] * (3 - place)))
        assert found[i] == pytest.approx(worst)
    assert np.isnan(found[3])


def holm_by_hand(shares):
    """p value times the number of those at least as large, never falling."""
    found, worst = {}, 0.0
    tested = sorted((s.p_value, i) for i, s in enumerate(shares) if not np.isnan(s.p_value))
    for place, (p, i) in enumerate(tested):
        worst = max(worst, min(1.0, p * (len(tested) - place)))
        found[i] = worst
    return [found.get(i, np.nan) for i in range(len(shares))]


def test_each_question_is_a_family_of_its_own(tmp_path):
    # Three systems, so three pairs; 24 clips of two classes, half with a picture.
    asked, rng = survey(24, ("a", "b", "c")), np.random.default_rng(6)

    def taste(trial):
        sides = sorted((trial.left, trial.right))
        return sides[int(rng.random() < 0.25)]

    tastes = {f"p{i}": attentive(taste) for i in range(8)}
    found = analyse_files(gathered(tmp_path, asked, tastes))
    assert {s.label for s in found.preferred} == {"", "clock", "fire"}
    for question in PREFERENCES:
        rows = [s for s in found.preferred if s.question == question]
        for family in ([s for s in rows if not s.label], [s for s in rows if s.label]):
            assert len(family) in (3, 6)
            assert sum(not np.isnan(s.p_value) for s in family) >= 2
            np.testing.assert_allclose([s.p_adjusted for s in family], holm_by_hand(family))


def test_clips_are_the_limit_where_only_they_differ():
    # All listeners agree; half of eight clips fool them: variance 2/7 between clips, none elsewhere.
    votes = [Vote(f"l{i}", f"c{j}", float(j < 4)) for i in range(10) for j in range(8)]
    z = norm.ppf(0.975)
    need = need_of(votes, "x", 0.1)
    assert (need.components.rows, need.components.cells) == pytest.approx((0.0, 0.0))
    assert need.components.columns == pytest.approx(2 / 7)
    assert need.now == pytest.approx(z * math.sqrt(2 / 7 / 8))
    assert need.listeners is None
    assert need.least_recordings == math.floor(2 / 7 * (z / 0.1) ** 2) + 1 == 110
    assert need.note == "clips are the limit: with 8 recordings no number of listeners is enough, 110 at least"


def test_listeners_are_counted_where_only_they_differ():
    votes = [Vote(f"l{i}", f"c{j}", float(i < 5)) for i in range(10) for j in range(8)]
    need = need_of(votes, "x", 0.1)
    assert need.components.rows == pytest.approx(5 / 18)
    assert need.listeners == math.ceil(5 / 18 * (norm.ppf(0.975) / 0.1) ** 2) == 107
    assert "107 listeners with these 8 recordings" in need.note
    assert need_of(votes, "x", 0.2).listeners == 27


def test_planned_number_gives_the_precision_reported():
    rng = np.random.default_rng(7)
    needs = [need_of(votes_of(rng, 20, 40, 0.5, 0.3), "x", 0.1).listeners for _ in range(12)]
    planned = round(np.mean(needs))
    widths = []
    for _ in range(12):
        share = share_of(votes_of(rng, planned, 40, 0.5, 0.3), REAL, "x")
        widths.append((share.high - share.low) / 2)
    assert np.mean(widths) == pytest.approx(0.1, rel=0.1)


def test_too_few_or_too_alike_to_plan_by():
    few = [Vote(f"l{i}", f"c{j}", float(i == j)) for i in range(MIN_UNITS - 1) for j in range(9)]
    assert need_of(few, "x", 0.1).note.startswith("too few to plan by: 4 listeners, 9 recordings; 5 of each")
    alike = [Vote(f"l{i}", f"c{j}", 1.0) for i in range(9) for j in range(9)]
    assert need_of(alike, "x", 0.1).note.startswith("answers all alike")
    assert need_of([], "x", 0.1).components is None


def test_taking_one_side_shows(tmp_path):
    asked = survey(6)
    lefty = attentive(lambda trial: trial.left)
    found = analyse_files(gathered(tmp_path, asked, dict.fromkeys(LISTENERS, lefty)))
    assert found.left.value == 1.0
    assert "note: the left one was taken in 1.000 [0.541, 1.000] of answers" in analysis_table(found)
    assert 0.3 < row(found.fooled, "ours").value < 0.7, "sides are balanced, so it moves no rate"
