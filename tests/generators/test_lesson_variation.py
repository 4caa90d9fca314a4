"""Lessons made more by changing recordings as a whole."""

from dataclasses import replace

import numpy as np
import pytest

from silentfoley.bank.take import Take
from silentfoley.data.lessons import Lesson, synthesised_lessons
from silentfoley.generators.landscape import Landscape
from silentfoley.generators.lesson_crops import levelled
from silentfoley.generators.lesson_variation import COLOUR_HZ, Change, Inside, Variation, coloured, in_room
from silentfoley.generators.rooms import Room

RATE = 44_100
NO_COLOUR = (0.0,) * len(COLOUR_HZ)


def taken(label: str, n: int, recordings: int, make_take) -> list[Lesson]:
    """Lessons of so many recordings."""
    return [
        replace(x, take=make_take(label=label, recording=f"r{i % recordings}", id=f"{label}-{i}"))
        for i, x in enumerate(synthesised_lessons(label, n, 0))
    ]


@pytest.fixture
def make_take():
    def make(**changes: object) -> Take:
        plain = Take(
            id="a", label="footsteps", kind="hit", file="a.wav", n_samples=100, onset_samples=0, attack_s=0.0, gain=1.0,
            peak=1.0, level_db=-20.0, strength=1.0, variant=None, recording="r", split="train", source="s", origin="o",
            start_samples=0, licence="CC0", licence_family="CC0", share_alike=False, attribution="", flags=(),
        )  # fmt: skip
        return replace(plain, **changes)

    return make


def test_a_class_of_few_takes_gets_copies_and_one_of_many_none(make_take):
    few, many = taken("footsteps", 4, 2, make_take), taken("clock", 9, 3, make_take)
    out = Variation(least=9)(few + many, 0)
    assert out[: len(few + many)] == few + many
    copies = out[len(few + many) :]
    assert [x.label for x in copies] == ["footsteps"] * 8
    assert [x.varied for x in copies] == [1] * 4 + [2] * 4


def test_copies_of_a_recording_are_bounded(make_take):
    assert len(Variation(least=100, most=3)(taken("thunder", 1, 1, make_take), 0)) == 4


def test_synthesised_lessons_are_left_alone():
    plain = synthesised_lessons("horse", 3, 0)
    assert Variation(least=100)(plain, 0) == plain


def test_takes_of_one_recording_are_changed_alike_and_others_otherwise(make_take):
    lessons = taken("footsteps", 2, 1, make_take)
    same = [replace(lessons[0], take=lessons[i].take) for i in range(2)]
    other = replace(lessons[0], take=make_take(recording="elsewhere"))
    _, _, _, one, two, apart = Variation(least=6)([*same, other], 0)
    np.testing.assert_array_equal(one.samples, two.samples)
    assert not np.array_equal(one.samples[:1000], apart.samples[:1000])


def test_one_seed_one_result(make_take):
    lessons = taken("gunshot", 2, 2, make_take)
    one, two, three = (Variation(least=4)(lessons, seed)[-1].samples for seed in (0, 0, 1))
    np.testing.assert_array_equal(one, two)
    assert not np.array_equal(one[:500], three[:500])


def test_textures_of_many_recordings_are_left_alone_and_those_of_few_are_not(make_take):
    many, few = taken("rain", 6, 6, make_take), taken("waterfall", 2, 2, make_take)
    out = Variation(least=20)(many + few, 0)
    assert out[:8] == many + few
    assert {x.label for x in out[8:]} == {"waterfall"}
    assert len(out) == 8 + 2 * 8


def test_a_texture_changes_its_colour_and_not_its_level(make_take):
    plain = taken("waterfall", 1, 1, make_take)[0]
    copy = Change(1.0, 0.0, (0, 0, 0, 0, 0, 12, 12, 12, 12), None)(plain)
    assert np.sqrt(np.mean(np.square(copy.samples))) == pytest.approx(1, rel=1e-5)
    hz = np.fft.rfftfreq(len(plain.samples), 1 / RATE)
    before, after = (np.square(np.abs(np.fft.rfft(x.samples))) for x in (plain, copy))
    low_db, high_db = (
        10 * np.log10(after[band].sum() / before[band].sum())
        for band in ((hz > 100) & (hz < 900), (hz > 2200) & (hz < 9000))
    )
    assert high_db - low_db == pytest.approx(12, abs=1.0)


def test_thunder_is_heard_from_afar_and_other_hits_are_not(make_take):
    for label, far in (("thunder", True), ("gunshot", False)):
        places = [Change.draw(np.random.default_rng(k), label).place for k in range(20)]
        assert all(isinstance(p, Landscape) for p in places) == far
    assert {type(p) for p in places} == {Inside, type(None)}


def test_a_copy_is_a_lesson_at_its_level(make_take):
    for copy in Variation(least=20)(taken("footsteps", 2, 2, make_take), 0):
        np.testing.assert_allclose(copy.samples, levelled(copy.samples, copy.label), rtol=1e-5)
        assert np.isfinite(copy.samples).all()
        assert 0 <= copy.onset_samples < len(copy.samples)


def test_nothing_asked_nothing_changed(make_take):
    lesson = taken("footsteps", 1, 1, make_take)[0]
    same = Change(1.0, 0.0, NO_COLOUR, None)(lesson)
    np.testing.assert_allclose(same.samples, lesson.samples, atol=1e-4)
    assert same.onset_samples == lesson.onset_samples


def test_faster_brings_the_onset_forward(make_take):
    lesson = replace(taken("footsteps", 1, 1, make_take)[0], onset_samples=40)
    assert Change(2.0, 0.0, NO_COLOUR, None)(lesson).onset_samples == 20


def test_a_colour_is_heard_where_it_is_asked_for_and_not_before_the_sound():
    click = np.zeros(8192, np.float32)
    click[1000] = 1
    lifted = coloured(click, (0, 0, 0, 0, 6, 0, 0, 0, 0))
    gains_db = 20 * np.log10(np.abs(np.fft.rfft(lifted)) + 1e-9)
    assert gains_db[round(1000 * 8192 / RATE)] == pytest.approx(6, abs=0.3)
    assert gains_db[round(8000 * 8192 / RATE)] == pytest.approx(0, abs=0.3)
    assert np.abs(lifted[:1000]).max() < 1e-3


def test_a_room_answers_after_the_sound_at_its_share_of_energy():
    click = np.zeros(4000, np.float32)
    click[500] = 1
    out = in_room(click, Room((4, 5, 2.5), 0.3), 0.25)
    assert np.abs(out[:500]).max() < 1e-6
    assert np.linalg.norm(out - np.pad(click, (0, len(out) - len(click)))) == pytest.approx(0.25, rel=1e-3)
