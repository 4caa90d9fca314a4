"""The group ``yamnet``: what YAMNet hears in a clip, patch by patch."""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from silentfoley.errors import MediaError
from silentfoley.evaluation.extractor import Extractor, Group, OpenClip
from silentfoley.evaluation.yamnet import Yamnet, load_yamnet, weights_sha256
from silentfoley.evaluation.yamnet_patches import (
    PATCH_COLUMNS,
    PATCH_HOP_COLUMNS,
    RATE_HZ,
    n_begun,
    n_patches,
    yamnet_patches,
)

#: Patches through the network at once: memory stays flat for long clips.
_BATCH = 32
#: Sounds that peak below this (-60 dB of full scale) are left as they are: silence is not blown up to noise.
QUIET_PEAK = 1e-3


def at_full_peak(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    """(N,) with its mean removed and its peak at 1; what peaks below -60 dB keeps its level.

    Systems differ in the level they leave their sound at, and the network hears level. Ours.
    """
    steady = samples - samples.mean(dtype=np.float64) if samples.size else samples
    peak = float(np.abs(steady).max(initial=0.0))
    return np.asarray(steady / peak if peak >= QUIET_PEAK else steady, dtype=np.float32)


@cache
def _network() -> Yamnet:
    """Loaded once per process, however many extractors are made."""
    return load_yamnet()


@cache
def silent_patch() -> dict[str, NDArray[np.float32]]:
    """``embedding`` (1024,) and ``scores`` (521,) of a patch without sound: what follows a clip that has ended."""
    with torch.inference_mode():
        found = _network()(yamnet_patches(torch.zeros(1)))
    return {"embedding": found.embeddings[0].numpy(), "scores": found.logits[0].sigmoid().numpy()}


class YamnetExtractor(Extractor):
    """``yamnet.embedding`` (P, 1024) and ``yamnet.scores`` (P, 521), float32, a row per patch of 0.96 s every 0.48 s.

    Scores are sigmoids: several classes may be high at once. ``yamnet.after_embedding`` and ``yamnet.after_scores``
    (K, ...), K <= 2, go on: patches that begin in the clip and are not needed to reach its end. Whoever judges the
    clip over more than its length hears them, then nothing (:func:`silent_patch`).
    """

    name = "yamnet"
    version = 1

    def settings(self) -> dict[str, Any]:
        """Weights, rate, resampler, level and length rule."""
        return {
            "embedding": "YAMNet",
            "weights_sha256": weights_sha256(),
            "sample_rate_hz": RATE_HZ,
            "downmix": "mean of channels",
            "resampler": "soxr HQ",
            "level": "mean removed, peak at full scale; below -60 dB as found",
            "length": "silence appended until the last patch is full",
            "after": "patches that begin before the end, silence following",
            "patch_columns": [PATCH_COLUMNS, PATCH_HOP_COLUMNS],
        }

    def extract(self, clip: OpenClip) -> Group:
        """Embeddings and scores of the whole clip."""
        mono = clip.mono_at(RATE_HZ)
        if not mono.size:
            raise MediaError(clip.id, "has no sample of sound", "give a clip that sounds, or leave it out")
        n = n_patches(mono.size)
        patches = yamnet_patches(torch.from_numpy(at_full_peak(mono)), n_begun(mono.size))
        with torch.inference_mode():
            found = [_network()(patches[i : i + _BATCH]) for i in range(0, len(patches), _BATCH)]
        embedding = torch.cat([f.embeddings for f in found]).numpy()
        scores = torch.cat([f.logits for f in found]).sigmoid().numpy()
        arrays = {
            "embedding": embedding[:n],
            "scores": scores[:n],
            "after_embedding": embedding[n:],
            "after_scores": scores[n:],
        }
        return Group(arrays, {"peak": round(float(np.abs(mono).max()), 6)})
