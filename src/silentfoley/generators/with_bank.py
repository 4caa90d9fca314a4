"""A bank's takes where it has any, a generator where it has none."""

from __future__ import annotations

from silentfoley.generators.base import CueGenerator, PerceptionGenerator
from silentfoley.generators.by_label import ByLabel
from silentfoley.generators.retrieval import Retrieval
from silentfoley.generators.units import Shelf


class WithTakes(ByLabel):
    """Performs by retrieval the classes that there are takes of.

    Args:
        shelf: takes.
        others: performs the other classes, if it can be driven by cues.

    Raises:
        DataError: if there are no takes.
        SilentFoleyError: if the rates differ.
    """

    def __init__(self, shelf: Shelf, others: CueGenerator | PerceptionGenerator) -> None:
        retrieval = Retrieval(shelf)
        default = others if isinstance(others, CueGenerator) else retrieval
        super().__init__(default, dict.fromkeys(retrieval.labels, retrieval))
        #: Classes that are performed by takes.
        self.recorded = retrieval.labels
