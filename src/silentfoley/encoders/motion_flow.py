"""From frames to what moved and what changed in each cell of the picture, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np
from einops import reduce
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
_CUT_CORRELATION = 0.5
#: Norm of an edge map, in grey levels, below which a picture is too empty to be told from another.
_EMPTY_EDGES = 2.0


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
        unlikeness: (P,) 1 - correlation of the edges of the two pictures, in [0, 2].
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
    """(F, H, W, 3) RGB of any size as (F, HEIGHT, WIDTH) grey."""
    grey = (cv2.cvtColor(f, cv2.COLOR_RGB2GRAY) for f in frames)
    small = [
        g if g.shape == (HEIGHT, WIDTH) else cv2.resize(g, (WIDTH, HEIGHT), interpolation=cv2.INTER_AREA) for g in grey
    ]
    return np.asarray(small, dtype=np.uint8).reshape(-1, HEIGHT, WIDTH)


@dataclass
class FlowMeter:
    """Reads a clip in order, window by window; the result does not depend on where windows end.

    A frame that only repeats the one before it is dropped, so a clip shown at twice its native rate
    reads as at its own; the pair then spans the longer time, averaged over the last five pairs,
    since a pulldown (24 shown as 30) repeats one frame in five but moved evenly.
    """

    _grey: NDArray[np.uint8] | None = None
    _edges: Floats | None = None
    _time_s: float = 0.0
    _repeats: int = 0
    _intervals: list[tuple[float, bool]] = field(default_factory=list)
    # OpenCV's stubs refuse the None that asks for a fresh field, hence Any.
    _flow: Any = field(default_factory=lambda: cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_FAST))

    def add(self, frames: NDArray[np.uint8], times_s: NDArray[np.float64]) -> PairMotion:
        """The pairs that end within the next (F, H, W, 3) frames at (F,) increasing times in seconds."""
        pairs = [p for g, t in zip(small_grey(frames), times_s, strict=True) if (p := self._next(g, float(t)))]
        return _stack(pairs)

    def _next(self, grey: NDArray[np.uint8], time_s: float) -> _Pair | None:
        if self._grey is None:
            self._grey, self._edges, self._time_s = grey, _edge_map(grey), time_s
            return None
        if time_s - self._time_s < 1 / MAX_RATE_FPS:
            return None
        light = reduce(grey.astype(np.float32) - self._grey, "(h i) (w j) -> h w", "mean", h=ROWS, w=COLUMNS)
        change = reduce(
            cv2.absdiff(grey, self._grey).astype(np.float32), "(h i) (w j) -> h w", "mean", h=ROWS, w=COLUMNS
        )
        if change.max() <= _REPEAT_LEVELS and self._repeats < _MAX_REPEATS:
            self._repeats += 1
            return None
        return self._pair(grey, time_s, light, change)

    def _pair(self, grey: NDArray[np.uint8], time_s: float, light: Floats, change: Floats) -> _Pair:
        assert self._grey is not None
        assert self._edges is not None
        edges = _edge_map(grey)
        likeness = _correlation(self._edges, edges)
        shift = self._flow.calc(self._grey, grey, None) / HEIGHT
        shift = reduce(shift, "(h i) (w j) c -> h w c", "mean", h=ROWS, w=COLUMNS)
        pair = _Pair(self._time_s, time_s, shift / self._span(time_s), change, light, float(grey.std()), 1.0 - likeness)
        self._grey, self._edges, self._time_s, self._repeats = grey, edges, time_s, 0
        return pair

    def _span(self, time_s: float) -> float:
        """Seconds the pair's motion took."""
        self._intervals = [*self._intervals[-4:], (time_s - self._time_s, self._repeats > 0)]
        if any(repeated for _, repeated in self._intervals):
            return float(np.mean([span for span, _ in self._intervals]))
        return self._intervals[-1][0]


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


def _edge_map(grey: NDArray[np.uint8]) -> Floats:
    """Coarse map of edge strength, zero mean: a flash scales it, a cut replaces it."""
    across, down = (cv2.Sobel(grey, cv2.CV_32F, *d, ksize=1) for d in ((1, 0), (0, 1)))
    strength = np.sqrt(np.abs(across) + np.abs(down))
    coarse = cv2.resize(strength, (40, 24), interpolation=cv2.INTER_AREA)
    return np.asarray(coarse - coarse.mean(), dtype=np.float32).ravel()


def _correlation(a: Floats, b: Floats) -> float:
    """Of two edge maps; 1 where either is empty, since light going on in the dark is no cut."""
    norms = float(np.linalg.norm(a)), float(np.linalg.norm(b))
    if min(norms) < _EMPTY_EDGES:
        return 1.0
    return float(a @ b) / (norms[0] * norms[1])
