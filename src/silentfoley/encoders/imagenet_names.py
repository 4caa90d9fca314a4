"""The thousand ImageNet classes by name, read from the lists that timm carries."""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path

from silentfoley.errors import DependencyError


@cache
def synsets() -> tuple[str, ...]:
    """WordNet ids (``n02749479``) of the 1000 classes, in the order of the logits.

    Raises:
        DependencyError: if timm is not installed.
    """
    return tuple((_folder() / "imagenet_synsets.txt").read_text("utf-8").split())


@cache
def names() -> tuple[str, ...]:
    """First English name of each class, in the order of the logits. Two names occur twice (crane, maillot)."""
    lines = (_folder() / "imagenet_synset_to_lemma.txt").read_text("utf-8").splitlines()
    lemmas = dict(line.split("\t", 1) for line in lines if line)
    return tuple(lemmas[synset].split(", ")[0] for synset in synsets())


def _folder() -> Path:
    # Its files are enough: importing timm would take seconds.
    spec = find_spec("timm")
    if spec is None or not spec.submodule_search_locations:
        raise DependencyError("timm", "not installed, and it carries the ImageNet names", "pip install timm")
    return Path(next(iter(spec.submodule_search_locations))) / "data" / "_info"
