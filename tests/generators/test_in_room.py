"""A generator in a room, and in the open: what a cue's distance and the walls do to its sound."""

import tracemalloc

import numpy as np
import pytest
from helpers import nearest_take

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import LabelError, SilentFoleyError
from silentfoley.generators.acoustics import air_loss_db, room_response
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.by_label import ByLabel
from silentfoley.generators.contract import violations
from silentfoley.generators.in_room import InRoom
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.generators.rooms import Room
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of, placed

SMALL = Room((3.1, 2.7, 2.4), 0.2)
RATE = 44_100


class Impulse(StreamedGenerator):
    """One sample of 0.2 per cue."""

    labels = ("clock", "rain")
    sample_rate_hz = RATE

    def parts(self, sheet, seed):
        return [part_of(c, RATE, lambda: iter([np.array([0.2], dtype=np.float32)])) for c in sheet]


class Hiss(Impulse):
    """Noise for as long as the cue lasts, in pieces of a second."""

    def parts(self, sheet, seed):
        return [Part(c, round(c.start_s * RATE), lambda c=c: self.noise(c)) for c in sheet]

    def noise(self, cue):
        rng = np.random.default_rng(0)
        for _ in range(round(cue.duration_s)):
            yield rng.normal(0, 0.02, RATE).astype(np.float32)


def test_in_the_open_at_a_metre_nothing_changes():
    sheet = CueSheet((Cue(0.1, "clock"), Cue(0.3, "footsteps", pan=0.3), Cue(0.2, "rain", duration_s=0.3)), 1.0)
    made = ProceduralGenerator()
    want = np.zeros((2, RATE), dtype=np.float32)
    for part in sorted(made.parts(sheet, 1), key=lambda p: p.start):
        sound = np.concatenate(list(part.make()))[: RATE - part.start]
        angle = (part.cue.pan + 1) * np.pi / 4
        gains = (np.sqrt(2) * np.array([[np.cos(angle)], [np.sin(angle)]])).astype(np.float32)
        stem = np.zeros_like(want)
        stem[:, part.start : part.start + len(sound)] += gains * sound
        got = np.concatenate([b[part.cue.label] for b in placed(made.parts(sheet, 1), sheet, RATE, 5000)], axis=1)
        np.testing.assert_array_equal(got[:, : RATE - 200], stem[:, : RATE - 200])


@pytest.mark.parametrize("hz", [1000, 4000, 8000])
def test_a_far_cue_is_softer_and_duller(hz):
    near, far = (
        Hiss().render(CueSheet((Cue(0.0, "rain", duration_s=1.0, distance_m=d),), 1.0)).samples[0] for d in (1, 101)
    )
    at = slice(round(hz * 0.9), round(hz * 1.1))
    power = [np.square(np.abs(np.fft.rfft(x.astype(np.float64)))[at]).sum() for x in (near, far)]
    want = 20 * np.log10(101) + air_loss_db(100, np.arange(at.start, at.stop)).mean()
    assert 10 * np.log10(power[0] / power[1]) == pytest.approx(want, rel=0.02)


def test_the_direct_sound_stays_where_it_is_and_the_room_follows():
    sheet = CueSheet((Cue(0.05, "clock", pan=-1.0),), 0.5)
    samples = InRoom(Impulse(), SMALL).render(sheet).samples
    start = round(0.05 * RATE)
    assert np.abs(samples[:, :start]).max() < 1e-6
    assert samples[0, start] == pytest.approx(0.2 * 2**0.5, abs=1e-4)
    response = room_response(SMALL, 1.0, RATE)
    rest = samples[:, start + 1 : start + response.shape[1]]
    np.testing.assert_allclose(rest, 0.2 * response[:, 1:], atol=1e-5)
    assert np.abs(samples[1]).max() > 0.02, "reverberation comes from all around"


def test_the_room_stays_as_loud_when_the_source_goes_away():
    def energies(distance_m: float) -> tuple[float, float]:
        sheet = CueSheet((Cue(0.0, "clock", distance_m=distance_m),), 0.3)
        samples = InRoom(Impulse(), SMALL).render(sheet).samples
        return float(np.square(samples[:, :40]).sum()), float(np.square(samples[:, 45:]).sum())

    (direct, room), (far_direct, far_room) = energies(1.0), energies(1.7)
    assert 10 * np.log10(direct / far_direct) == pytest.approx(20 * np.log10(1.7), abs=0.6)
    assert 10 * np.log10(room / far_room) == pytest.approx(0, abs=1)


def crowd() -> CueSheet:
    cues = [Cue(0.1 * i, label, 0.9, distance_m=d) for i, (label, d) in enumerate([("clock", 1), ("footsteps", 3)] * 4)]
    return CueSheet((*cues, Cue(0.2, "rain", duration_s=0.5, pan=0.4)), 1.50003)


@pytest.mark.parametrize("block", [4001, 22_050, 10**6])
def test_blocks_join_and_stems_sum(block):
    made = InRoom(ByLabel(ProceduralGenerator(), {"clock": nearest_take()}), SMALL)
    whole, stems = made.render(crowd(), seed=2).samples, made.stems(crowd(), seed=2)
    assert whole.shape == (2, round(1.50003 * RATE))
    joined = np.concatenate(list(made.render_blocks(crowd(), seed=2, block_samples=block)), axis=1)
    np.testing.assert_allclose(joined, whole, atol=1e-6)
    np.testing.assert_allclose(sum(s.samples for s in stems.values()), whole, atol=1e-5)
    assert np.abs(whole).max() <= 10 ** (-1 / 20) + 1e-3


@pytest.mark.parametrize("label", ["clock", "rain"])
def test_it_keeps_the_contract(label):
    # But for one promise: a room is as loud wherever its source is.
    assert violations(InRoom(ProceduralGenerator(), SMALL), label) == [f"{label}: distance does not lower the level"]


def test_it_tells_the_variants_that_its_generator_tells():
    assert InRoom(ProceduralGenerator(), SMALL).variants("footsteps") == ProceduralGenerator().variants("footsteps")


def test_memory_does_not_grow_with_the_clip():
    def peak(seconds: int) -> int:
        sheet = CueSheet((Cue(0.0, "rain", duration_s=float(seconds), distance_m=2.0),), float(seconds))
        room = InRoom(Hiss(), SMALL)
        tracemalloc.start()
        for _ in room.stem_blocks(sheet):
            pass
        top = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return top

    peak(2)
    assert peak(40) < 1.3 * peak(8)


def test_what_cannot_be_put_in_a_room_is_refused():
    class Whole(CueGenerator):
        labels = ("clock",)
        sample_rate_hz = RATE

        def stems(self, sheet, *, seed=0):
            return {}

    said = "generator Whole: makes no sound per cue that a room could be put around; derive it from StreamedGenerator"
    with pytest.raises(SilentFoleyError, match=said):
        InRoom(Whole(), SMALL)
    with pytest.raises(SilentFoleyError, match=said):
        InRoom(ByLabel(Impulse(), {"clock": Whole()}), SMALL).stem_blocks(crowd())
    with pytest.raises(LabelError, match="'kazoo': unknown sound class"):
        InRoom(ByLabel(Impulse(), {}), SMALL).stem_blocks(CueSheet((Cue(0.1, "kazoo"),), 1.0))
