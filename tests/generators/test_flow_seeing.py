"""A flow that sees: what it leaves alone, what it follows, and how it learns to."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from silentfoley.cue_formats.disk import write_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lesson_datamodule import LessonBatch
from silentfoley.data.lessons import synthesised_lessons
from silentfoley.decode import decode
from silentfoley.decode_settings import DecodeSettings
from silentfoley.errors import CheckpointError, DataError, SilentFoleyError
from silentfoley.generators.contract import violations
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.flow_course import COURSE_OVERLAP, COURSE_WINDOW, LEAST_DB, CourseNet, DrawnCourse
from silentfoley.generators.flow_course_learner import CourseLearner, CourseStudent
from silentfoley.generators.flow_course_lessons import CourseLessons, SeenClip, seen_clips, varied_course
from silentfoley.generators.flow_eyes import COURSE_HZ, N_SEEN, PLACE, left_to_the_eyes, seen_columns
from silentfoley.generators.flow_learner import FlowLearner
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.seeing import Seeing
from silentfoley.generators.vocoder import Vocoder
from silentfoley.inference.foley import Foley
from silentfoley.labels import LABELS
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid

SECONDS = 3.0


def perception(strength, seconds: float = SECONDS, label: str = "rain", **more) -> Perception:
    """Eyes that are sure of a class; ``strength`` of the time in s."""
    grid = TimeGrid.of_duration(seconds)
    times_s = grid.column_times_s()
    logits = np.where(np.array(LABELS) == label, 5.0, 0.0)
    level = np.clip(np.broadcast_to(strength(times_s), times_s.shape), 0, 1)
    return Perception(grid, LABELS, logits, np.zeros(len(times_s)), level, **more)


def rising(times_s):
    return 0.4 + 0.5 * times_s / SECONDS


def falling(times_s):
    return 0.9 - 0.5 * times_s / SECONDS


def small_flow(course: CourseNet | None) -> FlowGenerator:
    torch.manual_seed(0)
    vocoder = Vocoder(dim=8, hidden=8, n_blocks=1)
    made = FlowGenerator(vocoder=vocoder, dims=(8, 8, 8), blocks=(1, 1, 1), n_condition=8, steps=1, course=course)
    torch.nn.init.normal_(made.network.leave[1].weight, std=0.1)
    made.learned[:, 0] = 1
    return made.eval().requires_grad_(False)


def clips() -> list[SeenClip]:
    """Rain whose level is what the eyes say, 30 dB for the whole of strength."""
    made = []
    for curve in (rising, falling, lambda t: 0.65 + 0.25 * np.sin(3 * t), lambda t: 0.65 - 0.25 * np.sin(3 * t)):
        seen = perception(curve)
        points = np.linspace(0, SECONDS, 61)
        truth = 10 ** ((curve(points) - 1) * 30 / 20)
        cue = Cue(0.0, "rain", float(truth.max()), SECONDS, envelope=tuple((truth / truth.max()).tolist()))
        made.append(SeenClip(replace(cue, envelope=None), seen, (cue,)))
    return made


def tiny_course(**more) -> CourseNet:
    return CourseNet(dims=(12, 12, 12), blocks=(1, 1, 1), n_condition=8, **more)


@pytest.fixture(scope="module")
def course() -> CourseNet:
    """Taught for some seconds that rain is as loud as it looks."""
    torch.manual_seed(0)
    made = tiny_course(stray=0.3)
    lessons = CourseLessons(clips())
    lessons.prepare(made)
    optimizer = torch.optim.Adam(made.parameters(), lr=1e-2)
    for step in range(40):
        loss = lessons.loss(made, made.network, step)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return made.eval().requires_grad_(False)


@pytest.fixture(scope="module")
def made(course) -> FlowGenerator:
    return small_flow(course)


def heard(generator, sheet, seed=3):
    return generator.render(sheet, seed=seed).samples


def levels_db(samples, parts: int = 6):
    return np.array([10 * np.log10(np.mean(np.square(part)) + 1e-12) for part in np.array_split(samples[0], parts)])


RAIN = CueSheet((Cue(0.0, "rain", 0.6),), SECONDS)


def test_what_rises_to_the_eye_rises_to_the_ear(made):
    up, down = (levels_db(heard(made.seeing(perception(curve)), RAIN)) for curve in (rising, falling))
    blind = levels_db(heard(made, RAIN))
    assert np.polyfit(range(6), up, 1)[0] > 1.0 > np.polyfit(range(6), blind, 1)[0]
    assert np.polyfit(range(6), down, 1)[0] < -1.0
    assert np.abs(blind - blind.mean()).max() < 2


def test_without_anything_seen_it_is_blind(made):
    blind = heard(made, RAIN)
    for nothing in (
        perception(lambda t: 0 * t),
        replace(perception(rising), labels=("clock",), class_logits=np.zeros(1, dtype=np.float32)),
    ):
        np.testing.assert_array_equal(heard(made.seeing(nothing), RAIN), blind)


def test_hits_and_courses_drawn_by_hand_are_performed_as_they_are(made):
    cues = (
        *(Cue(0.3, "clock"), Cue(1.0, "footsteps", 0.4)),
        Cue(0.1, "rain", duration_s=2.0, envelope=(0.2, 1.0, 0.3)),
    )
    sheet = CueSheet(cues, SECONDS)
    np.testing.assert_array_equal(heard(made.seeing(perception(rising)), sheet), heard(made, sheet))


def test_an_envelope_that_repeats_the_eyes_is_left_to_them(made):
    seen = perception(lambda t: 0.5 + 0.3 * np.sin(2 * t) * (t > 0.7))
    (cue,) = decode(seen, DecodeSettings(), label="rain").cues
    assert cue.envelope is not None
    assert left_to_the_eyes(cue, seen)
    drawn = tuple(min(1.0, 0.4 + v / 2) for v in cue.envelope)
    assert not left_to_the_eyes(replace(cue, envelope=drawn), seen)
    assert not left_to_the_eyes(replace(cue, label="clock", envelope=None), seen)
    sheet = CueSheet((cue,), SECONDS)
    assert np.abs(heard(made.seeing(seen), sheet) - heard(made, sheet)).max() > 0.01


def test_contract(made):
    assert violations(made.seeing(perception(lambda t: 0.8)), "rain") == []


def test_cue_and_perception_moved_together_move_the_sound(made):
    def at(start_s):
        seen = perception(lambda t: 0.4 + 0.3 * np.clip(t - start_s, 0, 1), SECONDS)
        sheet = CueSheet((Cue(start_s, "rain", duration_s=1.5),), SECONDS)
        return heard(made.seeing(seen), sheet)[0]

    n = round(0.1 * made.sample_rate_hz)
    before, after = at(0.5), at(0.6)
    np.testing.assert_allclose(after[n:], before[:-n], atol=2e-3)
    assert np.abs(before).max() > 0.05


@pytest.mark.parametrize("block", [700, 22_050])
def test_streamed_is_the_whole(made, block):
    cues = (Cue(0.1, "rain", 0.7), Cue(0.5, "rain", duration_s=1.0, pan=0.5), Cue(0.7, "clock"))
    sheet, seeing = CueSheet(cues, 2.00003), made.seeing(perception(rising))
    whole = heard(seeing, sheet)
    got = np.concatenate(list(seeing.render_blocks(sheet, seed=3, block_samples=block)), axis=1)
    assert np.abs(got - whole).max() < 1e-4
    np.testing.assert_array_equal(heard(seeing, sheet), whole)
    assert np.abs(heard(seeing, sheet, seed=4) - whole).max() > 0.01


def test_a_perception_of_another_length_stands_still_or_is_not_looked_at_to_its_end(made):
    long, short = perception(rising), perception(rising, 1.0)
    cue = Cue(0.2, "rain", duration_s=2.0)
    rows, cut = seen_columns(cue, long), seen_columns(cue, short)
    assert rows.shape == cut.shape == (51, N_SEEN)
    np.testing.assert_allclose(cut[:18, 0], rows[:18, 0], atol=1e-5)
    assert len(set(cut[21:, 0].tolist())) == 1
    assert seen_columns(Cue(0.2, "rain"), short).shape == (21, N_SEEN), "without an end it rings to the perception's"
    assert seen_columns(Cue(2.0, "rain"), short).shape == (1, N_SEEN)
    assert heard(made.seeing(short), RAIN).shape == heard(made, RAIN).shape
    sheet = CueSheet(RAIN.cues, 1.0)
    assert np.isfinite(heard(made.seeing(long), sheet)).all()


def test_a_long_course_has_no_seam_and_is_drawn_when_asked_for(course):
    seen = perception(lambda t: 0.65 + 0.25 * np.sin(0.5 * t), 16.0)
    columns = torch.from_numpy(seen_columns(Cue(0.0, "rain"), seen))
    windows = list(course.draw("rain", columns, torch_rng(0, "a")))
    assert [len(w) for w in windows] == [96, 96, 96, 113]
    whole = np.concatenate(windows)
    hop, steps = COURSE_WINDOW - COURSE_OVERLAP, np.abs(np.diff(whole))
    for seam in (hop, hop + COURSE_OVERLAP, 2 * hop, 3 * hop, 3 * hop + COURSE_OVERLAP):
        assert steps[seam - 2 : seam + 1].max() <= 1.5 * np.quantile(steps, 0.98)
    assert LEAST_DB <= whole.min() < whole.max() <= 0
    asked = []
    level = DrawnCourse(asked.append(1) or w for w in course.draw("rain", columns, torch_rng(0, "a")))
    first = level(np.array([0.0, 1.0]))
    assert len(asked) == 1
    np.testing.assert_allclose(first, 10 ** (whole[[0, 25]] / 20))
    np.testing.assert_allclose(level(np.array([99.0])), 10 ** (whole[-1] / 20))
    between = level(np.array([0.5 / COURSE_HZ]))
    np.testing.assert_allclose(between, 10 ** (whole[:2].mean() / 20))


def test_guidance_asks_what_it_would_draw_blind(course):
    columns = torch.from_numpy(seen_columns(Cue(0.0, "rain"), perception(rising)))
    drawn = {}
    for guidance in (0.0, 1.0, 2.0):
        other = tiny_course(guidance=guidance, stray=0.0)
        other.load_state_dict(course.state_dict())
        drawn[guidance] = np.concatenate(list(other.draw("rain", columns, torch_rng(0, "a"))))
    slope = {g: np.polyfit(np.arange(len(d)), d, 1)[0] for g, d in drawn.items()}
    assert abs(slope[0.0]) < 0.5 * slope[1.0] < slope[2.0]


def test_a_flow_that_never_learned_to_see_says_so():
    for blind in (small_flow(None), small_flow(tiny_course())):
        assert not blind.sees
        with pytest.raises(CheckpointError, match=r"flow: never learned to see; train it with module.learner.seen="):
            blind.seeing(perception(rising))


def test_a_class_that_was_not_shown_is_performed_blind(made):
    sheet = CueSheet((Cue(0.0, "fire"),), 1.0)
    np.testing.assert_array_equal(heard(made.seeing(perception(rising, label="fire")), sheet), heard(made, sheet))


def test_foley_hands_over_what_it_sees(made, monkeypatch):
    seen = perception(falling)
    looks = lambda video: seen  # noqa: E731
    assert isinstance(made, Seeing)
    foley = Foley(looks, DecodeSettings(), made, "seeing")  # type: ignore[arg-type]
    track = foley.generate("clip.mp4", seed=2)
    np.testing.assert_array_equal(track.waveform.samples, heard(made.seeing(seen), track.cues, seed=2))
    assert np.abs(track.waveform.samples - heard(made, track.cues, seed=2)).max() > 0.01
    monkeypatch.setattr(made, "course", None)
    np.testing.assert_array_equal(foley.generate("clip.mp4", seed=2).waveform.samples, heard(made, track.cues, seed=2))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Two clips that were looked at, and a decoy in which something was seen but nothing sounds."""
    for i, clip in enumerate(clips()[:2]):
        clip.seen.save(tmp_path / f"{i}.npz")
        write_cues(CueSheet(clip.true, SECONDS), tmp_path / f"{i}.json")
        write_cues(CueSheet((clip.cue, Cue(0.5, "clock")), SECONDS), tmp_path / f"{i}.seen.json")
    write_cues(CueSheet((), SECONDS), tmp_path / "2.json")
    write_cues(RAIN, tmp_path / "2.seen.json")
    return tmp_path


def test_clips_are_read_from_a_folder(folder, tmp_path):
    found = seen_clips(folder)
    assert [clip.cue.label for clip in found] == ["rain", "rain"]
    course_db = found[0].course_db(found[0].cue, 75)
    np.testing.assert_allclose(course_db, 15 * np.arange(75) / 75 - 15 * 74 / 75, atol=0.2)
    (tmp_path / "none").mkdir()
    with pytest.raises(DataError, match=r"holds no texture with a \*\.seen\.json .*flow_seen\.py"):
        seen_clips(tmp_path / "none")


def test_examples_know_what_they_are_and_what_counts(course):
    data, given, weight = CourseLessons(clips()).examples(course, np.random.default_rng(0))
    assert data.shape == (32, COURSE_WINDOW, 1)
    assert given.states.shape == (32, COURSE_WINDOW, N_SEEN)
    assert 60 < weight.sum(dim=1).max() <= 100
    assert 15 < weight.sum(dim=1).min() < 60
    assert data[weight == 0].abs().max() == 0
    assert 0.5 < data[weight > 0].std() < 1.5
    assert given.known.sum() == 0


def test_a_varied_course_is_still_what_was_seen():
    """Where only the rate is drawn, what is seen and the level stay on one line."""
    clip = clips()[0]
    seen, level = clip.whole
    turns = set()
    for seed in range(8):
        told, course_db = varied_course(seen, level, np.random.default_rng(seed))
        assert len(told) == len(course_db)
        assert 50 < len(told) < 110
        slope = np.polyfit(told[:, 0].numpy(), course_db[:, 0].numpy(), 1)[0]
        assert slope == pytest.approx(30, rel=0.02)
        place = varied_course(np.ones_like(seen), level, np.random.default_rng(seed))[0][0, PLACE]
        turns.add(bool(place > 0))
    assert turns == {True, False}


def tiny_learner(seen, **more) -> FlowLearner:
    torch.manual_seed(0)
    generator = FlowGenerator(
        vocoder=Vocoder(dim=8, hidden=8, n_blocks=1), dims=(8, 8, 8), blocks=(1, 1, 1), n_condition=8,
        course=tiny_course(),
    )  # fmt: skip
    return FlowLearner(generator, seen=seen, **more)


def batch(seed: int) -> LessonBatch:
    return LessonBatch((synthesised_lessons("clock", 1, 0)[0],), (0,), seed)


def checkpoint(learner, path: Path) -> Path:
    torch.save({"state_dict": {f"learner.{k}": v for k, v in learner.state_dict().items()}}, path)
    return path


def test_columns_and_course_are_learned_together_and_a_run_may_gain_or_lose_its_eyes(folder, tmp_path):
    learner = tiny_learner(folder)
    learner.prepare(batch(0).lessons)
    assert learner.generator.sees
    before = learner.generator.course.network.states.weight.clone()
    optimizer = torch.optim.Adam([p for p in learner.parameters() if p.requires_grad], lr=1e-2)
    for seed in range(3):
        optimizer.zero_grad()
        learner.loss(batch(seed)).backward()
        optimizer.step()
    assert (learner.generator.course.network.states.weight - before).abs().max() > 1e-4
    assert not any(p.requires_grad for p in learner.generator.parameters())
    seen, blind = checkpoint(learner, tmp_path / "seen.ckpt"), checkpoint(tiny_learner(None), tmp_path / "blind.ckpt")
    again = tiny_learner(folder, start=seen)
    torch.testing.assert_close(again.generator.course.state_dict(), learner.generator.course.state_dict())
    assert int(again.course.steps) == 3
    assert tiny_learner(folder, start=blind).generator.sees is False
    assert tiny_learner(None, start=seen).generator.sees


def test_a_flow_learns_to_see_later_and_its_columns_stay(folder, tmp_path):
    old = tiny_learner(None)
    state = {k: v for k, v in old.state_dict().items() if "course" not in k}
    path = tmp_path / "old.ckpt"
    torch.save({"state_dict": {f"learner.{k}": v for k, v in state.items()}}, path)
    generator = tiny_learner(None).generator
    torch.nn.init.normal_(generator.network.enter.conv.weight)
    learner = CourseLearner(generator, path, folder)
    learner.prepare(())
    learner.loss(batch(0)).backward()
    learner.loss(batch(1))
    for name, weight in old.generator.network.state_dict().items():
        torch.testing.assert_close(generator.network.state_dict()[name], weight)
    assert learner.performer.sees
    learner.eval()
    assert learner.loss(batch(5)).item() == learner.loss(batch(5)).item()
    with pytest.raises(SilentFoleyError, match="flow: has no course that could learn to see; give"):
        CourseLearner(small_flow(None), path, folder)
    with pytest.raises(DataError, match="holds no texture"):
        CourseStudent(tiny_course(), tmp_path / "nowhere").prepare()
