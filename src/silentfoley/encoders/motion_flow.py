"""From frames to what moved and what changed in each cell of the picture, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.motion_camera import remove_camera

Floats = NDArray[np.float32]

#: Size of the pictures that flow is computed on, and of the field of cells kept from it.
HEIGHT, WIDTH = 90, 160
ROWS, COLUMNS = 9, 16
#: Faster video is thinned to at most this rate: flow noise per second grows with the rate.
MAX_RATE_FPS = 32.0
#: A frame is a repeat if no cell changed by more than this, in grey levels of 255.
_REPEAT_LEVELS = 0.5
#: More repeats in a row than this are stillness, not a lower native rate shown at a higher one.
_MAX_REPEATS = 2
#: Frames whose edges correlate less than this show different scenes.
_CUT_CORRELATION = 0.35
#: Spread of an edge map, in roots of grey levels, below which a picture is too empty to be told from another.
_EMPTY_EDGES = 0.1


@dataclass(frozen=True)
class PairMotion:
    """What happened between neighbouring kept frames. Velocities are in picture heights a second.

    Attributes:
        start_s, end_s: (P,) times of the two frames.
        velocity: (P, ROWS, COLUMNS, 2) right and down, relative to the camera; 0 across a cut.
        camera: (P, 2) velocity of the camera's picture; 0 across a cut.
        change: (P, ROWS, COLUMNS) mean absolute change in grey levels; 0 across a cut.
        light: (P, ROWS, COLUMNS) mean signed change in grey levels; 0 across a cut.
        contrast: (P,) standard deviation of the later picture in grey levels.
        unlikeness: (P,) 1 - correlation of the edges of the two pictures, about [0, 1].
        is_cut: (P,) whether the two pictures show different scenes.
    """

    start_s: NDArray[np.float64]
    end_s: NDArray[np.float64]
    velocity: Floats
    camera: Floats
    change: Floats
    light: Floats
    contrast: Floats
    unlikeness: Floats
    is_cut: NDArray[np.bool_]

    def __len__(self) -> int:
        return int(self.start_s.size)


def small_grey(frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(F, H, W, 3) RGB of any size as (F, HEIGHT, WIDTH) grey; (F, HEIGHT, WIDTH) is that already."""
    if frames.shape[1:] == (HEIGHT, WIDTH):
        return frames
    grey = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames)
    small = [
        g if g.shape == (HEIGHT, WIDTH) else cv2.resize(g, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for g in grey
    ]
    return np.asarray(small, dtype=np.uint8).reshape(-1, HEIGHT, WIDTH)


@dataclass
class FlowMeter:
    """Reads a clip in order, window by window; the result does not depend on where windows end.

    A frame that only repeats the one before it is dropped. Then the next change began at the last
    repeat: the scene stood still. Unless repeats follow changes regularly: then the clip is shown at
    more than its native rate, the pair spans the time from the first showing, averaged over the last
    few pairs since the pattern may be uneven (12 shown as 30 repeats two frames, then one).
    """

    _shown: _Picture | None = None
    _again_s: float = 0.0
    _repeats: int = 0
    _spans: list[float] = field(default_factory=list)
    # OpenCV's stubs refuse the None that asks for a fresh field, hence Any.
    _flow: Any = field(default_factory=lambda: cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST))

    def add(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64]) -> PairMotion:
        """The pairs that end within the next frames (see :func:`small_grey`) at (F,) increasing times in seconds."""
        pairs = [p for g, t in zip(small_grey(frames), times_s, strict=True) if (p := self._next(g, float(t)))]
        return _stack(pairs)

    def _next(self, grey: NDArray[np.uint8], time_s: float) -> _Pair | None:
        last = self._shown
        if last is None:
            self._shown, self._again_s = _Picture(grey, edge_map(grey), _cells(grey), time_s), time_s
            return None
        if time_s - self._again_s < 1 / MAX_RATE_FPS:
            return None
        change = _cells(cv2.absdiff(grey, last.grey))
        changed = bool(change.max() > _REPEAT_LEVELS)
        if not changed and self._repeats < _MAX_REPEATS:
            self._repeats, self._again_s = self._repeats + 1, time_s
            return None
        start_s, span_s = self._span(time_s, changed)
        now = _Picture(grey, edge_map(grey), _cells(grey), time_s)
        shift = _cells(self._flow.calc(last.grey, grey, None)) / np.float32(HEIGHT * span_s)
        light = now.cells - last.cells
        self._shown, self._again_s, self._repeats = now, time_s, 0
        return _Pair(start_s, time_s, shift, change, light, deviation(grey), unlikeness(last.edges, now.edges))

    def _span(self, time_s: float, changed: bool) -> tuple[float, float]:
        """Start of the pair that ends now, and how long its motion took, both in seconds."""
        assert self._shown is not None
        regular = bool(self._spans) and self._repeats > 0
        since_first = time_s - self._shown.time_s
        self._spans = [*self._spans[-4:], since_first] if changed and self._repeats else []
        if regular and changed:
            return self._shown.time_s, float(np.mean(self._spans))
        return self._again_s, time_s - self._again_s


@dataclass(frozen=True)
class _Picture:
    grey: NDArray[np.uint8]
    edges: Floats
    cells: Floats
    time_s: float


@dataclass(frozen=True)
class _Pair:
    start_s: float
    end_s: float
    velocity: Floats
    change: Floats
    light: Floats
    contrast: float
    unlikeness: float


def _stack(pairs: list[_Pair]) -> PairMotion:
    def of(name: str, *shape: int) -> Floats:
        return np.array([getattr(p, name) for p in pairs], dtype=np.float32).reshape(-1, *shape)

    unlikeness = of("unlikeness")
    is_cut = unlikeness > 1 - _CUT_CORRELATION
    seen = ~is_cut[:, None, None]
    velocity, camera = remove_camera(of("velocity", ROWS, COLUMNS, 2))
    return PairMotion(
        start_s=np.array([p.start_s for p in pairs], dtype=np.float64),
        end_s=np.array([p.end_s for p in pairs], dtype=np.float64),
        velocity=velocity * seen[..., None],
        camera=camera * ~is_cut[:, None],
        change=of("change", ROWS, COLUMNS) * seen,
        light=of("light", ROWS, COLUMNS) * seen,
        contrast=of("contrast"),
        unlikeness=unlikeness,
        is_cut=is_cut,
    )


def _cells(picture: NDArray[Any]) -> Floats:
    """(HEIGHT, WIDTH[, C]) -> (ROWS, COLUMNS[, C]) means. Averaging areas by whole factors is just that, and quick."""
    return np.asarray(cv2.resize(picture.astype(np.float32), (COLUMNS, ROWS), interpolation=cv2.INTER_AREA))


def deviation(picture: NDArray[Any]) -> float:
    """Standard deviation of an (H, W) picture, in the unit of its values.

    numpy's takes eight times as long on pictures this small.
    """
    return float(cv2.meanStdDev(picture)[1][0, 0])


def edge_map(grey: NDArray[np.uint8]) -> Floats:
    """(24, 40) coarse map of edge strength: a flash scales it, a pan shifts it, a cut replaces it."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *d, ksize=1) for d in ((1, 0), (0, 1)))
    return np.asarray(cv2.resize(np.sqrt(np.abs(across) + np.abs(down)), (40, 24), interpolation=cv2.INTER_AREA))


def unlikeness(before: Floats, after: Floats) -> float:
    """1 - the best correlation of two edge maps over shifts up to a fifth of the picture.

    0 where either is empty: light that goes on in the dark is no cut.
    """
    if min(deviation(before), deviation(after)) < _EMPTY_EDGES:
        return 0.0
    middle = before[5:-5, 8:-8]
    return 1.0 - float(cv2.matchTemplate(after, middle, cv2.TM_CCOEFF_NORMED).max())
