"""The package's synchrony judge on real clips with their own true sound: is it worth asking?

    python experiments/synchrony/real_clips.py [tune|report]

Needs the real clips beside the checkout (``experiments/real_clips/judge.py`` says where it looks).
"""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "real_clips"))

import pictures
from judge import Clip, clips, duration_s

from silentfoley.evaluation.synchrony_judge import embed_picture, embed_sound, judge_accuracy
from silentfoley.evaluation.synchrony_model import SynchronyModel, the_judge
from silentfoley.media.audio import read_audio
from silentfoley.timegrid import TimeGrid

Embedded = tuple[NDArray[np.float32], NDArray[np.float32]]


def embedded(clip: Clip, model: SynchronyModel) -> Embedded:
    """Windows of a clip's picture and of its true sound."""
    grid = TimeGrid.of_duration(duration_s(clip.path))
    sound = read_audio(clip.path, sample_rate_hz=model.sound.sample_rate_hz).mono()
    sound = np.pad(sound, (0, max(0, grid.n_samples - len(sound))))[: grid.n_samples]
    columns = model.sound(torch.from_numpy(sound.astype(np.float32))[None])[0].numpy()[: grid.n_columns]
    return embed_picture(model.net, pictures.motion(clip.path, grid)), embed_sound(model.net, columns)


def main(*roles: str) -> None:
    """Print how each clip fares, and all."""
    model = the_judge()
    for role in roles or ("tune",):
        rows = []
        for clip in clips(role, discrete=False):
            rows.append(embedded(clip, model))
            one = judge_accuracy(rows[-1:], model.column_rate_hz)
            print(f"  {clip.name:14s} told apart {one.told_apart:.2f} in step {one.in_step:.0f}")
        print(role, judge_accuracy(rows, model.column_rate_hz))


if __name__ == "__main__":
    main(*sys.argv[1:])
