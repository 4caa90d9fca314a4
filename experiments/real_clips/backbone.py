"""The stage's backbone, which has seen drawings alone, on the real clips: does what it says of strikes carry over?

    python experiments/real_clips/backbone.py          (weights: experiments/stage/backbone, or --weights FILE)

Tune clips alone. The curve is the sum over acts of the probability that a forward, sounding act strikes now; alone, and
mixed with the rule after both are brought to units of their own 95th percentile.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import pictures
from judge import Clip, clips, duration_s
from learned import PROMINENCES, SHARES, leave_one_out, rule_curve, skills, table

from silentfoley.encoders.drawn_acts import HITS, N_ANSWERS
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.timegrid import TimeGrid

WEIGHTS = Path(__file__).resolve().parents[1] / "stage" / "backbone" / "moment_cnn.safetensors"


def strike_curve(clip: Clip, extractor: MomentFeatures, grid: TimeGrid) -> np.ndarray:
    """(T,) how likely some act strikes, in units of its 95th percentile about its median."""
    vectors = extractor(*pictures.frames(clip.path), grid)
    # A vector ends in the network's answers.
    hits = vectors[:, -N_ANSWERS:][:, HITS].astype(np.float64)
    curve = (1 / (1 + np.exp(-hits))).sum(axis=1)
    centred = curve - np.median(curve)
    return centred / max(float(np.percentile(np.abs(centred), 95)), 1e-9)


def main() -> None:
    """Print skill at 100 ms for every share and prominence, and by leaving one clip out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    extractor, chosen = MomentFeatures(parser.parse_args().weights), clips("tune")
    curves = []
    for clip in chosen:
        grid = TimeGrid.of_duration(duration_s(clip.path))
        curves.append((rule_curve(pictures.motion(clip.path, grid), grid), strike_curve(clip, extractor, grid), grid))
    values = table(chosen, curves)
    print("skill at 100 ms by share of the backbone; prominences", PROMINENCES)
    for share, row in zip(SHARES, skills(values), strict=True):
        print(f"{share:.2f}", np.round(row, 3), f"mean {row.mean():.3f}")
    measured, choices = leave_one_out(values)
    named = [(SHARES[i], PROMINENCES[j]) for i, j in choices]
    print(f"share and prominence chosen on the other clips: {measured:.3f}, choices {named}")


if __name__ == "__main__":
    main()
