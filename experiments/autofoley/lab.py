"""What the six questions share: jobs of a sweep, runs that go on where they stopped, and figures with intervals."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import product
from pathlib import Path
from typing import Any

import numpy as np
from hydra import compose, initialize_config_dir
from omegaconf import DictConfig, OmegaConf

from silentfoley.errors import SilentFoleyError
from silentfoley.files import write_json
from silentfoley.metrics.bootstrap import combined_interval, mean_interval
from silentfoley.training.entry import main as train
from silentfoley.training.groups import config_dir
from silentfoley.training.record import commit

#: Where committed figures lie.
RESULTS = Path(__file__).resolve().parent / "results"


@dataclass(frozen=True)
class Job:
    """One run of a sweep.

    Attributes:
        choice: values by key, the seed apart.
        seed: of weights, order and draws.
        folder: of the run.
        words: overrides that make it.
    """

    choice: Mapping[str, str]
    seed: int
    folder: Path
    words: tuple[str, ...]

    @property
    def name(self) -> str:
        """The values chosen."""
        return ", ".join(self.choice.values())


def options_first(words: Sequence[str]) -> tuple[list[str], list[str]]:
    """``--config-dir DIR`` apart from overrides, for Hydra takes no option among them."""
    rest, options = list(words), []
    if "--config-dir" in rest:
        i = rest.index("--config-dir")
        options = rest[i : i + 2]
        del rest[i : i + 2]
    return options, rest


def composed(*words: str) -> DictConfig:
    """The configuration of ``silentfoley train`` with these words, Hydra's own part included."""
    options, rest = options_first(words)
    path = [f"hydra.searchpath=[file://{Path(folder).resolve()}]" for folder in options[1:]]
    with initialize_config_dir(str(config_dir()), version_base="1.3"):
        # Of a list to sweep over, the first: seed=0,1.
        single = [w if any(c in w for c in "[{'\"") else w.split(",")[0] for w in rest]
        config = compose("train", [*path, "paths.run=unused", *single], return_hydra_config=True)
    return config


def jobs(sweep: str, folder: Path, words: Sequence[str]) -> Iterator[Job]:
    """The runs of ``silentfoley train --multirun sweep=...``, each in a folder that its values name."""
    params = OmegaConf.to_container(composed(f"sweep={sweep}", *words).hydra.sweeper.params)
    assert isinstance(params, dict)
    values = {k: [v.strip() for v in str(p).split(",")] for k, p in params.items()}
    options, overrides = options_first(words)
    fixed = {w.lstrip("+").split("=", 1)[0]: w.split("=", 1)[1] for w in overrides if "=" in w}
    for combination in product(*(fixed[k].split(",") if k in fixed else values[k] for k in values)):
        choice = dict(zip(values, combination, strict=True))
        rest = [w for w in overrides if w.lstrip("+").split("=", 1)[0] not in choice]
        name = "_".join(v.rpartition(".")[2] for v in choice.values())
        own = tuple(f"{k}={v}" for k, v in choice.items())
        seed = int(choice.pop("seed", "0"))
        yield Job(choice, seed, folder / name, (*options, f"sweep={sweep}", *rest, *own))


def run(job: Job, *quiet: str) -> Path:
    """Train a job unless its folder holds a finished run; a killed one goes on."""
    if not (job.folder / "metrics.json").is_file():
        resume = ["resume=true"] if (job.folder / "config.yaml").is_file() else []
        if train([*job.words, *quiet, f"paths.run={job.folder}", *resume]):
            raise SilentFoleyError(str(job.folder), "was not trained", "see the message above")
    return job.folder


def figure(values: Sequence[float], clips: Sequence[str]) -> dict[str, Any]:
    """A mean with its 95 % interval, clips drawn with all their values; NaN left out."""
    kept = [(v, c) for v, c in zip(values, clips, strict=True) if not np.isnan(v)]
    found = mean_interval([v for v, _ in kept], clusters=[c for _, c in kept])
    return {**found.to_dict(), "clips": len({c for _, c in kept})}


def ratio(parts: Sequence[Sequence[float]], clips: Sequence[str], combine: Callable[[Any], Any]) -> dict[str, Any]:
    """A function of means over clips, such as a skill, with its 95 % interval."""
    array = np.asarray(parts, dtype=np.float64).reshape(len(parts), -1)
    kept = ~np.isnan(array).any(axis=1)
    names = [c for c, k in zip(clips, kept, strict=True) if k]
    found = combined_interval(array[kept], combine, clusters=names)
    return {**found.to_dict(), "clips": len(set(names))}


def save(name: str, value: Mapping[str, Any], folder: Path) -> Path:
    """Write a result with the commit it came from and the options it was asked with; folders are not kept.

    ``dirty`` says whether the checkout held changes beyond the commit; null where that is not known.
    """
    path = folder / f"{name}.json"
    options = [w for w in sys.argv[1:] if "=" in w and "/" not in w]
    came_from = commit()
    about = {"commit": came_from.get("hash", ""), "dirty": came_from.get("dirty")}
    write_json(path, {"question": name, **about, "options": options, **value})
    return path


def load(path: Path) -> dict[str, Any]:
    """Read a result."""
    value: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return value
