"""Train the onset network of the default on stage clips.

    python experiments/default/train_curves.py --cache DIR --out DIR [--train 500] [--val 240] [--steps 600]
        [--seeds 0 1 2]

Writes DIR/curves.safetensors and DIR/curves.json (the node that rebuilds the network, and how it scored on the stage's
validation clips). Clips the cache lacks are rendered first. Deterministic for a seed on one machine.
train_curves.md beside it says why each setting is as it is.
"""

from __future__ import annotations

import argparse
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import curve_clips
import numpy as np
import torch
import torch.nn.functional as F
from curve_augment import Augment, Pool, targets
from curve_clips import CurveClip
from safetensors.torch import save_file
from scipy.signal import find_peaks
from torch import Tensor, nn

from silentfoley.classifiers.motion_onsets import MotionOnsetEnsemble
from silentfoley.encoders.motion import MOTION_FEATURES
from silentfoley.files import atomic_output, make_folder, write_json
from silentfoley.inference.motion_perceiver import LearnedCurves, rule_curve
from silentfoley.metrics.events import ClipEvents, summarise_events
from silentfoley.registry import build

#: Features that time hits on the stage and on the tune clips alike; the others know the stage.
CHANNELS = ("strike", "flash", "landing", "burst")
#: Picking on validation clips: as on the real ones, at several thresholds; fewer draws of chance on so many clips.
PROMINENCES, APART_S, CHANCE_DRAWS = (0.3, 0.5, 0.8), 0.2, 10


@dataclass(frozen=True)
class Recipe:
    """One network's training.

    Attributes:
        channels, width, dilations, kernel: of the network.
        steps, batch, rate, decay: of AdamW with one cycle.
        target_s: deviation of the onset target.
        positive_weight: of what a hit adds to the onset loss.
        strength_weight: of the strength loss, over columns within 0.1 s of a hit.
        augment: see :class:`Augment`.
    """

    channels: tuple[str, ...] = CHANNELS
    width: int = 24
    dilations: tuple[int, ...] = (1, 2, 4)
    kernel: int = 3
    steps: int = 600
    batch: int = 16
    rate: float = 3e-3
    decay: float = 1e-2
    target_s: float = 0.03
    positive_weight: float = 4.0
    strength_weight: float = 1.0
    augment: Augment = field(default_factory=Augment)

    def node(self) -> dict[str, Any]:
        """What rebuilds the network; see :mod:`silentfoley.registry`."""
        return {
            "kind": "motion_onsets",
            "channels": [MOTION_FEATURES.index(name) for name in self.channels],
            "width": self.width,
            "dilations": list(self.dilations),
            "kernel": self.kernel,
        }


def loss(net: nn.Module, x: Tensor, starts_s: Tensor, strengths: Tensor, rate_hz: float, recipe: Recipe) -> Tensor:
    """Cross-entropy of the onset, and mean square of the strength near hits."""
    onset, strength = net(x)
    bell, level = targets(starts_s, strengths, x.shape[1], rate_hz, recipe.target_s)
    weight = onset.new_tensor(recipe.positive_weight)
    near = bell > float(np.exp(-0.5 * (0.1 / recipe.target_s) ** 2))
    square = (strength.sigmoid() - level).square()[near]
    hit = F.binary_cross_entropy_with_logits(onset, bell, pos_weight=weight)
    return hit + recipe.strength_weight * square.sum() / max(1, square.numel())


def train(pool: Pool, recipe: Recipe, seed: int) -> nn.Module:
    """A network of a recipe and a seed."""
    torch.manual_seed(seed)
    rng = torch.Generator().manual_seed(seed)
    # The pool holds the chosen features alone; the weights do not depend on where they stand among all.
    net: nn.Module = build({**recipe.node(), "channels": list(range(len(recipe.channels)))}).train()
    adam = torch.optim.AdamW(net.parameters(), lr=recipe.rate, weight_decay=recipe.decay)
    cycle = torch.optim.lr_scheduler.OneCycleLR(adam, recipe.rate, total_steps=recipe.steps, pct_start=0.15)
    for _ in range(recipe.steps):
        x, starts_s, strengths = pool.draw(recipe.batch, recipe.augment, rng)
        adam.zero_grad()
        loss(net, x, starts_s, strengths, pool.rate_hz, recipe).backward()
        nn.utils.clip_grad_norm_(net.parameters(), 1.0)
        adam.step()
        cycle.step()
    whole: nn.Module = build(recipe.node())
    whole.load_state_dict(net.state_dict())
    return whole.eval()


def stage_skill(curves: list[np.ndarray], clips: list[CurveClip], prominence: float) -> float:
    """Skill at 100 ms on stage clips; picked as on the real clips."""
    apart = round(APART_S * float(clips[0].grid.column_rate_hz))
    sets = [
        ClipEvents(
            c.start_s,
            c.grid.column_times_s()[find_peaks(curve, prominence=prominence, distance=apart)[0]],
            float(c.grid.duration_s),
        )
        for curve, c in zip(curves, clips, strict=True)
    ]
    return summarise_events(sets, 0.1, draws=CHANCE_DRAWS).skill


def score(nets: list[nn.Module], clips: list[CurveClip]) -> dict[str, Any]:
    """Skill at 100 ms on stage clips with hits: the rule, each network, their ensemble, and its mean with the rule."""
    ensemble = LearnedCurves(MotionOnsetEnsemble(nets))
    rule = [rule_curve(c.features, c.grid) for c in clips]
    learned = [ensemble.learned_curve(c.features).astype(np.float64) for c in clips]
    rows = {f"seed {i}": [LearnedCurves(net).learned_curve(c.features) for c in clips] for i, net in enumerate(nets)}
    mixed = [(a + b) / 2 for a, b in zip(rule, learned, strict=True)]
    rows = {"rule": rule, **rows, "ensemble": learned, "mean with the rule": mixed}
    return {name: [round(stage_skill(c, clips, p), 3) for p in PROMINENCES] for name, c in rows.items()}


def save(out: Path, recipe: Recipe, nets: list[nn.Module], note: dict[str, Any]) -> None:
    """Weights and node of the ensemble."""
    make_folder(out)
    with atomic_output(out / "curves.safetensors") as temporary:
        save_file(MotionOnsetEnsemble(nets).state_dict(), temporary)
    node = {"kind": "motion_onset_ensemble", "networks": [recipe.node() for _ in nets]}
    write_json(out / "curves.json", {"node": node, **note})


def main() -> None:
    parser = argparse.ArgumentParser(
        parents=[curve_clips.arguments()],
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--steps", type=int, default=Recipe.steps)
    parser.add_argument("--seeds", type=int, nargs="+", default=(0, 1, 2))
    options = parser.parse_args()
    torch.set_num_threads(1)
    recipe = Recipe(steps=options.steps)
    pool = Pool(curve_clips.clips(options.cache, options.clip_seed, "train", options.train), recipe.channels)
    nets = [train(pool, recipe, seed) for seed in options.seeds]
    heard = [c for c in curve_clips.clips(options.cache, options.clip_seed, "val", options.val) if c.start_s.size]
    note = {
        "recipe": asdict(recipe),
        "clips": {"seed": options.clip_seed, "train": options.train, "val": options.val, "val with hits": len(heard)},
        "seeds": list(options.seeds),
        "prominences": list(PROMINENCES),
        "stage skill at 100 ms": score(nets, heard),
    }
    save(options.out, recipe, nets, note)
    for name, skills in note["stage skill at 100 ms"].items():
        print(f"{name:20s} {skills}")


if __name__ == "__main__":
    main()
