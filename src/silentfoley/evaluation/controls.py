"""Control rows: answers whose worth is known beforehand, judged like any system's.

Right sound at blind times: the metronome and the random row play the loudest event of the true sound (200 ms of it)
at their own times, so what sets them apart from the truth is timing alone.
"""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from silentfoley.data.cache import FeatureCache
from silentfoley.errors import DataError
from silentfoley.evaluation.clip_features import SOUND_RATE_HZ, ClipFeatures
from silentfoley.evaluation.extract import fetch
from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.onset_extractor import FLUX, OnsetExtractor
from silentfoley.evaluation.registry import make_extractor
from silentfoley.waveform import Waveform

#: What each control is, for readers of a table.
WHAT = {
    "truth": "the reference itself",
    "truth_redetected": "events of the true sound by the detector: the ceiling of whatever is judged through it",
    "shuffled": "the true answer of another recording",
    "random": "as many events as there are, at uniform times",
    "metronome": "an event every 200 ms from a drawn phase",
    "silence": "nothing",
}
#: Controls that depend on the seed.
DRAWN = frozenset({"shuffled", "random", "metronome"})
METRONOME_HZ = 5.0
_GRAIN_S, _LEAD_S, _FADE_IN_S, _FADE_OUT_S = 0.2, 0.005, 0.002, 0.05
#: Half a hop: the farthest the detector's columns can be moved against the sound.
_NUDGE_SAMPLES = FLUX.hop_samples // 2

Floats = NDArray[np.float64]


def make_control(
    name: str, references: Sequence[ClipFeatures], needs: Sequence[str], *, events_from: str, folder: Path, seed: int
) -> list[ClipFeatures]:
    """A control's answer to every reference, with the groups a protocol needs.

    Args:
        name: one of :data:`~silentfoley.evaluation.protocol.CONTROLS`.
        references: with their events.
        needs: of the protocol.
        events_from: where the references' events come from, ``cues`` or ``onsets``.
        folder: of features; what is extracted here is kept there.
        seed: of the draws.

    Raises:
        DataError: saying why this control cannot be made from these references.
    """
    if name == "truth":
        return [replace(c, control=name) for c in references]
    if name == "truth_redetected":
        if "events" not in needs:
            raise DataError(name, "this protocol reads no events", "nothing to do")
        return [replace(_redetected(c, events_from), control=name) for c in references]
    if name == "shuffled":
        partner = derangement([c.source for c in references], seed)
        return [replace(references[j], id=c.id, control=name) for c, j in zip(references, partner, strict=True)]
    if "events" not in needs:
        # Other protocols asked for beside this one may have chosen events: they must not change its rows.
        references = [c.with_arrays(events={}) for c in references]
    cache = FeatureCache(folder)
    return [_performed(c, name, control_times_s(name, c, seed), needs, cache) for c in references]


def control_times_s(name: str, clip: ClipFeatures, seed: int) -> Floats:
    """(E,) event times in seconds of the blind controls.

    Raises:
        DataError: if nothing says how many events a clip has.
    """
    if name == "silence":
        return np.zeros(0)
    rng = np.random.default_rng([seed, zlib.crc32(clip.id.encode())])
    if name == "metronome":
        # At a fixed phase of half a step no window is cut off by the clip's ends: on short clips it beats its chance.
        step_s = 1 / METRONOME_HZ
        return np.arange(rng.uniform(0.0, step_s), clip.duration_s, step_s)
    if "events.start_s" in clip:
        n = clip.events_s(clip.duration_s).size
    elif "onsets.start_s" in clip:  # A protocol that reads no events: as many as the detector hears in the true sound.
        n = int((clip["onsets.start_s"] < clip.duration_s).sum())
    else:  # None at all would be silence under another name.
        raise DataError(name, f"clip {clip.id!r} has neither events nor onsets of its true sound", "nothing to do")
    return np.sort(rng.uniform(0.0, clip.duration_s, n))


def derangement(sources: Sequence[str], seed: int) -> list[int]:
    """For every clip another one, of another recording: each is used once as far as that can be.

    Raises:
        DataError: if there is only one recording.
    """
    if len(set(sources)) < 2:
        raise DataError("shuffled", "all clips are of one recording", "nothing to do")
    rng = np.random.default_rng(seed)
    partner = rng.permutation(len(sources))
    for i in range(len(sources)):
        if sources[partner[i]] != sources[i]:
            continue
        # Swap with somebody whom it suits too; the largest recording may leave nobody, then any other clip serves.
        for j in rng.permutation(len(sources)):
            if sources[partner[j]] != sources[i] and sources[partner[i]] != sources[j]:
                partner[i], partner[j] = partner[j], partner[i]
                break
        else:
            partner[i] = rng.choice([j for j, s in enumerate(sources) if s != sources[i]])
    return [int(j) for j in partner]


def _redetected(clip: ClipFeatures, events_from: str) -> ClipFeatures:
    """Annotated truth: the detector's events. Truth by the detector: its events on the sound half a hop later."""
    if events_from == "cues":
        if "onsets.start_s" not in clip:
            raise DataError("truth_redetected", f"clip {clip.id!r} has no true sound to detect in", "nothing to do")
        return clip.with_arrays(events={n: clip[f"onsets.{n}"] for n in ("start_s", "strength")})
    _check_sound("truth_redetected", clip)
    moved = np.pad(clip.sound(), (_NUDGE_SAMPLES, 0))
    found = OnsetExtractor().extract(_open(clip, moved)).arrays
    start_s = np.maximum(found["start_s"] - _NUDGE_SAMPLES / SOUND_RATE_HZ, 0.0)
    return clip.with_arrays(events={**found, "start_s": start_s})


def _performed(
    clip: ClipFeatures, name: str, times_s: Floats, needs: Sequence[str], cache: FeatureCache
) -> ClipFeatures:
    made = replace(clip, control=name).with_arrays(events={"start_s": times_s, "strength": np.ones(times_s.size)})
    extractors = [make_extractor(g) for g in needs if g != "events"]
    extractors = [e for e in extractors if not (e.needs_picture or e.reads_cues)]
    if not extractors:
        return made
    _check_sound(name, clip)
    mono = perform_grain(clip, times_s)
    content = hashlib.sha256(mono.tobytes()).hexdigest()
    groups = {e.name: fetch(e, _open(clip, mono), content, cache).arrays for e in extractors}
    return made.with_arrays(**groups)


def perform_grain(clip: ClipFeatures, times_s: Floats) -> NDArray[np.float32]:
    """(N,) the clip's loudest event at other times, over the clip's length."""
    mono = clip.sound(clip.duration_s)
    out = np.zeros_like(mono)
    grain = _grain(clip, mono)
    for time_s in times_s:
        start = round(float(time_s) * SOUND_RATE_HZ)
        kept = grain[: max(0, out.size - start)]
        out[start : start + kept.size] += kept
    return out


def _grain(clip: ClipFeatures, mono: NDArray[np.float32]) -> NDArray[np.float32]:
    events = clip.events_s(clip.duration_s) if "events.start_s" in clip else np.zeros(0)
    loud = np.abs(mono)
    reach = round(0.1 * SOUND_RATE_HZ)
    starts = [round(float(t) * SOUND_RATE_HZ) for t in events] or [int(loud.argmax()) if loud.size else 0]
    best = max(starts, key=lambda s: float(loud[s : s + reach].max(initial=0.0)))
    first = max(0, best - round(_LEAD_S * SOUND_RATE_HZ))
    grain = mono[first : first + round(_GRAIN_S * SOUND_RATE_HZ)].copy()
    fade_in, fade_out = (min(grain.size, round(s * SOUND_RATE_HZ)) for s in (_FADE_IN_S, _FADE_OUT_S))
    grain[:fade_in] *= np.linspace(0, 1, fade_in, dtype=np.float32)
    grain[grain.size - fade_out :] *= np.linspace(1, 0, fade_out, dtype=np.float32)
    return grain


def _open(clip: ClipFeatures, mono: NDArray[np.float32]) -> OpenClip:
    return OpenClip(clip.id, clip.duration_s, memory=Waveform(mono[None], SOUND_RATE_HZ))


def _check_sound(control: str, clip: ClipFeatures) -> None:
    if "sound.mono" not in clip:
        raise DataError(control, f"clip {clip.id!r} has no true sound to make it from", "nothing to do")
