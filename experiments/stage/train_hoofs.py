"""Go on from the shared backbone with horses alone: a second moment network that is told what each hoof does.

    SILENTFOLEY_CACHE=FOLDER python experiments/stage/train_hoofs.py OUT START.safetensors STEPS horses=GLOB
        judge=FILE.npz short=GLOB [lr=2e-3] [seed=1]

START holds the shared backbone, or a network of this script that is to go on. ``horses`` and ``judge`` are files of
``horse_clips.py``, ``short`` those of ``short_clips.py``, of which all clips with a moving horse are taken and every
twelfth other one: two of a step's twelve clips, so that what is no horse is known too. Beside what the backbone learned
to answer it says of each of four hoofs, in either direction of time, whether it lands now and whether it stands:
sixteen answers more. Which hoofs stand is to be seen at any moment, landings at few.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import short_clips
import torch
from augment import reframe, relight
from horse_clips import horse_of, moving_horse
from numpy.typing import NDArray
from safetensors.torch import load_file, save_file
from scenes import COLUMN_S, NOBODY, Part, Pictures, bell, with_truth
from torch import Tensor
from torch.nn import functional as F
from train_backbone import MOMENTS, PARTS, Descent, K, answers, near_strikes

from silentfoley.encoders.drawn_acts import N_ANSWERS
from silentfoley.encoders.moment_cnn import MomentCNN, window_columns
from silentfoley.errors import MediaError
from silentfoley.labels import LABELS
from silentfoley.metrics.events import score_events
from silentfoley.stage.clip import Scene, draw_scene
from silentfoley.stage.scene import Actor
from silentfoley.stage.seeds import clip_seed

HORSES, OTHERS, NEAR = 10, 2, 5
CLIPS, EVENLY = HORSES + OTHERS, MOMENTS - NEAR
#: Of each direction of time: four hoofs that land, four that stand.
HOOFS = 16
HORSE = LABELS.index("horse")
#: Steps from one look at the judges to the next.
EVERY = 500
TOLERANCE_S = 0.05


@dataclass(frozen=True)
class Staged:
    """Pictures and their scene."""

    pictures: Pictures
    scene: Scene


@dataclass(frozen=True)
class Draw:
    """Windows (M, 9, 64, 64) of one clip and their truth: class, parts (4 K,), strikes (M, 4 K), hoofs (M, 16)."""

    windows: NDArray[np.uint8]
    label: int
    parts: NDArray[np.float32]
    strikes: NDArray[np.float32]
    hoofs: NDArray[np.float32]


def hoofs_of(actor: Actor | None, times_s: NDArray[np.float64]) -> NDArray[np.float32]:
    """(N, 8) which of four hoofs land, and which stand, at (N,) times on the actor's own clock; 0 if it is no horse."""
    out = np.zeros((len(times_s), 8), dtype=np.float32)
    if actor is None or not moving_horse(actor):
        return out
    if actor.plan.silent:
        # A decoy paws with its left fore hoof and stands on the others.
        out[:, 4:] = (1, 0, 1, 1)
        return out
    for k, foot in enumerate(actor.plan.params["feet"]):
        out[:, k] = bell(Part(HORSE, False, foot.contacts), times_s)
        out[:, 4 + k] = [foot.at(t)[2] < 0 for t in times_s.tolist()]
    return out


def draw(clip: Staged, rng: np.random.Generator) -> Draw:
    """Random moments of a clip, forwards or backwards in time, mirrored or not; the last NEAR close to strikes."""
    grey, forward, backward = clip.pictures.grey, clip.pictures.forward, clip.pictures.backward
    first, second = clip.scene.lead, clip.scene.foil
    ahead: Actor | None = first
    behind: Actor | None = second
    if rng.random() < 0.5:
        grey, forward, backward, ahead, behind = grey[::-1], backward, forward, behind, ahead
    if clip.pictures.mirrors and rng.random() < 0.5:
        grey = grey[:, :, ::-1]
    n, duration_s = len(grey), clip.pictures.duration_s
    seen_back = Part(backward.label, backward.silent, duration_s - backward.strikes_s)
    moments = np.concatenate([rng.integers(0, n, EVENLY), near_strikes(forward, seen_back, n, NEAR, rng)])
    times_s = moments * COLUMN_S
    parts, strikes = np.zeros(PARTS, dtype=np.float32), np.zeros((MOMENTS, PARTS), dtype=np.float32)
    for start, part in ((0, forward), (2 * K, seen_back)):
        if part.label != NOBODY:
            at = start + K * part.silent + part.label
            parts[at], strikes[:, at] = 1, bell(part, times_s)
    hoofs = np.concatenate([hoofs_of(ahead, times_s), hoofs_of(behind, duration_s - times_s)], axis=1)
    return Draw(grey[window_columns(moments, n)], forward.label, parts, strikes, hoofs)


def windows_of(draws: list[Draw], rng: np.random.Generator) -> Tensor:
    """(B M, 9, 64, 64), every clip in another view and light."""
    windows = torch.from_numpy(np.stack([reframe(d.windows, rng) for d in draws])).float()
    for clip in windows:
        gain, offset = relight(rng)
        clip.mul_(gain / 255).add_(offset)
    return windows.flatten(0, 1)


def summed(logits: Tensor, target: Tensor) -> Tensor:
    """Binary cross entropy, summed over answers, mean over moments or clips."""
    return F.binary_cross_entropy_with_logits(logits, target, reduction="none").sum(1).mean()


def loss_of(network: MomentCNN, draws: list[Draw], rng: np.random.Generator) -> Tensor:
    """That of ``train_backbone.py`` with strikes counted twice, and what hoofs do."""
    vectors = network(windows_of(draws, rng))
    by_label, by_part, by_strike = answers(vectors[:, :-HOOFS])
    by_hoof = vectors[:, -HOOFS:].unflatten(1, (2, 2, 4))
    label = torch.tensor([d.label for d in draws])
    named = F.cross_entropy(by_label.unflatten(0, (CLIPS, -1))[:, :EVENLY].mean(1), label, ignore_index=NOBODY)
    there = by_part.unflatten(0, (CLIPS, -1))[:, :EVENLY].mean(1)
    seen = summed(there, torch.from_numpy(np.stack([d.parts for d in draws])))
    struck = summed(by_strike, torch.from_numpy(np.concatenate([d.strikes for d in draws])))
    hoofs = torch.from_numpy(np.concatenate([d.hoofs for d in draws])).unflatten(1, (2, 2, 4))
    land, stand = (summed(by_hoof[:, :, i].flatten(1), hoofs[:, :, i].flatten(1)) for i in (0, 1))
    return named + 0.5 * seen + 2.0 * struck + land + 0.5 * stand


def widened(path: Path) -> MomentCNN:
    """The network of some weights with HOOFS answers more, if it has none: "hardly ever" at first."""
    network, state = MomentCNN(n_answers=N_ANSWERS + HOOFS), load_file(path)
    weight, bias = state["answers.weight"], state["answers.bias"]
    more = N_ANSWERS + HOOFS - len(bias)
    state["answers.weight"] = torch.cat([weight, weight.new_zeros(more, weight.shape[1])])
    state["answers.bias"] = torch.cat([bias, bias.new_full((more,), -2.0)])
    network.load_state_dict(state)
    return network


def of_horses(path: Path) -> list[Staged]:
    """Clips of ``horse_clips.py``."""
    return list(all_staged(short_clips.stored_clips(path)))


def all_staged(clips: short_clips.StoredClips) -> Iterator[Staged]:
    """Every clip of a file, in order."""
    for grey, i in zip(clips.pictures(), clips.indices, strict=True):
        yield staged(grey, clip_seed(clips.root_seed, "train", i))


def staged(grey: NDArray[np.uint8], seed: int) -> Staged:
    """Pictures of 2.4 s at the stage's frame rates with their scene, drawn again."""
    spec = short_clips.spec_of(0)
    return Staged(with_truth(grey, spec, seed), draw_scene(spec, seed))


def of_short(paths: list[Path]) -> tuple[list[Staged], list[Staged]]:
    """Clips of ``short_clips.py`` with a moving horse, and every twelfth of the others."""
    horses, others = [], []
    for path in paths:
        for i, clip in enumerate(all_staged(short_clips.stored_clips(path))):
            if horse_of(clip.scene) is not None:
                horses.append(replace_grey(clip))
            elif i % 12 == 0:
                others.append(replace_grey(clip))
    return horses, others


def replace_grey(clip: Staged) -> Staged:
    """The same with pictures of its own, so that the file they came from can be let go."""
    old = clip.pictures
    return Staged(Pictures(old.grey.copy(), old.forward, old.backward, old.duration_s, old.mirrors), clip.scene)


@torch.inference_mode()
def judged(network: MomentCNN, clips: list[Staged]) -> dict[str, float]:
    """Event F1 at 50 ms by gait of the network's own strikes: every local maximum above 0.3, gaps of 80 ms."""
    network.eval()
    scores: dict[str, list[float]] = {}
    for clip in clips:
        horse = horse_of(clip.scene)
        if horse is None or horse.plan.silent:
            continue
        grey = clip.pictures.grey[:: -1 if horse is clip.scene.foil else 1]
        windows = torch.from_numpy(grey[window_columns(np.arange(len(grey)), len(grey))]).float() / 255
        curve = answers(network(windows)[:, :-HOOFS])[2][:, HORSE].sigmoid()
        tops = F.max_pool1d(curve[None], 7, stride=1, padding=3)[0] == curve
        found = torch.nonzero(tops & (curve > 0.3))[:, 0].numpy() * COLUMN_S
        true_s = np.array([event.time_s for event in horse.plan.events])
        scores.setdefault(str(horse.plan.variant), []).append(score_events(true_s, found, TOLERANCE_S).f1)
    return {gait: float(np.mean(f1)) for gait, f1 in sorted(scores.items())}


def files(pattern: str) -> list[Path]:
    """Files of a glob, in order; there has to be one."""
    found = sorted(Path(pattern).parent.glob(Path(pattern).name))
    if not found:
        raise MediaError(pattern, "matches no file", "render clips first")
    return found


def main(words: list[str]) -> None:
    """Read the arguments and train."""
    out, start, steps = Path(words[0]), Path(words[1]), int(words[2])
    options = dict(word.split("=", 1) for word in words[3:])
    out.mkdir(parents=True, exist_ok=True)
    torch.manual_seed(0)
    torch.set_num_threads(1)
    more, others = of_short(files(options["short"]))
    horses = [clip for path in files(options["horses"]) for clip in of_horses(path)] + more
    judges = of_horses(Path(options["judge"]))
    network, lr = widened(start), float(options.get("lr", 2e-3))
    descent = Descent(network, lr, steps, rise=50, fall=0.5)
    rng, began, losses = np.random.default_rng(int(options.get("seed", 1))), time.time(), []
    with (out / "curve.csv").open("w", encoding="utf-8", buffering=1) as curve:
        curve.write("step,seconds,loss,canter,gallop,trot,walk\n")
        for step in range(1, steps + 1):
            network.train()
            picked = [horses[i] for i in rng.choice(len(horses), HORSES, replace=False)]
            picked += [others[i] for i in rng.choice(len(others), OTHERS, replace=False)]
            losses.append(descent.step(loss_of(network, [draw(clip, rng) for clip in picked], rng)))
            if step % EVERY == 0 or step == steps:
                figures = ",".join(f"{f1:.4f}" for f1 in judged(descent.mean.module, judges).values())
                curve.write(f"{step},{time.time() - began:.0f},{np.mean(losses[-EVERY:]):.4f},{figures}\n")
                save_file(descent.mean.module.state_dict(), out / "moment_cnn.safetensors")


if __name__ == "__main__":
    main(sys.argv[1:])
