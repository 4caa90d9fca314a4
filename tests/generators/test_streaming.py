"""Sound in blocks is the sound of the whole, made when its time comes."""

import helpers
import numpy as np
import pytest

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import LabelError, SilentFoleyError
from silentfoley.generators.by_label import ByLabel
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.generators.silence import Silence
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of, placed
from silentfoley.labels import LABELS
from silentfoley.stage import sound as stage_sound

RATE = 1000


def pieces(*lists: list[float]):
    return lambda: iter([np.array(values, dtype=np.float32) for values in lists])


def whole(sheet: CueSheet, parts: list[Part], block: int = 70, rate: int = RATE) -> dict[str, np.ndarray]:
    blocks = list(placed(parts, sheet, rate, block))
    return {label: np.concatenate([b[label] for b in blocks], axis=1) for label in sheet.labels}


@pytest.mark.parametrize("block", [1, 7, 100, 299, 300, 1000])
def test_sound_lands_on_its_sample_and_what_sticks_out_is_cut(block):
    cues = (Cue(0.1004, "clock", id="a"), Cue(0.0, "clock", id="b"), Cue(0.29, "clock", id="c"))
    sheet = CueSheet((*cues, Cue(0.1, "rain")), 0.3)
    ramp = [0.1, 0.2, 0.3]
    parts = [part_of(cue, RATE, pieces(ramp[:1], [], ramp[1:]), onset_samples=1) for cue in cues]
    parts.append(part_of(sheet.cues[1], RATE, pieces([1.0] * 400)))
    out = whole(sheet, parts, block)
    assert list(out) == ["clock", "rain"]
    clock = out["clock"]
    assert clock.shape == (1, 300)
    assert clock[0, 99:102] == pytest.approx(ramp)
    assert clock[0, :2] == pytest.approx(ramp[1:])
    assert clock[0, 289:292] == pytest.approx(ramp)
    assert not clock[0, 2:99].any()
    assert not out["rain"][0, :100].any() or sheet.cues[1].start_s == 0
    assert out["rain"][0, 100:296] == pytest.approx(1)
    assert out["rain"][0, 296:] == pytest.approx(np.linspace(1, 0, 4)), "the clip's last 4 ms fade"


def test_pan_and_distance_and_overlap():
    sheet = CueSheet((Cue(0.01, "clock", pan=-1.0, distance_m=2.0), Cue(0.012, "clock")), 0.1)
    out = whole(sheet, [part_of(c, RATE, pieces([1.0] * 4)) for c in sheet])["clock"]
    assert out.shape == (2, 100)
    left = 2**0.5 / 2
    # A metre of air takes next to nothing of what is below 500 Hz.
    assert out[0, 10:16] == pytest.approx([left, left, left + 1, left + 1, 1, 1], abs=2e-4)
    assert out[1, 10:16] == pytest.approx([0, 0, 1, 1, 1, 1], abs=1e-6)


def test_a_sound_is_made_when_its_time_comes():
    began = []

    def make(name):
        def begin():
            began.append(name)
            yield np.ones(5, dtype=np.float32)

        return begin

    sheet = CueSheet((Cue(0.01, "clock"), Cue(0.25, "clock")), 0.3)
    stream = placed([part_of(c, RATE, make(c.id)) for c in sheet], sheet, RATE, 100)
    next(stream)
    assert began == ["c1"]
    next(stream)
    assert began == ["c1"]
    next(stream)
    assert began == ["c1", "c2"]


def test_an_empty_sheet_has_blocks_without_stems():
    assert list(placed([], CueSheet((), 0.2), RATE, 150)) == [{}, {}]
    assert Silence(RATE).stems(CueSheet((), 0.2)) == {}
    silent = Silence(RATE).render(CueSheet((), 0.2))
    assert silent.samples.shape == (1, 200)
    assert Silence(RATE).render(CueSheet((Cue(0.1, "rain", pan=0.1),), 0.2)).samples.shape == (2, 200)


def crowd(labels: tuple[str, ...]) -> CueSheet:
    """Everything at once: overlaps, pans, durations, and loud enough for the limiter."""
    rng = np.random.default_rng(1)
    cues = [Cue(float(t), label, 1.0, pan=0.3) for label in labels for t in rng.uniform(0, 1.9, 3)]
    cues += [Cue(0.2, label, 1.0, duration_s=1.1, id=f"long {label}") for label in labels]
    return CueSheet(tuple(cues), 2.00007)


@pytest.fixture(scope="module", params=["procedural", "cue_class_mean", "nearest_take", "by_label"])
def crowded(request, cue_class_mean):
    """A generator, a sheet, and the sound and stems it makes of it as a whole."""
    made = {
        "procedural": ProceduralGenerator(),
        "cue_class_mean": cue_class_mean,
        "nearest_take": helpers.nearest_take(),
        "by_label": ByLabel(cue_class_mean, {"clock": helpers.nearest_take(), "horse": ProceduralGenerator()}),
    }[request.param]
    sheet = crowd(made.labels if len(made.labels) < 6 else ("gunshot", "car", "impact"))
    return made, sheet, made.render(sheet, seed=3).samples, made.stems(sheet, seed=3)


@pytest.mark.parametrize("block", [501, 22_050, 10**6])
def test_blocks_join_to_the_whole(crowded, block):
    made, sheet, want, stems = crowded
    blocks = list(made.render_blocks(sheet, seed=3, block_samples=block))
    assert {b.shape[1] for b in blocks[:-1]} <= {block}
    got = np.concatenate(blocks, axis=1)
    assert got.shape == want.shape == (2, 88_203)
    assert np.abs(got - want).max() <= 1e-6
    assert np.abs(want).max() > 0.5
    parts = list(made.stem_blocks(sheet, seed=3, block_samples=block))
    for label, stem in stems.items():
        assert np.abs(np.concatenate([b[label] for b in parts], axis=1) - stem.samples).max() <= 1e-6


class Loud(StreamedGenerator):
    """Two stems that only together are too loud."""

    labels = ("clock", "rain")
    sample_rate_hz = 44_100

    def parts(self, sheet, seed):
        return [part_of(c, 44_100, lambda: iter([np.full(4000, 0.7, dtype=np.float32)])) for c in sheet]


def test_stems_share_one_gain():
    sheet = CueSheet((Cue(0.1, "clock"), Cue(0.1, "rain")), 0.5)
    stems = Loud().stems(sheet)
    assert np.abs(stems["clock"].samples).max() < 0.5
    np.testing.assert_array_equal(stems["clock"].samples, stems["rain"].samples)
    alone = Loud().stems(CueSheet(sheet.cues[:1], 0.5))
    assert np.abs(alone["clock"].samples).max() == pytest.approx(0.7)


def test_what_cannot_be_performed_is_refused_before_the_first_block(cue_class_mean):
    sheet = CueSheet((Cue(0.1, "kazoo"),), 1.0)
    for made in (ProceduralGenerator(), cue_class_mean, Silence(), ByLabel(Silence(), {})):
        with pytest.raises(LabelError, match="'kazoo': unknown sound class"):
            made.stem_blocks(sheet)
    with pytest.raises(SilentFoleyError, match="block_samples: 0 is no number of samples"):
        next(Silence().render_blocks(CueSheet((), 1.0), block_samples=0))


@pytest.mark.parametrize("label", sorted(set(LABELS) & {"rain", "fire", "waterfall", "car"}))
def test_long_textures_of_the_synthesiser_join_without_a_click_or_a_dip(monkeypatch, label):
    monkeypatch.setattr(stage_sound, "STRETCH_S", 1.0)
    monkeypatch.setattr(stage_sound, "JOIN_S", 0.25)
    # An envelope of ones: a car would come and go by nature.
    cue = Cue(0.0, label, 0.5, duration_s=3.0, envelope=(1.0, 1.0))
    out = ProceduralGenerator().render(CueSheet((cue,), 3.0), seed=1).samples[0].astype(np.float64)
    jumps = np.abs(np.diff(out, 2))[2000:-2000]
    seams = [round((0.75 * k + d) * 44_100) - 2000 for k in (1, 2) for d in (0, 0.25)]
    # Random sounds have rare large steps anywhere: a seam must not stand out among them.
    for seam in seams:
        assert jumps[seam - 20 : seam + 20].max() < np.quantile(jumps, 0.9999) * 1.5
    level = np.sqrt(np.mean(np.reshape(out[4410 : 4410 + 28 * 4410], (28, 4410)) ** 2, axis=1))
    assert level.min() > 0.5 * np.median(level)
    assert level.max() < 2.5 * np.median(level)


def test_a_long_texture_is_never_repeated(monkeypatch):
    monkeypatch.setattr(stage_sound, "STRETCH_S", 0.5)
    monkeypatch.setattr(stage_sound, "JOIN_S", 0.1)
    out = ProceduralGenerator().render(CueSheet((Cue(0.0, "rain", 0.5, duration_s=2.0),), 2.0)).samples[0]
    first, second = out[8820:13_230], out[8820 + 17_640 : 13_230 + 17_640]
    assert abs(np.corrcoef(first, second)[0, 1]) < 0.2
