"""The synchrony judge: does a trained network find the sound where the picture is?

A judge that errs is worth what its errors are known to be. So every verdict on generated sound stands beside the
judge's verdict on the same clip's *true* sound: where the judge cannot tell that from a shifted copy, its opinion of
the generated sound means nothing either.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from silentfoley.encoders.synchrony import (
    SynchronyEmbeddings,
    SynchronyNet,
    Tower,
    best_offset,
    synchrony_score,
    told_apart,
)
from silentfoley.errors import SilentFoleyError

Floats = NDArray[np.float32]
#: Seconds of misalignment to be told from the true place, to either side; as in training.
SHIFTS_S = (0.2, 0.4, 0.8)
#: Offsets are searched this far to either side, in seconds, and called right within the tolerance.
MAX_OFFSET_S, OFFSET_TOLERANCE_S = 1.0, 0.1


@dataclass(frozen=True)
class SynchronyVerdict:
    """What the judge says of one picture with one sound; NaN where the clip is too short for it.

    Attributes:
        cosine: mean agreement of picture and sound of the same moments, in [-1, 1].
        told_apart: share of shifted copies of the sound that fit worse than the sound at its place; chance is 0.5,
            also for silence and for a judge that sees nothing.
        offset_s: how late the sound is (negative: early), by the best of all offsets.
    """

    cosine: float
    told_apart: float
    offset_s: float

    @property
    def in_step(self) -> float:
        """1 if the offset is within ``OFFSET_TOLERANCE_S``, else 0; NaN where there is none."""
        return float("nan") if np.isnan(self.offset_s) else float(abs(self.offset_s) <= OFFSET_TOLERANCE_S + 1e-9)


#: The verdict on silence: a guess, and as far out of step as can be.
SILENT = SynchronyVerdict(0.0, 0.5, MAX_OFFSET_S)


@dataclass(frozen=True)
class JudgeAccuracy:
    """How good the judge is on true pairs it was not trained on.

    Attributes:
        told_apart: mean over clips; chance is 0.5.
        in_step: share of clips whose offset is found at 0 within the tolerance.
        in_step_chance: the same for guessing an offset.
        n: clips long enough to be judged.
    """

    told_apart: float
    in_step: float
    in_step_chance: float
    n: int


@torch.inference_mode()
def embed_picture(net: SynchronyNet, features: NDArray[np.generic]) -> Floats:
    """Windows of one picture, window w starting at column w.

    Args:
        net: trained, in evaluation mode.
        features: (T, ...) visual features as trained on; uint8 stands for [0, 1] in 255 steps.

    Returns:
        (W, E) unit vectors; W = 0 for a clip shorter than a window.
    """
    scale = 255 if features.dtype == np.uint8 else 1
    columns = net.frame_encoder(torch.from_numpy(np.ascontiguousarray(features))[None].float() / scale)
    return _windows(net, net.visual, columns)


@torch.inference_mode()
def embed_sound(net: SynchronyNet, sound: Floats) -> Floats:
    """Windows of one sound, window w starting at column w.

    Args:
        net: trained, in evaluation mode.
        sound: (T, F) log-mel features.

    Returns:
        (W, E) unit vectors, or zeros for a silent clip; W = 0 for a clip shorter than a window.
    """
    windows = _windows(net, net.audio, torch.from_numpy(np.ascontiguousarray(sound))[None].float())
    return windows if sound.any() else np.zeros_like(windows)


def _windows(net: SynchronyNet, tower: Tower, columns: Tensor) -> Floats:
    inside = torch.ones(columns.shape[:2], dtype=torch.bool)
    n_windows = max(0, columns.shape[1] - net.window_columns + 1)
    return np.asarray(tower(columns, inside, 1)[0, :n_windows].numpy(), dtype=np.float32)


def judge(visual: Floats, audio: Floats, column_rate_hz: float) -> SynchronyVerdict:
    """Judge one pair.

    Args:
        visual: (W, E) of :func:`embed_picture`.
        audio: (V, E) of :func:`embed_sound`, from the same start; what one side has more is left out. Zeros are
            silence.
        column_rate_hz: windows per second.

    Raises:
        SilentFoleyError: if the two differ in E.
    """
    if visual.ndim != 2 or audio.ndim != 2 or visual.shape[1] != audio.shape[1]:
        shapes = f"shapes {visual.shape} and {audio.shape}"
        raise SilentFoleyError("picture and sound windows", shapes, "embed both with the same judge")
    n = min(len(visual), len(audio))
    if n < 2:
        return SynchronyVerdict(*[float("nan")] * 3)
    if not audio[:n].any():
        return SILENT
    seen, heard = (torch.from_numpy(np.asarray(side[:n], dtype=np.float32))[None] for side in (visual, audio))
    windows = SynchronyEmbeddings(seen, heard, torch.ones(1, n, dtype=torch.bool), torch.arange(n))
    steps = [max(1, round(s * column_rate_hz)) for s in SHIFTS_S]
    answers = told_apart(windows, tuple(sign * s for s in steps for sign in (1, -1)))
    # Shifts that leave no overlap are NaN: a short clip is judged by those that fit.
    reach = min(round(MAX_OFFSET_S * column_rate_hz), n - 1)
    offset_s = float(best_offset(windows, reach)[0]) / column_rate_hz
    return SynchronyVerdict(float(synchrony_score(windows)[0]), float(answers.nanmean()), offset_s)


def judge_accuracy(pairs: Sequence[tuple[Floats, Floats]], column_rate_hz: float) -> JudgeAccuracy:
    """The judge on true pairs of windows that took no part in its training: to be stated with all it says."""
    verdicts = [judge(visual, audio, column_rate_hz) for visual, audio in pairs]
    kept = [v for v in verdicts if not np.isnan(v.told_apart)]
    if not kept:
        return JudgeAccuracy(float("nan"), float("nan"), in_step_chance(column_rate_hz), 0)
    apart, in_step = (float(np.mean([getattr(v, name) for v in kept])) for name in ("told_apart", "in_step"))
    return JudgeAccuracy(apart, in_step, in_step_chance(column_rate_hz), len(kept))


def in_step_chance(column_rate_hz: float) -> float:
    """Share of all offsets searched that count as in step."""
    reach, near = (int(s * column_rate_hz + 1e-9) for s in (MAX_OFFSET_S, OFFSET_TOLERANCE_S))
    return (2 * near + 1) / (2 * reach + 1)
