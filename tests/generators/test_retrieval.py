"""Which take, where, how loud and how bright; textures that follow their envelope."""

from itertools import pairwise

import numpy as np
import pytest
from helpers import burst

from silentfoley.bank.build import build_bank
from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import LEVELS, synthesised_lessons
from silentfoley.errors import DataError, LabelError
from silentfoley.generators.contract import violations
from silentfoley.generators.nearest_take import MemoryTake
from silentfoley.generators.retrieval import Retrieval
from silentfoley.generators.units import BankShelf, MemoryShelf
from silentfoley.labels import LABELS
from silentfoley.media.audio import write_wav
from silentfoley.waveform import Waveform

RATE = 44_100


def marked(number: int, peak: float = 0.5, variant: str | None = None, label: str = "clock") -> MemoryTake:
    """Two spikes: the second, a hundred samples after the onset at 50, tells takes apart."""
    samples = np.zeros(2000, dtype=np.float32)
    samples[50] = peak
    samples[150] = -peak * number / 20
    return MemoryTake(label, samples, 50, variant)


def played(generator: Retrieval, sheet: CueSheet, seed: int = 0) -> list[int]:
    out = generator.render(sheet, seed=seed).samples[0]
    at = [round(c.start_s * RATE) for c in sheet]
    return [round(20 * abs(float(out[k + 100] / out[k]))) for k in at]


def steps(n: int, strength: float = 0.8, gap_s: float = 0.2, **more) -> CueSheet:
    return CueSheet(tuple(Cue(0.1 + gap_s * i, "clock", strength, **more) for i in range(n)), 0.2 + gap_s * n)


@pytest.fixture(scope="module")
def noisy() -> Retrieval:
    takes = [
        MemoryTake(label, np.concatenate([np.zeros(100), 0.2 * (i + 1) * burst(9000, decay, 7 * i + decay)]), 100)
        for i in range(4)
        for label, decay in (("clock", 300), ("footsteps", 1500))
    ]
    rng = np.random.default_rng(0)
    takes += [MemoryTake("rain", 0.1 * rng.standard_normal(30_000).astype(np.float32)) for _ in range(2)]
    return Retrieval(MemoryShelf(takes))


@pytest.mark.parametrize("label", ["clock", "footsteps", "rain"])
def test_contract(noisy, label):
    assert violations(noisy, label) == []


@pytest.mark.parametrize("label", LABELS)
def test_contract_with_the_synthesisers_sounds_as_takes(label):
    lessons = synthesised_lessons(label, 24, 0)
    # Of one material: between two the spectrum differs more than strength makes it.
    alike = [x for x in lessons if x.variant == lessons[0].variant][:3]
    assert violations(Retrieval(MemoryShelf(alike)), label) == []


def test_the_onset_lands_on_the_sample_at_the_cues_level():
    made = Retrieval(MemoryShelf([marked(1)])).render(CueSheet((Cue(0.2501, "clock", 0.5),), 1.0))
    assert int(np.abs(made.samples[0]).argmax()) == round(0.2501 * RATE)
    assert np.abs(made.samples).max() == pytest.approx(LEVELS["clock"] * 0.5)


def test_softer_cues_get_softer_and_duller_takes():
    levels = MemoryShelf([marked(i, peak=i / 10) for i in range(1, 11)])
    numbers = played(Retrieval(levels), CueSheet((Cue(0.1, "clock", 0.1), Cue(0.6, "clock", 1.0)), 1.0))
    assert numbers[0] <= 3
    assert numbers[1] >= 8
    one = Retrieval(MemoryShelf([MemoryTake("clock", burst(4000, 600, 1).numpy())]))

    def brightness(strength: float) -> float:
        out = one.render(CueSheet((Cue(0.1, "clock", strength),), 0.5)).samples[0]
        power = np.abs(np.fft.rfft(out)) ** 2
        return float(power[len(power) // 4 :].sum() / power[: len(power) // 50].sum())

    assert brightness(0.2) < 0.5 * brightness(1.0)


def test_nothing_repeats_while_there_are_other_takes():
    generator = Retrieval(MemoryShelf([marked(i) for i in range(1, 9)]))
    for seed in range(4):
        numbers = played(generator, steps(24), seed)
        for k in (1, 2, 3):
            assert all(a != b for a, b in zip(numbers, numbers[k:], strict=False)), (seed, k)
    pair = played(Retrieval(MemoryShelf([marked(1), marked(2)])), steps(8))
    assert all(a != b for a, b in pairwise(pair))


def test_the_shoe_is_kept_through_the_sheet_and_drawn_by_the_seed():
    takes = [marked(4 * shoe + i, variant=f"shoe {shoe}") for shoe in range(4) for i in range(1, 5)]
    generator = Retrieval(MemoryShelf(takes))
    shoes = [{(n - 1) // 4 for n in played(generator, steps(12), seed)} for seed in range(8)]
    assert all(len(worn) == 1 for worn in shoes)
    assert len(set.union(*shoes)) > 1


def test_a_variant_is_kept_to_and_one_without_takes_is_left_open():
    takes = [marked(i, variant="wood" if i > 5 else "gravel") for i in range(1, 11)]
    generator = Retrieval(MemoryShelf(takes))
    assert generator.variants("clock") == ("gravel", "wood")
    assert min(played(generator, steps(8, variant="wood"))) > 5
    assert max(played(generator, steps(8, variant="gravel"))) <= 5
    assert len(played(generator, steps(3, variant="watch"))) == 3
    mixed = CueSheet((Cue(0.1, "clock", variant="wood"), Cue(0.3, "clock", variant="gravel")), 0.5)
    first, second = played(generator, mixed)
    assert first > 5 >= second


def test_long_cues_get_takes_that_ring_and_short_gaps_get_short_ones():
    def ringing(number: int, seconds: float) -> MemoryTake:
        samples = marked(number).samples
        return MemoryTake("clock", np.concatenate([samples, np.full(round(seconds * RATE), 1e-4)]), 50)

    takes = [ringing(i, 0.02) for i in range(1, 6)] + [ringing(i, 2.0) for i in range(6, 11)]
    generator = Retrieval(MemoryShelf(takes))
    long = [n for seed in range(6) for n in played(generator, steps(3, gap_s=1.9, duration_s=1.8), seed)]
    short = [n for seed in range(6) for n in played(generator, steps(5, gap_s=0.1), seed)]
    assert np.mean(np.array(long) > 5) > 0.9
    assert np.mean(np.array(short) > 5) < 0.35


def test_a_hit_is_cut_at_its_duration_and_takes_its_envelope():
    take = MemoryTake("clock", np.full(20_000, 0.5, dtype=np.float32))
    sheet = CueSheet((Cue(0.1, "clock", 1.0, duration_s=0.2, envelope=(1.0, 0.0)),), 0.6)
    out = np.abs(Retrieval(MemoryShelf([take])).render(sheet).samples[0])
    assert not out[round(0.3 * RATE) + 1 :].any()
    assert out[round(0.15 * RATE)] == pytest.approx(0.75 * out.max(), rel=0.05)


def test_a_take_that_was_cut_while_it_rang_ends_softly():
    rings = MemoryTake("clock", np.full(5000, 0.5, dtype=np.float32))
    out = Retrieval(MemoryShelf([rings])).render(CueSheet((Cue(0.1, "clock"),), 0.6)).samples[0]
    end = round(0.1 * RATE) + 5000
    assert np.abs(out[end - 3 : end + 1]).max() < 0.02 * np.abs(out).max()
    assert not out[end:].any()


def test_seeds_and_neighbours(noisy):
    sheet = CueSheet(tuple(Cue(0.1 + 0.2 * i, "footsteps", id=f"s{i}") for i in range(4)), 1.0)
    one, again, other = (noisy.render(sheet, seed=s).samples for s in (1, 1, 2))
    assert np.array_equal(one, again)
    assert not np.allclose(one, other, atol=1e-3)
    moved = noisy.render(CueSheet((*sheet.cues[:3], Cue(0.72, "footsteps", id="s3")), 1.0), seed=1).samples
    assert np.abs(moved[:, :30_000] - one[:, :30_000]).max() < 1e-6


def test_blocks_are_the_whole(noisy):
    cues = (Cue(0.05, "rain", 0.7, duration_s=1.5), Cue(0.3, "clock", pan=0.5), Cue(0.5, "footsteps"))
    sheet = CueSheet(cues, 1.70003)
    whole = noisy.render(sheet, seed=3).samples
    for size in (777, 30_000):
        blocks = np.concatenate(list(noisy.render_blocks(sheet, seed=3, block_samples=size)), axis=1)
        assert np.abs(blocks - whole).max() < 1e-6


def test_refusals():
    with pytest.raises(DataError, match="there are no takes"):
        Retrieval(MemoryShelf([]))
    with pytest.raises(DataError, match="take of clock: holds no sound"):
        MemoryShelf([MemoryTake("clock", np.zeros(5, dtype=np.float32))])
    with pytest.raises(LabelError, match="use one of: clock"):
        Retrieval(MemoryShelf([marked(1)])).render(CueSheet((Cue(0.1, "rain"),), 1.0))


def test_takes_of_a_bank(tmp_path):
    for i, name in enumerate(("gravel_1", "gravel_2", "wood_1")):
        path = tmp_path / "in" / "footsteps" / f"{name}.wav"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_wav(path, Waveform(np.concatenate([np.zeros(900), 0.2 * burst(9000, 900, i)])[None], RATE))
    bank = build_bank([tmp_path / "in"], tmp_path / "bank")
    generator = Retrieval(BankShelf(bank.folder))
    assert generator.labels == ("footsteps",)
    assert generator.variants("footsteps") == ("gravel", "wood")
    assert violations(generator, "footsteps") == []
    some = [t for t in bank.all_takes if t.variant == "wood"]
    assert Retrieval(BankShelf(bank, takes=some)).variants("footsteps") == ("wood",)
    with pytest.raises(DataError, match="has no takes for split None, share_alike False"):
        BankShelf(bank, share_alike=False)
