"""Every command of experiments/autofoley runs at a tiny budget, and its figures are what their names say."""

from __future__ import annotations

import json
import math
import sys
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "experiments" / "autofoley"
#: One step on a few clips of a second: nothing here is measured.
SMALL = (
    "budget=tiny",
    "debug=fast",
    "data.spec.duration_s=1.0",
    "data.spec.height=48",
    "data.spec.width=48",
    "data.spec.fps=25",
    "data.spec.labels=[footsteps,impact]",
    "+data.spec.silent=false",
    "seed=0",
)
#: The same, seen as colour histograms.
TINY = (*SMALL, "features=colour_histogram", "network.input_size=64")

#: The same, seen by the stage's moment backbone; a sweep over experiments has no such features before one is chosen.
MOMENT = (*SMALL, f"++features.weights={ROOT / 'experiments' / 'stage' / 'backbone' / 'moment_cnn.safetensors'}")


@pytest.fixture(scope="module", autouse=True)
def scripts() -> Iterator[None]:
    """The folder's modules can be imported, as where a script of it is started."""
    sys.path.insert(0, str(FOLDER))
    yield
    sys.path.remove(str(FOLDER))


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Runs of question 1, and everything else of these tests."""
    return tmp_path_factory.mktemp("autofoley")


def module(name: str) -> ModuleType:
    return __import__(name)


def ask(name: str, folder: Path, *words: str) -> dict:
    cache = f"paths.cache={folder / 'cache'}"
    path = module("q1_networks").main(
        name[:2], f"autofoley_{name[3:]}", [str(folder), str(folder / name[:2]), *words, cache]
    )
    return json.loads(path.read_text())


def test_question_1_judges_both_networks_and_goes_on_where_it_stopped(tiny: Path) -> None:
    result = ask("q1_networks", tiny, *TINY)
    assert set(result["rows"]) == {"frame_sequence_vectors", "frame_relation_vectors"}
    for row in result["rows"].values():
        assert row["seeds"] == [0]
        assert row["figures"]["class_accuracy"]["n"] == 4
        assert row["cost"]["parameters"] > 1000
        assert sum(sum(line.values()) for line in row["confusion"].values()) == 4
    before = (tiny / "q1" / "frame_sequence_vectors_0" / "record.json").stat().st_mtime_ns
    assert ask("q1_networks", tiny, *TINY)["rows"].keys() == result["rows"].keys()
    assert (tiny / "q1" / "frame_sequence_vectors_0" / "record.json").stat().st_mtime_ns == before


def test_question_3_runs_every_memory(tiny: Path) -> None:
    rows = ask("q3_memory", tiny, *TINY)["rows"]
    assert len(rows) == 7
    assert rows["plain_gru_vectors"]["cost"]["parameters"] < rows["plain_lstm_vectors"]["cost"]["parameters"]


def test_question_4_takes_an_experiment_as_a_choice(tiny: Path) -> None:
    rows = ask("q4_features", tiny, *TINY, "experiment=autofoley_colour_histogram")["rows"]
    assert list(rows) == ["autofoley_colour_histogram"]


def test_question_6_relates_misses_to_irregularity(tiny: Path) -> None:
    # The runs of question 1 where they are there already.
    words = [str(tiny), str(tiny / "q1"), *TINY, "experiment=autofoley_space_time", f"paths.cache={tiny / 'cache'}"]
    result = json.loads(module("q6_irregular").main(words).read_text())
    acts = result["acts"]
    assert set(acts) == {"breaking", "clock", "cutting", "footsteps", "gunshot", "horse", "thunder", "typing", "impact"}
    assert acts["clock"]["irregularity"]["mean"] < acts["gunshot"]["irregularity"]["mean"]
    assert set(result["networks"]) == {"frame_sequence_vectors", "frame_relation_vectors"}


def test_irregularity_is_that_of_the_gaps() -> None:
    irregularity = module("q6_irregular").irregularity
    assert irregularity([0.0, 1.0, 2.0, 3.0]) == 0
    assert irregularity([0.0, 1.0, 2.0, 5.0]) == pytest.approx(np.std([1, 1, 3]) / np.mean([1, 1, 3]))
    assert math.isnan(irregularity([0.0, 1.0, 2.0]))


def test_question_2_finds_no_error_where_frames_lie_on_columns(tiny: Path) -> None:
    words = [str(tiny), "clips=2", "featured=1", "duration_s=0.4", "size=32"]
    figures = json.loads(module("q2_interpolation").main(words).read_text())["figures"]
    for half in ("slow", "fast"):
        for way in ("none", "repeat", "blend", "flow"):
            assert figures[f"{half}/50/{way}"]["grey_levels"]["mean"] in (0, None)
    at_ten = [figures[f"{half}/10/repeat"]["grey_levels"]["mean"] for half in ("slow", "fast")]
    assert any(v is not None and v > 0 for v in at_ten)


@pytest.fixture(scope="module")
def moment(tiny: Path) -> Path:
    """A classifier on moment features, as questions 5 and 6 train it."""
    words = [*MOMENT, "network=frame_relation_vectors", f"paths.cache={tiny / 'cache'}"]
    (job,) = module("lab").jobs("autofoley_irregular", tiny / "moment", words)
    return module("lab").run(job).parent


def test_the_runs_of_question_5_train_and_only_a_residual_with_a_rate_moves(tiny: Path, moment: Path) -> None:
    lab, synthesis = module("lab"), module("synthesis")
    words = [*MOMENT, f"classifier={moment}/frame_relation_vectors_${{seed}}", f"paths.cache={tiny / 'cache'}"]
    found = {job.name: lab.run(job) for job in lab.jobs("autofoley_synthesis", tiny / "synthesis", words)}
    assert list(found) == [
        "autofoley_class_mean",
        "autofoley_residual_of_sound",
        "autofoley_residual_of_states",
        "autofoley_cue_class_mean",
    ]
    moved = {
        name: float(synthesis.class_mean(run).residual[-1].weight.detach().abs().max())
        for name, run in found.items()
        if name != "autofoley_cue_class_mean"
    }
    assert moved.pop("autofoley_class_mean") == 0
    assert min(moved.values()) > 0
    assert synthesis.cue_class_mean(found["autofoley_cue_class_mean"]).fitted


@pytest.mark.slow
def test_question_5_makes_every_sound(tiny: Path, moment: Path) -> None:
    words = [str(tiny), str(tiny / "synthesis"), str(moment), "test=3", *MOMENT, f"paths.cache={tiny / 'cache'}"]
    result = json.loads(module("q5_synthesis").main(words).read_text())
    rows = result["rows"]
    assert len(rows) == 14
    assert result["seeds"] == [0]
    ceiling, silence = rows["truth, inverse STFT"]["figures"], rows["silence"]["figures"]
    assert ceiling["log_spectral_distance_db"]["mean"] < 0.1
    assert silence["log_spectral_distance_db"]["mean"] > 5
    own = rows["class mean alone"]["by_seed"]["0"]["log_spectral_distance_db"]
    assert own == pytest.approx(rows["class mean alone"]["figures"]["log_spectral_distance_db"]["mean"], abs=2e-3)


def test_question_6_has_a_sweep_on_features_that_see_motion(tiny: Path, moment: Path) -> None:
    lab = module("lab")
    found = list(lab.jobs("autofoley_irregular", tiny, []))
    assert {(j.name, j.seed) for j in found} == {
        (n, s) for n in ("frame_sequence_vectors", "frame_relation_vectors") for s in range(3)
    }
    config = module("q1_networks").load_config(moment / "frame_relation_vectors_0")
    assert config.features._target_.endswith("MomentFeatures")
    # The same runs, asked for as those of question 1.
    own, other = (
        lab.composed(f"sweep={sweep}", "experiment=autofoley_moment")
        for sweep in ("autofoley_irregular", "autofoley_networks")
    )
    assert own.module == other.module
    assert own.data == other.data


def test_costs_follow_from_rates() -> None:
    rates = module("rates")
    clip = {e: {"render_s": 1.0, "features_s": 2.0} for e in rates.EXPERIMENTS}
    found = rates.costs({"clip": clip, "step": {f"autofoley_space_time/{n}": 3.0 for n in rates.NETWORKS}})
    # 280 clips of 3 s; 10 steps of 3 s in 12 epochs, two networks, one and three seeds.
    assert found["minutes/1, one seed"] == {"features": 14.0, "training": 12.0}
    assert found["minutes/1"] == {"features": 14.0, "training": 36.0}
    # Both kinds of pictures and the two joined are made of them: 280 clips of 1 + 2 + 2 s.
    assert found["minutes/4"]["features"] == pytest.approx(280 * 5 / 60, abs=0.05)
    assert found["minutes/4"]["training"] == pytest.approx(6 * 3 * 120 * 3 / 60)


def test_25_columns_a_second_ask_nothing_of_25_frames_a_second() -> None:
    interpolation, grid = module("pictures").WAYS, module("pictures").TimeGrid.of_duration(0.4, 44100, 1764)
    frames = np.random.default_rng(0).integers(0, 255, (11, 16, 16, 3), dtype=np.uint8)
    times_s = np.arange(11) / 25
    made = [way(frames, times_s, grid) for way in interpolation.values()]
    assert all(np.array_equal(made[0], other) for other in made[1:])


def test_a_word_with_a_list_is_swept_and_options_come_first(tiny: Path) -> None:
    lab = module("lab")
    found = list(lab.jobs("autofoley_networks", tiny, ["seed=0,1", "network=plain_gru_vectors"]))
    assert [(j.name, j.seed) for j in found] == [("plain_gru_vectors", 0), ("plain_gru_vectors", 1)]
    assert lab.options_first(["a=1", "--config-dir", "D", "b=2"]) == (["--config-dir", "D"], ["a=1", "b=2"])


def test_figures_leave_out_what_does_not_apply_and_draw_a_clip_with_all_its_values() -> None:
    lab = module("lab")
    found = lab.figure([1.0, 0.0, float("nan")], ["a", "a", "b"])
    assert (found["mean"], found["low"], found["high"], found["clips"]) == (0.5, 0.5, 0.5, 1)


@pytest.mark.parametrize(("known", "kept"), [({"hash": "f" * 40, "dirty": True}, True), ({}, None)])
def test_a_result_says_whether_its_checkout_was_clean(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, known: dict, kept: bool | None
) -> None:
    lab = module("lab")
    monkeypatch.setattr(lab, "commit", lambda: known)
    value = lab.load(lab.save("q0", {"rows": {}}, tmp_path))
    assert (value["commit"], value["dirty"]) == (known.get("hash", ""), kept)


def test_tables_are_put_together_from_results_alone(tiny: Path, tmp_path: Path) -> None:
    tables = module("tables")
    text = "before\n<!-- table q1 -->\nold\n<!-- end -->\nafter\n"
    assert tables.rewritten(text, tmp_path) == "before\n<!-- table q1 -->\n*Not run yet.*\n<!-- end -->\nafter\n"
    (tmp_path / "q1.json").write_text(json.dumps(ask("q1_networks", tiny, *TINY)))
    made = tables.rewritten(text, tmp_path)
    assert "FrameRelationNetwork" in made
    assert "old" not in made
    module("figures").main(tmp_path)
    assert (tmp_path / "q1.png").stat().st_size > 1000


def test_the_readme_shows_the_committed_results() -> None:
    tables = module("tables")
    text = tables.README.read_text(encoding="utf-8")
    assert tables.rewritten(text) == text, "run: python experiments/autofoley/tables.py"
