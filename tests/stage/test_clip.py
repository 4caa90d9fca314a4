"""Whole clips: bit-identical for a seed, truthful, of any size."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest

from silentfoley.errors import DataError, LabelError
from silentfoley.stage.clip import ClipSpec, draw_scene, render_clip, render_sound
from silentfoley.stage.registry import act_labels, get_act
from silentfoley.stage.render import render_many, split_jobs
from silentfoley.stage.seeds import clip_seed

TINY = ClipSpec(duration_s=0.4, height=40, width=40)


def same(a, b) -> bool:
    return np.array_equal(a.frames, b.frames) and a.cues == b.cues and a.factors == b.factors and a.label == b.label


def test_a_seed_gives_one_clip_whatever_was_rendered_before():
    spec = ClipSpec(duration_s=0.4, height=40, width=40, fps=None)
    first = [render_clip(spec, seed) for seed in range(6)]
    again = [render_clip(spec, seed) for seed in reversed(range(6))][::-1]
    assert all(same(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first[0].frames, first[1].frames)


@pytest.mark.parametrize("context", ["spawn", "fork"])
def test_worker_count_changes_no_bit(context):
    jobs = split_jobs(TINY, 3, "val", 5)
    alone = list(render_many(jobs))
    together = list(render_many(jobs, workers=2, context=context))
    assert [c.seed for c in together] == [seed for _, seed in jobs]
    assert all(same(a, b) for a, b in zip(alone, together, strict=True))


def test_frames_and_times_have_the_exact_rate():
    clip = render_clip(ClipSpec(duration_s=1.0, height=24, width=32, fps=Fraction(30000, 1001)), 5)
    assert clip.frames.shape == (30, 24, 32, 3)
    assert clip.frames.dtype == np.uint8
    assert clip.rate_fps == Fraction(30000, 1001)
    np.testing.assert_allclose(clip.times_s, np.arange(30) * 1001 / 30000, rtol=0, atol=1e-12)
    assert clip.cues.duration_s == pytest.approx(1.001)


@pytest.mark.parametrize(("height", "width"), [(1, 1), (37, 53), (90, 41)])
def test_odd_sizes(height, width):
    clip = render_clip(ClipSpec(duration_s=0.1, height=height, width=width), 2)
    assert clip.frames.shape[1:] == (height, width, 3)


def test_one_frame():
    clip = render_clip(ClipSpec(duration_s=0.01, height=20, width=20), 2)
    assert clip.frames.shape[0] == 1
    assert clip.cues.duration_s == pytest.approx(0.04)


def test_cues_are_the_leads_events():
    for seed in range(30):
        scene = draw_scene(ClipSpec(silent=False), seed)
        clip = render_clip(ClipSpec(duration_s=4.0, height=4, width=4, silent=False), seed) if seed < 2 else None
        plan = scene.lead.plan
        assert all(0 <= e.time_s < scene.duration_s for e in plan.events)
        assert [e.time_s for e in plan.events] == sorted(e.time_s for e in plan.events)
        if clip is not None:
            assert clip.cues.starts_s() == tuple(e.time_s for e in plan.events)
            assert set(clip.cues.labels) <= {clip.label}


def test_a_decoy_has_no_events_cues_or_sound():
    for label in act_labels():
        spec = ClipSpec(duration_s=0.08, height=8, width=8, label=label, silent=True)
        clip = render_clip(spec, 1)
        assert clip.silent
        assert clip.label == label
        assert clip.plan.events == ()
        assert len(clip.cues) == 0
        sound = render_sound(draw_scene(spec, 1))
        assert not sound.samples.any()


def test_sound_is_as_long_as_the_picture():
    clip = render_clip(ClipSpec(duration_s=0.5, height=8, width=8, sound=True, sample_rate_hz=16000, fps=24), 4)
    assert clip.waveform is not None
    assert clip.waveform.n_samples == round(12 / 24 * 16000)


def test_decoy_share_and_foil_share():
    scenes = [draw_scene(ClipSpec(duration_s=1.0), clip_seed(0, "train", i)) for i in range(500)]
    assert np.mean([s.silent for s in scenes]) == pytest.approx(0.20, abs=0.055)
    foils = [s.foil is not None and s.foil.course == "backward" for s in scenes]
    assert np.mean(foils) == pytest.approx(0.88, abs=0.045)
    foil_silent = [s.foil.plan.silent for s in scenes if s.foil is not None]
    assert np.mean(foil_silent) == pytest.approx(0.20, abs=0.06)
    assert all(s.foil is None or s.foil.plan.label != s.label for s in scenes)


def test_lead_and_foil_are_exchangeable():
    """Side, drawing order and size say nothing about who is the lead."""
    scenes = [draw_scene(ClipSpec(duration_s=1.0), clip_seed(1, "train", i)) for i in range(400)]
    pairs = [
        s
        for s in scenes
        if s.foil and not get_act(s.label).fills_picture and not get_act(s.foil.plan.label).fills_picture
    ]
    left = [s.lead.view([[0.5, 0.5]])[0, 0] < s.foil.view([[0.5, 0.5]])[0, 0] for s in pairs]
    larger = [s.lead.view.scale > s.foil.view.scale for s in pairs]
    for share in (left, larger, [s.foil_in_front for s in pairs]):
        assert np.mean(share) == pytest.approx(0.5, abs=4 * 0.5 / len(pairs) ** 0.5)


def test_the_foil_runs_backwards():
    spec = ClipSpec(duration_s=1.0, labels=("impact", "cutting"))
    scene = next(s for s in (draw_scene(spec, i) for i in range(50)) if s.foil and s.foil.course == "backward")
    still = None

    def shown(course: str, time_s: float) -> np.ndarray:
        from dataclasses import replace

        image = np.zeros((112, 112, 3), dtype=np.uint8)
        replace(scene.foil, course=course).draw(image, still, time_s)
        return image

    for t in (0.1, 0.33, 0.8):
        np.testing.assert_array_equal(shown("backward", t), shown("forward", 1.0 - t))
    assert any(not np.array_equal(shown("backward", t), shown("forward", t)) for t in (0.1, 0.33, 0.8))


def test_refusals():
    with pytest.raises(DataError, match="no such split"):
        ClipSpec(split="test")
    with pytest.raises(LabelError, match="unknown sound class"):
        ClipSpec(label="footstep")
    with pytest.raises(DataError, match="no picture"):
        ClipSpec(height=0)
    with pytest.raises(DataError, match="no length"):
        ClipSpec(duration_s=float("nan"))
    with pytest.raises(DataError, match="no such split"):
        clip_seed(0, "test", 1)
