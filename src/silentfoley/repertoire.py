"""What a model can be asked for, told from its folder and from a bank's while neither is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from silentfoley import __version__
from silentfoley.bank.variants import VARIANTS as NAMED
from silentfoley.files import fingerprint
from silentfoley.labels import LABELS
from silentfoley.registry import CLASSES, kinds_in
from silentfoley.stage.synth_variants import VARIANTS as HEARD

if TYPE_CHECKING:
    from silentfoley.bank.bank import Bank
    from silentfoley.generators.base import CueGenerator

#: Kinds whose knowledge lies outside the model folder and may change.
_OUTSIDE = {"bank_shelf"}


@dataclass(frozen=True)
class Repertoire:
    """Classes that can be performed, and what is told apart of each.

    Attributes:
        known: class to its materials and manners, sorted.
    """

    known: Mapping[str, tuple[str, ...]]

    @classmethod
    def of(cls, generator: CueGenerator) -> Repertoire:
        """That of a generator at hand."""
        return cls({label: generator.variants(label) for label in generator.labels})

    @classmethod
    def recorded(cls, config: Mapping[str, Any]) -> Repertoire | None:
        """That of a model by its ``config.json``; None if only the model itself can tell.

        Code of another release or vocabulary may perform more than the one that wrote the folder: then it is not
        believed. Nor is what is malformed.
        """
        performs = config.get("performs")
        if config.get("silentfoley") != __version__ or config.get("vocabulary") != vocabulary():
            return None
        if not isinstance(performs, Mapping) or not all(_is_list_of_words(words) for words in performs.values()):
            return None
        return cls({label: tuple(words) for label, words in performs.items()})

    def record(self) -> dict[str, Any]:
        """What :meth:`recorded` reads: keys and JSON values for a ``config.json``."""
        return {"vocabulary": vocabulary(), "performs": {label: list(words) for label, words in self.known.items()}}

    @property
    def labels(self) -> tuple[str, ...]:
        """Classes that can be performed."""
        return tuple(self.known)

    def variants(self, label: str) -> tuple[str, ...]:
        """Materials and manners of a class that are told apart."""
        return self.known.get(label, ())

    def with_takes(self, bank: Bank) -> Repertoire:
        """That of the model and a bank, whose takes go before it."""
        both = {**self.known, **bank.variants()}
        return Repertoire({label: both[label] for label in LABELS if label in both})


def vocabulary() -> str:
    """Fingerprint of the classes and of all words for materials and manners that the code has today."""
    return fingerprint({"labels": LABELS, "named": NAMED, "heard": HEARD})


def lasts(node: Any) -> bool:
    """Whether what a generator's node performs stays as it is while the release does: it is ours, and whole."""
    return all(kind in CLASSES and kind not in _OUTSIDE for kind in kinds_in(node))


def _is_list_of_words(value: Any) -> bool:
    return isinstance(value, list) and all(isinstance(word, str) for word in value)
