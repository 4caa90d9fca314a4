"""The synthesiser as a generator: its soft textures are duller, whatever the pieces."""

import numpy as np
import pytest

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.procedural import DULLER_HZ, ProceduralGenerator, dulled
from silentfoley.stage.sound import perform_cues

RATE = 44_100


@pytest.mark.parametrize(("hz", "by_db"), [(DULLER_HZ / 40, 0.0), (DULLER_HZ * 20, -6.0)])
def test_a_shelf_lowers_what_is_above(hz, by_db):
    tone = np.sin(np.arange(RATE) * (2 * np.pi * hz / RATE)).astype(np.float32)
    made = np.concatenate(list(dulled([tone], 6.0, RATE)))
    assert 20 * np.log10(np.abs(made[-RATE // 4 :]).max()) == pytest.approx(by_db, abs=0.3)


def test_pieces_join_as_before():
    noise = np.random.default_rng(0).normal(size=5000).astype(np.float32)
    (whole,) = dulled([noise], 6.0, RATE)
    pieces = list(dulled(np.split(noise, [1, 700, 701]), 6.0, RATE))
    assert [len(p) for p in pieces] == [1, 699, 1, 4299]
    np.testing.assert_allclose(np.concatenate(pieces), whole, atol=1e-6)


def test_a_texture_of_full_strength_is_the_stages():
    sheet = CueSheet((Cue(0.2, "rain", 1.0, duration_s=0.6, envelope=(0.3, 0.3)),), 1.0)
    np.testing.assert_allclose(
        ProceduralGenerator().render(sheet, seed=2).mono(), perform_cues(sheet, seed=2), atol=1e-5
    )
