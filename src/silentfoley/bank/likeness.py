"""Takes that are almost the same sound: copies that were encoded again, resampled, made louder or cut shorter.

What is compared is the fine structure of a log-mel spectrogram: what is left of it when the slow course of every band
and the common course of all bands are taken away. Two strokes of one key share both of these, and differ in what is
left; two copies of one stroke share that too. The method and its figures are ours.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import uniform_filter1d
from scipy.signal import fftconvolve, resample_poly

from silentfoley.bank.take import Kind, Take
from silentfoley.signal.mel import mel_edges_hz

Sound = NDArray[np.float32]
Values = NDArray[np.float32]

#: Rate at which sounds are compared: what lies above half of it is often lost on the way.
RATE_HZ = 12_000
#: Mel bands, and their edges in Hz.
BANDS, LOW_HZ, HIGH_HZ = 24, 120.0, 5000.0
#: What is this far below the loudest cell is noise of an encoder, dB.
RANGE_DB = 40.0
#: Fine structure that agrees this well may be that of one sound: copies have 0.8 and more, most others 0.5 and less.
#: Short clicks come up to it by chance, so the waves must agree too, which those of copies do by 0.8 and more.
ALIKE, SAME_WAVE = 0.7, 0.6
Progress = Callable[[int, int], None]


class _Scale(NamedTuple):
    """How finely a kind of take is looked at: window and step in samples, slow course in steps, longest in steps."""

    window: int
    step: int
    slow: int
    longest: int
    least: int  # steps in which two must overlap


#: Hits: 21 ms every 2 ms, of half a second. Textures: 43 ms every 10 ms, of eight seconds.
_SCALES: dict[Kind, _Scale] = {"hit": _Scale(256, 24, 20, 250, 20), "texture": _Scale(512, 120, 20, 800, 100)}


class Near(NamedTuple):
    """Two takes of different recordings that are almost the same sound.

    Attributes:
        a, b: their ids, in order.
        likeness: correlation of their fine structures, at most 1.
    """

    a: str
    b: str
    likeness: float


def fingerprint(samples: Sound, rate_hz: int, kind: Kind, onset: int = 0) -> Values:
    """(T, BANDS) fine structure of a take, T as long as it sounds within bounds; zeros where nothing does.

    Args:
        samples: (N,) N >= 1.
        rate_hz: their rate.
        kind: of the take.
        onset: of a hit; what lies more than 20 ms before is left out.
    """
    scale = _SCALES[kind]
    first = max(0, onset - round(0.02 * rate_hz))
    most = round((scale.longest * scale.step + scale.window) / RATE_HZ * rate_hz)
    common = int(np.gcd(rate_hz, RATE_HZ))
    small = resample_poly(samples[first : first + most], RATE_HZ // common, rate_hz // common)
    padded = np.pad(small, (scale.window // 2, scale.window))
    frames = np.lib.stride_tricks.sliding_window_view(padded, scale.window)[:: scale.step][: scale.longest]
    power = np.square(np.abs(np.fft.rfft(frames * np.hanning(scale.window), axis=1))) @ _filters(scale.window).T
    level = 10 * np.log10(power + 1e-20)
    level = np.maximum(level, level.max() - RANGE_DB)
    fine = level - uniform_filter1d(level, scale.slow, axis=0, mode="nearest")
    return np.asarray(fine - fine.mean(axis=1, keepdims=True), dtype=np.float32)


def _filters(window: int) -> NDArray[np.float64]:
    """(BANDS, F) triangles, evenly wide on the mel scale."""
    corners = mel_edges_hz(BANDS, LOW_HZ, HIGH_HZ)
    hz = np.fft.rfftfreq(window, 1 / RATE_HZ)
    left, centre, right = (corners[i : i + BANDS, None] for i in range(3))
    return np.asarray(np.maximum(0, np.minimum((hz - left) / (centre - left), (right - hz) / (right - centre))) + 1e-9)


class Comparison:
    """Fingerprints of one class and kind, ready to be compared.

    Args:
        prints: (T, BANDS) each.
        kind: of all.
    """

    def __init__(self, prints: Sequence[Values], kind: Kind) -> None:
        self._least = _SCALES[kind].least
        self._lengths = np.array([len(p) for p in prints])
        self._longest = int(self._lengths.max())
        self._size = 1 << (2 * self._longest - 1).bit_length()
        stack = np.zeros((len(prints), self._longest, BANDS), dtype=np.float32)
        for row, fine in zip(stack, prints, strict=True):
            row[: len(fine)] = fine
        self._energy = np.pad(np.cumsum(np.square(stack).sum(axis=2, dtype=np.float64), axis=1), ((0, 0), (1, 0)))
        self._spectra = np.fft.rfft(stack, self._size, axis=1).astype(np.complex64)

    def likeness(self, one: int, others: Sequence[int]) -> NDArray[np.float64]:
        """(N,) greatest correlation of print ``one`` with each other, over all shifts that leave enough in common.

        Enough is what :data:`_SCALES` asks for, or 60 % of the shorter one if that is more, with a good part of the
        structure of both: an overlap of near silence says nothing.
        """
        js = np.asarray(others, dtype=int)
        if not js.size:
            return np.zeros(0)
        product = np.fft.irfft(
            np.einsum("nfb,fb->nf", self._spectra[js].conj(), self._spectra[one]), self._size, axis=1
        )
        # Shift s: step 0 of the other stands at step s of this one.
        n = int(self._lengths[one])
        shifts = np.arange(-self._longest + 1, n)
        lengths = self._lengths[js, None]
        begin = np.broadcast_to(np.maximum(0, shifts), (js.size, shifts.size))
        end = np.maximum(np.minimum(n, shifts + lengths), begin)
        ours = self._energy[one][end] - self._energy[one][begin]
        rows = np.arange(js.size)[:, None]
        energy = self._energy[js]
        theirs = energy[rows, end - np.minimum(shifts, end)] - energy[rows, begin - np.minimum(shifts, begin)]
        norm, whole = np.sqrt(ours * theirs), np.sqrt(self._energy[one, -1] * energy[:, -1:])
        enough = end - begin >= np.maximum(self._least, 0.6 * np.minimum(lengths, n))
        counts = enough & (norm > 0.3 * whole) & (whole > 0)
        return np.asarray(np.where(counts, product[:, shifts % self._size] / np.maximum(norm, 1e-12), 0.0).max(axis=1))


def wave_likeness(one: Sound, other: Sound) -> float:
    """Greatest correlation of two sounds over all shifts, whatever their polarity: in [0, 1]."""
    scale = float(np.linalg.norm(one) * np.linalg.norm(other))
    return float(np.abs(fftconvolve(one, other[::-1])).max()) / max(scale, 1e-12)


def near_duplicates(
    takes: Sequence[Take], prints: Sequence[Values], read: Callable[[Take], Sound], progress: Progress | None = None
) -> list[Near]:
    """Pairs of takes of one class and kind, but of different recordings, that are almost the same sound.

    Args:
        takes: any.
        prints: the :func:`fingerprint` of each.
        read: gives the samples of a take; asked for of pairs that are alike in fine structure.
        progress: called with (takes compared, takes in all).
    """
    found: list[Near] = []
    done = 0
    for label, kind in sorted({(t.label, t.kind) for t in takes}):
        mine = [i for i, t in enumerate(takes) if (t.label, t.kind) == (label, kind)]
        compared = Comparison([prints[i] for i in mine], kind)
        for place, i in enumerate(mine):
            later = [k for k in range(place + 1, len(mine)) if takes[mine[k]].recording != takes[i].recording]
            for k, r in zip(later, compared.likeness(place, later), strict=True):
                if r >= ALIKE and wave_likeness(read(takes[i]), read(takes[mine[k]])) >= SAME_WAVE:
                    first, second = sorted((takes[i].id, takes[mine[k]].id))
                    found.append(Near(first, second, round(float(r), 3)))
            done += 1
            if progress is not None:
                progress(done, len(takes))
    return sorted(found)
