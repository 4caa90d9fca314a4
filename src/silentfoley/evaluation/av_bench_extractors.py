"""Groups ``av_bench_sound`` and ``av_bench_picture``: embeddings by networks of another package."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.errors import DependencyError, MediaError
from silentfoley.evaluation.av_bench_models import PICTURE_ARRAYS, SOUND_ARRAYS, load_models
from silentfoley.evaluation.extractor import Extractor, Group, OpenClip


class AvBenchSoundExtractor(Extractor):
    """``SOUND_ARRAYS`` of a clip's sound."""

    name = "av_bench_sound"
    version = 1

    def settings(self) -> dict[str, Any]:
        """What the networks' package says of itself."""
        return load_models().settings()

    def extract(self, clip: OpenClip) -> Group:
        """Embed the sound as stored, channels averaged."""
        waveform = clip.waveform
        return Group(_checked(load_models().sound(waveform.mono(), waveform.sample_rate_hz), SOUND_ARRAYS), {})


class AvBenchPictureExtractor(Extractor):
    """``PICTURE_ARRAYS`` of a clip's picture."""

    name = "av_bench_picture"
    version = 1
    needs_picture = True

    def settings(self) -> dict[str, Any]:
        """What the networks' package says of itself."""
        return load_models().settings()

    def extract(self, clip: OpenClip) -> Group:
        """Embed the picture."""
        if clip.video_path is None:
            raise MediaError(clip.id, "has no picture", "give a video")
        return Group(_checked(load_models().picture(clip.video_path), PICTURE_ARRAYS), {})


def _checked(arrays: Mapping[str, NDArray[Any]], wanted: Mapping[str, str]) -> dict[str, NDArray[Any]]:
    missing = sorted(set(wanted) - set(arrays))
    if missing:
        raise DependencyError(
            "av_bench networks", f"gave no {', '.join(missing)}", "update the package that registers them"
        )
    return {name: np.asarray(arrays[name]) for name in wanted}
