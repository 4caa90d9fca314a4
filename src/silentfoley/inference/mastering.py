"""The last step before delivery, on the whole of a sound: a loudness asked for, and no peak above -1 dBTP.

Loudness is measured by pyloudnorm (Steinmetz and Reiss, 2021) as ITU-R BS.1770-4 wants it: a sound in one channel of a
mono file is as loud as in one of two loudspeakers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import SilentFoleyError
from silentfoley.generators.limiter import CEILING_DB
from silentfoley.signal.limiting import limiter_gain
from silentfoley.waveform import Waveform

Floats = NDArray[np.float32]
#: EBU R 128's target for programmes, and how far from a target one may end, in LU.
TARGET_LUFS, TOLERANCE_LU = -23.0, 0.5
#: What may be asked for. Below the first BS.1770 hears nothing at all.
QUIETEST_LUFS, LOUDEST_LUFS = -60.0, -5.0
#: Length of a gating block of BS.1770, s.
BLOCK_S = 0.4


@dataclass(frozen=True, eq=False)
class Mastering:
    """What mastering does to a sound.

    Attributes:
        gain: (N,) for every channel, and every stem, of the sound.
        lufs: loudness that is reached; -inf for silence.
        remark: what a person should know, a line; empty if the target is reached.
    """

    gain: Floats
    lufs: float
    remark: str


def loudness_lufs(waveform: Waveform) -> float:
    """Integrated loudness; -inf for silence, which is what keeps below -70 LUFS.

    A sound shorter than a gating block of 0.4 s is one block by itself.
    """
    if waveform.n_samples < 2 or not waveform.samples.any():
        return -np.inf
    from pyloudnorm import Meter

    # Half a sample less: the package compares lengths in seconds, which rounding may put over.
    block_s = min(BLOCK_S, (waveform.n_samples - 0.5) / waveform.sample_rate_hz)
    return float(
        Meter(waveform.sample_rate_hz, block_size=block_s).integrated_loudness(waveform.samples.T.astype(np.float64))
    )


def mastering(waveform: Waveform, lufs: float = TARGET_LUFS) -> Mastering:
    """The gain that brings a sound to a loudness, and then its true peak to -1 dB.

    One gain for all of it; the limiter takes more where peaks ask for it, and is not made up for: a sound all of peaks
    ends softer than was asked, and the remark says so. Silence stays as it is.

    Raises:
        SilentFoleyError: for a loudness outside [-60, -5] LUFS.
    """
    if not QUIETEST_LUFS <= lufs <= LOUDEST_LUFS:
        raise SilentFoleyError(
            "lufs", f"{lufs:g} is out of range", f"use {QUIETEST_LUFS:g} to {LOUDEST_LUFS:g}, such as {TARGET_LUFS:g}"
        )
    before = loudness_lufs(waveform)
    if before == -np.inf:
        return Mastering(np.ones(waveform.n_samples, np.float32), before, "silence cannot be mastered: left as it is")
    even = np.float32(10 ** ((lufs - before) / 20))
    gain = even * limiter_gain(even * waveform.samples, CEILING_DB)
    after = loudness_lufs(_under(waveform, gain))
    reached = abs(after - lufs) <= TOLERANCE_LU
    remark = "" if reached else f"mastered to {after:.1f} LUFS, not {lufs:g}: its peaks are held at {CEILING_DB:g} dBTP"
    return Mastering(gain, after, remark)


def mastered(waveform: Waveform, lufs: float = TARGET_LUFS) -> Waveform:
    """A sound at a loudness. See :func:`mastering`, which also says whether it is reached."""
    return _under(waveform, mastering(waveform, lufs).gain)


def _under(waveform: Waveform, gain: Floats) -> Waveform:
    return Waveform(waveform.samples * gain, waveform.sample_rate_hz)
