"""Render short silent clips with a moving horse in them, as many of each gait.

    python experiments/stage/horse_clips.py OUT.npz ROOT_SEED OF_EACH_GAIT DECOYS

Clips of the training split are looked through in order; those whose lead or foil is a horse are kept until there are
enough of each gait. What is kept of a clip is what ``short_clips.py`` keeps.
"""

from __future__ import annotations

import sys
from collections import Counter

import numpy as np
from short_clips import grey_columns, spec_of

from silentfoley.stage.acts.horse import GAITS
from silentfoley.stage.clip import Scene, draw_scene
from silentfoley.stage.scene import Actor
from silentfoley.stage.seeds import clip_seed

DECOY = "decoy"


def moving_horse(actor: Actor | None) -> bool:
    """Whether this is a horse that runs through time, a decoy's included."""
    return actor is not None and actor.plan.label == "horse" and actor.course != "still"


def horse_of(scene: Scene) -> Actor | None:
    """The clip's moving horse; it has one at most."""
    return next((actor for actor in (scene.lead, scene.foil) if moving_horse(actor)), None)


def chosen(root_seed: int, of_each_gait: int, decoys: int) -> list[int]:
    """Numbers of the clips."""
    missing = Counter({**dict.fromkeys(GAITS, of_each_gait), DECOY: decoys})
    indices, i = [], 0
    while any(missing.values()):
        horse = horse_of(draw_scene(spec_of(0), clip_seed(root_seed, "train", i)))
        kind = horse and (DECOY if horse.plan.silent else horse.plan.variant)
        if kind and missing[kind] > 0:
            missing[kind] -= 1
            indices.append(i)
        i += 1
    return indices


def main(out: str, root_seed: int, of_each_gait: int, decoys: int) -> None:
    """Choose, render and save."""
    indices = chosen(root_seed, of_each_gait, decoys)
    pictures = np.stack([grey_columns(spec_of(0), clip_seed(root_seed, "train", i)) for i in indices])
    np.savez(out, pictures=pictures, indices=np.array(indices), root_seed=root_seed)
    print(f"{len(indices)} clips of the first {indices[-1] + 1}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1], *(int(v) for v in sys.argv[2:]))
