"""The default's eyes: motion says when, ImageNet says what."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from silentfoley.encoders.backbone import FrameBackbone
from silentfoley.encoders.imagenet_sounds import label_scores
from silentfoley.encoders.motion import MotionFeatures, MotionReader, feature, motion_onsets
from silentfoley.inference.perceivers import Perceiver
from silentfoley.labels import LABELS
from silentfoley.media.video import VideoInfo, probe, read_windows
from silentfoley.perception import Perception
from silentfoley.timegrid import TimeGrid

#: Pictures shown to the ImageNet backbone, evenly over the clip, and their shorter side.
LOOKS, LOOK_SIDE = 8, 256


class MotionPerceiver(Perceiver):
    """One pass over the video: every frame, small, for motion; a few, larger, for what is in the picture.

    Args:
        network: motion features to onset and strength logits.
        backbone: names what is seen.
        labels: class names.
        network_weight: share of the network's onset curve in the mix with the training-free one, in [0, 1].
    """

    def __init__(
        self,
        network: nn.Module,
        backbone: FrameBackbone,
        labels: tuple[str, ...] | list[str] = LABELS,
        network_weight: float = 0.5,
    ) -> None:
        self.network = network.eval()
        self.backbone = backbone
        self.labels = tuple(labels)
        self.network_weight = network_weight

    def modules(self) -> dict[str, nn.Module]:
        """The network; the backbone's weights are a package of their own."""
        return {"network": self.network}

    def __call__(self, video: Path) -> Perception:
        """Look at a file."""
        info = probe(video)
        grid = TimeGrid.of_duration(info.duration_s)
        reader = MotionReader()
        looks: list[NDArray[np.uint8]] = []
        for frames, times_s, chosen in _pass(info):
            reader.add(np.stack([_small(f) for f in frames]), times_s)
            looks += [frames[i] for i in chosen]
        features = reader.features(grid)
        onset, strength = self._curves(features, grid)
        return Perception(
            grid=grid,
            labels=self.labels,
            class_logits=self._class_logits(np.stack(looks)),
            onset=onset,
            strength=strength,
            position=feature(features, "position_x"),
        )

    @torch.inference_mode()
    def _curves(self, features: NDArray[np.float32], grid: TimeGrid) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
        onset_logits, strength_logits = self.network(torch.from_numpy(features)[None])
        learned = onset_logits[0].sigmoid().numpy()
        mixed = self.network_weight * learned + (1 - self.network_weight) * motion_onsets(features, grid)
        return mixed.astype(np.float32), strength_logits[0].sigmoid().numpy()

    @torch.inference_mode()
    def _class_logits(self, looks: NDArray[np.uint8]) -> NDArray[np.float32]:
        raise NotImplementedError


def _pass(info: VideoInfo) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float64], list[int]]]:
    """Windows of frames with times, and which of them to look at closely."""
    scale = min(1.0, LOOK_SIDE / min(info.height, info.width))
    size = max(1, round(info.height * scale)), max(1, round(info.width * scale))
    n = min(LOOKS, info.n_frames)
    wanted = {int((i + 0.5) * info.n_frames / n) for i in range(n)}
    start = 0
    for window in read_windows(info, size=size):
        chosen = [i - start for i in sorted(wanted) if start <= i < start + len(window)]
        yield window.frames, window.times_s, chosen
        start += len(window)


def _small(frame: NDArray[np.uint8]) -> NDArray[np.uint8]:
    height, width = MotionFeatures.frame_size or frame.shape[:2]
    return np.asarray(cv2.resize(frame, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
