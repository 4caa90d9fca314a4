"""What air and walls do to a sound, by pyroomacoustics (Scheibler, Bezzam and Dokmanic, 2018).

The package, and SciPy with it, is imported when something is farther than a metre or in a room, not before: that takes
most of a second.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray

from silentfoley.generators.rooms import Room
from silentfoley.signal.phase import minimum_phase

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

#: Weather: that of a mild day.
TEMPERATURE_C, HUMIDITY_PERCENT = 20.0, 50.0
SPEED_M_S = 343.0
#: A room adds nothing below.
LOWEST_HZ = 20.0
#: Taps of the filter that stands for air.
AIR_TAPS = 1024
#: Distances in rooms are told apart by so many steps per doubling.
STEPS_PER_DOUBLING = 4
#: The listener's and the source's height, at most; where in the floor plan the listener stands, and which way he looks
#: as far as where; the distance of his ears, which is that of a pair of microphones. Our choices, of no symmetry.
_HEIGHT_M, _LISTENER, _FARTHEST, _EARS_M = 1.5, (0.21, 0.31), (0.83, 0.72), 0.3
#: Stretches of a response that one filter of air serves, samples.
_STRETCH = 1024
_REFERENCE_HZ = 1000.0


def air_loss_db(distance_m: float, hz: ArrayLike) -> Doubles:
    """How much air takes on its way, in dB >= 0, of the same shape as ``hz``.

    The package's coefficients for octaves, 125 Hz to 8 kHz; between and beyond them along lines in log frequency and
    log coefficient, which is our choice.
    """
    centres, coefficients = _air_coefficients()
    octaves = np.log2(np.maximum(np.asarray(hz, dtype=np.float64), 1.0))
    known, logs = np.log2(centres), np.log(coefficients)
    inside = np.interp(octaves, known, logs)
    below = (logs[1] - logs[0]) / (known[1] - known[0]) * np.minimum(octaves - known[0], 0)
    above = (logs[-1] - logs[-2]) / (known[-1] - known[-2]) * np.maximum(octaves - known[-1], 0)
    return np.asarray(10 * np.log10(np.e) * distance_m * np.exp(inside + below + above))


@lru_cache(maxsize=1)
def _air_coefficients() -> tuple[Doubles, Doubles]:
    """Frequencies in Hz and what a metre of air takes of the energy there, in nepers."""
    from pyroomacoustics.parameters import Physics

    table = Physics(TEMPERATURE_C, HUMIDITY_PERCENT).get_air_absorption()
    return np.array(table["center_freqs"], dtype=np.float64), np.array(table["coeffs"], dtype=np.float64)


@lru_cache(maxsize=64)
def air_response(distance_m: float, sample_rate_hz: int) -> Floats:
    """(AIR_TAPS,) impulse response of so much air, without the time it takes: causal, of minimum phase.

    Losses of more than 80 dB are held at 80.
    """
    hz = np.arange(AIR_TAPS // 2 + 1) * (sample_rate_hz / AIR_TAPS)
    magnitudes = 10 ** (-air_loss_db(distance_m, hz) / 20)
    return np.asarray(minimum_phase(torch.from_numpy(magnitudes)).numpy(), dtype=np.float32)


def rounded_distance_m(room: Room, distance_m: float) -> float:
    """The distance that a room's response is made for: in quarters of a doubling, from a metre to as far as it goes."""
    steps = round(np.log2(max(distance_m, 1.0)) * STEPS_PER_DOUBLING)
    return float(min(2 ** (steps / STEPS_PER_DOUBLING), farthest_m(room)))


def farthest_m(room: Room) -> float:
    """How far from the listener a source may be in a room; what is farther is heard as from there."""
    across, along = ((b - a) * side for a, b, side in zip(_LISTENER, _FARTHEST, room.size_m[:2], strict=True))
    return float(np.hypot(across, along))


@lru_cache(maxsize=16)
def room_response(room: Room, distance_m: float, sample_rate_hz: int) -> Floats:
    """What a room adds to a sound at two ears: all but the direct sound, which would arrive at sample 0.

    Image sources in a box (Allen and Berkley, 1979), each dulled by the air it crossed besides what the direct sound
    did. It is scaled as if the direct sound had amplitude 1 at a metre and 1 / distance beyond: to bring that about,
    and to send it through the air, is left to whoever plays it.

    Args:
        room: the room.
        distance_m: from :func:`rounded_distance_m`.
        sample_rate_hz: of the sound.

    Returns:
        (2, round(room.rt60_s * sample_rate_hz)).
    """
    from scipy.signal import butter, sosfilt

    echoes, direct = _responses(room, distance_m, sample_rate_hz, None), _responses(room, distance_m, sample_rate_hz, 0)
    n = round(room.rt60_s * sample_rate_hz)
    out = np.zeros((2, n))
    for ear, (all_of_it, first) in enumerate(zip(echoes, direct, strict=True)):
        rest = all_of_it.copy()
        rest[: len(first)] -= first
        # The package puts the middle of its interpolation filter on the arrival.
        arrival = int(np.abs(first).argmax())
        tone = np.exp(-2j * np.pi * _REFERENCE_HZ / sample_rate_hz * np.arange(len(first)))
        heard = rest[arrival : arrival + n] / (distance_m * abs(first @ tone))
        out[ear, : len(heard)] = heard
    fade = n // 20
    out[:, n - fade :] *= np.linspace(1, 0, fade)
    # Reflections off hard walls all have one sign: without this they would add up to a boom below hearing.
    rumble = butter(2, LOWEST_HZ, "highpass", fs=sample_rate_hz, output="sos")
    return _through_air(np.asarray(sosfilt(rumble, out)), sample_rate_hz)


def _responses(room: Room, distance_m: float, sample_rate_hz: int, order: int | None) -> list[Doubles]:
    """Responses at both ears, from images up to an order; None: as many as arrive before it has died away."""
    import pyroomacoustics as pra

    absorption, enough = pra.inverse_sabine(room.rt60_s, room.size_m)
    walls = pra.Material(absorption)
    box: Any = pra.ShoeBox(
        room.size_m, fs=sample_rate_hz, materials=walls, max_order=enough if order is None else order
    )
    listener = np.array([*(a * s for a, s in zip(_LISTENER, room.size_m[:2], strict=True)), 0.0])
    farthest = np.array([*(b * s for b, s in zip(_FARTHEST, room.size_m[:2], strict=True)), 0.0])
    listener[2] = farthest[2] = min(_HEIGHT_M, 0.6 * room.size_m[2])
    ahead = (farthest - listener) / np.linalg.norm(farthest - listener)
    aside = np.array([-ahead[1], ahead[0], 0.0]) * (_EARS_M / 2)
    box.add_source(listener + distance_m * ahead)
    box.add_microphone_array(np.stack([listener + aside, listener - aside], axis=1))
    with _unfiltered(pra.constants):
        box.compute_rir()
    return [np.asarray(ear[0], dtype=np.float64) for ear in box.rir]


@contextmanager
def _unfiltered(constants: Any) -> Iterator[None]:
    """The package filters responses forth and back, which puts sound before its cause: not here."""
    before = constants.get("rir_hpf_enable")
    constants.set("rir_hpf_enable", False)
    try:
        yield
    finally:
        constants.set("rir_hpf_enable", before)


def _through_air(response: Doubles, sample_rate_hz: int) -> Floats:
    """Each stretch dulled by as much air as sound crosses until then; stretches fade into each other."""
    n = response.shape[1]
    out = np.zeros((2, n + 3 * _STRETCH + AIR_TAPS))
    window = np.hanning(2 * _STRETCH + 1)[:-1]
    padded = np.pad(response, ((0, 0), (_STRETCH, 2 * _STRETCH)))
    for start in range(0, n + _STRETCH, _STRETCH):
        crossed_m = start / sample_rate_hz * SPEED_M_S
        spectrum = np.fft.rfft(air_response(round(crossed_m, 1), sample_rate_hz), 2 * _STRETCH + AIR_TAPS)
        piece = padded[:, start : start + 2 * _STRETCH] * window
        filtered = np.fft.irfft(np.fft.rfft(piece, 2 * _STRETCH + AIR_TAPS) * spectrum)
        out[:, start : start + filtered.shape[1]] += filtered
    return out[:, _STRETCH : _STRETCH + n].astype(np.float32)
