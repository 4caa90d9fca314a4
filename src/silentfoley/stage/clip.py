"""One clip of the stage: pictures, true cues and, where asked for, sound, all from a seed."""

from __future__ import annotations

from dataclasses import dataclass, field
from fractions import Fraction
from importlib import import_module
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import DataError
from silentfoley.labels import check_label
from silentfoley.stage.act import ActPlan, Event
from silentfoley.stage.backdrop import backdrop
from silentfoley.stage.camera import Camera
from silentfoley.stage.canvas import Canvas, View
from silentfoley.stage.degrade import Degrade
from silentfoley.stage.difficulty import Level, load_difficulty
from silentfoley.stage.extras import Mover, Occluder
from silentfoley.stage.registry import act_labels, get_act
from silentfoley.stage.scene import Actor, draw_actors, draw_factors
from silentfoley.stage.seeds import check_split, stable_hash, stream
from silentfoley.timegrid import SAMPLE_RATE_HZ, Number, TimeGrid, exact, frame_times_s
from silentfoley.waveform import Waveform


@dataclass(frozen=True)
class ClipSpec:
    """What is asked of a clip; the seed decides the rest.

    Attributes:
        duration_s: length; the clip has the nearest whole number of frames, at least one.
        height, width: pixels, any positive size.
        fps: frames per second, or None to draw it from the difficulty's levels.
        split: ``unseen_levels`` draws held-out factor levels, every other split the seen ones.
        label: the lead act, or None to draw it.
        silent: whether the lead is a decoy, or None to draw it.
        labels: acts to draw from; empty for all there are.
        sound: whether to make the waveform.
        sample_rate_hz: of the waveform.
        difficulty: version of the frozen difficulty.
    """

    duration_s: float = 4.0
    height: int = 112
    width: int = 112
    fps: Number | None = 25
    split: str = "train"
    label: str | None = None
    silent: bool | None = None
    labels: tuple[str, ...] = ()
    sound: bool = False
    sample_rate_hz: int = SAMPLE_RATE_HZ
    difficulty: int = 1

    def __post_init__(self) -> None:
        check_split(self.split)
        for label in (*self.labels, *([self.label] if self.label is not None else [])):
            check_label(label)
        if self.height < 1 or self.width < 1:
            raise DataError("ClipSpec", f"{self.height} x {self.width} is no picture", "use at least 1 x 1 pixels")
        if not self.duration_s > 0 or not np.isfinite(self.duration_s):
            raise DataError("ClipSpec", f"duration_s {self.duration_s} is no length", "use a positive number")


@dataclass(frozen=True)
class Scene:
    """Every choice of a clip, without a pixel drawn.

    Attributes:
        spec, seed: what it was drawn from.
        rate_fps: exact frame rate.
        n_frames: number of frames.
        lead: the act that sounds.
        foil: a second act that runs backwards or stands still, or None.
        foil_in_front: drawing order.
        factors: factor levels by name.
    """

    spec: ClipSpec
    seed: int
    rate_fps: Fraction
    n_frames: int
    lead: Actor
    foil: Actor | None
    foil_in_front: bool
    factors: dict[str, Level]

    @property
    def label(self) -> str:
        """The lead's label: the class of the clip."""
        return self.lead.plan.label

    @property
    def silent(self) -> bool:
        """Whether the lead is a decoy."""
        return self.lead.plan.silent

    @property
    def duration_s(self) -> float:
        """``n_frames / rate_fps`` in seconds."""
        return float(self.n_frames / self.rate_fps)


@dataclass(frozen=True)
class StageClip:
    """A rendered clip with its truth.

    Attributes:
        frames: (F, H, W, 3) uint8 RGB.
        times_s: (F,) seconds.
        rate_fps: exact frame rate.
        cues: true cues; empty for a decoy.
        label: class of the clip.
        silent: whether it is a decoy.
        factors: drawn factor levels; ``foil`` and ``foil_course`` name the second act, ``variant`` the lead's manner.
        plan: the lead's performance.
        waveform: mono, as long as the pictures to the sample, or None if not asked for.
        seed: it was drawn from.
    """

    frames: NDArray[np.uint8] = field(repr=False)
    times_s: NDArray[np.float64] = field(repr=False)
    rate_fps: Fraction
    cues: CueSheet
    label: str
    silent: bool
    factors: dict[str, Level]
    plan: ActPlan = field(repr=False)
    waveform: Waveform | None
    seed: int


def draw_scene(spec: ClipSpec, seed: int) -> Scene:
    """Draw every choice of a clip. Costs little; rendering the same spec and seed shows exactly this."""
    difficulty = load_difficulty(spec.difficulty)
    rng = stream(seed, "factors")
    factors = draw_factors(difficulty, rng, unseen=spec.split == "unseen_levels")
    if spec.fps is not None:
        factors["fps"] = float(exact(spec.fps, "fps"))
    rate = exact(spec.fps if spec.fps is not None else factors["fps"], "fps")
    n_frames = max(1, round(exact(spec.duration_s, "duration_s") * rate))
    lead, foil = draw_actors(
        difficulty,
        factors,
        seed,
        duration_s=float(n_frames / rate),
        height=spec.height,
        width=spec.width,
        labels=spec.labels or act_labels(),
        lead=spec.label,
        silent=spec.silent,
    )
    return Scene(spec, seed, rate, n_frames, lead, foil, bool(rng.random() < 0.5), factors)


def render_clip(spec: ClipSpec, seed: int, takes: Any = None) -> StageClip:
    """Render a clip, bit-identical for a spec and seed.

    Args:
        spec: what is asked for.
        seed: see :func:`silentfoley.stage.seeds.clip_seed`.
        takes: recordings for the sound, passed to :func:`silentfoley.stage.sound.perform`; None synthesises.
    """
    scene = draw_scene(spec, seed)
    frames = render_frames(scene)
    factors = dict(scene.factors)
    factors["foil"] = scene.foil.plan.label if scene.foil else ""
    factors["foil_course"] = scene.foil.course if scene.foil else ""
    factors["variant"] = scene.lead.plan.variant or ""
    return StageClip(
        frames,
        frame_times_s(scene.n_frames, scene.rate_fps),
        scene.rate_fps,
        true_cues(scene),
        scene.label,
        scene.silent,
        factors,
        scene.lead.plan,
        render_sound(scene, takes) if spec.sound else None,
        seed,
    )


def render_frames(scene: Scene) -> NDArray[np.uint8]:
    """(F, H, W, 3) uint8 pictures of a scene."""
    cv2.setNumThreads(1)  # Workers share the cores; OpenCV's own threads would fight over them.
    painter = _Painter(scene)
    times = frame_times_s(scene.n_frames, scene.rate_fps)
    frames = np.empty((scene.n_frames, scene.spec.height, scene.spec.width, 3), dtype=np.uint8)
    for i, time_s in enumerate(times.tolist()):
        frames[i] = painter.frame(i, time_s)
    return frames


class _Painter:
    """What stays the same over a clip, prepared once."""

    def __init__(self, scene: Scene) -> None:
        height, width, levels = scene.spec.height, scene.spec.width, scene.factors
        rng = stream(scene.seed, "looks")
        self._size = (height, width)
        self._camera = Camera.drawn(rng, height, width, float(levels["shake"]))
        self._margin = self._camera.margin_px
        self._backdrop = backdrop(
            str(levels["backdrop"]),
            rng,
            height + 2 * self._margin,
            width + 2 * self._margin,
            hue_deg=float(levels["backdrop_hue_deg"]),
            contrast=float(levels["backdrop_contrast"]),
        )
        movers = [Mover.drawn(rng) for _ in range(int(levels["movers"]))]
        self._back, self._front = movers[::2], movers[1::2]
        self._occluders = [Occluder.drawn(rng) for _ in range(int(levels["occluders"]))]
        self._degrade = Degrade.drawn(
            rng,
            height,
            width,
            gain=float(levels["light_gain"]),
            gradient=float(levels["light_gradient"]),
            drift=float(levels["light_drift"]),
            noise_sigma=float(levels["noise_sigma"]),
            jpeg_quality=float(levels["jpeg_quality"]),
        )
        pair = [scene.lead, scene.foil] if scene.foil_in_front else [scene.foil, scene.lead]
        present = [actor for actor in pair if actor is not None]
        self._actors = sorted(present, key=lambda actor: get_act(actor.plan.label).layer)
        self._blur_s = float(levels["shutter"]) / float(scene.rate_fps)

    def frame(self, index: int, time_s: float) -> NDArray[np.uint8]:
        """(H, W, 3) frame; the shutter closes at ``time_s``, so that a contact shows at the first frame after it."""
        image = self._drawn(time_s)
        if self._blur_s:
            before = self._drawn(time_s - self._blur_s)
            cv2.addWeighted(image, 0.5, before, 0.5, 0, dst=image)
        return self._degrade(image, index, time_s)

    def _drawn(self, time_s: float) -> NDArray[np.uint8]:
        camera = self._camera.at(time_s)
        image = self._seen_backdrop(camera)
        height, width = self._size
        whole = View.box(0, 0, width, height)
        room = Canvas(image, whole if camera is None else whole.then(camera))
        for mover in self._back:
            mover.draw(room, time_s)
        for actor in self._actors:
            actor.draw(image, camera, time_s)
        for mover in self._front:
            mover.draw(room, time_s)
        for occluder in self._occluders:
            occluder.draw(room, time_s)
        return image

    def _seen_backdrop(self, camera: NDArray[np.float64] | None) -> NDArray[np.uint8]:
        if camera is None:
            return self._backdrop.copy()
        height, width = self._size
        shifted = camera.copy()
        shifted[:, 2] -= camera[:, :2] @ np.array([self._margin, self._margin], dtype=np.float64)
        warped = cv2.warpAffine(
            self._backdrop, shifted, (width, height), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
        )
        return np.asarray(warped, dtype=np.uint8)


def true_cues(scene: Scene) -> CueSheet:
    """The lead's events as cues, panned by where they happen in the picture."""
    plan = scene.lead.plan
    return CueSheet(tuple(_cue(plan, event, scene) for event in plan.events), scene.duration_s)


def _cue(plan: ActPlan, event: Event, scene: Scene) -> Cue:
    x = scene.lead.view([[event.x, 0.5]])[0, 0] / scene.spec.width
    envelope = None
    if plan.envelope is not None and event.duration_s is not None:
        steps = np.linspace(0.0, plan.duration_s, plan.envelope.size)
        inside = (steps >= event.time_s) & (steps < event.time_s + event.duration_s)
        envelope = tuple(plan.envelope[inside].tolist()) or None
    return Cue(
        event.time_s,
        plan.label,
        float(np.clip(event.strength, 0, 1)),
        event.duration_s,
        plan.variant,
        pan=float(np.clip(2 * x - 1, -1, 1)),
        envelope=envelope,
    )


def render_sound(scene: Scene, takes: Any = None) -> Waveform:
    """Mono sound of a scene, as long as its pictures; silence for a decoy."""
    rate = scene.spec.sample_rate_hz
    n_samples = TimeGrid.of_frames(scene.n_frames, scene.rate_fps, rate).n_samples
    samples = np.zeros(n_samples, dtype=np.float32)
    if not scene.silent:
        # Loaded late: pictures alone need no synthesiser.
        perform = import_module("silentfoley.stage.sound").perform
        made = perform(scene.lead.plan, sample_rate_hz=rate, seed=stable_hash("sound", scene.seed), takes=takes)
        samples[: min(made.size, n_samples)] = made[:n_samples]
    return Waveform(samples[None], rate)
