"""Sound of a performance: hits to the sample, textures along their envelope, from the synthesiser or from takes."""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import blake2b

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.source import TakeSource
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import DataError
from silentfoley.labels import TEXTURES as TEXTURE_CLASSES
from silentfoley.labels import check_label
from silentfoley.signal.distance import distance_gain
from silentfoley.stage import synth
from silentfoley.stage.act import ActPlan, Event
from silentfoley.stage.synth_hits import HITS
from silentfoley.stage.synth_parts import Rng, Sound, Voice, finish
from silentfoley.stage.synth_textures import TEXTURES
from silentfoley.timegrid import SAMPLE_RATE_HZ, TimeGrid

#: Samples below the knee pass unchanged; what is above bends towards the ceiling.
KNEE, CEILING = 0.7, 0.9
#: Edges of a texture that starts or stops inside the clip, and of the clip's own end, in s.
EDGE_S, END_S = 0.03, 0.004
#: A texture asked for in pieces is made in stretches of this length, which fade into each other, in s.
STRETCH_S, JOIN_S = 30.0, 1.0


def perform(
    plan: ActPlan, *, sample_rate_hz: int = SAMPLE_RATE_HZ, seed: int, takes: TakeSource | None = None
) -> NDArray[np.float32]:
    """Sound of an act.

    Args:
        plan: what happens when; a silent plan gives zeros.
        sample_rate_hz: samples per second.
        seed: draws everything the plan leaves open.
        takes: recordings placed at the events, their onset at the event's time. Classes it has nothing of are
            synthesised.

    Returns:
        (N,) float32 with N = ``round(plan.duration_s * sample_rate_hz)``, within 0.9 of full scale.

    Raises:
        LabelError: for an unknown class.
        DataError: if the takes have another sample rate.
    """
    clip = CuePerformer(plan.duration_s, sample_rate_hz, seed, takes)
    check_label(plan.label)
    out = clip.silence()
    if plan.silent:
        return out
    if plan.label in TEXTURE_CLASSES:
        level = synth.spread(_envelope(plan), clip.n)
        _add(out, 0, clip.texture(plan.label, level, plan.variant, "texture"))
    else:
        for i, event in enumerate(plan.events):
            clip.strike(out, _cue(event, plan), f"event {i}", f"{plan.label} {plan.variant}")
    return limit(clip.close(out))


def perform_cues(
    sheet: CueSheet, *, sample_rate_hz: int = SAMPLE_RATE_HZ, seed: int, takes: TakeSource | None = None
) -> NDArray[np.float32]:
    """Sound of a cue sheet, all labels together.

    Every cue draws from a stream of its own, named by seed and cue id, so moving one cue moves its sound and leaves
    the others as they are.

    Returns:
        (N,) float32 with N = ``round(sheet.duration_s * sample_rate_hz)``, within 0.9 of full scale.

    Raises:
        LabelError, DataError: as :func:`perform`.
    """
    clip = CuePerformer(sheet.duration_s, sample_rate_hz, seed, takes)
    out = clip.silence()
    for cue in sheet.cues:
        clip.place(out, cue, *clip.sound(cue))
    return limit(clip.close(out))


def limit(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """Bend peaks above 0.7 towards 0.9. Sample by sample, so a loud place changes nothing elsewhere."""
    size = np.abs(samples)
    if size.size == 0 or float(size.max()) <= KNEE:
        return samples
    bent = KNEE + (CEILING - KNEE) * np.tanh((size - KNEE) / (CEILING - KNEE))
    return np.where(size > KNEE, np.sign(samples) * bent, samples).astype(np.float32)


class CuePerformer:
    """Makes the sounds of one clip's cues. A voice is drawn once per clip: all steps are of one shoe.

    Args:
        duration_s: length of the clip.
        rate_hz: samples per second.
        seed: draws everything the cues leave open, for each cue from a stream of its own.
        takes: recordings to use where they hold the class, or None.

    Raises:
        DataError: if the takes have another sample rate.
    """

    def __init__(self, duration_s: float, rate_hz: int, seed: int, takes: TakeSource | None) -> None:
        if takes is not None and takes.sample_rate_hz != rate_hz:
            raise DataError("takes", f"their rate is {takes.sample_rate_hz} Hz, not {rate_hz}", "perform at their rate")
        self.n = round(duration_s * rate_hz)
        self.rate_hz = rate_hz
        self.seed = seed
        self.takes = takes
        self.voices: dict[str, Voice] = {}
        self.grid = TimeGrid(max(1, self.n), rate_hz)

    def silence(self) -> Sound:
        """(N,) zeros as long as the clip."""
        return np.zeros(self.n, dtype=np.float32)

    def rng(self, name: str) -> Rng:
        """The stream called ``name`` of the seed."""
        digest = blake2b(f"{self.seed}|{name}".encode(), digest_size=16).digest()
        return np.random.default_rng(int.from_bytes(digest, "little"))

    def sound(self, cue: Cue) -> tuple[Sound, int]:
        """The (n,) samples of a cue at 1 m, not yet limited, and which of them is its onset.

        Raises:
            LabelError: for an unknown class.
        """
        check_label(cue.label)
        if cue.label not in TEXTURE_CLASSES:
            return self._strike(cue, f"cue {cue.id}", f"{cue.label} {cue.variant}")
        n = self._length(cue)
        return self.texture(cue.label, _course(cue, n, self.rate_hz, 0, n), cue.variant, f"cue {cue.id}"), 0

    def pieces(self, cue: Cue) -> Iterator[Sound]:
        """The sound of a cue that is performed without takes, in pieces that together begin at its onset.

        A texture longer than :data:`STRETCH_S` is never whole in memory: stretches drawn one after another fade into
        each other with equal power. Shorter ones, and hits, are those of :meth:`sound`.

        Raises:
            LabelError: for an unknown class.
        """
        n, stretch, join = self._length(cue), round(STRETCH_S * self.rate_hz), round(JOIN_S * self.rate_hz)
        if cue.label not in TEXTURE_CLASSES or n <= stretch:
            yield self.sound(cue)[0]
            return
        angle = np.linspace(0, np.pi / 2, join, dtype=np.float32)
        tail = np.zeros(join, dtype=np.float32)
        for start in range(0, n - join, stretch - join):
            end = min(start + stretch, n)
            level = _course(cue, n, self.rate_hz, start, end)
            made = self.texture(cue.label, level, cue.variant, f"cue {cue.id} from {start}")
            if start:
                made[:join] = made[:join] * np.sin(angle) + tail
            tail = made[-join:] * np.cos(angle)
            yield made if end == n else made[:-join]

    def _length(self, cue: Cue) -> int:
        """Samples of a texture. A moved cue must draw the same noise: they never depend on where it starts."""
        return max(1, self.n if cue.duration_s is None else round(cue.duration_s * self.rate_hz))

    def place(self, out: Sound, cue: Cue, sound: Sound, onset: int) -> None:
        """Add a sound to the clip, its onset at the cue's start, at the cue's distance."""
        _add(out, self.grid.sample_at(cue.start_s) - onset, sound * np.float32(distance_gain(cue.distance_m)))

    def strike(self, out: Sound, cue: Cue, stream: str, voice: str) -> None:
        """Place one hit."""
        self.place(out, cue, *self._strike(cue, stream, voice))

    def _strike(self, cue: Cue, stream: str, voice: str) -> tuple[Sound, int]:
        onset = 0
        rng = self.rng(stream)
        if self.takes is not None and cue.label in self.takes.labels:
            thing = int(self.rng(f"voice {voice}").integers(1 << 31))
            take = self.takes.strike(cue.label, cue.strength, cue.variant, rng, thing)
            sound, onset = finish(take.samples, HITS[cue.label][1] * cue.strength, self.rate_hz), take.onset_samples
        else:
            if voice not in self.voices:
                self.voices[voice] = Voice.draw(self.rng(f"voice {voice}"), self.rate_hz)
            sound = synth.hit(cue.label, cue.strength, rng, self.rate_hz, cue.variant, voice=self.voices[voice])
        return _shape(sound, onset, cue, self.rate_hz), onset

    def texture(self, label: str, level: Sound, variant: str | None, stream: str) -> Sound:
        """(n,) steady sound shaped by (n,) ``level``."""
        rng = self.rng(stream)
        if self.takes is None or label not in self.takes.labels:
            return synth.texture(label, level, level.size, rng, self.rate_hz, variant)
        steady = self.takes.stretch(label, level.size, variant, rng)
        rms = np.sqrt(np.mean(steady**2)) + 1e-9
        return np.asarray(steady * level * np.float32(TEXTURES[label][1] / rms), dtype=np.float32)

    def close(self, out: Sound) -> Sound:
        """A clip that stops in the middle of a sound must not end with a click."""
        n = min(self.n, round(END_S * self.rate_hz))
        if n:
            out[-n:] *= np.linspace(1, 0, n, dtype=np.float32)
        return out


def _add(out: Sound, start: int, sound: Sound) -> None:
    skip = max(0, -start)
    start = max(0, start)
    end = min(out.size, start + sound.size - skip)
    if end > start:
        out[start:end] += sound[skip : skip + end - start]


def _shape(sound: Sound, onset: int, cue: Cue, rate_hz: int) -> Sound:
    """Damp a hit after its duration, and give it its envelope if it has one."""
    if cue.duration_s is None:
        return sound
    n = min(sound.size, onset + max(1, round(cue.duration_s * rate_hz)))
    cut = sound[:n].copy()
    if cue.envelope is not None:
        span = synth.spread(cue.envelope, max(1, round(cue.duration_s * rate_hz)))
        cut[onset:] *= span[: n - onset]
    if n < sound.size:
        fade = max(1, min(round(EDGE_S * rate_hz), (n - onset) // 2))
        cut[-fade:] *= np.linspace(1, 0, fade, dtype=np.float32)
    return cut


def _course(cue: Cue, n: int, rate_hz: int, start: int, end: int) -> Sound:
    """Level of the samples [start, end) of the n of a texture cue: its envelope, or else what comes by nature.

    Soft at both edges, and as strong as the cue.
    """
    at = np.arange(start, end)
    if cue.envelope is not None:
        values = np.clip(np.asarray(cue.envelope, dtype=np.float64), 0.0, 1.0)
        level = np.interp(at * ((values.size - 1) / max(1, n - 1)), np.arange(values.size), values).astype(np.float32)
    elif cue.label == "car":
        place = at * (8 / max(1, n - 1)) - 4
        level = (1 / np.sqrt(1 + place**2)).astype(np.float32)  # it comes, passes and leaves
    else:
        level = np.ones(end - start, dtype=np.float32)
    edge = min(round(EDGE_S * rate_hz), n // 2)
    if edge:
        nearest = np.minimum(at, n - 1 - at)
        level *= np.minimum(nearest / np.float32(max(1, edge - 1)), 1).astype(np.float32)
    return np.asarray(level * np.float32(cue.strength), dtype=np.float32)


def _envelope(plan: ActPlan) -> NDArray[np.float64]:
    """(E,) level of a texture act; its events' spans at their strengths if it has no envelope."""
    if plan.envelope is not None:
        return plan.envelope
    times = np.arange(0.0, plan.duration_s + 0.01, 0.01)
    level = np.zeros(times.size)
    for event in plan.events:
        end = plan.duration_s if event.duration_s is None else event.time_s + event.duration_s
        ramp = np.minimum(times - event.time_s, end - times) / EDGE_S
        level = np.maximum(level, event.strength * np.clip(ramp, 0.0, 1.0))
    return level


def _cue(event: Event, plan: ActPlan) -> Cue:
    return Cue(
        event.time_s,
        plan.label,
        float(np.clip(event.strength, 0, 1)),
        duration_s=event.duration_s,
        variant=plan.variant,
    )
