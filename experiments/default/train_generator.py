"""Fit the default generator: class means of takes free of share-alike, the synthesiser where there are too few.

    python experiments/default/train_generator.py --bank BANK --out DIR [--steps 300] [--seed 0]

Writes DIR/generator.safetensors (half precision), DIR/generator.json (the node that rebuilds the generator) and
DIR/generator_credits.json (every take learnt from). Deterministic for a seed on one machine. train_generator.md
beside it says why each class is performed as it is.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file

from silentfoley.bank.bank import Bank
from silentfoley.bank.take import Split
from silentfoley.cues import Cue, CueSheet
from silentfoley.data.batch import FoleyBatch
from silentfoley.data.lessons import HIT_SECONDS, LEVELS, Lesson, free_takes, lessons
from silentfoley.files import atomic_output, write_json
from silentfoley.generators.by_label import ByLabel
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.cue_fitting import CueFitter
from silentfoley.generators.losses import pairs_loss
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.labels import LABELS, TEXTURES
from silentfoley.pretrained import halved
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ

#: Performed by the synthesiser; train_generator.md says why.
PROCEDURAL = ("horse", "impact", "breaking", "cutting", "gunshot", "car")
LEAD_S = 0.05


def clip(learned: Lesson, name: str) -> FoleyBatch:
    """A lesson as a clip of its own: the hit at LEAD_S with silence after it, or the texture from end to end."""
    if learned.label in TEXTURES:
        audio = learned.samples * LEVELS[learned.label]
        cue = Cue(0.0, learned.label, 1.0, duration_s=len(audio) / SAMPLE_RATE_HZ)
    else:
        lead = round(LEAD_S * SAMPLE_RATE_HZ)
        audio = np.zeros(lead + round((HIT_SECONDS[learned.label] + 0.05) * SAMPLE_RATE_HZ), dtype=np.float32)
        start = lead - learned.onset_samples
        body = learned.samples * LEVELS[learned.label] * learned.strength
        audio[start : start + len(body)] = body
        cue = Cue(lead / SAMPLE_RATE_HZ, learned.label, learned.strength)
    n, columns = len(audio), 1 + len(audio) // HOP_SAMPLES
    return FoleyBatch(
        clip_ids=(name,),
        features=torch.zeros(1, columns, 0),
        label=torch.tensor([LABELS.index(learned.label)]),
        lengths=torch.tensor([columns]),
        onset=torch.zeros(1, columns),
        strength=torch.zeros(1, columns),
        sound=torch.zeros(1, columns, 0),
        silent=torch.tensor([False]),
        cues=(CueSheet((cue,), n / SAMPLE_RATE_HZ),),
        audio=torch.from_numpy(audio.astype(np.float32))[None],
        sample_rate_hz=SAMPLE_RATE_HZ,
        hop_samples=HOP_SAMPLES,
    )


def train_residual(fitter: CueFitter, clips: list[FoleyBatch], steps: int, seed: int) -> list[float]:
    """Fit the residual by gradient, a few takes a step, each class equally often."""
    rng = np.random.default_rng(seed)
    groups = [[c for c in clips if LABELS[int(c.label[0])] == label] for label in LABELS]
    groups = [g for g in groups if g]
    optimiser = torch.optim.Adam(fitter.model.residual.parameters(), lr=3e-3, weight_decay=1e-5)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimiser, steps)
    losses = []
    for _ in range(steps):
        optimiser.zero_grad()
        total = 0.0
        for _ in range(4):
            group = groups[int(rng.integers(len(groups)))]
            pairs = fitter.pairs(group[int(rng.integers(len(group)))])
            if pairs is not None:
                loss = pairs_loss(pairs)
                loss.backward()
                total += float(loss.detach())
        optimiser.step()
        schedule.step()
        losses.append(total / 4)
    return losses


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--bank", type=Path, required=True, help="folder made by: silentfoley bank build")
    parser.add_argument("--out", type=Path, required=True, help="folder to write to")
    parser.add_argument("--steps", type=int, default=300, help="gradient steps of the residual")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--all-splits", action="store_true", help="learn from val and test takes as well")
    parser.add_argument("--all-classes", action="store_true", help="class means for every class, for the comparison")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    splits: tuple[Split, ...] = ("train", "val", "test") if args.all_splits else ("train",)
    labels = LABELS if args.all_classes else tuple(label for label in LABELS if label not in PROCEDURAL)
    bank = Bank.load(args.bank)
    learned = lessons(bank, free_takes(bank, splits), labels, seed=args.seed)
    used = [x.take for x in learned if x.take is not None]
    assert not any(t.share_alike for t in used)
    helped = sorted({x.label for x in learned if x.take is None})
    clips = [clip(x, f"{x.label}-{i}") for i, x in enumerate(learned)]
    model = CueClassMean(labels)
    fitter = CueFitter(model)
    print("takes:", dict(Counter(LABELS[int(c.label[0])] for c in clips)))
    fitter.fit_class_means(clips)
    losses = train_residual(fitter, clips, args.steps, args.seed)
    if losses:
        print(f"loss: first fifty {np.mean(losses[:50]):.3f}, last fifty {np.mean(losses[-50:]):.3f}")
    fitter.fit_takes(clips)

    special = {label: {"kind": "procedural"} for label in LABELS if label not in labels}
    node = {"kind": "by_label", "default": {"kind": "cue_class_mean", "labels": list(labels)}, "special": special}
    generator = ByLabel(model, {label: ProceduralGenerator() for label in special})
    args.out.mkdir(parents=True, exist_ok=True)
    state = halved(generator.state_dict())
    with atomic_output(args.out / "generator.safetensors") as path:
        save_file(state, path)
    write_json(args.out / "generator.json", node)
    credit = [{"id": t.id, "label": t.label, "licence": t.licence, "credit": t.attribution} for t in used]
    credits = {"procedural": sorted({*special, *helped}), "seed": args.seed, "splits": list(splits), "takes": credit}
    write_json(args.out / "generator_credits.json", credits)
    size = (args.out / "generator.safetensors").stat().st_size
    print(f"{sum(v.numel() for v in state.values())} numbers, {size / 1e6:.2f} MB in {args.out}")


if __name__ == "__main__":
    main()
