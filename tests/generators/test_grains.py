"""Grains: level, course, no repetition, no seams."""

import numpy as np
import pytest

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import LEVELS
from silentfoley.generators import grains
from silentfoley.generators.grains import GrainCloud
from silentfoley.generators.nearest_take import MemoryTake
from silentfoley.generators.retrieval import Retrieval
from silentfoley.generators.units import MemoryShelf

RATE = 44_100


def noise(seconds: float, seed: int = 0) -> np.ndarray:
    return 0.1 * np.random.default_rng(seed).standard_normal(round(seconds * RATE)).astype(np.float32)


def sound(cloud: GrainCloud, seconds: float, intensity: float = 1.0, seed: int = 0) -> np.ndarray:
    n = round(seconds * RATE)
    out = np.concatenate(list(cloud.play(n, lambda _: intensity, lambda _: 0.0, np.random.default_rng(seed))))
    assert out.shape == (n,)
    return out


def rms_db(x: np.ndarray) -> float:
    return float(10 * np.log10(np.mean(np.square(x, dtype=np.float64)) + 1e-20))


@pytest.mark.parametrize("seconds", [0.02, 0.3, 3.0])
def test_any_recording_gives_steady_sound_of_level_one(seconds):
    out = sound(GrainCloud([noise(seconds)], RATE), 4.0)
    levels = [rms_db(part) for part in np.array_split(out, 20)]
    assert np.abs(levels).max() < 1.5


def test_loud_places_are_made_of_loud_grains():
    # The second half of the recording is louder and an octave higher.
    t = np.arange(2 * RATE) / RATE
    take = np.concatenate([0.01 * np.sin(2 * np.pi * 500 * t), np.sin(2 * np.pi * 1000 * t)]).astype(np.float32)
    cloud = GrainCloud([take], RATE)

    def high(intensity: float) -> float:
        power = np.abs(np.fft.rfft(sound(cloud, 4.0, intensity))) ** 2
        return float(power[3000:].sum() / power.sum())

    low_pool, high_pool = cloud.pool(0.0), cloud.pool(1.0)
    assert low_pool[0] == 0
    assert high_pool[0] > 0
    assert high_pool[2] > low_pool[2]
    quiet = np.abs(np.diff(np.sign(sound(cloud, 4.0, 0.0)))).mean()
    loud = np.abs(np.diff(np.sign(sound(cloud, 4.0, 1.0)))).mean()
    assert loud > 1.1 * quiet
    assert high(1.0) > 0.9


def test_the_course_is_followed_by_level():
    generator = Retrieval(MemoryShelf([MemoryTake("rain", noise(2.0))]))
    cue = Cue(0.0, "rain", 1.0, duration_s=4.0, envelope=(0.1, 1.0, 0.1))
    out = generator.render(CueSheet((cue,), 4.0)).samples[0]
    wanted = np.interp((np.arange(20) + 0.5) / 20, (0, 0.5, 1), (0.1, 1.0, 0.1)) * LEVELS["rain"]
    got = [rms_db(part) for part in np.array_split(out, 20)]
    assert np.abs(got - 20 * np.log10(wanted)).max() < 1.5
    assert np.corrcoef(got, np.log(wanted))[0, 1] > 0.95


def test_a_recording_that_goes_on_is_itself(monkeypatch):
    monkeypatch.setattr(grains, "GOES_ON", 1.0)
    monkeypatch.setattr(grains, "POOL", 1.0)
    take = noise(20.0)
    cloud = GrainCloud([take], RATE)
    out = sound(cloud, 1.0)
    lag = int(np.correlate(take, out[:2000], "valid").argmax())
    piece = take[lag : lag + len(out)]
    n = min(len(piece), 20_000)
    assert np.corrcoef(piece[:n], out[:n])[0, 1] > 0.999, "seams of what goes on are not to be heard"


def test_no_grain_comes_again_at_once(monkeypatch):
    monkeypatch.setattr(grains, "GOES_ON", 0.0)
    cloud = GrainCloud([noise(8.0)], RATE)
    drawn = []
    draw = cloud._draw
    monkeypatch.setattr(cloud, "_draw", lambda *a: drawn.append(draw(*a)) or drawn[-1])
    sound(cloud, 6.0)
    assert len(drawn) > 30
    for k in range(1, grains.RECENT + 1):
        assert min(abs(a.start - b.start) for a, b in zip(drawn, drawn[k:], strict=False)) > 0.15 * RATE


def test_a_snap_does_not_rule_the_level():
    take = noise(3.0)
    take[RATE] = 1000.0
    out = sound(GrainCloud([take], RATE), 6.0)
    # Left as it was, the snap alone would leave the rest 20 dB and more below its level.
    assert np.median([rms_db(part) for part in np.array_split(out, 60)]) > -6


def test_memory_does_not_grow_with_length():
    import tracemalloc

    generator = Retrieval(MemoryShelf([MemoryTake("rain", noise(3.0))]))

    def peak(seconds: float) -> int:
        tracemalloc.start()
        for _ in generator.render_blocks(CueSheet((Cue(0.0, "rain", duration_s=seconds),), seconds)):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(2.0)
    assert peak(40.0) < 1.3 * peak(10.0)
