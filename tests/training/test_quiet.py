"""A run that goes well says what is ours to say; warnings that mean something are still heard."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

#: In a process of its own: Lightning writes to the stderr there was when it was imported.
CODE = """
import json, logging, sys, warnings
import pytorch_lightning.trainer.connectors.data_connector as connector
from silentfoley.cli.main import main
connector.suggested_max_num_workers = lambda devices: 8  # a machine that could have many workers
for words in json.loads(sys.argv[1]):
    if code := main(words):
        sys.exit(f"{words}: {code}")
warnings.warn("a warning of somebody")
logging.getLogger("pytorch_lightning").warning("a warning of Lightning")
"""


def test_nothing_of_others_is_said_by_a_run_that_goes_well(cache: Path, tmp_path: Path) -> None:
    run, model = tmp_path / "run", tmp_path / "model"
    words = ["train", "experiment=stage_frame_sequence", "data=tiny", "debug=fast", "trainer.log_every_n_steps=10"]
    words += [f"paths.run={run}", f"paths.cache={cache}"]
    calls = [words, [*words, "resume=true"], ["evaluate", str(run)], ["export", str(run), "-o", str(model)]]
    done = subprocess.run([sys.executable, "-c", CODE, json.dumps(calls)], capture_output=True, text=True, check=True)
    begun, resumed, *rest = done.stderr.splitlines()
    assert begun == resumed == f"run folder: {run}"
    warned = [line.rpartition(": ")[2] for line in rest if line[:1].strip()]
    assert warned == ["a warning of somebody", "a warning of Lightning"]
    first, second, *table, last = done.stdout.splitlines()
    assert first.startswith(f"{run}: val/class_accuracy ")
    assert second.startswith(f"{run}: ")
    assert table[0].startswith("unseen_seeds: class accuracy ")
    assert table[-1] == "clips that could not be judged: 0"
    assert last == str(model)
