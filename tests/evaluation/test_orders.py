import numpy as np
import pytest
from support.judged import pair

from silentfoley.evaluation.orders import check_orders
from silentfoley.evaluation.protocol import CONTROLS, Context, Expectation, Figure, Measure, Protocol
from silentfoley.evaluation.registry import PROTOCOLS, make_protocol
from silentfoley.evaluation.rows import Row, evaluate, figure_to_dict


class Toy(Protocol):
    name, version, needs = "toy", 1, ("events",)

    def __init__(self, *measures):
        self._measures = measures

    def measures(self):
        return self._measures

    def per_clip(self, reference, generated, seed):
        n = float(generated.events_s().size)
        return {"n": n, "even": n if n % 2 == 0 else float("nan"), "seeded": n + seed}


def rows(**figures):
    return {name: Row(name, {"m": f}, (), (), np.zeros((0, 0))) for name, f in figures.items()}


ORDER = Expectation("truth", "silence", "The reference is silent.")


@pytest.mark.parametrize(("better", "truth", "silence"), [("higher", 1, 0), ("lower", 0, 1), ("zero", 0.1, -0.5)])
def test_order_by_direction(better, truth, silence):
    toy = Toy(Measure("m", "", better, expects=(ORDER,)))
    good, bad = Figure(truth, truth, truth), Figure(silence, silence, silence)
    (held,) = check_orders(toy, rows(truth=good, silence=bad))
    assert held.held
    (broken,) = check_orders(toy, rows(truth=bad, silence=good))
    assert broken.held is False
    assert broken.expected == "truth better than silence"
    assert broken.text.endswith(". The reference is silent.")
    (equal,) = check_orders(toy, rows(truth=good, silence=good))
    assert equal.held is False


def test_overlapping_intervals_are_said():
    toy = Toy(Measure("m", "", "higher", expects=(ORDER,)))
    (v,) = check_orders(toy, rows(truth=Figure(0.1, 0, 0.3), silence=Figure(0.2, 0.1, 0.4)))
    assert "their intervals overlap" in v.text


def test_value_and_missing_rows():
    toy = Toy(Measure("m", "", "higher", expects=(Expectation("metronome", "", "Chance is wrong.", 0.0),)))
    assert check_orders(toy, rows(metronome=Figure(0.1, -0.1, 0.3)))[0].held
    broken = check_orders(toy, rows(metronome=Figure(0.2, 0.1, 0.3)))[0]
    assert (broken.held, broken.expected, broken.text) == (
        False,
        "metronome at 0",
        "0.2 [0.1, 0.3]. Chance is wrong.",
    )
    near = Toy(
        Measure("m", "", "higher", expects=(Expectation("metronome", "", "Chance is wrong.", 0.0, within=0.02),))
    )
    hair = check_orders(near, rows(metronome=Figure(-0.01, -0.026, -0.0005)))[0]
    assert (hair.held, hair.expected) == (True, "metronome at 0 give or take 0.02")
    assert check_orders(near, rows(metronome=Figure(-0.05, -0.08, -0.03)))[0].held is False
    assert check_orders(toy, rows())[0].held is None
    assert check_orders(toy, rows(metronome=Figure(float("nan"))))[0].held is None


def test_rows_leave_out_what_does_not_apply():
    pairs = [pair([], range(n), clip_id=str(n)) for n in (1, 2, 3, 4)]
    toy = Toy(Measure("n", "", "higher", parts=("n",)), Measure("even", "", "higher", parts=("even",)))
    row = evaluate(toy, lambda _: pairs, Context([p.source for p in pairs], n_resamples=50))
    assert row.figures["n"].value == 2.5
    assert (row.figures["even"].value, row.figures["even"].n) == (3.0, 2)
    assert row.figures["n"].seed_values == ()


def test_three_seeds_where_something_is_drawn():
    pairs = [pair([], [1.0])]

    class Drawn(Toy):
        draws = True

    toy = Drawn(Measure("s", "", "higher", parts=("seeded",)), Measure("set", "", "higher"))
    row = evaluate(toy, lambda _: pairs, Context(["c"], n_resamples=10))
    assert row.figures["s"].seed_values == (1.0, 2.0, 3.0)
    assert row.figures["s"].value == 2.0
    assert row.figures["set"].note == "not made by this protocol"
    assert figure_to_dict(row.figures["set"]) == {
        "value": None,
        "low": None,
        "high": None,
        "n": 0,
        "of": "clips",
        "note": "not made by this protocol",
    }


@pytest.mark.parametrize("name", PROTOCOLS)
def test_every_measure_states_what_it_expects_of_the_controls_or_why_nothing(name):
    protocol = make_protocol(name)
    for measure in protocol.measures():
        assert bool(measure.expects) != bool(measure.no_order), measure.name
        rows_named = {r for e in measure.expects for r in (e.better, e.worse) if r}
        assert rows_named <= set(protocol.controls), measure.name
    assert {*protocol.controls, *protocol.not_made} == set(CONTROLS)
    assert not set(protocol.controls) & set(protocol.not_made)
