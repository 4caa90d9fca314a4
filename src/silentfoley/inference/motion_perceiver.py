"""The default's eyes: motion says when, ImageNet says what, and of drawings a network of their own says both."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.encoders.drawn_acts import ActReader, DrawnActs
from silentfoley.encoders.imagenet_sounds import label_scores, variants_seen
from silentfoley.encoders.motion import MotionFeatures, MotionReader, feature, motion_onsets
from silentfoley.inference.joined import joined
from silentfoley.inference.perceivers import Perceiver
from silentfoley.labels import LABELS
from silentfoley.media.grey import GreyWindow, read_grey
from silentfoley.media.video import VideoInfo, probe
from silentfoley.perception import Perception
from silentfoley.prefetch import prefetched
from silentfoley.signal.envelope import STRENGTH_RANGE_DB
from silentfoley.signal.smoothing import highest_around
from silentfoley.threads import single_threaded
from silentfoley.timegrid import TimeGrid

Floats = NDArray[np.float32]

#: See :class:`FreeCurves`.
ONSET_UNIT = 4.0
#: Highest logit of a network that still counts.
MAX_LOGIT = 3.5
#: A network that is surer nowhere than this by far sees nothing; its curve is not blown up beyond.
LEAST_ODDS = 0.1
#: Half-width of the time in which the fastest movement tells a blow's strength.
AROUND_S = 0.1
#: Pictures shown to the ImageNet backbone, evenly over the clip, and their shorter side.
LOOKS, LOOK_SIDE = 8, 256


class FreeCurves:
    """Onset and strength from motion features by rule: nothing is trained.

    The rule's curve is open above; here it is told in units of :data:`ONSET_UNIT` and cut at 1, so that a peak that
    stands out by half the curve's own unit has prominence 0.125 in every clip.
    """

    def __call__(self, features: Floats, grid: TimeGrid) -> tuple[Floats, Floats]:
        """(T, M) features to onset (T,) and strength (T,), both in [0, 1]."""
        return told(rule_curve(features, grid)), movement_strength(features, grid)

    def modules(self) -> dict[str, nn.Module]:
        """None."""
        return {}


class LearnedCurves:
    """Onset from a network averaged with the rule's; strength by the rule. Not in the embedded default.

    On real clips the networks tried so far do worse than the rule (``experiments/real_clips``).

    The network's odds are taken in the rule's kind of unit, twice their root mean square over the clip: how sure a
    network trained on drawings is of real pictures says little, where it is surest says more. Its strengths are not
    used: how strong a hit of the stage is, is drawn, and textures need a curve between hits.

    Args:
        network: (B, T, M) motion features to onset and strength logits (B, T).
        weight: share of the network in the onset curve, in [0, 1].
    """

    def __init__(self, network: nn.Module, weight: float = 0.5) -> None:
        self.network = network.eval()
        self.weight = weight

    def __call__(self, features: Floats, grid: TimeGrid) -> tuple[Floats, Floats]:
        """(T, M) features to onset (T,) and strength (T,), both in [0, 1]."""
        learned = self.learned_curve(features).astype(np.float64)
        mixed = self.weight * learned + (1 - self.weight) * rule_curve(features, grid)
        return told(mixed), movement_strength(features, grid)

    @torch.inference_mode()
    def learned_curve(self, features: Floats) -> Floats:
        """(T, M) features to the network's odds of an onset (T,) in their unit, >= 0."""
        logits = self.network(torch.from_numpy(features)[None])[0][0]
        # Beyond odds of about thirty the network is sure enough: one column must not set the unit of a clip.
        odds: Floats = logits.clamp(max=MAX_LOGIT).exp().numpy()
        return np.asarray(odds / max(2 * float(np.sqrt(np.mean(odds**2))), LEAST_ODDS), dtype=np.float32)

    def modules(self) -> dict[str, nn.Module]:
        """The network."""
        return {"network": self.network}


def rule_curve(features: Floats, grid: TimeGrid) -> NDArray[np.float64]:
    """(T,) :func:`silentfoley.encoders.motion.motion_onsets`, unsquashed: in its units, >= 0."""
    squashed = motion_onsets(features, grid).astype(np.float64)
    return np.asarray(squashed / (1 - squashed))


def told(curve: NDArray[np.float64]) -> Floats:
    """(T,) a curve in its units as an onset curve in [0, 1]."""
    return np.minimum(curve / ONSET_UNIT, 1.0).astype(np.float32)


def movement_strength(features: Floats, grid: TimeGrid) -> Floats:
    """(T,) in [0, 1]: a blow is as strong as the movement around it, in units of the clip's own fast motion.

    As a level: half as fast is 6 dB weaker.
    """
    speed = highest_around(feature(features, "speed_top"), round(AROUND_S * float(grid.column_rate_hz)))
    level_db = 20 * np.log10(np.clip(speed, 1e-4, 1.0))
    return np.asarray(np.clip(1 + level_db / STRENGTH_RANGE_DB, 0, 1), dtype=np.float32)


class MotionPerceiver(Perceiver):
    """One pass over the video: every frame, small, for motion; a few, larger, for what is in the picture.

    Args:
        curves: motion features to onset and strength.
        backbone: names what is seen; its weights are a package of their own.
        labels: class names.
        acts: a network that knows drawn acts, or None; see :mod:`silentfoley.inference.joined`.
    """

    def __init__(
        self,
        curves: FreeCurves | LearnedCurves,
        backbone: FrameBackbone,
        labels: tuple[str, ...] | list[str] = LABELS,
        acts: DrawnActs | None = None,
    ) -> None:
        self.curves = curves
        self.backbone = backbone
        self.labels = tuple(labels)
        self.acts = None if acts is None else acts.eval()

    def modules(self) -> dict[str, nn.Module]:
        """What was trained."""
        own = {} if self.acts is None else {"acts": self.acts}
        return {**self.curves.modules(), **own}

    def __call__(self, video: Path) -> Perception:
        """Look at a file."""
        info = probe(video)
        grid = TimeGrid.of_duration(info.duration_s)
        reader = MotionReader()
        acts = None if self.acts is None else self.acts.reader(grid)
        with single_threaded():
            known = self._watch(info, reader, acts)
            features = reader.features(grid)
            onset, strength = self.curves(features, grid)
            seen = Perception(
                grid=grid,
                labels=self.labels,
                class_logits=self._class_logits(known),
                onset=onset,
                strength=strength,
                position=reader.position(grid),
                variants=variants_seen(known, self.labels),
            )
            return seen if acts is None else joined(seen, acts.seen())

    def _watch(self, info: VideoInfo, reader: MotionReader, acts: ActReader | None) -> Floats:
        """(N, 1000) what ImageNet knows of the pictures looked at closely; every frame is shown to the readers."""
        looks: list[Future[Floats | None]] = []
        # The networks look at a window while its flow is measured: both leave the interpreter to the other.
        with ThreadPoolExecutor(max_workers=1) as beside:
            for window in prefetched(_pass(info)):
                looks.append(beside.submit(self._look, window, acts))
                reader.add(window.grey, window.times_s)
                # They may be a window late, not more: what waits is held in memory.
                for look in looks[-2:-1]:
                    look.result()
        return np.concatenate([known for look in looks if (known := look.result()) is not None])

    def _look(self, window: GreyWindow, acts: ActReader | None) -> Floats | None:
        """(N, 1000) what ImageNet knows of a window's N pictures, None of none; its frames are shown to ``acts``."""
        if acts is not None:
            acts.add(window.grey, window.times_s)
        return self.backbone.probabilities(np.stack(window.pictures)) if window.pictures else None

    def _class_logits(self, known: Floats) -> Floats:
        """(N, 1000) ImageNet probabilities to (K,) log of what these names suggest.

        The mass they say nothing of is spread over all labels. So a picture nobody knows gives an even answer, which
        decoding takes for what it is: no class fits.
        """
        seen = label_scores(known, self.labels).mean()
        shares = seen.scores[0] + (1 - seen.known[0]) / len(self.labels)
        return np.asarray(np.log(np.maximum(shares, 1e-6)), dtype=np.float32)


def _pass(info: VideoInfo) -> Iterator[GreyWindow]:
    """Every frame for motion, and those to look at closely."""
    n = min(LOOKS, info.n_frames)
    wanted = {int((i + 0.5) * info.n_frames / n) for i in range(n)}
    return read_grey(info, MotionFeatures.frame_size, wanted, look_size(info.height, info.width))


def look_size(height: int, width: int) -> tuple[int, int]:
    """(height, width) at which pictures are looked at: true aspect, shorter side :data:`LOOK_SIDE` at most."""
    scale = min(1.0, LOOK_SIDE / min(height, width))
    return max(1, round(height * scale)), max(1, round(width * scale))
