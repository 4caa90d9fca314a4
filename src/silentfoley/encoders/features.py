"""Feature extractors on pictures: what networks are fed, column by column."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from einops import rearrange, repeat
from numpy.typing import NDArray

from silentfoley.encoders.backbone import FrameBackbone, resize
from silentfoley.encoders.base import FeatureExtractor
from silentfoley.encoders.interpolation import BlendFrames, FrameInterpolation, Pictures, check_frames
from silentfoley.encoders.space_time import space_time_images
from silentfoley.errors import DataError
from silentfoley.timegrid import Bracket, TimeGrid

Floats = NDArray[np.float32]
Times = NDArray[np.float64]

#: Columns made at a time: pictures of a long clip never all exist at column rate at once.
CHUNK_COLUMNS = 256


class SpaceTimeFeatures(FeatureExtractor):
    """(T, D): a frozen backbone on space-time images of interpolated frames.

    Args:
        backbone: the image network.
        interpolation: how pictures at columns come about; a linear blend by default (our choice).
        size: side of the pictures the network sees, pixels.
    """

    name = "space_time"

    def __init__(
        self, backbone: FrameBackbone, interpolation: FrameInterpolation | None = None, size: int = 112
    ) -> None:
        self.backbone = backbone
        self.interpolation = interpolation or BlendFrames()
        self.frame_size = (size, size)

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, the hash of the weights included."""
        return {"size": self.frame_size, **self.interpolation.settings(), **self.backbone.settings()}

    def __call__(self, frames: Pictures, times_s: Times, grid: TimeGrid) -> Floats:
        """(T, D) features. See :class:`FeatureExtractor`."""
        chunks = space_time_chunks(frames, times_s, grid, self.interpolation, _size(self))
        return np.concatenate([self.backbone.features(images) for images in chunks])


class ColourFrameFeatures(SpaceTimeFeatures):
    """(T, D): a frozen backbone on the interpolated colour frames themselves."""

    name = "colour_frames"

    def __call__(self, frames: Pictures, times_s: Times, grid: TimeGrid) -> Floats:
        """(T, D) features. See :class:`FeatureExtractor`."""
        check_frames(frames, times_s)
        small, where = resize(frames, _size(self)), grid.bracket_frames(times_s)
        parts = (self.interpolation.at(small, _part(where, *span)) for span in _spans(grid.n_columns))
        return np.concatenate([self.backbone.features(pictures) for pictures in parts])


class FirstFrameFeatures(FeatureExtractor):
    """(T, D): the first colour frame's feature on every column. Half of Owens' input, and an appearance control."""

    name = "first_frame"

    def __init__(self, backbone: FrameBackbone, size: int = 112) -> None:
        self.backbone = backbone
        self.frame_size = (size, size)

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, the hash of the weights included."""
        return {"size": self.frame_size, **self.backbone.settings()}

    def __call__(self, frames: Pictures, times_s: Times, grid: TimeGrid) -> Floats:
        """(T, D) features, all rows equal. See :class:`FeatureExtractor`."""
        check_frames(frames, times_s)
        feature = self.backbone.features(resize(frames[:1], _size(self)))
        return np.repeat(feature, grid.n_columns, axis=0)


class ColourHistogramFeatures(FeatureExtractor):
    """(T, bins³): the joint colour histogram of the whole clip on every column. A control: it sees no motion.

    Args:
        bins: per channel, 2 to 16.
    """

    name = "colour_histogram"

    def __init__(self, bins: int = 4) -> None:
        if not 2 <= bins <= 16:
            raise DataError("bins", f"{bins} is outside 2 to 16", "use about 4")
        self.bins = bins
        self.frame_size = (64, 64)

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result."""
        return {"bins": self.bins, "size": self.frame_size}

    def __call__(self, frames: Pictures, times_s: Times, grid: TimeGrid) -> Floats:
        """(T, bins³) shares that sum to 1, all rows equal. See :class:`FeatureExtractor`."""
        check_frames(frames, times_s)
        levels = resize(frames, _size(self)).astype(np.int64) * self.bins // 256
        cells = (levels[..., 0] * self.bins + levels[..., 1]) * self.bins + levels[..., 2]
        counts = np.bincount(cells.reshape(-1), minlength=self.bins**3)
        return repeat((counts / counts.sum()).astype(np.float32), "d -> t d", t=grid.n_columns)


class ThumbnailFeatures(FeatureExtractor):
    """(T, 3, size, size) float32 in [0, 1]: small space-time images, for a backbone that is trained.

    Args:
        size: side of the pictures, pixels.
        interpolation: how pictures at columns come about; a linear blend by default (our choice).

    Raises:
        DataError: if the side is no positive whole number.
    """

    name = "thumbnails"

    def __init__(self, size: int = 64, interpolation: FrameInterpolation | None = None) -> None:
        if size < 1 or size != int(size):
            raise DataError("ThumbnailFeatures", f"size {size!r}", "use a side of at least 1 pixel")
        self.interpolation = interpolation or BlendFrames()
        self.frame_size = (size, size)

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result."""
        return {"size": self.frame_size, **self.interpolation.settings()}

    def __call__(self, frames: Pictures, times_s: Times, grid: TimeGrid) -> Floats:
        """(T, 3, size, size): previous, current, next. See :class:`FeatureExtractor`."""
        out = np.empty((grid.n_columns, 3, *_size(self)), dtype=np.float32)
        done = 0
        for images in space_time_chunks(frames, times_s, grid, self.interpolation, _size(self)):
            np.divide(rearrange(images, "t h w c -> t c h w"), np.float32(255), out=out[done : done + len(images)])
            done += len(images)
        return out


class Joined(FeatureExtractor):
    """(T, D1 + D2 + …): several extractors side by side.

    The vectors that Owens et al. pass on, space-time image beside first colour frame [V-blog] (AutoFoley: believed),
    are ``Joined(SpaceTimeFeatures(backbone), FirstFrameFeatures(backbone))``.

    Raises:
        DataError: if none is given, or they want frames of different sizes.
    """

    name = "joined"

    def __init__(self, *extractors: FeatureExtractor) -> None:
        sizes = {e.frame_size for e in extractors if e.frame_size is not None}
        if not extractors or len(sizes) > 1:
            raise DataError("Joined", f"frame sizes {sorted(sizes)}", "join extractors that take frames of one size")
        self.extractors = extractors
        self.frame_size = next(iter(sizes), None)

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result, of each part."""
        return {"joined": [{"name": e.name, **e.settings()} for e in self.extractors]}

    def __call__(self, frames: Pictures, times_s: Times, grid: TimeGrid) -> Floats:
        """(T, D1 + D2 + …) features. See :class:`FeatureExtractor`."""
        return np.concatenate([e(frames, times_s, grid) for e in self.extractors], axis=-1)


class Reordered(FeatureExtractor):
    """Features of the clip with its frames in another order, at the same times. A control: appearance is kept.

    Args:
        extractor: what looks at the reordered clip.
    """

    def __init__(self, extractor: FeatureExtractor) -> None:
        self.extractor = extractor
        self.frame_size = extractor.frame_size

    def order(self, n_frames: int) -> NDArray[np.int64]:
        """(F,) which frame is shown at each place."""
        raise NotImplementedError

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result."""
        return {"of": self.extractor.name, **self.extractor.settings()}

    def __call__(self, frames: Pictures, times_s: Times, grid: TimeGrid) -> Floats:
        """What the extractor gives for the reordered frames. See :class:`FeatureExtractor`."""
        return self.extractor(frames[self.order(len(frames))], times_s, grid)


class Shuffled(Reordered):
    """Frames in random order; the same for every clip with the same number of frames.

    Args:
        extractor: what looks at the reordered clip.
        seed: of the order.
    """

    name = "shuffled"

    def __init__(self, extractor: FeatureExtractor, seed: int = 0) -> None:
        super().__init__(extractor)
        self.seed = seed

    def order(self, n_frames: int) -> NDArray[np.int64]:
        """(F,) a random permutation."""
        return np.random.default_rng([self.seed, n_frames]).permutation(n_frames)

    def settings(self) -> dict[str, Any]:
        """Everything that changes the result."""
        return {**super().settings(), "shuffle_seed": self.seed}


class Reversed(Reordered):
    """Frames from last to first."""

    name = "reversed"

    def order(self, n_frames: int) -> NDArray[np.int64]:
        """(F,) counting down."""
        return np.arange(n_frames, dtype=np.int64)[::-1]


def space_time_chunks(
    frames: Pictures,
    times_s: Times,
    grid: TimeGrid,
    interpolation: FrameInterpolation,
    size: tuple[int, int],
) -> Iterator[NDArray[np.uint8]]:
    """Space-time images of a clip in order, :data:`CHUNK_COLUMNS` at a time; joined they are those of the whole.

    Args:
        frames: (F, H, W, 3) uint8.
        times_s: (F,) seconds.
        size: (height, width) of the images, pixels.

    Yields:
        (at most CHUNK_COLUMNS, height, width, 3) uint8.
    """
    check_frames(frames, times_s)
    small, where = resize(frames, size), grid.bracket_frames(times_s)
    for start, stop in _spans(grid.n_columns):
        # One more column on each side, so that a chunk's edge sees its true neighbours.
        low, high = max(start - 1, 0), min(stop + 1, grid.n_columns)
        images = space_time_images(interpolation.at(small, _part(where, low, high)))
        yield images[start - low : stop - low]


def _spans(n_columns: int) -> list[tuple[int, int]]:
    return [(start, min(start + CHUNK_COLUMNS, n_columns)) for start in range(0, n_columns, CHUNK_COLUMNS)]


def _part(where: Bracket, start: int, stop: int) -> Bracket:
    return Bracket(where.left[start:stop], where.right[start:stop], where.weight[start:stop])


def _size(extractor: FeatureExtractor) -> tuple[int, int]:
    assert extractor.frame_size is not None
    return extractor.frame_size
