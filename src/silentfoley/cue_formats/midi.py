"""Cue sheets as MIDI, to be moved about in a sequencer and to play a sampler."""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import mido

from silentfoley.cue_formats.text import cue_of_text, text_of_cue
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError
from silentfoley.labels import LABELS

#: 24000 ticks a beat at 120 beats a minute: 48000 ticks a second, finer than any sequencer's grid. Ours.
TICKS_PER_BEAT = 24_000
TEMPO_US = 500_000
_TICKS_PER_S = Fraction(TICKS_PER_BEAT * 1_000_000, TEMPO_US)
#: Sound class i plays note 36 + i (36 is where drum maps begin); other labels follow.
FIRST_NOTE = 36
#: A note needs an end: a cue that rings by nature gets this one, and the word "ring" in its text.
_RING_TICKS = 4_800
_RING = "ring"
_N_CHANNELS = 16
#: The longest pause a MIDI file can hold (28 bits).
_MAX_TICKS = 2**28 - 1


def to_midi(sheet: CueSheet) -> bytes:
    """A type 1 file: one track per label, named after it, one note number per label, velocity for strength.

    Velocity is ``1 + round(126 * strength)``. What a note cannot hold (variant, pan, distance,
    confidence) stands in a text event before it. The first track's end is the clip's. Sounds of one label
    that overlap go to channels of their own; beyond sixteen at once the oldest is cut short.

    Raises:
        CueError: for more labels than notes, a clip over 93 minutes, or a label text form cannot hold.
    """
    length = max([1, round(sheet.duration_s * _TICKS_PER_S), *(_ticks(c.start_s) + 1 for c in sheet.cues)])
    if length > _MAX_TICKS:
        raise CueError("CueSheet", f"{sheet.duration_s:g} s is too long for MIDI", "use JSON or CSV")
    file = mido.MidiFile(type=1, ticks_per_beat=TICKS_PER_BEAT, charset="utf-8")
    file.tracks.append(
        mido.MidiTrack(
            [mido.MetaMessage("set_tempo", tempo=TEMPO_US, time=0), mido.MetaMessage("end_of_track", time=length)]
        )
    )
    notes = _notes(sheet.labels)
    for label in sheet.labels:
        file.tracks.append(_track(label, notes[label], [c for c in sheet.cues if c.label == label]))
    out = io.BytesIO()
    try:
        file.save(file=out)
    except UnicodeEncodeError:
        raise CueError("CueSheet", "a label or variant is not valid Unicode", "use plain text") from None
    return out.getvalue()


def _ticks(time_s: float) -> int:
    return round(Fraction(time_s) * _TICKS_PER_S)


def _notes(labels: Iterable[str]) -> dict[str, int]:
    order = [*LABELS, *(label for label in labels if label not in LABELS)]
    if FIRST_NOTE + len(order) > 128:
        raise CueError("CueSheet", f"{len(order)} labels are more than MIDI has notes for", "use JSON or CSV")
    return {label: FIRST_NOTE + i for i, label in enumerate(order)}


def _track(label: str, note: int, cues: list[Cue]) -> mido.MidiTrack:
    events: list[tuple[int, int, mido.Message | mido.MetaMessage]] = []
    free_at = [0] * _N_CHANNELS
    spans = [(_ticks(c.start_s), c) for c in cues]
    for start, cue in spans:
        channel = min(range(_N_CHANNELS), key=lambda k: (max(free_at[k] - start, 0), k))
        end = start + (_RING_TICKS if cue.duration_s is None else max(1, _ticks(cue.duration_s)))
        if free_at[channel] > start:
            # All sixteen sound: end this channel's note here, so that the next end is the new note's.
            events = [e for e in events if not _ends(e, channel, free_at[channel])]
            events.append((start, 0, mido.Message("note_off", note=note, channel=channel)))
        free_at[channel] = end
        velocity = 1 + round(126 * cue.strength)
        text = text_of_cue(cue, leave_out=("strength",)) + (f" {_RING}" if cue.duration_s is None else "")
        events.append((start, 1, mido.MetaMessage("text", text=text)))
        events.append((start, 1, mido.Message("note_on", note=note, velocity=velocity, channel=channel)))
        events.append((end, 0, mido.Message("note_off", note=note, channel=channel)))
    # Ends before beginnings at one tick; a text stays before its own note because sorting is stable.
    events.sort(key=lambda e: e[:2])
    track = mido.MidiTrack([mido.MetaMessage("track_name", name=label, time=0)])
    now = 0
    for tick, _, message in events:
        track.append(message.copy(time=tick - now))
        now = tick
    return track


def _ends(event: tuple[int, int, mido.Message | mido.MetaMessage], channel: int, tick: int) -> bool:
    return event[0] == tick and event[2].type == "note_off" and event[2].channel == channel


def from_midi(data: bytes, source: str | Path = "cues.mid", duration_s: float | None = None) -> CueSheet:
    """Read :func:`to_midi`, or another program's file: a label is the text before the note, else our class of the
    note number, else the track's name. Tempo changes count. Overlapping notes of one number end in the order begun.

    Raises:
        CueError: if the file is damaged, counts in SMPTE frames, or a note has no label.
    """
    file = _parse(data, source)
    if file.ticks_per_beat <= 0 or file.ticks_per_beat >= 0x8000:
        raise CueError(source, "counts in SMPTE frames", "export it with ticks per beat")
    clock = _Clock.of(file)
    notes = sorted((n for track in file.tracks for n in _read_track(track)), key=lambda n: n.start)
    cues = [_cue(n, clock, source) for n in notes]
    length = _length(file, max((n.start for n in notes), default=0))
    try:
        return CueSheet(tuple(cues), float(clock.seconds(max(1, length))) if duration_s is None else duration_s)
    except CueError as error:
        raise CueError(source, f"{error.subject}: {error.cause}", error.remedy) from None


def _length(file: mido.MidiFile, last_start: int) -> int:
    """Ticks of the clip: the first track's end if it only keeps time, as ours does; else the last end of all."""
    ends = [sum(int(m.time) for m in track) for track in file.tracks] or [0]
    keeps_time = bool(file.tracks) and not any(m.type == "note_on" for m in file.tracks[0])
    return ends[0] if keeps_time and ends[0] > last_start else max(ends)


def _parse(data: bytes, source: str | Path) -> mido.MidiFile:
    for charset in ("utf-8", "latin1"):
        try:
            return mido.MidiFile(file=io.BytesIO(data), charset=charset)
        except UnicodeDecodeError:
            continue
        except Exception as error:
            # mido lets whatever its parser stumbles over through.
            raise CueError(source, f"is not a MIDI file ({error or 'it ends early'})", "export it again") from None
    raise CueError(source, "its texts are in no known character set", "export it again")


@dataclass(frozen=True)
class _Note:
    start: int
    end: int
    number: int
    velocity: int
    text: str
    track_name: str


def _read_track(track: mido.MidiTrack) -> Iterator[_Note]:
    now, text, name = 0, "", ""
    sounding: dict[tuple[int, int], list[_Note]] = {}
    for message in track:
        now += message.time
        if message.type == "track_name":
            name = message.name.strip()
        elif message.type == "text":
            text = message.text.strip()
        elif message.type == "note_on" and message.velocity > 0:
            key = (message.channel, message.note)
            sounding.setdefault(key, []).append(_Note(now, now, message.note, message.velocity, text, name))
            text = ""
        elif message.type in ("note_off", "note_on"):
            begun = sounding.get((message.channel, message.note))
            if begun:
                yield replace(begun.pop(0), end=now)
    for begun in sounding.values():
        yield from begun


def _cue(note: _Note, clock: _Clock, source: str | Path) -> Cue:
    start_s = clock.seconds(note.start)
    text, rings = note.text, note.end <= note.start
    if text == _RING or text.endswith(f" {_RING}"):
        text, rings = text[: -len(_RING)].strip(), True
    label = text or _label(note)
    if not label:
        raise CueError(
            f"{source}, note {note.number} at {float(start_s):.3f} s", "has no label", "name its track after a class"
        )
    duration_s = None if rings else float(clock.seconds(note.end) - start_s)
    try:
        return replace(cue_of_text(label, float(start_s), duration_s), strength=(note.velocity - 1) / 126)
    except CueError as error:
        raise CueError(f"{source}, note at {float(start_s):.3f} s", error.cause, error.remedy) from None


def _label(note: _Note) -> str:
    index = note.number - FIRST_NOTE
    return LABELS[index] if note.track_name not in LABELS and 0 <= index < len(LABELS) else note.track_name


@dataclass(frozen=True)
class _Clock:
    """Ticks to seconds under tempo changes: (tick, second at it, seconds per tick from it on)."""

    steps: tuple[tuple[int, Fraction, Fraction], ...]

    @classmethod
    def of(cls, file: mido.MidiFile) -> _Clock:
        changes: list[tuple[int, int]] = []
        for track in file.tracks:
            now = 0
            for message in track:
                now += message.time
                if message.type == "set_tempo":
                    changes.append((now, message.tempo))
        steps = [(0, Fraction(0), Fraction(500_000, 1_000_000 * file.ticks_per_beat))]
        for tick, tempo in sorted(changes, key=lambda c: c[0]):
            at, second, per_tick = steps[-1]
            steps.append((tick, second + (tick - at) * per_tick, Fraction(tempo, 1_000_000 * file.ticks_per_beat)))
        return cls(tuple(steps))

    def seconds(self, tick: int) -> Fraction:
        at, second, per_tick = next(s for s in reversed(self.steps) if s[0] <= tick)
        return second + (tick - at) * per_tick
