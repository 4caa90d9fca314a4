"""Peaks of motion in a picture: one half of AV-Align."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.ndimage import gaussian_filter1d

from silentfoley.encoders.motion import MotionFeatures, MotionReader, feature
from silentfoley.errors import MediaError
from silentfoley.evaluation.extractor import Extractor, Group, OpenClip
from silentfoley.media.video import probe, read_windows
from silentfoley.metrics.av_align import MIN_GAP_S, PROMINENCE, prominent_peaks_s
from silentfoley.timegrid import TimeGrid

#: Mean speed over the picture, as in the published measure. Not the curve the default perceiver hears with, though
#: that one meets the true sound more often: a judge must not look through a player's eyes.
CURVE = "speed_mean"
#: Width of the smoothing in seconds: a frame at 25 fps.
SMOOTH_S = 0.04


class MotionExtractor(Extractor):
    """``motion.peak_s``: times at which the picture's mean speed, the camera's own motion removed, peaks."""

    name = "motion"
    version = 1
    needs_picture = True

    def settings(self) -> dict[str, Any]:
        """The curve and how peaks are picked."""
        return {
            "features": MotionFeatures().settings()["version"],
            "curve": CURVE,
            "smooth_s": SMOOTH_S,
            "prominence": PROMINENCE,
            "min_gap_s": MIN_GAP_S,
        }

    def extract(self, clip: OpenClip) -> Group:
        """Look at every frame."""
        if clip.video_path is None:
            raise MediaError(clip.id, "has no picture", "give a video")
        info = probe(clip.video_path)
        grid = TimeGrid.of_duration(info.duration_s)
        reader = MotionReader()
        for window in read_windows(info, size=MotionFeatures.frame_size):
            reader.add(window.frames, window.times_s)
        speed = feature(reader.features(grid), CURVE).astype(np.float64)
        smooth = gaussian_filter1d(speed, SMOOTH_S * float(grid.column_rate_hz))
        return Group({"peak_s": prominent_peaks_s(smooth, grid.column_times_s())}, {"n_frames": info.n_frames})
