"""What appearance alone tells: controls on the test clips of unseen seeds, with 95 % intervals.

    python experiments/stage/controls.py OUT.json [TRAIN_CLIPS] [TEST_CLIPS]

Every clip is seen as four colour pictures 1 s apart, the first of them its very first one. Features
are those of the EfficientNet-Lite0 with its ImageNet weights, or colour histograms; on them a logistic regression,
its strength chosen by cross-validation on the training clips, or a forest. Pictures of a clip in random order are a
bag: mean and maximum over them, so nothing of their order is left. A last control learns from pixels: a small
convolutional network on one picture, its answers averaged over the bag.

The network fed reversed clips is in ``judge.py``, which has the trained networks.
"""

from __future__ import annotations

import sys
import time
from dataclasses import replace
from fractions import Fraction
from pathlib import Path

import numpy as np
import torch
from sklearn.ensemble import ExtraTreesClassifier
from sklearn.linear_model import LogisticRegressionCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import nn
from torch.nn import functional as F

from silentfoley.encoders.efficientnet_lite import EfficientNetLite0
from silentfoley.files import write_json
from silentfoley.labels import LABELS
from silentfoley.metrics.bootstrap import mean_interval
from silentfoley.stage.clip import ClipSpec, Scene, draw_scene, render_frames
from silentfoley.stage.seeds import clip_seed

SPEC = ClipSpec(fps=None)
SIDE = 56


def sparse(scene: Scene) -> np.ndarray:
    """(4, H, W, 3): pictures at 0, 1, 2 and 3 s of the very same scene.

    The shutter stays open as long as it would at the scene's own rate.
    """
    slow = dict(scene.factors)
    slow["shutter"] = float(slow["shutter"]) / float(scene.rate_fps)
    return render_frames(replace(scene, rate_fps=Fraction(1), n_frames=4, factors=slow))


def pictures_of(split: str, root: int, count: int) -> tuple[np.ndarray, np.ndarray]:
    """(N, 4, H, W, 3) uint8 and (N,) labels of a split's first clips."""
    spec = replace(SPEC, split=split)
    scenes = [draw_scene(spec, clip_seed(root, split, i)) for i in range(count)]
    return np.stack([sparse(s) for s in scenes]), np.array([LABELS.index(s.label) for s in scenes])


def histograms(pictures: np.ndarray, bins: int = 4) -> np.ndarray:
    """(N, bins^3) joint colour histogram over all pictures of a clip."""
    levels = pictures.astype(np.int64) * bins // 256
    cells = ((levels[..., 0] * bins + levels[..., 1]) * bins + levels[..., 2]).reshape(len(pictures), -1)
    return np.stack([np.bincount(c, minlength=bins**3) / c.size for c in cells])


def logistic() -> object:
    """Regression with its strength chosen by five-fold cross-validation."""
    return make_pipeline(StandardScaler(), LogisticRegressionCV(Cs=[1e-4, 1e-3, 1e-2], cv=5, max_iter=300))


def forest() -> object:
    """Extremely randomised trees."""
    return ExtraTreesClassifier(400, min_samples_leaf=2, random_state=0)


def small_network() -> nn.Module:
    """(N, 3, 56, 56) to (N, 13)."""

    def block(n_in: int, n_out: int, stride: int) -> nn.Sequential:
        return nn.Sequential(nn.Conv2d(n_in, n_out, 3, stride, 1, bias=False), nn.BatchNorm2d(n_out), nn.ReLU())

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.maps = nn.Sequential(block(3, 32, 2), block(32, 64, 2), block(64, 96, 2), block(96, 128, 1))
            self.label = nn.Linear(256, len(LABELS))

        def forward(self, x: torch.Tensor) -> torch.Tensor:
            maps = self.maps(x.contiguous(memory_format=torch.channels_last))
            return self.label(torch.cat([maps.amax((2, 3)), maps.mean((2, 3))], 1))

    return Net()


def train_small(pictures: torch.Tensor, labels: np.ndarray, epochs: int) -> nn.Module:
    """Trained on single pictures, mirrored at random. ``pictures`` is (N, P, 3, 56, 56)."""
    torch.manual_seed(0)
    net, rng = small_network(), np.random.default_rng(0)
    optimiser = torch.optim.AdamW(net.parameters(), weight_decay=0.05)
    per_epoch = len(labels) // 32
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimiser, 4e-3, epochs * per_epoch)
    for _ in range(epochs):
        for chosen in np.split(rng.permutation(len(labels))[: per_epoch * 32], per_epoch):
            x = pictures[chosen, rng.integers(0, pictures.shape[1], 32)]
            x = x.flip(3) if rng.random() < 0.5 else x
            loss = F.cross_entropy(net(x), torch.from_numpy(labels[chosen]))
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            schedule.step()
    return net.eval()


def main(out: str, n_train: int = 1000, n_test: int = 240, epochs: int = 30) -> None:
    """Render, fit, judge, save."""
    torch.set_num_threads(1)
    start = time.time()
    train, y = pictures_of("train", 9, n_train)
    test, truth = pictures_of("unseen_seeds", 0, n_test)
    print(f"pictures {time.time() - start:.0f} s", flush=True)
    figures = {}

    def note(name: str, guess: np.ndarray) -> None:
        interval = mean_interval((guess == truth).astype(float))
        figures[name] = interval.to_dict()
        print(f"{name}: {interval}  ({time.time() - start:.0f} s)", flush=True)

    def judged(name: str, model: object, a: np.ndarray, b: np.ndarray) -> None:
        note(name, model.fit(a, y).predict(b))  # type: ignore[attr-defined]

    judged("colour histogram, logistic", logistic(), histograms(train), histograms(test))
    judged("colour histogram, forest", forest(), histograms(train), histograms(test))
    backbone = EfficientNetLite0()
    deep = [backbone.features(p.reshape(-1, *p.shape[2:])).reshape(*p.shape[:2], -1) for p in (train, test)]
    print(f"features {time.time() - start:.0f} s", flush=True)
    judged("first frame, EfficientNet-Lite0, logistic", logistic(), deep[0][:, 0], deep[1][:, 0])
    bags = [np.concatenate([d.mean(1), d.max(1)], axis=1) for d in deep]
    judged("bag of frames, EfficientNet-Lite0, logistic", logistic(), *bags)
    small = [
        F.interpolate(
            torch.from_numpy(p.reshape(-1, *p.shape[2:])).permute(0, 3, 1, 2).float() / 255 - 0.5, SIDE
        ).unflatten(0, p.shape[:2])
        for p in (train, test)
    ]
    net = train_small(small[0], y, epochs)
    with torch.inference_mode():
        logits = net(small[1].flatten(0, 1)).unflatten(0, test.shape[:2])
    note("first frame, small network", logits[:, 0].argmax(1).numpy())
    note("bag of frames, small network", logits.softmax(2).mean(1).argmax(1).numpy())
    write_json(Path(out), {"n_train": n_train, "n_test": n_test, "epochs": epochs, "figures": figures})


if __name__ == "__main__":
    main(sys.argv[1], *(int(v) for v in sys.argv[2:]))
