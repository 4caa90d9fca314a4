"""Judge what was performed against the held-out takes.

    python experiments/generators/judge.py REFERENCE PERFORMED RESULTS CACHE NAME[,NAME...] [SEED ...] [training=DIR]

RESULTS/NAME-SEED.json: figures of ``events_v1`` (true cues against the detector on the generated sound), ``sound_v1``
and ``shape_v1`` with intervals clustered by recording, and event counts and class agreement of each class. NAME
``truth`` judges the held-out takes themselves, with all controls; the others are judged without, for controls are the
same. ``training`` names clips of the takes learned from (``heldout.py ... learned``): novelty is the distance to the
nearest of these. The extrapolated Frechet distance is left out: five minutes of a core for each folder; ``silentfoley
score`` gives it.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np

from silentfoley.evaluation.clip_features import ClipFeatures
from silentfoley.evaluation.protocol import Figure, Protocol
from silentfoley.evaluation.registry import make_protocol
from silentfoley.evaluation.score import ProtocolResult, score
from silentfoley.evaluation.sides import Needs, Side, load_side
from silentfoley.files import write_json

PROTOCOLS = ("events_v1", "sound_v1", "shape_v1")
SOUND = Needs.of([make_protocol("sound_v1")])
COUNTS = ("matched@50ms", "n_true", "n_cues")


def protocols(controls: bool) -> list[Protocol]:
    """The three, with control rows or without."""
    made = [make_protocol(name) for name in PROTOCOLS]
    if not controls:
        for protocol in made:
            protocol.controls = ()  # type: ignore[misc]
    return made


def by_class(result: ProtocolResult, side: Side, columns: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """Sums over the clips of each class, clips that are not judged left out."""
    row = result.rows["system"]
    sums: dict[str, dict[str, float]] = defaultdict(lambda: dict.fromkeys((*columns, "clips"), 0.0))
    for clip, values in zip(row.ids, row.values, strict=True):
        given = dict(zip(row.columns, values, strict=True))
        if any(np.isnan(given[c]) for c in columns):
            continue
        counts = sums[side.clips[clip].label]
        counts["clips"] += 1
        for column in columns:
            counts[column] += float(given[column])
    return {label: {c: round(v, 4) for c, v in counts.items()} for label, counts in sorted(sums.items())}


def judged(
    reference: Side, folder: Path, cache: Path, controls: bool, training: Sequence[ClipFeatures] = ()
) -> dict[str, Any]:
    """One folder's figures."""
    asked = protocols(controls)
    made = load_side(folder, "generated", Needs.of(asked), events="detector", cache=cache)
    left_out = Figure(float("nan"), note="left out here for its cost")
    with patch("silentfoley.evaluation.sound_v1._infinity", lambda *_: left_out):
        result = score(reference, made, asked, training=training)
    whole = result.to_dict()
    tables = {
        name: {
            "rows": table["rows"],
            "orders": table["orders"],
            "remarks": table["remarks"],
            "fingerprint": table["fingerprint"],
        }
        for name, table in whole["protocols"].items()
    }
    events, sound = result.protocols["events_v1"], result.protocols["sound_v1"]
    return {
        "n_scored": whole["n_scored"],
        "protocols": tables,
        "recordings": whole["protocols"]["events_v1"]["recordings"],
        "events_by_class": by_class(events, reference, COUNTS),
        "agreement_by_class": by_class(sound, reference, ("class_right",)),
    }


def main(words: list[str]) -> None:
    """Read the arguments, judge, write."""
    folder, performed, results, cache = (Path(word) for word in words[:4])
    training = [word.removeprefix("training=") for word in words if word.startswith("training=")]
    words = [word for word in words if not word.startswith("training=")]
    reference = load_side(folder, "reference", Needs.of(protocols(True)), events="cues", cache=cache)
    known = [clip for word in training for clip in load_side(word, "reference", SOUND, cache=cache).clips.values()]
    for name in words[4].split(","):
        seeds = [0] if name == "truth" else [int(word) for word in words[5:]] or [0, 1, 2]
        for seed in seeds:
            made = folder if name == "truth" else performed / f"{name}-{seed}"
            found = judged(reference, made, cache, controls=name == "truth", training=known)
            write_json(results / f"{name}-{seed}.json", found)
            kad = found["protocols"]["sound_v1"]["rows"]["system"]["KAD-YAMNet"]["value"]
            f1 = found["protocols"]["events_v1"]["rows"]["system"]["f1@50ms"]["value"]
            print(f"{name}-{seed}: KAD-YAMNet {kad} f1@50ms {f1}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
