"""Question 2: what interpolation buys, in pictures, in the image network's features, and in timing.

    python experiments/autofoley/q2_interpolation.py OUT_FOLDER [clips=60] [featured=12] [duration_s=1.2]
        [size=112]
    python experiments/autofoley/q2_interpolation.py OUT_FOLDER RUN_FOLDER [OVERRIDE ...]

Pictures and features need no training: columns interpolated from fewer frames are compared with the truth, the same
scene drawn at the columns. With RUN_FOLDER the runs of ``sweep=autofoley_interpolation`` are trained and judged
instead, into ``q2_timing.json``.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import lab
import numpy as np
import pictures
from q1_networks import main as networks

from silentfoley.encoders.efficientnet_lite import EfficientNetLite0
from silentfoley.stage.seeds import clip_seed
from silentfoley.timegrid import TimeGrid

#: Root seed of the scenes here; no other split draws from it.
ROOT_SEED = 31
#: Of the columns, the share that is looked at through the image network.
EVERY = 3


def measure(clips: int, featured: int, duration_s: float, size: int) -> list[dict[str, Any]]:
    """One line per clip, rate and way."""
    backbone, grid = EfficientNetLite0(), TimeGrid.of_duration(duration_s)
    lines: list[dict[str, Any]] = []
    for i in range(clips):
        scenes = pictures.drawn(clip_seed(ROOT_SEED, "val", i), duration_s, size)
        truth = pictures.columns(scenes, max(pictures.RATES_FPS), pictures.WAYS["none"], grid)
        mask = pictures.moving_mask(truth)
        true_features = pictures.space_time(backbone, truth, EVERY) if i < featured else None
        for fps in pictures.RATES_FPS:
            for name, way in pictures.WAYS.items():
                start = time.process_time()
                made = pictures.columns(scenes, fps, way, grid)
                line = {"clip": str(i), "label": scenes.label, "speed": scenes.speed, "fps": fps, "way": name}
                line["seconds"] = time.process_time() - start
                line["grey_levels"] = pictures.picture_error(made, truth, mask)
                line["features"] = float("nan")
                if true_features is not None:
                    seen = pictures.space_time(backbone, made, EVERY)
                    line["features"] = pictures.feature_error(seen, true_features)
                lines.append(line)
        print(f"clip {i + 1} of {clips}", flush=True)
    return lines


def figures(lines: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Means with intervals by speed, rate and way; slow and fast are halves about the median speed."""
    median = float(np.median([line["speed"] for line in lines]))
    out: dict[str, Any] = {"median_speed_widths_per_s": round(median, 4)}
    for half in ("slow", "fast"):
        for fps in pictures.RATES_FPS:
            for way in pictures.WAYS:
                chosen = [
                    x for x in lines if (x["speed"] > median) == (half == "fast") and (x["fps"], x["way"]) == (fps, way)
                ]
                names = [x["clip"] for x in chosen]
                out[f"{half}/{fps}/{way}"] = {
                    key: lab.figure([x[key] for x in chosen], names) for key in ("grey_levels", "features")
                }
    return out


def seconds(lines: Sequence[dict[str, Any]]) -> dict[str, float]:
    """Median processor seconds per clip of each way at 10 fps."""
    return {
        way: round(float(np.median([x["seconds"] for x in lines if (x["way"], x["fps"]) == (way, 10)])), 5)
        for way in pictures.WAYS
    }


def main(arguments: Sequence[str]) -> Path:
    """Measure, train where asked, write."""
    own = ("clips=", "featured=", "duration_s=", "size=")
    options = dict(w.split("=", 1) for w in arguments if w.startswith(own))
    out, *rest = [w for w in arguments if not w.startswith(own)]
    clips, duration_s = int(options.get("clips", 60)), float(options.get("duration_s", 1.2))
    if rest:
        return networks("q2_timing", "autofoley_interpolation", [out, *rest])
    lines = measure(clips, int(options.get("featured", 12)), duration_s, int(options.get("size", 112)))
    result: dict[str, Any] = {"clips": clips, "duration_s": duration_s, "seconds_per_clip_at_10_fps": seconds(lines)}
    result["figures"] = figures(lines)
    return lab.save("q2", result, Path(out))


if __name__ == "__main__":
    main(sys.argv[1:])
