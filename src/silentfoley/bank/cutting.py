"""Cutting recordings into takes: where hits begin, to the millisecond, if there are any. Thresholds are ours."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter1d
from scipy.signal import butter, sosfilt

from silentfoley.bank.take import Kind
from silentfoley.labels import TEXTURES

Sound = NDArray[np.float32]

#: Envelope: RMS over 4 ms, every 1 ms.
_WINDOW_S, _HOP_S = 0.004, 0.001
#: Kept before an onset, so that a soft beginning is not cut off.
PREROLL_S = 0.01
#: A hit's tail ends where it has sunk this far below its peak, or into the noise.
TAIL_DB = 45.0
EDGE_S = 0.004
RUMBLE_HZ = 120.0
#: A file that begins in the middle of a steady sound has its only onset here.
START_S = 0.03


@dataclass(frozen=True)
class CutRule:
    """When something is a new hit rather than a part of the last.

    Attributes:
        gap_s: hits lie at least this far apart.
        rise_db: the envelope climbs this much within 20 ms.
        range_db: its peak is at most this far below the loudest of the recording.
        longest_s: a hit rings no longer.
    """

    gap_s: float
    rise_db: float
    range_db: float
    longest_s: float


#: Breaking, guns and thunder have debris, echoes and rolls that belong to the same hit.
CUT_RULES: dict[str, CutRule] = {
    "breaking": CutRule(0.60, 15, 10, 4.0),
    "clock": CutRule(0.18, 9, 18, 0.5),
    "cutting": CutRule(0.16, 10, 15, 1.5),
    "footsteps": CutRule(0.20, 8, 18, 1.0),
    "gunshot": CutRule(0.50, 14, 10, 3.0),
    "horse": CutRule(0.07, 9, 18, 0.6),
    "thunder": CutRule(2.50, 15, 10, 9.0),
    "typing": CutRule(0.07, 10, 20, 0.5),
}
DEFAULT_RULE = CutRule(0.12, 9, 18, 2.0)


@dataclass(frozen=True)
class Cut:
    """A stretch of a recording.

    Attributes:
        kind: ``hit`` or ``texture``.
        start, end: samples in the recording, end excluded.
        onset: sample in the recording where the hit begins; ``start`` for a texture.
    """

    kind: Kind
    start: int
    end: int
    onset: int


def cut(samples: Sound, label: str, rate_hz: int) -> list[Cut]:
    """Cut a recording of a class into its takes.

    Classes that are textures always give one texture. Others give hits where something sets in sharply; a recording
    that sounds on steadily instead is a texture too, and one that only swells and dies is a single hit.

    Args:
        samples: (N,) float32, mean removed.

    Returns:
        Takes in time order; empty if nothing sounds.
    """
    level = envelope_db(samples, rate_hz)
    if level.size == 0 or level.max() < -70:
        return []
    whole = _trim(level, samples.size, rate_hz)
    if label in TEXTURES:
        return [Cut("texture", *whole, whole[0])]
    rule = CUT_RULES.get(label, DEFAULT_RULE)
    high = without_rumble(samples, rate_hz)
    onsets = find_onsets(high, rule, rate_hz)
    if is_steady(level) and all(onset < START_S * rate_hz for onset in onsets):
        return [Cut("texture", *whole, whole[0])]
    if (swell := _swell(envelope_db(high, rate_hz), onsets, rule, rate_hz)) is not None:
        onsets = [swell, *onsets]
    ends = [*onsets[1:], samples.size]
    return [_hit(level, onset, end, onsets[i - 1] if i else 0, rule, rate_hz)
            for i, (onset, end) in enumerate(zip(onsets, ends, strict=True))]  # fmt: skip


def envelope_db(samples: Sound, rate_hz: int) -> NDArray[np.float64]:
    """(M,) RMS in dB of full scale at every millisecond, window centred, floor at -120."""
    hop, half = round(_HOP_S * rate_hz), round(_WINDOW_S * rate_hz / 2)
    energy = np.concatenate([[0.0], np.cumsum(samples.astype(np.float64) ** 2)])
    centres = np.arange(0, samples.size, hop)
    left, right = np.maximum(centres - half, 0), np.minimum(centres + half, samples.size)
    level: NDArray[np.float64] = 10 * np.log10((energy[right] - energy[left]) / (2 * half) + 1e-12)
    return level


def is_steady(level: NDArray[np.float64]) -> bool:
    """Whether it sounds on for 0.6 s or more: half of it within 12 dB of the loud places, its end within 15 dB."""
    loud = float(np.percentile(level, 95))
    end = level[-max(1, level.size // 5) :]
    long_enough = level.size * _HOP_S >= 0.6
    return long_enough and float(np.median(level)) > loud - 12.0 and float(np.median(end)) > loud - 15.0


def without_rumble(samples: Sound, rate_hz: int) -> Sound:
    """(N,) without what lies below 120 Hz, where there are waves but no onsets. Causal: nothing rings before a hit."""
    sections = butter(4, RUMBLE_HZ, "highpass", fs=rate_hz, output="sos")
    return np.asarray(sosfilt(sections, samples), dtype=np.float32)


def find_onsets(samples: Sound, rule: CutRule, rate_hz: int) -> list[int]:
    """Samples where hits begin, in order, in a recording freed of its rumble."""
    level = envelope_db(samples, rate_hz)
    reach = round(0.02 / _HOP_S)
    # The floor: the loudest of the quietest 5 ms of the 20 ms before; a single dip is no silence.
    padded = np.concatenate([np.full(reach, -120.0), level])
    quiet = minimum_filter1d(padded, 5, mode="nearest")
    floor = sliding_window_view(quiet, reach - 3)[: level.size].max(axis=1)
    floor[0] = -120.0
    ahead = np.concatenate([level, np.full(reach - 1, -120.0)])
    peak = sliding_window_view(ahead, reach).max(axis=1)
    # Before the file there is silence, but noise that is there from the start is no hit.
    ground = max(float(level.max()) - 60, float(np.percentile(level, 10)))
    ok = (peak - np.maximum(floor, ground) >= rule.rise_db) & (peak >= level.max() - rule.range_db)
    starts = np.flatnonzero(ok & ~np.concatenate([[False], ok[:-1]]))
    found: list[tuple[int, float]] = []
    for start in starts:
        onset = _refine(samples, int(start), floor[start], peak[start], rate_hz)
        if found and onset - found[-1][0] < rule.gap_s * rate_hz:
            if peak[start] > found[-1][1] + 12:  # what came before was only its approach
                found[-1] = (onset, float(peak[start]))
            continue
        found.append((onset, float(peak[start])))
    return [onset for onset, _ in found]


def _refine(samples: Sound, start_ms: int, floor_db: float, peak_db: float, rate_hz: int) -> int:
    """The first sample after a coarse start that stands out: above the floor's peaks and a tenth of the hit's."""
    hop = round(_HOP_S * rate_hz)
    # The envelope's window looks 2 ms ahead and the peak up to 20 ms.
    begin, end = max(0, start_ms * hop - 3 * hop), min(samples.size, start_ms * hop + 25 * hop)
    size = np.abs(samples[begin:end])
    top = float(size.max(initial=0.0))
    threshold = max(0.1 * top, min(3.0 * 10 ** (floor_db / 20), 0.5 * top))
    return begin + int(np.argmax(size >= threshold))


def _swell(level: NDArray[np.float64], onsets: list[int], rule: CutRule, rate_hz: int) -> int | None:
    """Where a loud sound that swells without an edge comes within 20 dB of the peak, if it lies before all onsets."""
    hop = round(_HOP_S * rate_hz)
    first = int(np.argmax(level >= level.max() - 20)) * hop
    if not onsets:
        return first
    lead = level[: onsets[0] // hop]
    loud = lead.size > 0 and float(lead.max()) >= level.max() - 6
    return first if loud and onsets[0] - first >= rule.gap_s * rate_hz / 2 else None


def _hit(level: NDArray[np.float64], onset: int, end: int, last_onset: int, rule: CutRule, rate_hz: int) -> Cut:
    hop = round(_HOP_S * rate_hz)
    first, stop = onset // hop, min(end // hop, level.size)
    tail = level[first:stop]
    if tail.size:
        floor = max(float(np.percentile(level, 5)) + 4, float(tail.max()) - TAIL_DB)
        loud = np.flatnonzero(tail > floor)
        rings = (int(loud[-1]) + 10) * hop if loud.size else end - onset
        end = min(end, onset + max(rings, 10 * hop), onset + round(rule.longest_s * rate_hz))
    preroll = min(round(PREROLL_S * rate_hz), onset, (onset - last_onset) // 2 if last_onset else onset)
    return Cut("hit", onset - preroll, end, onset)


def _trim(level: NDArray[np.float64], n: int, rate_hz: int) -> tuple[int, int]:
    """First and last sample within 40 dB of the loud places."""
    hop = round(_HOP_S * rate_hz)
    loud = np.flatnonzero(level > np.percentile(level, 95) - 40)
    return int(loud[0]) * hop, min(n, int(loud[-1] + 1) * hop)


def attack_s(samples: Sound, cut_: Cut, rate_hz: int) -> float:
    """Seconds from a hit's onset to where it first comes within 6 dB of its peak level."""
    level = envelope_db(samples[cut_.onset : cut_.end], rate_hz)
    return float(np.argmax(level >= level.max() - 6)) * _HOP_S if level.size else 0.0


def soften_edges(samples: Sound, cut_: Cut, rate_hz: int) -> Sound:
    """The cut's samples with short fades, none inside a hit's attack."""
    out = samples[cut_.start : cut_.end].copy()
    edge = min(round(EDGE_S * rate_hz), out.size // 2)
    if edge:
        lead = min(edge, cut_.onset - cut_.start) if cut_.kind == "hit" else edge
        out[:lead] *= np.linspace(0, 1, lead, dtype=np.float32)
        out[out.size - edge :] *= np.linspace(1, 0, edge, dtype=np.float32)
    return out
