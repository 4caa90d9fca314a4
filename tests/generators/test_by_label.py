"""Routing by class."""

import helpers
import numpy as np
import pytest

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import LabelError, SilentFoleyError
from silentfoley.generators.by_label import ByLabel
from silentfoley.generators.silence import Silence


def test_each_class_is_performed_by_its_generator(cue_class_mean):
    mixed = ByLabel(cue_class_mean, {"clock": helpers.nearest_take()})
    sheet = CueSheet((Cue(0.1, "clock", id="a"), Cue(0.5, "footsteps", id="b", pan=0.4)), 1.0)
    stems = mixed.stems(sheet, seed=2)
    alone = helpers.nearest_take().stems(sheet.filter(lambda c: c.label == "clock"), seed=2)["clock"].samples
    assert np.allclose(stems["clock"].samples, np.repeat(alone, 2, axis=0), atol=1e-6)
    own = cue_class_mean.stems(sheet.filter(lambda c: c.label == "footsteps"), seed=2)["footsteps"].samples
    assert np.allclose(stems["footsteps"].samples, own, atol=1e-6)


def test_a_mix_is_limited_once(cue_class_mean):
    cues = tuple(Cue(0.1 + 0.001 * i, label, 1.0) for i in range(12) for label in ("clock", "footsteps"))
    sheet = CueSheet(cues, 1.0)
    alone = cue_class_mean.stems(sheet, seed=2)
    free = cue_class_mean.unlimited(sheet, 2, 65_536)
    total = np.concatenate([sum(block.values()) for block in free], axis=1)
    assert np.abs(total).max() > 1.5, "there is something to limit"
    routed = ByLabel(cue_class_mean, {"clock": cue_class_mean})
    for made in (routed, ByLabel(routed, {"footsteps": routed})):
        stems = made.stems(sheet, seed=2)
        for label, stem in alone.items():
            assert np.allclose(stems[label].samples, stem.samples, atol=1e-6)


def test_weights_are_found_once_and_labels_are_joined(cue_class_mean):
    mixed = ByLabel(cue_class_mean, {"horse": Silence(), "rain": cue_class_mean})
    assert mixed.labels == ("clock", "footsteps", "horse", "rain")
    assert len(mixed.state_dict()) == len(cue_class_mean.state_dict())


def test_refusals(cue_class_mean):
    with pytest.raises(SilentFoleyError, match="generator of clock: works at 8000 Hz"):
        ByLabel(cue_class_mean, {"clock": Silence(8000)})
    with pytest.raises(LabelError):
        ByLabel(cue_class_mean, {"fire": cue_class_mean})
    with pytest.raises(LabelError):
        ByLabel(cue_class_mean, {}).render(CueSheet((Cue(0.1, "car"),), 1.0))
