"""Train the convolutional network that both of AutoFoley's networks share on the stage.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/train_backbone.py OUT STEPS short=FILE.npz ... [start=FOLDER]

Each step sees a few moments of a few clips. A clip's class is the forward actor's; a second answer names every actor
with its direction of time, and a third says whether the forward actor strikes at this very moment. A clip played from
last picture to first is a training clip too, whose foil runs forward: the same pictures, the other class, so that
appearance cannot be what is learnt. ``start`` goes on from the weights in a folder. Every 100 steps the class
accuracy on validation clips goes to ``curve.csv``.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file
from scenes import COLUMN_S, NOBODY, Part, Pictures, full, onset_at, short
from torch import Tensor, nn
from torch.nn import functional as F

from silentfoley.encoders.moment_cnn import MomentCNN, window_columns
from silentfoley.labels import LABELS

CLIPS, MOMENTS, NEAR = 24, 4, 1
K = len(LABELS)


class Heads(nn.Module):
    """(N, D) to class (N, K), actors by direction (N, 2 K) and strike (N,), all logits. Only training needs them."""

    def __init__(self, n_features: int) -> None:
        super().__init__()
        self.label = nn.Linear(n_features, K)
        self.actors = nn.Linear(n_features, 2 * K)
        self.onset = nn.Linear(n_features, 1)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """See the class."""
        return self.label(x), self.actors(x), self.onset(x)[:, 0]


@dataclass(frozen=True)
class Draw:
    """Windows of one clip, and their truth."""

    windows: np.ndarray
    label: int
    actors: np.ndarray
    onset: np.ndarray


def draw(clip: Pictures, rng: np.random.Generator) -> Draw:
    """Random moments of a clip, forwards or backwards in time, mirrored or not; the last NEAR ones close to strikes."""
    grey, forward, backward = clip.grey, clip.lead, moving(clip.foil)
    if rng.random() < 0.5:
        grey, forward, backward = grey[::-1], backward, forward
    if clip.mirrors and rng.random() < 0.5:
        grey = grey[:, :, ::-1]
    n = len(grey)
    moments = np.concatenate([rng.integers(0, n, MOMENTS), near_strikes(forward, backward, n, clip.duration_s, rng)])
    actors = np.zeros(2 * K, dtype=np.float32)
    for part, first in ((forward, 0), (backward, K)):
        if part.label != NOBODY:
            actors[first + part.label] = 1
    return Draw(grey[window_columns(moments, n)], forward.label, actors, onset_at(forward, moments * COLUMN_S))


def moving(part: Part) -> Part:
    """The part, or nobody if it stands still."""
    return Part(NOBODY, "still", np.zeros(0)) if part.course == "still" else part


def near_strikes(forward: Part, backward: Part, n: int, duration_s: float, rng: np.random.Generator) -> np.ndarray:
    """(NEAR,) moments within 0.1 s of strikes of either actor, or anywhere if there are none."""
    times = np.concatenate([forward.events_s, duration_s - backward.events_s])
    if not times.size:
        return rng.integers(0, n, NEAR)
    chosen = rng.choice(times, NEAR) + rng.uniform(-0.1, 0.1, NEAR)
    return np.clip(np.rint(chosen / COLUMN_S), 0, n - 1).astype(np.int64)


def batch_of(clips: list[Pictures], rng: np.random.Generator) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Windows (B M, 7, 64, 64), labels (B,), actors (B, 2 K), strikes (B M,)."""
    draws = [draw(clips[i], rng) for i in rng.choice(len(clips), CLIPS, replace=False)]
    windows = torch.from_numpy(np.concatenate([d.windows for d in draws])).float() / 255
    gain, shift = torch.rand(2, CLIPS)
    light = (0.75 + 0.5 * gain).repeat_interleave(MOMENTS + NEAR)[:, None, None, None]
    offset = (0.2 * shift - 0.1).repeat_interleave(MOMENTS + NEAR)[:, None, None, None]
    return (
        (windows - 0.5) * light + 0.5 + offset,
        torch.tensor([d.label for d in draws]),
        torch.from_numpy(np.stack([d.actors for d in draws])),
        torch.from_numpy(np.concatenate([d.onset for d in draws])).float(),
    )


def loss_of(network: MomentCNN, heads: Heads, batch: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
    """Class over a clip's evenly drawn moments, actors over the same, strikes at every moment."""
    windows, label, actors, onset = batch
    by_label, by_actor, strike = heads(network(windows))
    per_clip = by_label.unflatten(0, (CLIPS, -1))[:, :MOMENTS].mean(1)
    acts = by_actor.unflatten(0, (CLIPS, -1))[:, :MOMENTS].mean(1)
    named = F.cross_entropy(per_clip, label, ignore_index=NOBODY)
    weight = strike.new_tensor(3.0)
    struck = F.binary_cross_entropy_with_logits(strike, onset, pos_weight=weight)
    return named + 4 * F.binary_cross_entropy_with_logits(acts, actors) + struck


@torch.inference_mode()
def accuracy(network: MomentCNN, heads: Heads, clips: list[Pictures], every: int = 10) -> float:
    """Class accuracy of the mean over moments 0.2 s apart."""
    network.eval()
    right = []
    for clip in clips:
        columns = window_columns(np.arange(0, len(clip.grey), every), len(clip.grey))
        logits, _, _ = heads(network(torch.from_numpy(clip.grey[columns]).float() / 255))
        right.append(int(logits.mean(0).argmax()) == clip.lead.label)
    network.train()
    return float(np.mean(right))


def main(words: list[str]) -> None:
    """Read the arguments and train."""
    out, steps = Path(words[0]), int(words[1])
    options = [word.split("=", 1) for word in words[2:]]
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    clips = short([Path(v) for k, v in options if k == "short"])
    val = full("val", 120)[:60]
    network = MomentCNN()
    heads = Heads(network.n_features)
    both = nn.ModuleList([network, heads])
    for folder in (Path(v) for k, v in options if k == "start"):
        network.load_state_dict(load_file(folder / "moment_cnn.safetensors"))
        heads.load_state_dict(load_file(folder / "heads.safetensors"))
    optimiser = torch.optim.AdamW(both.parameters(), weight_decay=0.05)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, steps, pct_start=0.1)
    rng, start, losses = np.random.default_rng(0), time.time(), []
    curve = (out / "curve.csv").open("w", encoding="utf-8", buffering=1)
    curve.write("step,seconds,loss,val_class_accuracy\n")
    print(f"{len(clips)} training clips, {len(val)} validation clips, {steps} steps", flush=True)
    for step in range(1, steps + 1):
        loss = loss_of(network, heads, batch_of(clips, rng))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        schedule.step()
        losses.append(loss.item())
        if step % 100 == 0 or step == steps:
            figures = f"{np.mean(losses[-100:]):.4f},{accuracy(network, heads, val):.4f}"
            curve.write(f"{step},{time.time() - start:.0f},{figures}\n")
            save_file(network.state_dict(), out / "moment_cnn.safetensors")
            save_file(heads.state_dict(), out / "heads.safetensors")


if __name__ == "__main__":
    main(sys.argv[1:])
