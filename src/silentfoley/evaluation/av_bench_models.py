"""The networks behind av-benchmark: another package's business. This is what such a package provides.

Synchformer, ImageBind, PANNs, VGGish and PaSST weigh several gigabytes, and some are not for commercial use: none is
part of silentfoley. A package that has them registers a class with the methods of :class:`AvBenchModels` under the
entry point group ``silentfoley.embeddings``, name ``av_bench``::

    [project.entry-points."silentfoley.embeddings"]
    av_bench = "your_package:Models"
"""

from __future__ import annotations

from functools import lru_cache
from importlib.metadata import entry_points
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import DependencyError

GROUP, NAME = "silentfoley.embeddings", "av_bench"
#: Arrays of one sound, by name. W windows, S stretches of 4.8 s (the first and the last).
SOUND_ARRAYS = {
    "panns_embedding": "(2048,) Cnn14-16k after its first linear layer",
    "panns_logits": "(527,) before the sigmoid",
    "vggish_embedding": "(W, 128) per 0.96 s, final ReLU removed, no PCA",
    "passt_embedding": "(768,) of the clip padded to 10 s",
    "passt_logits": "(527,)",
    "imagebind": "(1024,)",
    "synchformer": "(S, ...) segment features",
}
#: Arrays of one picture.
PICTURE_ARRAYS = {"imagebind": "(1024,)", "synchformer": "(S, ...) segment features"}


class AvBenchModels(Protocol):
    """What a package with the networks provides."""

    def settings(self) -> dict[str, Any]:
        """JSON values that decide the numbers: hashes of weights, resampler, clip length."""
        ...

    def sound(self, mono: NDArray[np.float32], sample_rate_hz: int) -> dict[str, NDArray[Any]]:
        """``SOUND_ARRAYS`` of (N,) sound at its own rate, level as found."""
        ...

    def picture(self, video: Path) -> dict[str, NDArray[Any]]:
        """``PICTURE_ARRAYS`` of a video."""
        ...

    def offset_logits(self, picture: NDArray[Any], sound: NDArray[Any]) -> NDArray[np.float32]:
        """(S, 21) logits of offsets from two ``synchformer`` arrays."""
        ...


@lru_cache(maxsize=1)
def load_models() -> AvBenchModels:
    """The installed networks.

    Raises:
        DependencyError: if no package registers them, or it does not import.
    """
    points = [p for p in entry_points(group=GROUP) if p.name == NAME]
    if not points:
        raise DependencyError(
            "av_bench_v1",
            "its networks are not part of silentfoley and no installed package registers them",
            f"install one with the entry point {GROUP}: {NAME}",
        )
    try:
        models: AvBenchModels = points[0].load()()
    except Exception as error:
        raise DependencyError(
            f"{GROUP}: {NAME}", f"does not load ({error})", "reinstall the package that registers it"
        ) from error
    return models
