import json

import numpy as np
import pytest
from support.judged import features

from silentfoley.cli.main import main
from silentfoley.errors import DataError
from silentfoley.evaluation.answers import load_answers, save_answers
from silentfoley.evaluation.clip_features import ClipFeatures
from silentfoley.evaluation.compare import compare, load_result
from silentfoley.evaluation.events_v1 import EventsV1
from silentfoley.evaluation.score import score
from silentfoley.evaluation.sides import Side
from silentfoley.metrics.permutation import holm

N = 24


def side(name, folder, clips: dict[str, ClipFeatures]):
    return Side(name, name, clips, (), "cues", {}, folder, {i: {} for i in clips})


@pytest.fixture(scope="module")
def scored(tmp_path_factory):
    """A good system, the same again with other misses, a bad one, one that lacks clips; by name."""
    folder = tmp_path_factory.mktemp("compare")
    rng = np.random.default_rng(0)
    truth = {f"c{i}": np.sort(rng.uniform(0, 4, 6)) for i in range(N)}
    answers = {
        "good": {i: t[rng.permutation(6)[:5]] for i, t in truth.items()},
        "twin": {i: t[rng.permutation(6)[:5]] for i, t in truth.items()},
        "bad": {i: rng.uniform(0, 4, 6) for i in truth},
        "fewer": {i: t for i, t in truth.items() if i != "c3"},
    }
    reference = side("truth", folder, {i: features(i, t, source=f"r{i[1:]}") for i, t in truth.items()})
    out = {}
    for name, cues in answers.items():
        generated = side(name, folder, {i: features(i, c, strength=rng.random(len(c))) for i, c in cues.items()})
        out[name] = score(reference, generated, [EventsV1()], n_resamples=20)
    return out


@pytest.fixture(scope="module")
def results(scored):
    return {name: result.to_dict() for name, result in scored.items()}


@pytest.fixture(scope="module")
def answers(scored, tmp_path_factory):
    """What is kept beside each, read back from its file."""
    out = {}
    for name, result in scored.items():
        folder = tmp_path_factory.mktemp(name)
        beside = save_answers(folder / "m.answers.safetensors", result.answers())
        out[name] = load_answers({"answers": beside}, folder)
    return out


def row(comparison, measure):
    return next(c for c in comparison.protocols["events_v1"] if c.measure == measure)


def test_no_place_inside_the_noise(results):
    comparison = compare({n: results[n] for n in ("good", "twin", "bad")})
    skill = row(comparison, "skill@50ms")
    assert skill.ranks == {"good": (1, 2), "twin": (1, 2), "bad": (3, 3)}
    by_pair = {(p.first, p.second): p for p in skill.pairs}
    assert by_pair["good", "twin"].p_adjusted > 0.05
    assert by_pair["good", "bad"].p_adjusted < 0.01
    assert by_pair["good", "bad"].test.difference == pytest.approx(
        skill.figures["bad"]["value"] - skill.figures["good"]["value"], abs=1e-9
    )
    assert by_pair["good", "bad"].test.n_clusters == N
    text = comparison.table()
    assert "#1-2" in text
    assert "#3" in text
    assert "(noise)" in text


def test_direction_of_the_measure_decides(results):
    comparison = compare({n: results[n] for n in ("bad", "good")})
    assert row(comparison, "f1@50ms").ranks == {"good": (1, 1), "bad": (2, 2)}
    # Five cues for six events against six for six: the bad one counts better.
    assert row(comparison, "count_error").ranks == {"bad": (1, 1), "good": (2, 2)}
    assert row(comparison, "extra_cues").ranks == {"bad": (1, 1), "good": (2, 2)}


def test_as_far_off_zero_to_either_side_is_no_difference(tmp_path):
    truth = {f"c{i}": np.array([1.0, 2.0, 3.0]) for i in range(N)}
    reference = side("truth", tmp_path, {i: features(i, t, source=f"r{i[1:]}") for i, t in truth.items()})
    runs = {}
    for name, cues in (("short", [1.0, 2.0]), ("long", [1.0, 2.0, 3.0, 3.5]), ("exact", [1.0, 2.0, 3.0])):
        generated = side(name, tmp_path, {i: features(i, np.array(cues)) for i in truth})
        runs[name] = score(reference, generated, [EventsV1()], n_resamples=20).to_dict()
    extra = row(compare(runs), "extra_cues")
    assert [extra.figures[n]["value"] for n in runs] == [-1.0, 1.0, 0.0]
    assert extra.ranks == {"short": (2, 3), "long": (2, 3), "exact": (1, 1)}


def test_figures_are_those_of_the_result(results):
    comparison = compare({n: results[n] for n in ("good", "bad")})
    for name in ("good", "bad"):
        system = results[name]["protocols"]["events_v1"]["rows"]["system"]
        for measure in ("skill@50ms", "f1_pooled@25ms", "count_error", "ap@50ms"):
            assert row(comparison, measure).figures[name]["value"] == pytest.approx(system[measure]["value"], abs=2e-6)
    assert row(comparison, "ap@50ms").pairs == []
    why = "without a paired test (nothing is kept of them beside every result)"
    assert any(why in n and "ap@50ms" in n for n in comparison.notes)


def test_measures_of_the_set_are_tested_where_what_they_are_made_of_is_kept(results, answers):
    names = ("good", "twin", "bad")
    comparison = compare({n: results[n] for n in names}, {n: answers[n] for n in names})
    ap = row(comparison, "ap@50ms")
    by_pair = {(p.first, p.second): p for p in ap.pairs}
    for (first, second), pair in by_pair.items():
        # What is kept gives the figures of the table.
        assert pair.test.difference == pytest.approx(ap.figures[second]["value"] - ap.figures[first]["value"], abs=2e-6)
        assert pair.test.n_permutations == 2000
    assert by_pair["good", "bad"].test.difference < -0.3
    assert by_pair["good", "bad"].p_adjusted < 0.01 < 0.05 < by_pair["good", "twin"].p_adjusted
    # Holm over the three pairs of runs, as for all other measures.
    assert np.allclose([p.p_adjusted for p in ap.pairs], holm([p.test.p_value for p in ap.pairs]))
    assert ap.ranks == {"good": (1, 2), "twin": (1, 2), "bad": (3, 3)}
    assert all(r.pairs for r in comparison.protocols["events_v1"])
    assert not any("without a paired test" in n for n in comparison.notes)
    assert comparison.to_dict()["protocols"]["events_v1"]["ap@50ms"]["pairs"][0]["n_permutations"] == 2000
    assert comparison.to_dict()["protocols"]["events_v1"]["ap@50ms"]["pairs"][0]["low"] is None


def test_tests_of_the_set_are_of_the_common_clips_and_as_many_as_time_allows(results, answers):
    names = ("fewer", "bad")
    comparison = compare({n: results[n] for n in names}, {n: answers[n] for n in names}, budget_s=1e-9)
    (pair,) = row(comparison, "ap@50ms").pairs
    assert (pair.test.n, pair.test.n_clusters, pair.test.n_permutations) == (N - 1, N - 1, 1)
    assert pair.p_adjusted >= 0.5
    assert any("too few permutations in 1e-09 s to tell anything" in n and "ap@50ms (1)" in n for n in comparison.notes)
    half = compare({n: results[n] for n in names}, {"bad": answers["bad"]})
    assert row(half, "ap@50ms").pairs == []


def test_only_common_clips_are_compared(results):
    comparison = compare({n: results[n] for n in ("good", "fewer")})
    assert comparison.n_common == {"events_v1": N - 1}
    assert any("left out of good" in n for n in comparison.notes)
    assert row(comparison, "f1@50ms").pairs[0].test.n == N - 1


def test_refusals(results):
    with pytest.raises(DataError, match="1 results"):
        compare({"good": results["good"]})
    other = json.loads(json.dumps(results["bad"]))
    other["protocols"]["events_v1"]["fingerprint"] |= {"digest": "x", "reference_set": "y"}
    with pytest.raises(DataError, match="good and bad: events_v1 was measured differently: reference_set"):
        compare({"good": results["good"], "bad": other})
    other["protocols"] = {}
    with pytest.raises(DataError, match="no protocol in common"):
        compare({"good": results["good"], "bad": other})


def test_command(results, scored, tmp_path, capfd, monkeypatch):
    monkeypatch.chdir(tmp_path)
    for name in ("good", "bad"):
        (tmp_path / name).mkdir()
        beside = save_answers(tmp_path / name / "metrics.answers.safetensors", scored[name].answers())
        (tmp_path / name / "metrics.json").write_text(json.dumps({**results[name], "answers": beside}))
    assert main(["compare", "good", "bad/metrics.json", "-o", "c.json", "--json"]) == 0
    value = json.loads(capfd.readouterr().out)
    assert value == json.loads((tmp_path / "c.json").read_text())
    assert main(["compare", "good", "bad", "-o", "c.json"]) == 1
    assert "c.json: exists; pass --overwrite or name another output" in capfd.readouterr().err
    assert main(["compare", "good", "bad", "-o", "c.json", "--overwrite", "--json"]) == 0
    capfd.readouterr()
    assert value["runs"] == ["good", "bad"]
    assert value["protocols"]["events_v1"]["skill@50ms"]["pairs"][0]["p_adjusted"] < 0.05
    assert value["protocols"]["events_v1"]["ap@50ms"]["pairs"][0]["p_adjusted"] < 0.05
    assert main(["compare", "good", "bad"]) == 0
    assert "bad - good: skill@50ms" in capfd.readouterr().out
    assert load_result("good")["n_scored"] == N
    capfd.readouterr()
    (tmp_path / "bad" / "metrics.answers.safetensors").write_bytes(b"of another result")
    assert main(["compare", "good", "bad"]) == 1
    assert "is not of the result beside it; score again, or remove it" in capfd.readouterr().err
    (tmp_path / "bad" / "metrics.answers.safetensors").unlink()
    assert main(["compare", "good", "bad"]) == 0
    assert "without a paired test" in capfd.readouterr().out
    assert main(["compare", "good", "bad", "--budget", "0"]) == 2
