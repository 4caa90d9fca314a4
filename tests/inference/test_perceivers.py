from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from silentfoley.inference.perceivers import segments
from silentfoley.media.video import FrameWindow
from silentfoley.timegrid import TimeGrid, frame_times_s


def windows(times: np.ndarray, size: int) -> Iterator[FrameWindow]:
    for start in range(0, len(times), size):
        part = times[start : start + size]
        frames = np.arange(start, start + len(part), dtype=np.uint8)[:, None, None, None].repeat(3, 3)
        yield FrameWindow(frames, part)


@pytest.mark.parametrize("fps", [3, 15, 25, 60])
@pytest.mark.parametrize("window", [1, 7, 500])
@pytest.mark.parametrize("columns", [1, 13, 1000])
def test_segments_see_what_the_whole_clip_shows(fps: int, window: int, columns: int) -> None:
    n = fps * 3
    times = frame_times_s(n, fps)
    grid = TimeGrid.of_frames(n, fps)
    whole = grid.bracket_frames(times)
    found, covered = [], []
    for part, span in segments(windows(times, window), grid, columns):
        at = grid.column_times_s()[span.start : span.stop]
        here = TimeGrid(1 + grid.hop_samples * len(span)).bracket_frames(part.times_s - at[0])
        ids = part.frames[:, 0, 0, 0].astype(float)
        found += ((1 - here.weight) * ids[here.left] + here.weight * ids[here.right])[: len(span)].tolist()
        covered += list(span)
    assert covered == list(range(grid.n_columns))
    np.testing.assert_allclose(found, (1 - whole.weight) * whole.left + whole.weight * whole.right, atol=1e-9)


def test_one_frame() -> None:
    parts = list(segments(windows(np.zeros(1), 4), TimeGrid.of_duration(1), 10))
    assert sum(len(span) for _, span in parts) == 51
    assert all(len(part) == 1 for part, _ in parts)
