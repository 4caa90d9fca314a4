"""Every cue generator keeps the contract; and the checks notice when one does not."""

import numpy as np
import pytest
from helpers import nearest_take

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.by_label import ByLabel
from silentfoley.generators.contract import DURATION_S, probe_sheet, shift_s, violations
from silentfoley.generators.silence import Silence
from silentfoley.labels import LABELS
from silentfoley.waveform import Waveform


@pytest.fixture(scope="module")
def generators(cue_class_mean):
    made = {"cue_class_mean": cue_class_mean, "nearest_take": nearest_take()}
    made["by_label"] = ByLabel(cue_class_mean, {"clock": made["nearest_take"]})
    try:
        from silentfoley.generators.procedural import ProceduralGenerator

        made["procedural"] = ProceduralGenerator()
    except ImportError:
        pass
    return made


@pytest.mark.parametrize("label", ["clock", "footsteps", "rain"])
@pytest.mark.parametrize("name", ["cue_class_mean", "nearest_take", "by_label"])
def test_contract(generators, name, label):
    assert violations(generators[name], label) == []


@pytest.mark.parametrize("label", LABELS)
def test_contract_of_the_procedural_generator(generators, label):
    if "procedural" not in generators:
        pytest.skip("there is no procedural generator")
    assert violations(generators["procedural"], label) == []


@pytest.mark.parametrize("label", ["clock", "rain"])
def test_silence_keeps_what_silence_can(label):
    assert violations(Silence(), label, silent=True) == []
    assert np.abs(Silence().render(probe_sheet(label)).samples).max() == 0


class Broken(CueGenerator):
    """Wrong in every way that is checked: early, deaf to strength and seed, out of order."""

    labels = ("clock", "rain")
    sample_rate_hz = 44_100

    def stems(self, sheet, *, seed=0):
        n = round(sheet.duration_s * 44_100)
        out = np.zeros((1, n), dtype=np.float32)
        for cue in sheet:
            start = round(44_100 * cue.start_s**2)
            out[:, start : start + 2000] += np.hanning(2000)[: max(0, n - start)]
        out[:, -1] = 1
        return {label: Waveform(out, 44_100) for label in reversed(sheet.labels)}


def test_checks_can_fail():
    found = " | ".join(violations(Broken(), "clock"))
    for part in (
        "leave [-1, 1]",
        "not on the left",
        "not the sheet's labels in order",
        "a cue moved by 100 ms moves the sound by 90 ms",
        "% of the energy lies more than 10 ms before the cue",
        "five seeds give one take",
        "strength does not drive level",
        "ends with a click",
    ):
        assert part in found


def test_shift_is_measured_to_the_millisecond():
    n = round(DURATION_S * 44_100)
    a, b = np.zeros((1, n), dtype=np.float32), np.zeros((1, n), dtype=np.float32)
    a[:, 10_000:12_000] = 0.5
    b[:, 10_000 - 882 : 12_000 - 882] = 0.5
    assert shift_s(Waveform(a, 44_100), Waveform(b, 44_100)) == pytest.approx(-0.02, abs=0.0011)


def test_neighbours_do_not_move_when_one_cue_does(generators):
    def sheet(second: float) -> CueSheet:
        return CueSheet((Cue(0.1, "clock", id="a"), Cue(second, "clock", id="b")), 1.0)

    for name in ("cue_class_mean", "nearest_take"):
        first, second = (generators[name].render(sheet(t), seed=4).samples for t in (0.6, 0.7))
        assert np.abs(first[:, :20_000] - second[:, :20_000]).max() < 1e-6, name
