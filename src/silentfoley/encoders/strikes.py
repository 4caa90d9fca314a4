"""When something strikes, said by a :class:`MomentCNN` window by window, in the memory of one window. Ours."""

from __future__ import annotations

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.encoders.interpolation import BlendFrames
from silentfoley.encoders.moment_cnn import CHUNK, STEP_COLUMNS, TAPS, MomentCNN, blended
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.timegrid import TimeGrid, bracket

Floats = NDArray[np.float32]
Pictures = NDArray[np.uint8]

N_LABELS = len(LABELS)
#: What a network trained by ``experiments/stage`` says: the act that runs forward; what is there, as forward sounding,
#: forward decoy, backward sounding, backward decoy of every act; and which of these strikes now.
N_ANSWERS = N_LABELS + 2 * 4 * N_LABELS
#: Strikes of acts that run forward and sound, textures left out: they do not strike.
HITS = tuple(N_LABELS + 4 * N_LABELS + i for i, label in enumerate(LABELS) if label not in TEXTURES)
#: A curve that hardly leaves its median is not blown up beyond this.
LEAST_UNIT = 0.01


class MomentStrikes(nn.Module):
    """A network's opinion of when any act strikes.

    Args:
        width: of the network, see :class:`MomentCNN`.
    """

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.network = MomentCNN(width, N_ANSWERS)

    def forward(self, windows: Tensor) -> Tensor:
        """(N, 9, 64, 64) pictures around moments, in [0, 1], to (N,) expected number of acts that strike there."""
        said: Tensor = self.network(windows)[:, -N_ANSWERS:]
        return said[:, list(HITS)].sigmoid().sum(1)

    def reader(self, grid: TimeGrid) -> StrikeReader:
        """To be given a clip's frames as they come."""
        return StrikeReader(self, grid)


class StrikeReader:
    """Collects a clip's frames and turns them into a curve.

    ``add`` windows of frames in order, then ask for the ``curve``.

    Args:
        strikes: the network.
        grid: the clip's clock.
    """

    def __init__(self, strikes: MomentStrikes, grid: TimeGrid) -> None:
        self.strikes = strikes
        self._column_s = grid.column_times_s()
        side = MomentCNN.SIDE
        #: The last frame seen, and its time.
        self._frames, self._times_s = np.zeros((0, side, side), dtype=np.uint8), np.zeros(0)
        #: Pictures at columns, of which the first is number ``_first``.
        self._pictures, self._first = np.zeros((0, side, side), dtype=np.uint8), 0
        self._said: list[Floats] = []
        self._moment = 0

    def add(self, grey: Pictures, times_s: NDArray[np.float64]) -> None:
        """Take the next (F, H, W) grey frames and their (F,) times in seconds."""
        size = (MomentCNN.SIDE, MomentCNN.SIDE)
        small = np.stack([cv2.resize(frame, size, interpolation=cv2.INTER_AREA) for frame in grey])
        frames, times = np.concatenate([self._frames, small]), np.concatenate([self._times_s, times_s])
        self._show(frames, times, int(np.searchsorted(self._column_s, times[-1], side="right")))
        self._frames, self._times_s = frames[-1:], times[-1:]
        # A moment can be told once the last picture it looks at is there.
        self._speak(self._made - TAPS[-1])

    def curve(self) -> Floats:
        """(T,) expected number of acts that strike at each column; ask once, after the last frame."""
        if not len(self._frames):
            return np.zeros(len(self._column_s), dtype=np.float32)
        self._show(self._frames, self._times_s, len(self._column_s))
        self._speak(self._made)
        return blended(np.concatenate(self._said)[:, None], len(self._column_s))[:, 0]

    @property
    def _made(self) -> int:
        return self._first + len(self._pictures)

    def _show(self, frames: Pictures, times_s: NDArray[np.float64], end: int) -> None:
        """Pictures at columns up to ``end``; past an end of the frames they stand still."""
        if end > self._made:
            new = BlendFrames().at(frames, bracket(times_s, self._column_s[self._made : end]))
            self._pictures = np.concatenate([self._pictures, new])

    @torch.inference_mode()
    def _speak(self, end: int) -> None:
        """Say of every moment before column ``end``, and forget the pictures no later moment looks at."""
        moments = np.arange(self._moment, end, STEP_COLUMNS)
        if not moments.size:
            return
        columns = np.clip(moments[:, None] + np.array(TAPS), 0, self._made - 1) - self._first
        for i in range(0, len(columns), CHUNK):
            windows = torch.from_numpy(self._pictures[columns[i : i + CHUNK]]).float() / 255
            self._said.append(self.strikes(windows).numpy())
        self._moment = int(moments[-1]) + STEP_COLUMNS
        gone = max(0, self._moment + TAPS[0] - self._first)
        self._pictures, self._first = self._pictures[gone:], self._first + gone


def standing_out(curve: Floats) -> NDArray[np.float64]:
    """(T,) a curve above its median, >= 0, in units of the 95th percentile of its distance from it.

    How sure a network trained on drawings is of real pictures says little; where it is surest says more.
    """
    centred = curve.astype(np.float64) - float(np.median(curve))
    return np.maximum(centred, 0.0) / max(float(np.percentile(np.abs(centred), 95)), LEAST_UNIT)
