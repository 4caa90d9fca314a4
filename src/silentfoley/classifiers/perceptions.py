"""From a network's batched answers to one Perception per clip."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.errors import SilentFoleyError
from silentfoley.perception import Floats, Perception
from silentfoley.timegrid import TimeGrid


@torch.no_grad()
def perceptions(
    output: ClassifierOutput,
    grids: TimeGrid | Sequence[TimeGrid],
    labels: Sequence[str],
    positions: Sequence[Floats] | None = None,
) -> list[Perception]:
    """What a network says of each clip, cut to the clip's own length.

    Args:
        output: of B clips, T columns.
        grids: the B clocks, or one for all; none has more than T columns.
        labels: the K class names in the order of the logits.
        positions: B arrays (n_columns,) of where the motion is, or None if unknown.

    Raises:
        SilentFoleyError: if the number of clocks, columns or labels does not fit.
    """
    clips, columns = output.onset_logits.shape
    clocks = [grids] * clips if isinstance(grids, TimeGrid) else list(grids)
    if len(clocks) != clips or (positions is not None and len(positions) != clips):
        raise SilentFoleyError("perceptions", f"{len(clocks)} grids for {clips} clips", "pass one of each per clip")
    for grid in clocks:
        if grid.n_columns > columns:
            raise SilentFoleyError("perceptions", f"{grid} outlasts the {columns} columns", "pass the clip's own grid")
    unknown = np.zeros(0, dtype=np.float32)
    return [
        Perception(
            grid=grid,
            labels=tuple(labels),
            class_logits=_array(output.class_logits[i]),
            onset=_array(output.onset_logits[i, : grid.n_columns].float().sigmoid()),
            strength=_array(output.strength_logits[i, : grid.n_columns].float().sigmoid()),
            states=_array(output.states[i, : grid.n_columns]),
            sound=_array(output.sound[i, : grid.n_columns]),
            position=unknown if positions is None else positions[i],
        )
        for i, grid in enumerate(clocks)
    ]


def _array(values: Tensor) -> Floats:
    return values.detach().float().cpu().numpy().copy()
