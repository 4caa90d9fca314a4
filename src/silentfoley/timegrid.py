"""The only owner of time: seconds, frames, columns and samples meet here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.errors import GridError

Number = int | float | str | Fraction

#: Our working point. 882 samples at 44.1 kHz are 20 ms: 50 columns a second.
SAMPLE_RATE_HZ = 44_100
HOP_SAMPLES = 882


def exact(value: Number, name: str = "value") -> Fraction:
    """``value`` as a fraction, reading floats as the decimal they print as.

    ``29.97`` is 2997/100 and stays so; NTSC video is ``Fraction(30000, 1001)`` or ``"30000/1001"``.

    Raises:
        GridError: if ``value`` is not a finite number.
    """
    try:
        return Fraction(repr(float(value))) if isinstance(value, float) else Fraction(value)
    except (ValueError, TypeError, ZeroDivisionError, OverflowError):
        raise GridError(
            name, f"{value!r} is not a finite number", "pass an int, a Fraction or a string such as '30000/1001'"
        ) from None


def frame_times_s(n_frames: int, rate_fps: Number, start_s: Number = 0) -> NDArray[np.float64]:
    """Times of ``n_frames`` frames of a constant rate, each rounded once from its exact value.

    Returns:
        (n_frames,) seconds.
    """
    rate, start = exact(rate_fps, "rate_fps"), exact(start_s, "start_s")
    if rate <= 0:
        raise GridError("rate_fps", f"{rate} is not positive", "pass frames per second")
    return np.array([float(start + i / rate) for i in range(n_frames)], dtype=np.float64)


@dataclass(frozen=True)
class Bracket:
    """For each query time the two frames around it: ``(1 - weight) * left + weight * right``.

    Attributes:
        left, right: (T,) frame indices; equal before the first and after the last frame.
        weight: (T,) in [0, 1].
    """

    left: NDArray[np.int64]
    right: NDArray[np.int64]
    weight: NDArray[np.float64]

    def nearest(self) -> NDArray[np.int64]:
        """(T,) the nearer of the two frames; the earlier one at a tie."""
        return np.where(self.weight > 0.5, self.right, self.left)


def bracket(frame_times: ArrayLike, query_times: ArrayLike) -> Bracket:
    """Locate query times between frame times of any, also variable, rate.

    Args:
        frame_times: (F,) seconds, not decreasing, F >= 1.
        query_times: (T,) seconds.

    Raises:
        GridError: if there is no frame, frame times go backwards, or any time is not finite.
    """
    frames = np.asarray(frame_times, dtype=np.float64)
    query = np.asarray(query_times, dtype=np.float64)
    if frames.ndim != 1 or frames.size == 0:
        raise GridError("frame times", f"shape {frames.shape} holds no frame", "pass at least one time")
    if not np.isfinite(frames).all() or (np.diff(frames) < 0).any():
        raise GridError("frame times", "they go backwards or are not finite", "pass presentation times in order")
    if not np.isfinite(query).all():
        raise GridError("query times", "they are not finite", "pass seconds")
    right = np.clip(np.searchsorted(frames, query, side="right"), 0, frames.size - 1)
    left = np.clip(np.searchsorted(frames, query, side="right") - 1, 0, frames.size - 1)
    gap = frames[right] - frames[left]
    weight = np.where(gap > 0, (query - frames[left]) / np.where(gap > 0, gap, 1.0), 0.0)
    return Bracket(left.astype(np.int64), right.astype(np.int64), np.clip(weight, 0.0, 1.0))


@dataclass(frozen=True)
class TimeGrid:
    """A clip's clock: column ``i`` sits at sample ``i * hop_samples``, exactly, for ever.

    The hop is fixed and frames are resampled *to* column times, so no rounding of a hop to a frame
    rate can drift. Column centres are those of a centred STFT with the same hop.

    Attributes:
        n_samples: length of the clip's sound.
        sample_rate_hz: samples per second.
        hop_samples: samples from one column to the next.
    """

    n_samples: int
    sample_rate_hz: int = SAMPLE_RATE_HZ
    hop_samples: int = HOP_SAMPLES

    def __post_init__(self) -> None:
        for name in ("n_samples", "sample_rate_hz", "hop_samples"):
            value = getattr(self, name)
            if isinstance(value, bool) or not isinstance(value, int | np.integer) or value < 1:
                raise GridError(
                    f"TimeGrid {name}", f"{value!r} is not a positive whole number", "pass a count of samples"
                )
            object.__setattr__(self, name, int(value))

    @classmethod
    def of_duration(
        cls, duration_s: Number, sample_rate_hz: int = SAMPLE_RATE_HZ, hop_samples: int = HOP_SAMPLES
    ) -> TimeGrid:
        """The grid of a clip of ``duration_s`` seconds, to the nearest sample."""
        duration = exact(duration_s, "duration_s")
        if duration <= 0:
            raise GridError("duration_s", f"{float(duration):g} s is not a length", "pass a positive duration")
        return cls(max(1, round(duration * sample_rate_hz)), sample_rate_hz, hop_samples)

    @classmethod
    def of_frames(
        cls, n_frames: int, rate_fps: Number, sample_rate_hz: int = SAMPLE_RATE_HZ, hop_samples: int = HOP_SAMPLES
    ) -> TimeGrid:
        """The grid of ``n_frames`` frames of a constant rate, the last one shown for its full time."""
        rate = exact(rate_fps, "rate_fps")
        if rate <= 0:
            raise GridError("rate_fps", f"{rate} is not positive", "pass frames per second")
        return cls.of_duration(n_frames / rate, sample_rate_hz, hop_samples)

    @property
    def duration_s(self) -> Fraction:
        """Exact length in seconds."""
        return Fraction(self.n_samples, self.sample_rate_hz)

    @property
    def n_columns(self) -> int:
        """Columns at or before the end: ``1 + n_samples // hop_samples``."""
        return 1 + self.n_samples // self.hop_samples

    @property
    def column_rate_hz(self) -> Fraction:
        """Columns per second, exact."""
        return Fraction(self.sample_rate_hz, self.hop_samples)

    def column_time_s(self, column: int) -> Fraction:
        """Exact time of a column."""
        return Fraction(column * self.hop_samples, self.sample_rate_hz)

    def column_times_s(self) -> NDArray[np.float64]:
        """(n_columns,) seconds; integer products first, so each is rounded once."""
        return np.arange(self.n_columns, dtype=np.int64) * self.hop_samples / self.sample_rate_hz

    def sample_at(self, time_s: Number) -> int:
        """Nearest sample to a time, clipped to [0, n_samples]."""
        return min(max(round(exact(time_s, "time_s") * self.sample_rate_hz), 0), self.n_samples)

    def column_at(self, time_s: Number) -> int:
        """Nearest column to a time, clipped to [0, n_columns - 1]."""
        return min(max(round(exact(time_s, "time_s") * self.column_rate_hz), 0), self.n_columns - 1)

    def bracket_frames(self, frame_times: ArrayLike) -> Bracket:
        """Where each column falls between frames of any rate. See :func:`bracket`."""
        return bracket(frame_times, self.column_times_s())

    def refine(self, factor: int) -> TimeGrid:
        """The same clip with ``factor`` columns for each one here.

        Raises:
            GridError: if the hop is not divisible by ``factor``.
        """
        if factor < 1 or self.hop_samples % factor:
            raise GridError(
                "refine", f"hop {self.hop_samples} is not divisible by {factor}", "choose a factor of the hop"
            )
        return TimeGrid(self.n_samples, self.sample_rate_hz, self.hop_samples // factor)

    def __str__(self) -> str:
        seconds = float(self.duration_s)
        return f"TimeGrid({seconds:.3f} s, {self.sample_rate_hz} Hz, {self.n_columns} columns of {self.hop_samples})"
