"""Train the convolutional network that both of AutoFoley's networks share on the stage.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/train_backbone.py OUT STEPS short=GLOB [threads=1] [start=FOLDER]
        [lr=2e-3] [near=4] [strikes=1] [hard=ACT,...]

Each step sees a few moments of a few clips. The network names the forward actor; says of every act whether it is there
in either direction of time, sounding or as a decoy; and which of these strikes, or stops short, at this very moment. A
clip played from last picture to first is a training clip too, whose foil runs forward: the same pictures, the other
class, so that appearance cannot be what is learnt. The view is turned, moved and scaled a little. Files that match the
glob later than the start join in as they appear. ``start`` goes on from the weights in a folder. Of the eight moments
of a clip ``near`` lie close to strikes, which weigh ``strikes`` in the loss; clips with a ``hard`` act are drawn twice
as often. The weights saved are running means over steps. Every 250 steps the class accuracy on validation clips goes to
``curve.csv``.
"""

from __future__ import annotations

import sys
import time
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from augment import reframe, relight
from safetensors.torch import load_file, save_file
from scenes import ABSENT, COLUMN_S, NOBODY, Part, Pictures, bell, full, short
from torch import Tensor, nn
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn

from silentfoley.encoders.drawn_acts import N_ANSWERS, N_LABELS
from silentfoley.encoders.moment_cnn import MomentCNN, window_columns
from silentfoley.labels import LABELS

CLIPS, MOMENTS = 24, 8
K = N_LABELS
#: An act in a direction of time, sounding or as a decoy: forward sounding, forward decoy, backward ...
PARTS = 4 * K


def start_unsure(network: MomentCNN) -> MomentCNN:
    """Parts are rare and strikes rarer: answers start there."""
    with torch.no_grad():
        network.answers.bias[K : K + PARTS] = -3.0
        network.answers.bias[K + PARTS :] = -5.0
    return network


def answers(vectors: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """(N, D) vectors to class (N, K), parts that are there (N, 4 K), parts that strike now (N, 4 K): all logits."""
    by_label, by_part, by_strike = vectors[:, -N_ANSWERS:].split([K, PARTS, PARTS], dim=1)
    return by_label, by_part, by_strike


@dataclass(frozen=True)
class Recipe:
    """How many of a clip's moments are close to strikes, what strikes weigh, and how likely each clip is."""

    near: int
    strikes: float
    hard: tuple[int, ...]

    @classmethod
    def read(cls, options: dict[str, str]) -> Recipe:
        """From the words of the command line."""
        hard = [LABELS.index(name) for name in options.get("hard", "").split(",") if name]
        return cls(int(options.get("near", 4)), float(options.get("strikes", 1)), tuple(hard))

    def chances(self, clips: list[Pictures]) -> np.ndarray:
        """(len(clips),) that sum to 1."""
        weights = [2.0 if {c.forward.label, c.backward.label} & set(self.hard) else 1.0 for c in clips]
        return np.array(weights) / sum(weights)


@dataclass(frozen=True)
class Draw:
    """Windows (M, 9, 64, 64) of one clip, and their truth: class, parts (4 K,), strikes (M, 4 K)."""

    windows: np.ndarray
    label: int
    parts: np.ndarray
    strikes: np.ndarray


def draw(clip: Pictures, rng: np.random.Generator, near: int) -> Draw:
    """Random moments of a clip, forwards or backwards in time, mirrored or not; the last ``near`` close to strikes."""
    grey, forward, backward = clip.grey, clip.forward, clip.backward
    if rng.random() < 0.5:
        grey, forward, backward = grey[::-1], backward, forward
    if clip.mirrors and rng.random() < 0.5:
        grey = grey[:, :, ::-1]
    n = len(grey)
    seen_back = Part(backward.label, backward.silent, clip.duration_s - backward.strikes_s)
    moments = np.concatenate([rng.integers(0, n, MOMENTS - near), near_strikes(forward, seen_back, n, near, rng)])
    parts = np.zeros(PARTS, dtype=np.float32)
    strikes = np.zeros((len(moments), PARTS), dtype=np.float32)
    for part, first in ((forward, 0), (seen_back, 2 * K)):
        if part.label != NOBODY:
            at = first + K * part.silent + part.label
            parts[at] = 1
            strikes[:, at] = bell(part, moments * COLUMN_S)
    return Draw(grey[window_columns(moments, n)], forward.label, parts, strikes)


def near_strikes(forward: Part, backward: Part, n: int, near: int, rng: np.random.Generator) -> np.ndarray:
    """(near,) moments within 0.12 s of strikes of either actor, or anywhere if there are none."""
    times = np.concatenate([forward.strikes_s, backward.strikes_s])
    if not times.size:
        return rng.integers(0, n, near)
    chosen = rng.choice(times, near) + rng.uniform(-0.12, 0.12, near)
    return np.clip(np.rint(chosen / COLUMN_S), 0, n - 1).astype(np.int64)


def batch_of(
    clips: list[Pictures], chances: np.ndarray, near: int, rng: np.random.Generator
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """Windows (B M, 9, 64, 64), labels (B,), parts (B, 4 K), strikes (B M, 4 K)."""
    draws = [draw(clips[i], rng, near) for i in rng.choice(len(clips), CLIPS, replace=False, p=chances)]
    windows = torch.from_numpy(np.stack([reframe(d.windows, rng) for d in draws])).float()
    for clip in windows:
        gain, offset = relight(rng)
        clip.mul_(gain / 255).add_(offset)
    return (
        windows.flatten(0, 1),
        torch.tensor([d.label for d in draws]),
        torch.from_numpy(np.stack([d.parts for d in draws])),
        torch.from_numpy(np.concatenate([d.strikes for d in draws])),
    )


def loss_of(network: MomentCNN, batch: tuple[Tensor, Tensor, Tensor, Tensor], recipe: Recipe) -> Tensor:
    """Class and parts over a clip's evenly drawn moments, strikes at every moment."""
    windows, label, parts, strikes = batch
    by_label, by_part, by_strike = answers(network(windows))
    evenly = MOMENTS - recipe.near
    per_clip = by_label.unflatten(0, (CLIPS, -1))[:, :evenly].mean(1)
    there = by_part.unflatten(0, (CLIPS, -1))[:, :evenly].mean(1)
    named = F.cross_entropy(per_clip, label, ignore_index=NOBODY)
    # Sums over parts: a mean over 52 of which two are there would hardly be felt.
    seen = F.binary_cross_entropy_with_logits(there, parts, reduction="none").sum(1).mean()
    struck = F.binary_cross_entropy_with_logits(by_strike, strikes, reduction="none").sum(1).mean()
    return named + 0.5 * seen + recipe.strikes * struck


@torch.inference_mode()
def judged(network: MomentCNN, clips: list[Pictures], every: int = 10) -> tuple[float, float]:
    """Class accuracy of the mean over moments 0.2 s apart, and the mean strike loss there."""
    network.eval()
    right, losses = [], []
    for clip in clips:
        moments = np.arange(0, len(clip.grey), every)
        windows = torch.from_numpy(clip.grey[window_columns(moments, len(clip.grey))]).float() / 255
        by_label, _, by_strike = answers(network(windows))
        right.append(int(by_label.mean(0).argmax()) == clip.forward.label)
        # What decides about cues: the forward sounding strike of whichever act, against the truth.
        sounding = (ABSENT if clip.forward.silent else clip.forward).label
        truth = np.zeros((len(moments), K), dtype=np.float32)
        if sounding != NOBODY:
            truth[:, sounding] = bell(clip.forward, moments * COLUMN_S)
        target = torch.from_numpy(truth)
        losses.append(
            float(F.binary_cross_entropy_with_logits(by_strike[:, :K], target, reduction="none").sum(1).mean())
        )
    return float(np.mean(right)), float(np.mean(losses))


class Descent:
    """Steps down a loss, and the running mean of weights over them.

    Args:
        network: to be trained.
        lr: highest learning rate, reached after ``rise`` of the ``steps``; over the last share ``fall`` of them it goes
            to 0.
    """

    def __init__(self, network: MomentCNN, lr: float, steps: int, rise: int, fall: float) -> None:
        self.network = network
        self.mean = AveragedModel(network, multi_avg_fn=get_ema_multi_avg_fn(0.997), use_buffers=True)
        self._optimiser = torch.optim.AdamW(network.parameters(), lr=lr, weight_decay=0.05)
        self._schedule = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: min(1.0, (step + 1) / rise, max(0.0, (steps - step) / (fall * steps)))
        )

    def step(self, loss: Tensor) -> float:
        """One of them; the loss as a number."""
        self._optimiser.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        self._optimiser.step()
        self._schedule.step()
        self.mean.update_parameters(self.network)
        return loss.item()


def main(words: list[str]) -> None:
    """Read the arguments and train."""
    out, steps = Path(words[0]), int(words[1])
    options = dict(word.split("=", 1) for word in words[2:])
    recipe = Recipe.read(options)
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(int(options.get("threads", 1)))
    pattern = Path(options["short"])
    known: set[Path] = set()
    clips: list[Pictures] = []
    val = full("val", 120)
    network = start_unsure(MomentCNN(n_answers=N_ANSWERS))
    if "start" in options:
        network.load_state_dict(load_file(Path(options["start"]) / "moment_cnn.safetensors"))
    descent = Descent(network, float(options.get("lr", 2e-3)), steps, rise=100, fall=0.4)
    rng, start, losses = np.random.default_rng(int(options.get("seed", 0))), time.time(), []
    curve = (out / "curve.csv").open("w", encoding="utf-8", buffering=1)
    curve.write("step,seconds,clips,loss,val_class_accuracy,val_strike_loss\n")
    for step in range(1, steps + 1):
        if (step - 1) % 250 == 0:
            new = sorted(set(pattern.parent.glob(pattern.name)) - known)
            clips += short(new)
            known.update(new)
            chances = recipe.chances(clips)
        losses.append(descent.step(loss_of(network, batch_of(clips, chances, recipe.near, rng), recipe)))
        if step % 250 == 0 or step in (1, steps):
            accuracy, strike = judged(descent.mean.module, val)
            figures = f"{np.mean(losses[-250:]):.4f},{accuracy:.4f},{strike:.4f}"
            curve.write(f"{step},{time.time() - start:.0f},{len(clips)},{figures}\n")
            save_file(descent.mean.module.state_dict(), out / "moment_cnn.safetensors")


if __name__ == "__main__":
    main(sys.argv[1:])
