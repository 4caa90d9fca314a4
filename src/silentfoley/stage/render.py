"""Many clips on several processes, in order and without a difference."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import replace
from multiprocessing import get_context
from typing import Any

from silentfoley.stage.clip import ClipSpec, StageClip, render_clip
from silentfoley.stage.seeds import clip_seed

#: A spec and the seed to render it from.
Job = tuple[ClipSpec, int]


def split_jobs(spec: ClipSpec, root_seed: int, split: str, n_clips: int, start: int = 0) -> list[Job]:
    """Jobs for clips ``start .. start + n_clips - 1`` of a split."""
    own = replace(spec, split=split)
    return [(own, clip_seed(root_seed, split, start + i)) for i in range(n_clips)]


def render_many(
    jobs: Sequence[Job], workers: int = 0, takes: Any = None, *, context: str = "spawn"
) -> Iterator[StageClip]:
    """Render jobs in order; the clips are the same for any number of workers.

    Args:
        jobs: what to render.
        workers: processes; 0 or 1 renders in this one.
        takes: recordings for the sound, sent to each worker.
        context: start method of the processes; ``spawn`` is safe beside threads, ``fork`` starts faster.
    """
    if workers <= 1:
        yield from (render_clip(spec, seed, takes) for spec, seed in jobs)
        return
    with ProcessPoolExecutor(min(workers, max(len(jobs), 1)), mp_context=get_context(context)) as pool:
        waiting: deque[Future[StageClip]] = deque()
        try:
            for spec, seed in jobs:
                waiting.append(pool.submit(render_clip, spec, seed, takes))
                # A bounded queue keeps memory flat however many clips are asked for.
                if len(waiting) >= 2 * workers:
                    yield waiting.popleft().result()
            while waiting:
                yield waiting.popleft().result()
        finally:
            for future in waiting:
                future.cancel()
