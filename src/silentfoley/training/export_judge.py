"""A trained synchrony encoder becomes a judge that knows its own accuracy."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray
from omegaconf import OmegaConf

from silentfoley.data.items import ClipItem
from silentfoley.encoders.module import EncoderModule
from silentfoley.encoders.synchrony import SynchronyNet
from silentfoley.errors import CheckpointError
from silentfoley.evaluation.synchrony_judge import embed_picture, embed_sound, judge_accuracy
from silentfoley.evaluation.synchrony_model import save_judge
from silentfoley.signal.mel import SoundFeatures
from silentfoley.training.checkpoints import load_config, load_run
from silentfoley.training.nodes import to_node
from silentfoley.training.trained_on import check_tests

_CARD = """# Synchrony judge

Trained by contrast on `{name}`; says whether a sound lies where the picture puts it (`sync_v1`). On held-out true
pairs of the data it was trained on (N = {n}) it tells the true place from a shifted one in {told_apart:.3f} of the
cases (a guess: 0.5), and finds {in_step:.3f} of the clips in step (a guess: {in_step_chance:.3f}). On other pictures
it may do worse: read its verdicts beside `judge_accuracy`, its answer on the true sound of the clips at hand.
"""


def is_synchrony_run(run: Path) -> bool:
    """Whether a run folder holds a synchrony encoder.

    Raises:
        CheckpointError: if it holds no run.
    """
    return str(OmegaConf.select(load_config(run), "module._target_", default="")).endswith(f".{EncoderModule.__name__}")


def export_judge(run: Path, out: Path, overwrite: bool = False) -> Path:
    """Write a judge's folder of a synchrony run's best checkpoint.

    Its accuracy is measured on the run's test splits: true pairs that took no part in the training.

    Args:
        run: run folder of ``module=encoder``.
        out: folder to be made; name it in ``SILENTFOLEY_SYNCHRONY`` to have it judge.
        overwrite: an existing folder may be replaced.

    Raises:
        OutputError: if ``out`` exists.
        CheckpointError: if the folder holds no such run.
        DataError: if what is to be tested on was trained on.
    """
    config = cast(dict[str, Any], OmegaConf.to_container(load_config(run)))
    module, data, _ = load_run(run)
    if not isinstance(module, EncoderModule):
        raise CheckpointError(run, f"holds a {type(module).__name__}", "pass a run of module=encoder")
    check_tests(Path(run), data)
    data.setup("test")
    net = module.net.eval()
    splits = [data.datasets[name] for name in data.test_names()]
    items = [split[i] for split in splits for i in range(len(split))]
    sounding = [item for item in items if not item.silent]
    rate_hz = sounding[0].grid.column_rate_hz if sounding else 50
    accuracy = judge_accuracy([_embedded(net, item) for item in sounding], float(rate_hz))
    card = _CARD.format(name=config["name"], **vars(accuracy))
    maker = config["data"]["maker"]
    known = {k: None if np.isnan(v) else round(v, 4) for k, v in vars(accuracy).items()}
    return save_judge(
        Path(out),
        net,
        network=to_node(config["network"]),
        features=to_node(maker["extractor"]),
        sound=SoundFeatures(**{k: v for k, v in maker["sound_features"].items() if not k.startswith("_")}),
        accuracy={**known, "splits": list(data.test_names())},
        card=card,
        overwrite=overwrite,
    )


def _embedded(net: SynchronyNet, item: ClipItem) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    return embed_picture(net, item.features), embed_sound(net, item.sound)
