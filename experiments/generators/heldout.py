"""The reference: held-out takes as clips with their true cues.

    python experiments/generators/heldout.py BANK OUT [takes per class=24] [val|learned]

OUT/CLASS/TAKE.wav with OUT/CLASS/TAKE.cues.json beside it, and OUT/clips.csv, which names the recording of each. A hit
lies at 0.3 to 0.7 s of a clip that lets it ring; a texture fills its clip, and its cue has the envelope measured on it.
With ``val`` the takes are those that generators are chosen on instead, with ``learned`` all that they may learn from.
"""

from __future__ import annotations

import csv
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import SPLITS, Split, Take
from silentfoley.cue_formats.disk import write_cues
from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import HIT_SECONDS, LEVELS, Lesson, free_takes, held_out_takes, lesson, spread
from silentfoley.labels import TEXTURES
from silentfoley.media.wav import write_wav
from silentfoley.timegrid import SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform

#: Where a hit may lie, what follows it, and the shortest clip, s. Level steps of an envelope per second.
ONSET_S, AFTER_S, LEAST_S, STEPS_PER_S = (0.3, 0.7), 0.4, 2.0, 8


def clip(learned: Lesson, rng: np.random.Generator) -> tuple[np.ndarray, CueSheet]:
    """(N,) samples and the sheet that says what they are."""
    level = LEVELS[learned.label]
    if learned.label in TEXTURES:
        seconds = len(learned.samples) / SAMPLE_RATE_HZ
        course = envelope(learned.samples, max(2, round(seconds * STEPS_PER_S)))
        cue = Cue(0.0, learned.label, 1.0, seconds, learned.variant, envelope=tuple(course.tolist()))
        return learned.samples * level, CueSheet((cue,), seconds)
    start = round(rng.uniform(*ONSET_S) * SAMPLE_RATE_HZ)
    seconds = max(LEAST_S, start / SAMPLE_RATE_HZ + HIT_SECONDS[learned.label] + AFTER_S)
    samples = np.zeros(round(seconds * SAMPLE_RATE_HZ), dtype=np.float32)
    first = start - learned.onset_samples
    samples[first : first + len(learned.samples)] = learned.samples * level * learned.strength
    cue = Cue(start / SAMPLE_RATE_HZ, learned.label, learned.strength, variant=learned.variant)
    return samples, CueSheet((cue,), len(samples) / SAMPLE_RATE_HZ)


def envelope(samples: np.ndarray, steps: int) -> np.ndarray:
    """(steps,) level over the clip, 1 for its root mean square."""
    edges = np.linspace(0, len(samples), steps + 1).astype(int)
    power = np.array([np.mean(np.square(samples[a:b])) for a, b in pairwise(edges)])
    return np.asarray(np.sqrt(np.convolve(np.pad(power, 1, mode="edge"), [0.25, 0.5, 0.25], "valid")))


def chosen(bank: Bank, words: list[str]) -> list[Take]:
    """Held-out takes, or others."""
    most, which = (words[0] if words else "24"), words[1:] or [""]
    splits_of: dict[str, tuple[Split, ...]] = {"": (), "val": ("val",), "learned": SPLITS}
    # A word that nobody knows must not be taken for the takes that are measured.
    if len(which) > 1 or which[0] not in splits_of or not most.isdecimal():
        raise SystemExit(f"{' '.join(words)!r}: give a number of takes and, if not those held out, val or learned")
    splits = splits_of[which[0]]
    return spread(free_takes(bank, splits) if splits else held_out_takes(bank), int(most))


def main(words: list[str]) -> None:
    """Read the arguments and write the clips."""
    bank, out = Bank.load(words[0]), Path(words[1])
    rows = []
    for take in chosen(bank, words[2:]):
        samples, sheet = clip(lesson(bank.samples(take), take), np.random.default_rng([7, *take.id.encode()]))
        name = f"{take.label}/{take.id}"
        (out / take.label).mkdir(parents=True, exist_ok=True)
        write_wav(out / f"{name}.wav", Waveform(samples[None].astype(np.float32), SAMPLE_RATE_HZ))
        write_cues(sheet, out / f"{name}.cues.json")
        rows.append({"id": name, "label": take.label, "source": take.recording})
    with (out / "clips.csv").open("w", newline="", encoding="utf-8") as file:
        table = csv.DictWriter(file, ["id", "label", "source"])
        table.writeheader()
        table.writerows(rows)
    print(f"{len(rows)} clips in {out}")


if __name__ == "__main__":
    main(sys.argv[1:])
