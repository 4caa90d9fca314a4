"""What a network of ``train_hoofs.py`` itself knows of landings: event F1 at 50 ms by gait, by peaks and by strides.

    python experiments/stage/judge_hoofs.py WEIGHTS FILE.npz

The file is one of ``horse_clips.py``. The network is asked every 40 ms, as the networks that read it ask it. One
setting of the peaks serves all gaits, the best of a few on these same clips, and strides are expected as the library
does at first; so the figures are for comparing networks.
"""

from __future__ import annotations

import itertools
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from horse_clips import horse_of
from numpy.typing import NDArray
from train_hoofs import HOOFS, HORSE, TOLERANCE_S, of_horses

from silentfoley.decode import find_peaks
from silentfoley.encoders.drawn_acts import N_ANSWERS, N_LABELS
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.metrics.events import score_events
from silentfoley.strides import StrideModel, landings_s
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ

RATE_HZ = SAMPLE_RATE_HZ / HOP_SAMPLES
PEAKS = tuple(itertools.product((0.05, 0.1, 0.2, 0.3, 0.4), (0.02, 0.05, 0.1)))


@dataclass(frozen=True)
class Heard:
    """A sounding horse: gait, (T,) probability of a landing, true landings in s."""

    gait: str
    curve: NDArray[np.floating]
    true_s: NDArray[np.float64]

    def f1(self, found_s: NDArray[np.float64]) -> float:
        """Event F1 of some landings."""
        return score_events(self.true_s, found_s, TOLERANCE_S).f1


def heard(weights: Path, path: Path) -> list[Heard]:
    """What the network says of every sounding horse of a file."""
    network = MomentFeatures(weights, n_answers=N_ANSWERS + HOOFS)
    strikes = network.network.n_features - (N_ANSWERS + HOOFS) + 5 * N_LABELS + HORSE
    found = []
    for clip in of_horses(path):
        horse = horse_of(clip.scene)
        if horse is None or horse.plan.silent:
            continue
        grey = np.ascontiguousarray(clip.pictures.grey[:: -1 if horse is clip.scene.foil else 1])
        curve = 1 / (1 + np.exp(-network.of_pictures(grey)[:, strikes]))
        found.append(Heard(str(horse.plan.variant), curve, np.array([e.time_s for e in horse.plan.events])))
    return found


def by_gait(clips: list[Heard], scores: list[float]) -> str:
    """Means by gait and over all."""
    gaits = sorted({clip.gait for clip in clips})
    means = {g: np.mean([f1 for f1, clip in zip(scores, clips, strict=True) if clip.gait == g]) for g in gaits}
    return " ".join(f"{gait} {mean:.3f}" for gait, mean in means.items()) + f" all {np.mean(scores):.3f}"


def main(weights: str, path: str) -> None:
    """Ask and judge."""
    clips = heard(Path(weights), Path(path))
    peaks = [[c.f1(find_peaks(c.curve, height, fall) / RATE_HZ) for c in clips] for height, fall in PEAKS]
    print(f"{len(clips)} horses, peaks: {by_gait(clips, max(peaks, key=np.mean))}")
    strides = [clip.f1(landings_s(clip.curve, RATE_HZ, StrideModel())) for clip in clips]
    print(f"{len(clips)} horses, strides: {by_gait(clips, strides)}")


if __name__ == "__main__":
    main(*sys.argv[1:])
