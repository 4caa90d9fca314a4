"""A port that hears rightly separates three classes of ESC-10 almost fully: 96.7 % of 120 clips, by ESC's own folds."""

from __future__ import annotations

import sys
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import numpy as np
import pytest

from silentfoley.evaluation.extractor import OpenClip
from silentfoley.evaluation.yamnet_extractor import YamnetExtractor

ROOT = Path(__file__).resolve().parents[2]


@pytest.mark.slow
def test_linear_probe_on_esc(shared: Path) -> None:
    files = sorted((shared / "sounds").glob("*/ESC-10-*.ogg"))
    if not files:
        pytest.skip("the ESC-10 takes are not at hand")
    spec = spec_from_file_location("fit_class_judge", ROOT / "tools" / "fit_class_judge.py")
    tool = module_from_spec(spec)
    sys.modules["fit_class_judge"] = tool
    spec.loader.exec_module(tool)
    extractor = YamnetExtractor()
    clips = [extractor.extract(OpenClip(f.name, 5.0, sound_path=f)).arrays["embedding"].mean(axis=0) for f in files]
    x = np.array(clips, dtype=np.float64)
    classes = sorted({f.parent.name for f in files})
    y = np.array([classes.index(f.parent.name) for f in files])
    fold = np.array([f.name.partition("__")[2][0] for f in files])
    right = []
    for k in sorted(set(fold)):
        seen = fold != k
        weight, bias = tool.fit(x[seen], y[seen], np.arange(seen.sum()), len(classes))
        right += ((x[~seen] @ weight.T + bias).argmax(axis=1) == y[~seen]).tolist()
    assert len(right) == 120
    assert np.mean(right) >= 0.94
