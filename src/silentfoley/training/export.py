"""A trained run becomes a model folder that needs no trainer."""

from __future__ import annotations

from pathlib import Path
from typing import Any, cast

from omegaconf import OmegaConf

from silentfoley.classifiers.module import ClassifierModule
from silentfoley.errors import CheckpointError, OutputError
from silentfoley.generators.adversarial.module import AdversarialModule
from silentfoley.generators.base import CueGenerator, PerceptionGenerator
from silentfoley.generators.module import GeneratorModule
from silentfoley.generators.procedural import ProceduralGenerator
from silentfoley.inference.foley import Foley
from silentfoley.inference.perceivers import NetworkPerceiver
from silentfoley.pretrained import save_foley
from silentfoley.registry import build
from silentfoley.training.card import write_card
from silentfoley.training.checkpoints import load_config, load_run
from silentfoley.training.evaluate import tuned
from silentfoley.training.nodes import to_node

Generator = CueGenerator | PerceptionGenerator


def export_run(run: Path, out: Path, overwrite: bool = False, generator: Path | None = None) -> Path:
    """Write a model folder of a classifier's best checkpoint.

    Decode settings are tuned on the validation clips, which are made again where the feature cache lost them.

    Args:
        run: run folder of a classifier.
        out: model folder to write.
        overwrite: an existing folder may be replaced.
        generator: run folder of a generator that performs what is seen; None for the procedural synthesiser.

    Returns:
        ``out``.

    Raises:
        OutputError: if ``out`` exists.
        CheckpointError: if a folder holds no such run.
        SilentFoleyError: if a part of it cannot be named in a model folder.
    """
    run, out = Path(run), Path(out)
    if out.exists() and not overwrite:
        raise OutputError(out, "exists", "pass overwrite=True or choose another folder")
    config = cast(dict[str, Any], OmegaConf.to_container(load_config(run)))
    module, data, _ = load_run(run)
    if not isinstance(module, ClassifierModule):
        raise CheckpointError(run, f"holds a {type(module).__name__}", "export a classifier's run")
    node = _perceiver_node(config, module)
    perceiver = build(node)
    assert isinstance(perceiver, NetworkPerceiver)
    perceiver.network.load_state_dict(module.network.state_dict())
    data.setup("fit")
    settings = tuned(module, data.datasets["val"], data.labels)
    performer, performer_node = _generator(generator)
    foley = Foley(perceiver, settings, performer, str(config["name"]))
    card = write_card(run, config, settings, generator)
    return save_foley(
        out,
        name=str(config["name"]),
        perceiver=node,
        generator=performer_node,
        foley=foley,
        card=card,
        overwrite=overwrite,
    )


def _perceiver_node(config: dict[str, Any], module: ClassifierModule) -> dict[str, Any]:
    maker = config["data"]["maker"]
    clock = {k: maker[k] for k in ("sample_rate_hz", "hop_samples") if k in maker}
    # A network sums up clips of the length it has seen; a folder's clips have many.
    length = config["data"].get("spec", {}).get("duration_s")
    segment = {} if length is None else {"segment_s": float(length)}
    return {
        "kind": "network_perceiver",
        "extractor": to_node(config["features"]),
        "network": to_node(config["network"]),
        "labels": list(module.labels),
        **clock,
        **segment,
    }


def _generator(run: Path | None) -> tuple[Generator, dict[str, Any]]:
    if run is None:
        return ProceduralGenerator(), {"kind": "procedural"}
    config = cast(dict[str, Any], OmegaConf.to_container(load_config(run)))
    module, data, _ = load_run(run)
    if not isinstance(module, GeneratorModule | AdversarialModule):
        raise CheckpointError(run, f"holds a {type(module).__name__}", "name the run of a generator")
    data.setup("fit")
    # How takes differ from the trained residual is counted last, after the best checkpoint was written.
    module.task.finish(data.train_dataloader())
    return cast(Generator, module.task.generator), to_node(config["network"])
