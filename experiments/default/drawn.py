"""The default on drawings and on real pictures, with and without the networks that know drawings.

    silentfoley stage --out STAGE --clips 130 --seed 78
    python experiments/default/drawn.py MODEL STAGE [CLIP ...]

MODEL is ``best`` or a model's folder. Prints class accuracy, event F1 at 50 ms with the class as it is seen and as it
is told, that of horses, and decoys left silent, on clips of the stage; and how sure the network is of what it is surest
of, on those and on each of the clips named, there also in the piece of each length in which it is surest: a clip may be
as short.
"""

from __future__ import annotations

import copy
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch

from silentfoley import Foley
from silentfoley.cue_formats.disk import read_cues
from silentfoley.cues import CueSheet
from silentfoley.decode import decode
from silentfoley.encoders.drawn_acts import STEP_COLUMNS, ActsSeen
from silentfoley.inference import joined as joining
from silentfoley.inference.motion_perceiver import MotionPerceiver
from silentfoley.inference.perceivers import Perceiver
from silentfoley.labels import TEXTURES
from silentfoley.metrics.bootstrap import Interval, mean_interval
from silentfoley.metrics.events import score_events
from silentfoley.perception import Perception
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ

TOLERANCE_S = 0.05
#: Lengths of pieces.
PIECES_S = (1, 2, 4)


@dataclass(frozen=True)
class Seen:
    """A clip of the stage: its class, its truth, and what is made of it."""

    label: str
    truth: CueSheet
    perception: Perception


class Overheard:
    """Takes part in the joining to note how sure the network is."""

    def __init__(self) -> None:
        self.seen: list[ActsSeen] = []
        self._recognised = joining.recognised

    def __call__(self, acts: ActsSeen) -> float:
        self.seen.append(acts)
        return self._recognised(acts)


def surest_piece(acts: ActsSeen, seconds: float) -> float:
    """How sure it is in that piece of a clip in which it is surest; of shorter clips in the whole."""
    n = round(seconds * SAMPLE_RATE_HZ / HOP_SAMPLES / STEP_COLUMNS)
    starts = range(max(1, len(acts.answers) - n + 1))
    return max(replace(acts, answers=acts.answers[i : i + n]).surest_part for i in starts)


def looked_at(perceiver: Perceiver, folder: Path) -> list[Seen]:
    """Every clip of a folder of the stage; folders are named after acts."""
    videos = sorted(folder.rglob("*.mp4"))
    return [Seen(v.parent.name, read_cues(v.with_suffix(".json")), perceiver(v)) for v in videos]


def figures(clips: Sequence[Seen], foley: Foley) -> dict[str, Interval]:
    """What is printed, each with its interval over clips."""
    hits = [c for c in clips if len(c.truth) and c.label not in TEXTURES]

    def f1(label_of: Callable[[Seen], str | None], only: str | None = None) -> Interval:
        some = [c for c in hits if only in (None, c.label)]
        sheets = [(c, decode(c.perception, foley.settings, label_of(c))) for c in some]
        return mean_interval([score_events(c.truth.starts_s(), s.starts_s(), TOLERANCE_S).f1 for c, s in sheets])

    decoys = [decode(c.perception, foley.settings) for c in clips if not len(c.truth)]
    return {
        "class": mean_interval([float(c.perception.top(1)[0][0] == c.label) for c in clips]),
        "event F1, class seen": f1(lambda _: None),
        "event F1, class told": f1(lambda c: c.label),
        "event F1, horses": f1(lambda _: None, "horse"),
        "decoys silent": mean_interval([float(not len(sheet)) for sheet in decoys]),
    }


def main(model: str, stage: str, *real: str) -> None:
    """Print the table."""
    torch.set_num_threads(1)
    foley = Foley.from_pretrained(model)
    perceiver = foley.perceiver
    assert isinstance(perceiver, MotionPerceiver)
    alone = MotionPerceiver(perceiver.curves, perceiver.backbone, perceiver.labels)
    acts = copy.deepcopy(perceiver.acts)
    assert acts is not None
    acts.hoofs = None
    one = MotionPerceiver(perceiver.curves, perceiver.backbone, perceiver.labels, acts)
    joining.recognised = overheard = Overheard()
    for name, eyes in (("rule and table alone", alone), ("with a network", one), ("and one for hoofs", perceiver)):
        print(name)
        for figure, interval in figures(looked_at(eyes, Path(stage)), foley).items():
            print(f"  {figure:<22} {interval}")
    sure = np.sort([seen.surest_part for seen in overheard.seen[len(overheard.seen) // 2 :]])
    print(f"surest part, {len(sure)} clips of the stage: lowest {sure[:5].round(3)}, median {np.median(sure):.3f}")
    for clip in real:
        perceiver(Path(clip))
        seen = overheard.seen[-1]
        pieces = ", ".join(f"{surest_piece(seen, s):.3f} in {s} s" for s in PIECES_S)
        print(f"surest part, {Path(clip).name}: {seen.surest_part:.3f}; {pieces}")


if __name__ == "__main__":
    main(*sys.argv[1:])
