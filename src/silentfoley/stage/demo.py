"""The clip that the first command looks at when it is given none."""

from __future__ import annotations

from itertools import count
from pathlib import Path

from silentfoley.media.encode import write_video
from silentfoley.stage.clip import ClipSpec, StageClip, draw_scene, render_clip
from silentfoley.stage.seeds import clip_seed

#: Large enough to watch; acts whose sound everybody can place.
DEMO_SPECS = tuple(
    ClipSpec(height=240, width=320, label=label, silent=False) for label in ("cutting", "gunshot", "impact")
)


def write_demo(path: str | Path, *, seed: int = 0) -> StageClip:
    """Write one clip with a single act, without its sound, and return it with its truth.

    Args:
        path: of the mp4.
        seed: seeds 0, 1, 2, ... take the acts in turn.

    Raises:
        OutputError: if the file cannot be written.
    """
    spec = DEMO_SPECS[seed % len(DEMO_SPECS)]
    # The first clip of the seed in which nobody else performs: a foil would puzzle who sees one for the first time.
    drawn = (clip_seed(seed, "train", i) for i in count())
    clip = render_clip(spec, next(s for s in drawn if draw_scene(spec, s).foil is None))
    write_video(path, clip.frames, clip.rate_fps)
    return clip
