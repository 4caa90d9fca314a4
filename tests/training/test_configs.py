"""Every file in configs composes, names classes that exist, and can be reached."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from itertools import cycle, islice
from pathlib import Path

import pytest
from hydra import compose, initialize_config_dir
from omegaconf import OmegaConf, open_dict

from silentfoley.encoders.motion import MOTION_FEATURES
from silentfoley.labels import LABELS
from silentfoley.training.groups import config_dir

CONFIGS = config_dir()
FILES = sorted(p.relative_to(CONFIGS) for p in CONFIGS.rglob("*.yaml"))
CHOICES = [(p.parent.as_posix(), p.stem) for p in FILES if p.parent != Path()]
GROUPS = sorted({group for group, _ in CHOICES})
# An experiment stands for a whole run; choices of the other groups go with each other as they like.
FREE = [g for g in GROUPS if g not in ("experiment", "sweep")]
NAMES = {g: [n for group, n in CHOICES if group == g] for g in GROUPS}
# Composing is slow: each round takes the next choice of every group.
ROUNDS = [
    dict(zip(FREE, names, strict=True))
    for names in zip(*(islice(cycle(NAMES[g]), max(map(len, (NAMES[g] for g in FREE)))) for g in FREE), strict=True)
]


@cache
def composed(*overrides: str) -> tuple[dict, dict]:
    """Hydra's own part unresolved, and the run's part resolved; what only a user knows stays ``???``."""
    with initialize_config_dir(str(CONFIGS), version_base="1.3"):
        config = compose("train", list(overrides), return_hydra_config=True)
        hydra_part = OmegaConf.to_container(config.hydra.sweeper)
        with open_dict(config):
            del config["hydra"]
        return hydra_part, OmegaConf.to_container(config, resolve=True)


def targets(node) -> list[str]:
    if isinstance(node, dict):
        own = [node["_target_"]] if "_target_" in node else []
        return own + [t for v in node.values() for t in targets(v)]
    return [t for v in node for t in targets(v)] if isinstance(node, list) else []


def found(target: str) -> bool:
    module, _, name = target.rpartition(".")
    return callable(getattr(import_module(module), name))


def chosen(group: str, name: str) -> dict:
    """A configuration in which a group has a choice."""
    if group not in FREE:
        return composed(f"{group}={name}")[1]
    choice = next(r for r in ROUNDS if r[group] == name)
    return composed(*(f"{g}={n}" for g, n in choice.items()))[1]


@pytest.mark.parametrize(("group", "name"), CHOICES, ids=[f"{g}={n}" for g, n in CHOICES])
def test_every_choice_composes_and_names_what_exists(group: str, name: str) -> None:
    names = targets(chosen(group, name))
    assert names
    for target in names:
        assert found(target), target


def test_every_group_is_in_the_defaults() -> None:
    # Otherwise its files could be chosen by nobody.
    defaults = OmegaConf.to_container(OmegaConf.load(CONFIGS / "train.yaml").defaults)
    named = {k for entry in defaults if isinstance(entry, dict) for k in entry if not k.startswith("override")}
    assert named == set(GROUPS)
    assert [p for p in FILES if p.parent == Path()] == [Path("train.yaml")]


@pytest.mark.parametrize("name", NAMES["sweep"])
def test_sweeps_name_classes_that_exist(name: str) -> None:
    params = composed(f"sweep={name}")[0]["params"]
    assert params
    for key, values in params.items():
        if key in GROUPS:
            # A choice of a whole group, as on the command line.
            assert {v.strip() for v in str(values).split(",")} <= set(NAMES[key])
            continue
        # The key exists in the default run, whichever value it takes.
        node = OmegaConf.select(OmegaConf.create(chosen("sweep", name)), key)
        assert node is not None, key
        if key.endswith("_target_"):
            assert all(found(v.strip()) for v in str(values).split(","))


@pytest.mark.parametrize("name", NAMES["experiment"])
def test_experiments_list_differences_and_are_named_by_their_file(name: str) -> None:
    assert chosen("experiment", name)["name"] == name
    text = (CONFIGS / "experiment" / f"{name}.yaml").read_text(encoding="utf-8")
    assert "# Question: " in text
    assert "# Cost: " in text


@pytest.mark.parametrize("name", NAMES["network"])
def test_sizes_are_those_of_labels_and_features(name: str) -> None:
    network = chosen("network", name)["network"]
    assert network.get("n_classes", len(LABELS)) == len(LABELS)
    if name.endswith("_motion"):
        assert network["input_size"] == len(MOTION_FEATURES)


def test_a_class_that_is_gone_would_be_found() -> None:
    assert targets({"a": [{"_target_": "x.Y"}]}) == ["x.Y"]
    with pytest.raises(AttributeError):
        found("silentfoley.labels.Nothing")
