"""Media in, tables out: each protocol through the same two steps a user takes."""

from __future__ import annotations

import json
from fractions import Fraction

import numpy as np
import pytest
from support.judges import tiny_judge

from silentfoley.cli.main import main as command
from silentfoley.evaluation.condfoley_legacy import CondFoleyLegacy
from silentfoley.evaluation.protocol import CONTROLS
from silentfoley.evaluation.score import score
from silentfoley.evaluation.shape_v1 import ShapeV1
from silentfoley.evaluation.sides import Needs, load_side
from silentfoley.evaluation.sync_v1 import SyncV1
from silentfoley.evaluation.synchrony_extractors import PICTURE_GROUP, SOUND_GROUP
from silentfoley.evaluation.synchrony_model import VARIABLE
from silentfoley.media.encode import write_video
from silentfoley.waveform import Waveform

RATE_HZ, FPS, SECONDS = 44_100, 25, 1.6
#: When something hits in each clip, s. What is judged at hits costs by the hit.
HITS = ((0.4, 1.1), (0.8,))
PROTOCOLS = (ShapeV1, SyncV1, CondFoleyLegacy)


def write_clip(path, hits, seed):
    """A square that drops at each hit, and a click at each."""
    rng = np.random.default_rng(seed)
    frames = np.full((round(SECONDS * FPS), 48, 64, 3), 90, dtype=np.uint8)
    for i, frame in enumerate(frames):
        since = min([i / FPS - h for h in hits if h <= i / FPS], default=1.0)
        y = round(4 + 30 * min(since / 0.3, 1.0))
        frame[y : y + 8, 20:34] = 220
    mono = 1e-3 * rng.normal(size=round(SECONDS * RATE_HZ))
    for hit in hits:
        start = round(hit * RATE_HZ)
        mono[start : start + 4000] += 0.6 * rng.normal(size=4000) * np.exp(-np.arange(4000) / 600)
    write_video(path, frames, Fraction(FPS), Waveform(mono[None].astype(np.float32), RATE_HZ))


@pytest.fixture(scope="module")
def sides(tmp_path_factory):
    root = tmp_path_factory.mktemp("protocols")
    judge = tiny_judge(root / "judge")
    for name in ("reference", "generated"):
        (root / name).mkdir()
    for i, hits in enumerate(HITS):
        write_clip(root / "reference" / f"clip{i}.mp4", hits, i)
        write_clip(root / "generated" / f"clip{i}.mp4", [h + 0.02 for h in hits], 10 + i)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, str(judge))
        # The judge is named after the protocol's module was loaded.
        needs = Needs.of([p() for p in PROTOCOLS])
        assert {PICTURE_GROUP, SOUND_GROUP} <= needs.groups
        yield [load_side(root / n, n, needs, cache=root / "cache") for n in ("reference", "generated")]


@pytest.fixture(scope="module")
def results(sides):
    return score(*sides, [p() for p in PROTOCOLS], n_resamples=20).protocols


@pytest.mark.parametrize("protocol", PROTOCOLS, ids=lambda p: p.name)
def test_every_row_is_made(results, protocol):
    protocol = protocol()
    result = results[protocol.name]
    assert set(result.rows) == {"system", *protocol.controls}
    assert result.left_out == protocol.not_made
    assert {*protocol.controls, *protocol.not_made} == set(CONTROLS), "every control is a row or says why not"
    names = [m.name for m in protocol.measures()]
    truth = {n: result.rows["truth"].figures[n].value for n in names}
    assert not np.isnan(list(truth.values())).any()
    assert all(f.n == len(HITS) for f in result.rows["system"].figures.values())
    table = result.to_dict()
    assert set(table["rows"]["system"]) == set(names)
    assert table["fingerprint"]["version"] == protocol.version


def test_nearly_right_lies_between_truth_and_silence(results):
    rows = results["shape_v1"].rows
    for name in ("log_spectral_distance_db", "loudness_error", "centroid_error"):
        truth, system, silence = (rows[r].figures[name].value for r in ("truth", "system", "silence"))
        assert truth < system < silence, name


def test_judge_stands_beside_its_own_accuracy(results):
    rows = results["sync_v1"].rows
    own = rows["truth"].figures["judge_told_apart"].value
    assert all(row.figures["judge_accuracy"].value == pytest.approx(own) for row in rows.values())
    assert rows["silence"].figures["judge_told_apart"].value == 0.5


def test_the_judge_of_the_package_serves_where_none_is_named(tmp_path, monkeypatch):
    monkeypatch.delenv(VARIABLE, raising=False)
    (tmp_path / "truth").mkdir()
    for i, hits in enumerate(HITS):
        write_clip(tmp_path / "truth" / f"clip{i}.mp4", hits, i)
    words = ["score", "--reference", "truth", "--generated", "truth", "--protocol", "sync_v1", "--cache", "cache"]
    monkeypatch.chdir(tmp_path)
    assert command([*words, "--resamples", "20", "--workers", "1"]) == 0
    found = json.loads((tmp_path / "metrics.json").read_text())["protocols"]["sync_v1"]
    assert not found["controls_left_out"]
    for row in ("system", "truth", "shuffled", "random", "metronome", "silence"):
        assert found["rows"][row]["judge_told_apart"]["n"] == 2, row
    assert found["rows"]["system"]["judge_told_apart"] == found["rows"]["system"]["judge_accuracy"]
    assert not any("judge" in remark for remark in found["remarks"])


def test_legacy_says_what_is_wrong_with_it(results):
    result = results["condfoley_legacy"]
    assert "silence scores AP 1" in result.to_dict()["warning"]
    broken = [v for v in result.verdicts if v.held is False and v.measure == "onset_ap"]
    assert [v.expected for v in broken] == ["truth better than silence"]
    assert "known fault" in broken[0].text
