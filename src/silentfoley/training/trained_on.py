"""A run remembers the clips it was trained on, so that nobody tests it on them, later and with another list."""

from __future__ import annotations

import json
from pathlib import Path

import pytorch_lightning as pl

from silentfoley.data.datamodule import ClipDataModule
from silentfoley.data.split_guard import TRAINED_ON, ClipList, check_apart
from silentfoley.errors import CheckpointError
from silentfoley.files import write_json


def check_training_list(folder: Path, data: pl.LightningDataModule) -> ClipList | None:
    """The list of a run's training and validation clips, with which it may begin or go on. Writes nothing.

    Args:
        folder: of the run; it need not be there yet.
        data: datamodule.

    Returns:
        None where the data list no recordings (the stage).

    Raises:
        CheckpointError: if the run began with other clips, or with other files of the same names.
        DataError: if the data refuse to be trained on.
    """
    if not isinstance(data, ClipDataModule):
        return None
    # Before anything is decoded, the data check that their own splits, and lists to be tested on, are apart.
    data.sources()
    found = data.trained_on()
    path = Path(folder) / TRAINED_ON
    if found is None or not path.is_file():
        return found
    began = ClipList.load(path)
    remedy = "restore the data folder or manifest it began with, or start another run"
    if began.digest != found.digest:
        raise CheckpointError(folder, f"began with other clips than {found}", remedy)
    swapped = [i for i, digest in found.contents.items() if began.contents.get(i, digest) != digest]
    if swapped:
        raise CheckpointError(folder, f"began with other files of {len(swapped)} clips ({swapped[0]} first)", remedy)
    return found


def keep_training_list(folder: Path, found: ClipList | None) -> None:
    """Write what :func:`check_training_list` found, and its digest into ``record.json``.

    Args:
        folder: of the run, with its record.
        found: None leaves nothing.
    """
    if found is None:
        return
    found.save(Path(folder) / TRAINED_ON)
    record = Path(folder) / "record.json"
    about = {"list": TRAINED_ON, "name": found.name, "n_clips": len(found), "digest": found.digest}
    write_json(record, {**json.loads(record.read_text(encoding="utf-8")), "trained_on": about})


def check_tests(folder: Path, data: ClipDataModule) -> None:
    """Refuse to judge a run on what it was trained on: its data's splits may have been dealt anew since.

    Raises:
        DataError: listing the overlap of a test split with the run's own list.
    """
    path = Path(folder) / TRAINED_ON
    if not path.is_file():
        return
    trained_on = ClipList.load(folder)
    for name in data.sources():
        tests = data.clip_list(name) if name not in ("train", "val") else None
        if tests is not None:
            check_apart(trained_on, tests)
