"""Which act of the stage a clip shows, whether it sounds and when it strikes, in the memory of one window. Ours."""

from __future__ import annotations

from dataclasses import dataclass

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
#: Where in the answers stand all parts that may be there, and those that run forward and sound.
PARTS, SOUNDING = slice(N_LABELS, 5 * N_LABELS), slice(N_LABELS, 2 * N_LABELS)
#: Strikes of acts that run forward and sound, textures left out: they do not strike.
HITS = tuple(N_LABELS + 4 * N_LABELS + i for i, label in enumerate(LABELS) if label not in TEXTURES)
#: Where in the answers stand how sure it is of a horse that sounds, and of one that strikes.
HORSE_SOUNDS, HORSE_STRIKES = (N_LABELS + LABELS.index("horse") + first for first in (0, 4 * N_LABELS))
#: A second network is asked of hoofs where a horse is likelier than this.
HORSE_LIKELY = 0.1
#: Every so many moments are looked at first; the rest only where some act is likelier there than this.
PEEK, LIKELY = 4, 0.4
#: Pictures around a moment that together vary less from place to place than this, in grey levels of 255, hold nothing:
#: a network that never saw an empty picture takes grain for rain. Pictures of the stage vary by 8.7 and more.
LEAST_CONTENT = 6.0
#: Logit of what is surely not there.
_ABSENT = -9.0


@dataclass(frozen=True, eq=False)
class ActsSeen:
    """What the network says of a clip. M moments, :data:`STEP_COLUMNS` columns apart; T columns.

    Attributes:
        answers: (M, N_ANSWERS) logits; M = 0 for a clip without frames.
        n_columns: T.
    """

    answers: Floats
    n_columns: int

    @property
    def class_probabilities(self) -> Floats:
        """(K,) of the act that runs forward, in the order of ``LABELS``; of the mean of all moments' logits."""
        if not len(self.answers):
            return np.full(N_LABELS, 1 / N_LABELS, dtype=np.float32)
        logits = torch.from_numpy(self.answers[:, :N_LABELS]).mean(0)
        return np.asarray(logits.softmax(0).numpy(), dtype=np.float32)

    @property
    def surest_part(self) -> float:
        """How sure it is of what it is surest of: that some act is there, whichever way it runs, sounding or not."""
        return likeliest_part(self.answers, PARTS)

    @property
    def sounding(self) -> float:
        """How sure it is that some act runs forward and makes its sound, in [0, 1]."""
        return likeliest_part(self.answers, SOUNDING)

    def sounding_at(self, label: str) -> Floats:
        """(T,) how sure it is at each column that an act of a class runs forward and sounds, in [0, 1]."""
        return self._expected([N_LABELS + LABELS.index(label)])

    def strikes(self) -> Floats:
        """(T,) expected number of sounding acts that strike at each column, >= 0."""
        return self._expected(list(HITS))

    def _expected(self, answers: list[int]) -> Floats:
        """(T,) sum of the probabilities of some answers; 0 without moments."""
        if not len(self.answers):
            return np.zeros(self.n_columns, dtype=np.float32)
        expected = _sigmoid(self.answers[:, answers]).sum(axis=1, keepdims=True)
        return blended(expected, self.n_columns)[:, 0]


class DrawnActs(nn.Module):
    """A :class:`MomentCNN` with the answers it was trained to give on drawn clips, and one that knows hoofs.

    Hoofs land 60 to 250 ms apart and are a few pixels wide: a network that was told what each of them does times them
    far better, and everything else a little worse. So it is asked of horses alone, and only where there may be one.

    Args:
        width: of the network.
        hoofs_width: of the second network; 0 for none.
    """

    def __init__(self, width: int = 32, hoofs_width: int = 0) -> None:
        super().__init__()
        self.network = MomentCNN(width, N_ANSWERS)
        self.hoofs = MomentCNN(hoofs_width, n_answers=1) if hoofs_width else None

    def forward(self, windows: Tensor) -> Tensor:
        """(N, 9, 64, 64) pictures around moments, in [0, 1], to (N, N_ANSWERS) logits."""
        said: Tensor = self.network(windows)[:, -N_ANSWERS:]
        if self.hoofs is not None:
            horses = said[:, HORSE_SOUNDS].sigmoid() > HORSE_LIKELY
            said[horses, HORSE_STRIKES] = self.hoofs(windows[horses])[:, -1]
        return said

    def reader(self, grid: TimeGrid) -> ActReader:
        """To be given a clip's frames as they come."""
        return ActReader(self, grid)


class ActReader:
    """Collects a clip's frames, ``add`` by ``add`` and in order, and says what it ``seen`` in them.

    Moments are told in blocks of :data:`CHUNK`. Of a block in which every fourth moment shows nothing familiar, the
    others are not looked at and get its answer: real pictures cost a quarter.

    Args:
        acts: the network.
        grid: the clip's clock.
    """

    def __init__(self, acts: DrawnActs, grid: TimeGrid) -> None:
        self.acts = acts
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
        self._look(frames, times, int(np.searchsorted(self._column_s, times[-1], side="right")))
        self._frames, self._times_s = frames[-1:], times[-1:]

    def seen(self) -> ActsSeen:
        """All of it; ask once, after the last frame."""
        n_columns = len(self._column_s)
        if not len(self._frames):
            return ActsSeen(np.zeros((0, N_ANSWERS), dtype=np.float32), n_columns)
        self._look(self._frames, self._times_s, n_columns)
        while self._moment < n_columns:
            self._speak(min(CHUNK, -(-(n_columns - self._moment) // STEP_COLUMNS)))
        return ActsSeen(np.concatenate(self._said), n_columns)

    @property
    def _made(self) -> int:
        return self._first + len(self._pictures)

    def _look(self, frames: Pictures, times_s: NDArray[np.float64], end: int) -> None:
        """Pictures at columns up to ``end``, and answers as they get ripe; past an end of the frames they stand still.

        In steps, for there may be minutes between two frames.
        """
        while self._made < end:
            columns = slice(self._made, min(end, self._made + CHUNK * STEP_COLUMNS))
            new = BlendFrames().at(frames, bracket(times_s, self._column_s[columns]))
            self._pictures = np.concatenate([self._pictures, new])
            # A moment can be told once the last picture it looks at is there, a block once its last moment can.
            ready = (self._made - TAPS[-1] - self._moment + STEP_COLUMNS - 1) // STEP_COLUMNS
            for _ in range(ready // CHUNK):
                self._speak(CHUNK)

    @torch.inference_mode()
    def _speak(self, n: int) -> None:
        """Answer the next ``n`` moments, and forget the pictures no later moment looks at."""
        moments = self._moment + STEP_COLUMNS * np.arange(n)
        said = np.repeat(self._answers(moments[::PEEK]), PEEK, axis=0)[:n]
        if likeliest_part(said[::PEEK], PARTS) >= LIKELY:
            rest = np.arange(n) % PEEK != 0
            said[rest] = self._answers(moments[rest])
        self._said.append(said)
        self._moment = int(moments[-1]) + STEP_COLUMNS
        gone = max(0, self._moment + TAPS[0] - self._first)
        self._pictures, self._first = self._pictures[gone:], self._first + gone

    def _answers(self, moments: NDArray[np.int64]) -> Floats:
        """(N,) columns to (N, N_ANSWERS)."""
        if not moments.size:
            return np.zeros((0, N_ANSWERS), dtype=np.float32)
        columns = np.clip(moments[:, None] + np.array(TAPS), 0, self._made - 1) - self._first
        windows = self._pictures[columns]
        said: Floats = self.acts(torch.from_numpy(windows).float() / 255).numpy()
        empty = windows.mean(axis=1, dtype=np.float32).std(axis=(1, 2)) < LEAST_CONTENT
        said[empty, :N_LABELS], said[empty, N_LABELS:] = 0.0, _ABSENT
        return said


def likeliest_part(answers: Floats, parts: slice) -> float:
    """Highest of some answers' probabilities, each a mean over moments; 0 without moments."""
    return float(_sigmoid(answers[:, parts]).mean(axis=0).max()) if len(answers) else 0.0


def _sigmoid(logits: Floats) -> Floats:
    # Not 1 / (1 + exp(-x)), which overflows where the network is sure that something is not there.
    return np.asarray(torch.from_numpy(logits).sigmoid().numpy(), dtype=np.float32)
