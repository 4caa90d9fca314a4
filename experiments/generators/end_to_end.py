"""From the video to the sound, with the errors apart: of naming, of timing, of the sound itself.

    silentfoley stage --out STAGE --clips 65 --seed 900
    python experiments/generators/end_to_end.py STAGE BANK WEIGHTS OUT NAME[,NAME...]
    python experiments/generators/end_to_end.py CLIPS/report BANK WEIGHTS OUT NAME[,NAME...]
    python experiments/generators/end_to_end.py STAGE BANK WEIGHTS OUT NAME[,NAME...] told

The first word names a folder of videos with sound. Those of the stage have cue sheets beside them. For others, whose
folder's name is a role of the list ``CLIPS.tsv`` beside it, the true cues are the onsets that the detector of
``events_v1`` hears in the true sound. Each generator performs three sheets of every video: ``seen`` (class and cues as
the default's eyes give them), ``named`` (the true class, cues as seen) and ``told`` (the true class and true cues).
OUT/NAME.json holds the figures of all three, or of those that the last words name: ``told`` alone needs no eyes.
"""

from __future__ import annotations

import csv
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from judge import judged
from perform import performed
from rows import generator

from silentfoley import Foley
from silentfoley.cue_formats.disk import read_cues, write_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.evaluation.clip_features import SOUND_RATE_HZ
from silentfoley.evaluation.onset_extractor import FLUX, GATE, GATE_REACH_S, STRENGTH_REACH_S
from silentfoley.evaluation.protocol import Protocol
from silentfoley.evaluation.registry import make_protocol
from silentfoley.evaluation.sides import Needs, load_side
from silentfoley.files import write_json
from silentfoley.generators.mixdown import seed_of
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.media.audio import read_audio
from silentfoley.media.resampling import resample
from silentfoley.media.wav import write_wav
from silentfoley.signal.flux import flux_onsets_s, peak_near
from silentfoley.timegrid import SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform

#: Classes of real clips that are not ours are performed as what they come nearest to.
NEAREST = {"ball_hit": "impact", "bowling": "impact", "car_door": "impact", "drums": "impact", "hammer": "impact"}
SHEETS = ("seen", "named", "told")


@dataclass(frozen=True)
class Clip:
    """A video with its truth.

    Attributes:
        id: names it on both sides.
        video: with its own sound, which nothing but the truth is read from.
        sound: its true sound.
        label: true class, or None where none of ours comes near.
        told: true cues.
    """

    id: str
    video: Path
    sound: Waveform
    label: str | None
    told: CueSheet


def clips(folder: Path) -> Iterator[Clip]:
    """Videos of the stage, or those of a role of a list."""
    listed = folder.parent / "CLIPS.tsv"
    if not listed.is_file():
        for video in sorted(folder.rglob("*.mp4")):
            sheet = read_cues(video.with_suffix(".json"))
            label = sheet.cues[0].label if sheet.cues else video.parent.name
            yield Clip(f"{video.parent.name}/{video.stem}", video, sound_of(video), label, sheet)
        return
    with listed.open(encoding="utf-8") as file:
        for row in csv.DictReader(file, delimiter="\t"):
            if row["role"] == folder.name:
                video = folder.parent / row["file"]
                label = NEAREST.get(row["class"], row["class"])
                known = label if label in LABELS else None
                sound = sound_of(video)
                yield Clip(f"{row['class']}/{video.stem}", video, sound, known, heard(sound, known or "impact"))


def sound_of(video: Path) -> Waveform:
    """Mono, at the library's rate."""
    wave = read_audio(video, sample_rate_hz=SAMPLE_RATE_HZ)
    return Waveform(wave.mono()[None], SAMPLE_RATE_HZ)


def heard(sound: Waveform, label: str) -> CueSheet:
    """Onsets of a true sound as cues; of a texture one cue with the sound's level."""
    if label in TEXTURES:
        n = max(2, round(8 * sound.duration_s))
        parts = np.array_split(sound.mono(), n)
        level = np.sqrt([float(np.mean(np.square(part))) for part in parts])
        course = tuple((level / max(level.max(), 1e-9)).tolist())
        return CueSheet((Cue(0.0, label, 1.0, sound.duration_s, envelope=course),), sound.duration_s)
    mono = resample(sound, SOUND_RATE_HZ).mono()
    peak = float(np.abs(mono).max(initial=1e-9))
    times = flux_onsets_s(mono, FLUX)
    times = times[peak_near(mono, SOUND_RATE_HZ, times, GATE_REACH_S) > GATE * peak]
    strengths = peak_near(mono, SOUND_RATE_HZ, times, STRENGTH_REACH_S) / peak
    cues = [Cue(float(t), label, min(1.0, float(s))) for t, s in zip(times, strengths, strict=True)]
    return CueSheet(tuple(cues), sound.duration_s)


def sheet(kind: str, foley: Foley, clip: Clip) -> CueSheet:
    """One of the three sheets of a clip."""
    if kind == "told":
        return clip.told
    return foley.cues(clip.video, label=(clip.label or "impact") if kind == "named" else None)


def protocols() -> list[Protocol]:
    """As ``judge.py`` asks them."""
    return [make_protocol(name) for name in ("events_v1", "sound_v1", "shape_v1")]


def main(words: list[str]) -> None:
    """Read the arguments, perform, judge."""
    source, bank, weights, out = (Path(word) for word in words[:4])
    foley = Foley.from_pretrained()
    truth, rows, kinds = out / "truth", words[4].split(","), words[5:] or list(SHEETS)
    if unknown := set(kinds) - set(SHEETS):
        raise SystemExit(f"sheets: {', '.join(sorted(unknown))} is unknown; choose of {', '.join(SHEETS)}")
    generators = {name: generator(name, bank, weights) for name in rows}
    for clip in clips(source):
        (truth / clip.id).parent.mkdir(parents=True, exist_ok=True)
        write_wav(truth / f"{clip.id}.wav", clip.sound)
        write_cues(clip.told, truth / f"{clip.id}.cues.json")
        for kind in kinds:
            cues = sheet(kind, foley, clip)
            for name, by in generators.items():
                file = out / f"{name}-{kind}" / f"{clip.id}.wav"
                file.parent.mkdir(parents=True, exist_ok=True)
                write_wav(file, performed(by, cues, seed_of(0, clip.id)))
        print(clip.id, flush=True)
    cache = out / "cache"
    reference = load_side(truth, "reference", Needs.of(protocols()), events="cues", cache=cache)
    for name in rows:
        found = {kind: judged(reference, out / f"{name}-{kind}", cache, controls=False) for kind in kinds}
        write_json(out / f"{name}.json", found)
    found_truth = judged(reference, truth, cache, controls=False)
    write_json(out / "truth.json", found_truth)


if __name__ == "__main__":
    main(sys.argv[1:])
