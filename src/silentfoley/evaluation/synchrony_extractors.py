"""What the synchrony judge looks at and listens to: windows of the picture in its space, columns of the sound.

The sound waits for its picture, since how long it is heard is for the picture to say.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from silentfoley.errors import MediaError
from silentfoley.evaluation.extractor import Extractor, Group, OpenClip
from silentfoley.evaluation.synchrony_judge import embed_picture
from silentfoley.evaluation.synchrony_model import the_judge
from silentfoley.media.video import read_frames
from silentfoley.timegrid import TimeGrid

#: Names of the groups.
PICTURE_GROUP, SOUND_GROUP = "synchrony_picture", "synchrony_sound"
#: Longest clip taken whole: five minutes at 30 fps.
_MAX_FRAMES = 9000


class SynchronyPictureExtractor(Extractor):
    """``synchrony_picture.visual`` (W, E) and ``.column_rate_hz`` (1,)."""

    name = PICTURE_GROUP
    version = 1
    needs_picture = True

    def settings(self) -> dict[str, Any]:
        """The judge's digest."""
        return {"judge": the_judge().config["digest"]}

    def extract(self, clip: OpenClip) -> Group:
        """Embed the picture."""
        if clip.video_path is None:
            raise MediaError(clip.id, "has no picture", "give a video")
        judge = the_judge()
        seen = read_frames(clip.video_path, size=judge.features.frame_size, max_frames=_MAX_FRAMES)
        rate_hz, hop = judge.sound.sample_rate_hz, judge.sound.spec.hop_samples
        grid = TimeGrid.of_duration(clip.duration_s, rate_hz, hop)
        visual = embed_picture(judge.net, judge.features(seen.frames, seen.times_s, grid))
        rate = np.array([judge.column_rate_hz])
        return Group({"visual": visual.astype(np.float16), "column_rate_hz": rate}, {})


class SynchronySoundExtractor(Extractor):
    """``synchrony_sound.columns`` (T, F): log-mel of the sound over the clip's length; zeros are silence."""

    name = SOUND_GROUP
    version = 2

    def settings(self) -> dict[str, Any]:
        """The judge's digest."""
        return {"judge": the_judge().config["digest"], "resampler": "soxr HQ"}

    def extract(self, clip: OpenClip) -> Group:
        """Columns of the sound, of the judge's own kind."""
        judge = the_judge()
        rate_hz, hop = judge.sound.sample_rate_hz, judge.sound.spec.hop_samples
        grid = TimeGrid.of_duration(clip.duration_s, rate_hz, hop)
        mono = clip.mono_at(rate_hz)[: grid.n_samples]
        padded = np.pad(mono, (0, grid.n_samples - mono.size))
        sound = judge.sound(torch.from_numpy(padded)[None])[0].numpy()
        return Group({"columns": sound.astype(np.float16)}, {})
