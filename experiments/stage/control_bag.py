"""The control that is like the backbone in all but one thing: it sees single pictures, in no order.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/control_bag.py OUT.json STEPS short=GLOB

The same network, on the same training clips, with the same changes of view and light; every window is one picture
standing still, so no change in time is seen, and a clip's answer is the mean over its pictures. Clips are not played
backwards in training: that would teach a control nothing.
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from augment import reframe, relight
from scenes import Pictures, full, short
from torch import Tensor, nn
from torch.nn import functional as F

from silentfoley.encoders.moment_cnn import TAPS, MomentCNN
from silentfoley.files import write_json
from silentfoley.labels import LABELS
from silentfoley.metrics.bootstrap import mean_interval

CLIPS, PICTURES = 24, 5


class Bag(nn.Module):
    """(B, M, H, W) pictures to (B, K) logits, whatever the order of the pictures."""

    def __init__(self) -> None:
        super().__init__()
        self.network = MomentCNN()
        self.label = nn.Linear(self.network.n_features, len(LABELS))

    def forward(self, pictures: Tensor) -> Tensor:
        """See the class."""
        windows = pictures.flatten(0, 1)[:, None].expand(-1, len(TAPS), -1, -1)
        logits: Tensor = self.label(self.network(windows))
        return logits.unflatten(0, pictures.shape[:2]).mean(1)


def batch_of(clips: list[Pictures], rng: np.random.Generator) -> tuple[Tensor, Tensor]:
    """Pictures (B, M, H, W) and labels (B,)."""
    pictures, labels = [], []
    for i in rng.choice(len(clips), CLIPS, replace=False):
        grey = clips[i].grey[rng.integers(0, len(clips[i].grey), PICTURES)]
        if clips[i].mirrors and rng.random() < 0.5:
            grey = grey[:, :, ::-1]
        gain, offset = relight(rng)
        pictures.append(torch.from_numpy(reframe(grey[:, None], rng)[:, 0]).float() * (gain / 255) + offset)
        labels.append(clips[i].forward.label)
    return torch.stack(pictures), torch.tensor(labels)


@torch.inference_mode()
def right(bag: Bag, clips: list[Pictures], every: int = 10) -> list[float]:
    """For every clip, whether its act is named."""
    bag.eval()
    named = [int(bag(torch.from_numpy(c.grey[::every].copy())[None].float() / 255).argmax()) for c in clips]
    bag.train()
    return [float(name == clip.forward.label) for name, clip in zip(named, clips, strict=True)]


def main(words: list[str]) -> None:
    """Train and judge."""
    out, steps, options = Path(words[0]), int(words[1]), dict(word.split("=", 1) for word in words[2:])
    torch.manual_seed(0)
    torch.set_num_threads(1)
    pattern = Path(options["short"])
    clips = short(sorted(pattern.parent.glob(pattern.name)))
    bag, rng = Bag(), np.random.default_rng(0)
    optimiser = torch.optim.AdamW(bag.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 2e-3, steps, pct_start=0.1)
    for step in range(1, steps + 1):
        pictures, labels = batch_of(clips, rng)
        loss = F.cross_entropy(bag(pictures), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        if step % 250 == 0:
            print(f"step {step}: loss {loss.item():.3f}, val {np.mean(right(bag, full('val', 120))):.3f}", flush=True)
    figures = {split: mean_interval(right(bag, full(split, 240))) for split in ("val", "unseen_seeds")}
    print(figures, flush=True)
    write_json(out, {"clips": len(clips), "steps": steps, **{k: v.to_dict() for k, v in figures.items()}})


if __name__ == "__main__":
    main(sys.argv[1:])
