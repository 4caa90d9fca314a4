"""Which way up a stored picture is: the display matrix of ISO 14496-12, 6.2.2, for right angles and mirrors."""

from __future__ import annotations

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from av.video.frame import VideoFrame


@dataclass(frozen=True)
class Orientation:
    """How to turn stored rows and columns into the upright picture.

    Attributes:
        transpose: swap rows and columns first.
        flip_rows: then reverse top and bottom.
        flip_columns: and left and right.
        matrix: the file's nine integers, to be written again as they are; None if it has none.
    """

    transpose: bool = False
    flip_rows: bool = False
    flip_columns: bool = False
    matrix: tuple[int, ...] | None = None

    @property
    def is_upright(self) -> bool:
        """Whether the stored picture is shown as it is."""
        return not (self.transpose or self.flip_rows or self.flip_columns)

    @property
    def rotation_deg(self) -> int:
        """Counter-clockwise turn: 0, 90, 180 or 270. A mirrored picture gives the turn after its mirroring."""
        if self.transpose:
            return 90 if self.flip_rows else 270
        return 180 if self.flip_rows else 0

    def shape_of(self, height: int, width: int) -> tuple[int, int]:
        """(height, width) of the upright picture for a stored one, and the reverse: turning is its own inverse here."""
        return (width, height) if self.transpose else (height, width)

    def upright(self, frames: NDArray[np.uint8]) -> NDArray[np.uint8]:
        """(..., H, W, 3) stored to (..., H', W', 3) upright."""
        if self.transpose:
            frames = np.swapaxes(frames, -3, -2)
        if self.flip_rows:
            frames = frames[..., ::-1, :, :]
        if self.flip_columns:
            frames = frames[..., ::-1, :]
        return np.ascontiguousarray(frames)


UPRIGHT = Orientation()


def orientation_of(frame: VideoFrame) -> Orientation:
    """The orientation a decoded frame carries in its side data."""
    for data in cast("Iterable[Any]", frame.side_data):
        if data.type.name == "DISPLAYMATRIX":
            return orientation_of_matrix(struct.unpack("=9i", bytes(data)))
    return UPRIGHT


def orientation_of_matrix(matrix: tuple[int, ...]) -> Orientation:
    """The nearest right angle (and mirror) to a display matrix.

    A stored point (x, y) is shown at x' = a x + c y, y' = b x + d y, with a, b, c, d = matrix[0, 1, 3, 4].
    """
    a, b, c, d = matrix[0], matrix[1], matrix[3], matrix[4]
    if abs(b) + abs(c) > abs(a) + abs(d):
        return Orientation(True, flip_rows=b < 0, flip_columns=c < 0, matrix=matrix)
    return Orientation(False, flip_rows=d < 0, flip_columns=a < 0, matrix=matrix)
