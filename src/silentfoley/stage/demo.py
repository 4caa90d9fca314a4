"""The clip that ``silentfoley generate`` makes when it is given none."""

from __future__ import annotations

from pathlib import Path

from silentfoley.media.encode import write_video
from silentfoley.stage.clip import ClipSpec, render_clip
from silentfoley.stage.seeds import clip_seed

#: Large enough to watch; a walker, since everybody knows where the sound belongs.
DEMO_SPEC = ClipSpec(duration_s=4.0, height=240, width=320, fps=25, label="footsteps", silent=False)


def write_demo(path: Path, seed: int = 0) -> Path:
    """Write a silent mp4 of a stage clip, the same for a seed; an older one is replaced."""
    clip = render_clip(DEMO_SPEC, clip_seed(seed, "val", 0))
    path.parent.mkdir(parents=True, exist_ok=True)
    write_video(path, clip.frames, clip.rate_fps, overwrite=True)
    return path
