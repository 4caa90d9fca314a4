"""E-L1: does the level rise and fall as it should?"""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike

from silentfoley.metrics.levels import as_pair, unit_rms
from silentfoley.signal.envelope import rms_envelope

#: Window and hop of the envelope, as in T-Foley and Video-Foley (512 and 128 samples at 16 kHz).
WINDOW_S, HOP_S = 0.032, 0.008


def envelope_error(true: ArrayLike, made: ArrayLike, sample_rate_hz: int) -> float:
    """Mean absolute difference of two RMS envelopes, in units of the clips' RMS (E-L1).

    The published scripts compare amplitudes as found; here the level convention of
    :mod:`~silentfoley.metrics.levels` holds. An L1 distance pays caution: silence is off by the envelope's mean,
    a burst in the wrong place by twice its area.

    Args:
        true: (N,) samples.
        made: (N,) samples.
        sample_rate_hz: of both.

    Returns:
        >= 0; 0 for two silences.
    """
    hop, window = (max(1, round(s * sample_rate_hz)) for s in (HOP_S, WINDOW_S))
    one, other = (rms_envelope(torch.from_numpy(unit_rms(s)), hop, window).numpy() for s in as_pair(true, made))
    return float(np.abs(one - other).mean())
