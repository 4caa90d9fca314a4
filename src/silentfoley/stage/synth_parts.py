"""Parts of the synthesiser: ringing modes, coloured noise, clouds of grains. Numbers in the recipes are our choices."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike, NDArray

#: (N,) samples.
Sound = NDArray[np.float32]
Rng = np.random.Generator


@dataclass(frozen=True)
class Voice:
    """What stays the same from hit to hit of one performance: this shoe, this keyboard, this gun.

    Attributes:
        pitch: factor on every resonance, about 0.85 to 1.18.
        ring: factor on every decay time, about 0.8 to 1.25.
        bright: factor on every noise cut-off, about 0.8 to 1.25.
        spread: (8,) factors that put each partial a little off its place, about 0.95 to 1.05.
        room: (R,) what the place answers to a unit impulse, at ``rate_hz``; the direct sound is not in it.
        room_spectra: its transforms by size, kept from hit to hit.
    """

    pitch: float
    ring: float
    bright: float
    spread: NDArray[np.float64]
    room: Sound
    room_spectra: dict[int, NDArray[np.complex64]] = field(default_factory=dict, repr=False)

    @classmethod
    def draw(cls, rng: Rng, rate_hz: int) -> Voice:
        """A new thing that sounds in a new place."""
        pitch, ring, bright = np.exp(rng.uniform(-1, 1, 3) * (0.165, 0.223, 0.223))
        spread = np.exp(rng.uniform(-0.05, 0.05, 8))
        return cls(float(pitch), float(ring), float(bright), spread, draw_room(rng, rate_hz))


def draw_room(rng: Rng, rate_hz: int) -> Sound:
    """(R,) reflections after 3 to 25 ms and a diffuse tail of 0.15 to 0.3 s, 15 dB below the direct sound."""
    tau_s = rng.uniform(0.03, 0.06)
    n = round(5 * tau_s * rate_hz)
    tail = coloured_noise(n, rng, rate_hz, 180, rng.uniform(2500, 6000), slope=1.0) * decay(n, tau_s, rate_hz, 0.012)
    tail /= np.sqrt(np.sum(tail**2))
    at = (rng.uniform(0.003, 0.025, 6) * rate_hz).astype(int)
    tail[at] += rng.uniform(-0.4, 0.4, 6).astype(np.float32)
    tail[: round(0.003 * rate_hz)] = 0  # the direct sound alone for the first 3 ms: the attack stays sharp
    return np.asarray(tail * np.float32(0.18), dtype=np.float32)


@dataclass(frozen=True)
class Touch:
    """One hit to be synthesised.

    Attributes:
        strength: in [0, 1].
        rng: draws of this hit alone.
        rate_hz: samples per second.
        voice: draws shared by all hits of the performance.
    """

    strength: float
    rng: Rng
    rate_hz: int
    voice: Voice

    def samples(self, seconds: float) -> int:
        """Whole samples in a time, at least one."""
        return max(1, round(seconds * self.rate_hz))

    def burst(self, low_hz: float, high_hz: float, tau_s: float, *, rise_s: float = 0.0002) -> Sound:
        """Noise that decays with ``tau_s``; strength opens the upper cut-off from 0.5 to 1.6 times."""
        high = high_hz * self.voice.bright * (0.5 + 1.1 * self.strength)
        tau = tau_s * self.voice.ring
        n = self.samples(5 * tau + rise_s)
        noise = coloured_noise(n, self.rng, self.rate_hz, low_hz, max(high, 1.5 * low_hz))
        return noise * decay(n, tau, self.rate_hz, rise_s)

    def modes(self, freqs_hz: ArrayLike, taus_s: ArrayLike, amps: ArrayLike = 1.0, *, jitter: float = 0.01) -> Sound:
        """Struck partials; a soft hit leaves the upper ones asleep, as a soft mallet does.

        Args:
            freqs_hz, taus_s, amps: (P,), P <= 8, or scalars to be repeated.
            jitter: relative pitch change from hit to hit.
        """
        freqs = np.atleast_1d(np.asarray(freqs_hz, dtype=np.float64))
        octaves = np.log2(np.maximum(freqs / freqs[0], 1.0))
        mallet = 10.0 ** (-9.0 * (1.0 - self.strength) * octaves / 20.0)
        pitch = self.voice.pitch * self.voice.spread[: freqs.size] * np.exp(self.rng.normal(0.0, jitter))
        amp = np.asarray(amps, dtype=np.float64) * mallet * self.rng.uniform(0.7, 1.3, freqs.size)
        taus = np.broadcast_to(np.asarray(taus_s, dtype=np.float64), freqs.shape) * self.voice.ring
        return modes(freqs * pitch, taus, amp, self.rate_hz)


def decay(n: int, tau_s: float, rate_hz: int, rise_s: float = 0.0) -> Sound:
    """(n,) exponential decay after a linear rise of ``rise_s``, bent so that it ends at zero."""
    t = np.arange(n, dtype=np.float32) / np.float32(rate_hz)
    last = np.float32(np.exp(-max(n - rise_s * rate_hz, 1) / (tau_s * rate_hz)))
    after = np.maximum(t - np.float32(rise_s), 0) if rise_s > 0 else t
    envelope = (np.exp(after / np.float32(-tau_s)) - last) / (1 - last)
    if rise_s > 0:
        envelope *= np.minimum((t + np.float32(1.0 / rate_hz)) / np.float32(rise_s), 1)
    return np.asarray(envelope, dtype=np.float32)


def coloured_noise(
    n: int, rng: Rng, rate_hz: int, low_hz: float, high_hz: float, *, slope: float = 2.0, sparse_hz: float | None = None
) -> Sound:
    """Stationary noise between two cut-offs, made in the frequency domain so that it is in full swing at sample 0.

    Args:
        slope: roll-off on both sides in units of 6 dB per octave.
        sparse_hz: impulses per second to colour in place of Gaussian noise: rain and crackle instead of hiss.

    Returns:
        (n,) with root mean square 1.
    """
    # Loaded when a sound is made: whoever only asks which names there are need not wait for it.
    from scipy import fft

    size = fft.next_fast_len(max(n, 16), real=True)
    if sparse_hz is None:
        draws = rng.standard_normal((size // 2 + 1, 2), dtype=np.float32)
        spectrum = draws.view(np.complex64)[:, 0]
    else:
        spectrum = fft.rfft(impulses(size, rng, rate_hz, sparse_hz))
    spectrum = spectrum * band(size, rate_hz, low_hz, high_hz, slope)
    noise = fft.irfft(spectrum, size)[:n]
    return np.asarray(noise / (np.sqrt(np.mean(noise**2)) + 1e-12), dtype=np.float32)


def band(size: int, rate_hz: int, low_hz: float, high_hz: float, slope: float) -> Sound:
    """(size // 2 + 1,) magnitude of a band with Butterworth-like flanks; nothing at 0 Hz."""
    f = np.maximum(np.arange(size // 2 + 1, dtype=np.float32), 1) * np.float32(rate_hz / size)
    power = np.float32(2 * slope)
    magnitude = 1 / np.sqrt((1 + (np.float32(low_hz) / f) ** power) * (1 + (f / np.float32(high_hz)) ** power))
    magnitude[0] = 0
    return np.asarray(magnitude, dtype=np.float32)


def impulses(n: int, rng: Rng, rate_hz: int, per_s: float) -> Sound:
    """(n,) impulses at random times, of either sign and log-normal size."""
    count = int(rng.poisson(per_s * n / rate_hz))
    sizes = np.exp(rng.normal(0.0, 0.8, count)) * rng.choice((-1.0, 1.0), count)
    return np.bincount(rng.integers(0, n, count), sizes, minlength=n).astype(np.float32)


def modes(freqs_hz: ArrayLike, taus_s: ArrayLike, amps: ArrayLike, rate_hz: int) -> Sound:
    """Sum of decaying sines that start at phase 0; those above 0.45 of the rate are left out.

    Returns:
        (N,) where N is five times the longest decay.
    """
    freqs, taus, levels = np.broadcast_arrays(
        *(np.atleast_1d(np.asarray(v, np.float64)) for v in (freqs_hz, taus_s, amps))
    )
    out = np.zeros(max(1, round(5 * float(taus.max()) * rate_hz)), dtype=np.float32)
    for freq, tau, level in zip(freqs, taus, levels, strict=True):
        if freq < 0.45 * rate_hz:
            n = min(out.size, max(1, round(5 * tau * rate_hz)))
            phase = np.arange(n, dtype=np.float32) * np.float32(2 * np.pi * freq / rate_hz)
            out[:n] += np.float32(level) * np.sin(phase) * decay(n, tau, rate_hz)
    return out


def layer(*parts: tuple[float, float, Sound], rate_hz: int) -> Sound:
    """Add sounds given as (delay in s, gain, sound); each is first scaled to peak 1 so that gains compare."""
    starts = [round(delay * rate_hz) for delay, _, _ in parts]
    out = np.zeros(max(s + p[2].size for s, p in zip(starts, parts, strict=True)), dtype=np.float32)
    for start, (_, gain, sound) in zip(starts, parts, strict=True):
        out[start : start + sound.size] += sound * np.float32(gain / (np.abs(sound).max() + 1e-9))
    return out


def cloud(n: int, starts: ArrayLike, gains: ArrayLike, grains: list[Sound], rng: Rng) -> Sound:
    """(n,) of grains dropped at ``starts`` (samples) with ``gains``; each takes one of ``grains`` at random."""
    out = np.zeros(n, dtype=np.float32)
    at = np.asarray(starts, dtype=np.int64)
    which = rng.integers(0, len(grains), at.size)
    for start, gain, k in zip(at.tolist(), np.asarray(gains, dtype=np.float32), which, strict=True):
        end = min(n, start + grains[k].size)
        if start < end:
            out[start:end] += gain * grains[k][: end - start]
    return out


def in_room(sound: Sound, voice: Voice, wet: float) -> Sound:
    """(N + R - 1,) the sound and the answer of the room to it."""
    from scipy import fft

    n = sound.size + voice.room.size - 1
    size = 1 << (n - 1).bit_length()
    if size not in voice.room_spectra:
        voice.room_spectra[size] = fft.rfft(voice.room, size)
    answer = fft.irfft(fft.rfft(sound, size) * voice.room_spectra[size], size)[:n]
    answer *= np.float32(wet)
    answer[: sound.size] += sound
    return np.asarray(answer, dtype=np.float32)


def saturate(sound: Sound, drive: float) -> Sound:
    """Bend peaks as tape and loud air do; ``drive`` says how far beyond full scale the peak is."""
    return np.asarray(np.tanh(sound * np.float32(drive / (np.abs(sound).max() + 1e-9))), dtype=np.float32)


def finish(sound: Sound, peak: float, rate_hz: int, fade_s: float = 0.008) -> Sound:
    """Scale to ``peak`` and let the end fade out."""
    n = min(sound.size, max(1, round(fade_s * rate_hz)))
    out = sound * np.float32(peak / (np.abs(sound).max() + 1e-9))
    out[-n:] *= np.linspace(1, 0, n, dtype=np.float32)
    return np.asarray(out, dtype=np.float32)
