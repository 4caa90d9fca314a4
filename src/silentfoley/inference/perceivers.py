"""Who looks at the video: decodes it in bounded windows and says what sounds when."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from silentfoley.classifiers.perceptions import perceptions
from silentfoley.encoders.base import FeatureExtractor
from silentfoley.labels import LABELS
from silentfoley.media.video import FrameWindow, probe, read_windows
from silentfoley.perception import Perception
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ, TimeGrid


class Perceiver(ABC):
    """Video to Perception. Holds the trained parts of seeing."""

    #: Classes in the order of the logits.
    labels: tuple[str, ...]

    @abstractmethod
    def __call__(self, video: Path) -> Perception:
        """Look at a file; memory does not grow with its pictures."""

    def modules(self) -> dict[str, nn.Module]:
        """Parts whose weights a model folder stores."""
        return {}


class NetworkPerceiver(Perceiver):
    """One of AutoFoley's networks behind its feature extractor, run over segments of a long video.

    Args:
        extractor: frames to features on columns.
        network: features and lengths to a ClassifierOutput.
        labels: class names in the order of the network's logits.
        sample_rate_hz, hop_samples: the clock it was trained on.
        segment_s: length of a segment; class logits are averaged over segments, curves are joined.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        network: nn.Module,
        labels: tuple[str, ...] | list[str] = LABELS,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
        hop_samples: int = HOP_SAMPLES,
        segment_s: float = 8.0,
    ) -> None:
        self.extractor = extractor
        self.network = network.eval()
        self.labels = tuple(labels)
        self.sample_rate_hz = sample_rate_hz
        self.hop_samples = hop_samples
        self.segment_columns = max(1, round(segment_s * sample_rate_hz / hop_samples))

    def modules(self) -> dict[str, nn.Module]:
        """The network."""
        return {"network": self.network}

    def __call__(self, video: Path) -> Perception:
        """Look at a file segment by segment."""
        info = probe(video)
        grid = TimeGrid.of_duration(info.duration_s, self.sample_rate_hz, self.hop_samples)
        parts = [
            self._segment(window, columns)
            for window, columns in segments(
                read_windows(info, size=self.extractor.frame_size), grid, self.segment_columns
            )
        ]
        weights = np.array([len(p.onset) for p in parts], dtype=np.float64)
        logits = np.average([p.class_logits for p in parts], axis=0, weights=weights)

        def joined(name: str) -> NDArray[np.float32]:
            return np.concatenate([getattr(p, name) for p in parts])

        return Perception(
            grid,
            self.labels,
            logits.astype(np.float32),
            joined("onset"),
            joined("strength"),
            joined("states"),
            joined("sound"),
        )

    @torch.inference_mode()
    def _segment(self, window: FrameWindow, columns: range) -> Perception:
        hop, rate = self.hop_samples, self.sample_rate_hz
        grid = TimeGrid(max(1, (len(columns) - 1) * hop), rate, hop)
        features = self.extractor(window.frames, window.times_s - columns.start * hop / rate, grid)
        # Pictures cross the cache as bytes; see silentfoley.data.items.collate.
        tensor = torch.from_numpy(features)[None].float() / (255 if features.dtype == np.uint8 else 1)
        output = self.network(tensor, torch.tensor([grid.n_columns]))
        return perceptions(output, grid, self.labels)[0]


def segments(
    windows: Iterator[FrameWindow], grid: TimeGrid, segment_columns: int
) -> Iterator[tuple[FrameWindow, range]]:
    """Frames for each run of columns, with one frame before and one after for interpolation.

    Args:
        windows: consecutive frames from the start of the clip.
        grid: the whole clip's clock.
        segment_columns: columns per run, >= 1.

    Yields:
        the frames needed (at least one) with their times, and the columns they are for.
    """
    times = grid.column_times_s()
    held = FrameWindow(np.zeros((0, 1, 1, 3), np.uint8), np.zeros(0))
    for start in range(0, grid.n_columns, segment_columns):
        columns = range(start, min(start + segment_columns, grid.n_columns))
        end_s = times[columns[-1]]
        while not len(held) or held.times_s[-1] <= end_s:
            window = next(windows, None)
            if window is None:
                break
            held = _joined(held, window)
        last = int(np.searchsorted(held.times_s, end_s, side="right")) + 1
        yield FrameWindow(held.frames[:last], held.times_s[:last]), columns
        # The next run begins after end_s: keep the frame shown then, and the one before for differences.
        keep = max(0, int(np.searchsorted(held.times_s, end_s, side="right")) - 2)
        held = FrameWindow(held.frames[keep:], held.times_s[keep:])


def _joined(a: FrameWindow, b: FrameWindow) -> FrameWindow:
    if not len(a):
        return b
    return FrameWindow(np.concatenate([a.frames, b.frames]), np.concatenate([a.times_s, b.times_s]))
