"""From the run of a generator that learned from lessons to what a package can hold.

    python experiments/generators/export_weights.py NAME RUN OUT

RUN is a folder that ``silentfoley train experiment=generator_NAME`` made; its configuration names the bank. Writes
OUT/generator.safetensors (numbers in half precision), OUT/generator.json (the node that rebuilds the generator) and
OUT/generator_credits.json (every take learned from, and the classes that learned from the synthesiser).
"""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

import torch
from omegaconf import OmegaConf
from safetensors.torch import save_file
from torch import nn

from silentfoley.bank.take import Split, Take
from silentfoley.data.lesson_datamodule import LessonDataModule
from silentfoley.data.lessons import Lesson
from silentfoley.errors import DataError
from silentfoley.files import atomic_output, make_folder, write_json
from silentfoley.pretrained import halved
from silentfoley.training.checkpoints import load_config, load_run
from silentfoley.training.nodes import to_node


def credit(lessons: tuple[Lesson, ...], splits: tuple[Split, ...], seed: int) -> dict[str, Any]:
    """Who is to be named for what was learned from.

    Raises:
        DataError: if a take's licence binds; that may not be shipped.
    """
    takes: list[Take] = [x.take for x in lessons if x.take is not None and not x.varied]
    if bound := [t.id for t in takes if t.share_alike]:
        raise DataError(bound[0], "binds what is learned from it", "learn from free_takes alone")
    lines = [{"id": t.id, "label": t.label, "licence": t.licence, "credit": t.attribution} for t in takes]
    synthesised = sorted({x.label for x in lessons if x.take is None})
    return {"procedural": synthesised, "seed": seed, "splits": list(splits), "takes": lines}


def main() -> None:
    """Command line."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("name", help="kind in the registry, as noise_band")
    parser.add_argument("run", type=Path, help="folder of the run")
    parser.add_argument("out", type=Path, help="folder to write to")
    args = parser.parse_args()
    torch.set_num_threads(1)

    config = load_config(args.run)
    module, clips, _ = load_run(args.run)
    data: Any = clips
    assert isinstance(data, LessonDataModule)
    performer = module.learner.performer
    assert isinstance(performer, nn.Module)
    node = to_node(OmegaConf.to_container(config.network, resolve=True))
    assert node["kind"] == args.name, f"{args.run} holds a {node['kind']}"
    data.setup()
    make_folder(args.out)
    state = halved(performer.state_dict())
    with atomic_output(args.out / "generator.safetensors") as path:
        save_file(state, path)
    write_json(args.out / "generator.json", node)
    credits = credit(data.datasets["train"].lessons, data.splits, int(config.seed))
    write_json(args.out / "generator_credits.json", credits)
    size = (args.out / "generator.safetensors").stat().st_size
    print(f"{sum(v.numel() for v in state.values())} numbers, {size / 1e6:.2f} MB in {args.out}")


if __name__ == "__main__":
    main()
