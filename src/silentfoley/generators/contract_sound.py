"""What a cue generator's sound must be like: strength in level and timbre, no offset, no peak too high."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.limiter import CEILING_DB
from silentfoley.generators.probes import DURATION_S, crowded_sheet, long_sheet, probe_sheet
from silentfoley.labels import TEXTURES
from silentfoley.signal.limiting import true_peak_db
from silentfoley.waveform import Waveform

#: Strengths that are compared, and over how many takes.
SOFT, HARD, N_TAKES = 0.3, 0.9, 3
#: A hard cue's centre of spectrum lies at least so far above a soft one's, octaves. Our choice: a little more than a
#: semitone. Generators that draw other noise for each take scatter by a few hundredths.
BRIGHTER_OCTAVES = 0.1
#: The mean of a sound against its root mean square: -30 dB. Our choice.
MOST_OFFSET = 0.03
#: What our interpolation of true peaks may miss, dB.
_PEAK_SLACK_DB = 0.02
#: Edges of the third octaves that brightness is read from, Hz.
_THIRDS_HZ = 50.0 * 2.0 ** (np.arange(27) / 3)


def strength_shows(generator: CueGenerator, label: str, *, timbre: bool) -> Iterator[str]:
    """Violations of "strength drives level and, unless ``timbre`` is False, timbre; distance lowers the level"."""
    soft, hard = (
        [generator.render(probe_sheet(label, strength=s), seed=i) for i in range(N_TAKES)] for s in (SOFT, HARD)
    )
    quiet, loud = (float(np.mean([np.square(w.samples).sum() for w in takes])) for takes in (soft, hard))
    if not loud > 2 * quiet > 0:
        yield f"{label}: strength does not drive level (energies {quiet:.3g} and {loud:.3g})"
    elif timbre and (octaves := brightness(hard) - brightness(soft)) < BRIGHTER_OCTAVES:
        yield (
            f"{label}: strength does not drive timbre (a hard cue's spectrum lies {octaves:+.2f} octaves from a soft "
            f"one's, at least +{BRIGHTER_OCTAVES:g} are asked for)"
        )
    near, far = (
        np.square(generator.render(CueSheet((Cue(0.4, label, distance_m=d),), DURATION_S)).samples).sum()
        for d in (1.0, 4.0)
    )
    if not far < near / 4:
        yield f"{label}: distance does not lower the level"


def brightness(takes: Sequence[Waveform]) -> float:
    """Centre of the spectrum in octaves: that of magnitudes in third octaves, of the mean over takes of equal energy.

    Magnitudes, for the rumble under a sound should not hide what happens above it. Level plays no part.
    """
    powers = np.mean([_thirds(take) for take in takes], axis=0)
    weights = np.sqrt(powers)
    return float((np.log2(_THIRDS_HZ[:-1]) * weights).sum() / weights.sum())


def _thirds(take: Waveform) -> NDArray[np.float64]:
    power = np.square(np.abs(np.fft.rfft(take.mono().astype(np.float64))))
    hz = np.arange(len(power)) * (take.sample_rate_hz / take.n_samples)
    bands = np.add.reduceat(power, np.searchsorted(hz, _THIRDS_HZ).clip(max=len(power) - 1))[:-1]
    return np.asarray(bands / max(bands.sum(), 1e-30))


def no_offset(generator: CueGenerator, label: str) -> Iterator[str]:
    """Violations of "no DC": the mean of a long texture, or that of several hits, for slow noise has a mean too."""
    seeds = range(1 if label in TEXTURES else N_TAKES)
    samples = np.concatenate([generator.render(long_sheet(label), seed=i).mono() for i in seeds]).astype(np.float64)
    offset = abs(samples.mean()) / max(np.sqrt(np.mean(samples**2)), 1e-12)
    if offset > MOST_OFFSET:
        yield f"{label}: its mean is {offset:.1%} of its root mean square"


def peaks_are_held(generator: CueGenerator, label: str) -> Iterator[str]:
    """Violations of "the true peak of a loud crowd keeps below -1 dB"."""
    crowd = generator.render(crowded_sheet(label)).samples
    if np.abs(crowd).max() > 1:
        yield f"{label}: twelve cues at once leave [-1, 1]"
    peak_db = float(true_peak_db(crowd).max())
    if peak_db > CEILING_DB + _PEAK_SLACK_DB:
        yield f"{label}: the true peak of twelve cues at once is {peak_db:+.2f} dB, at most {CEILING_DB:g} is allowed"
