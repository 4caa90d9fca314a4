"""Base of the torchmetrics twins: numbers kept per clip, gathered rightly from several processes."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from numpy.typing import ArrayLike, NDArray
from torch import Tensor
from torchmetrics import Metric

from silentfoley.errors import SilentFoleyError


class ClipMetric(Metric):
    """Collects a table per clip; its twin, a plain function, is called on all of them at the end.

    Nothing is averaged on the way, so the result does not depend on how clips are spread over processes:

    - a distributed sampler repeats clips until all processes have as many. Clips carry their number, and a number
      counts once;
    - a process without clips still takes part in the gathering;
    - clips are put in the order of their numbers before anything is drawn.

    Args:
        n_columns: K of the tables.
        dtype: of the tables; float64 keeps what the functions compute to the last bit.
        **kwargs: of ``torchmetrics.Metric``.
    """

    full_state_update = False
    # A list of tensors, or one tensor once gathered from several processes.
    rows: Any

    def __init__(self, n_columns: int, dtype: torch.dtype = torch.float64, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.n_columns = n_columns
        self.row_dtype = dtype
        self.add_state("rows", default=[], dist_reduce_fx="cat")
        self._take_part()

    def reset(self) -> None:
        """Forget all clips."""
        super().reset()
        self._take_part()

    def add(self, clip: int, table: ArrayLike | Tensor) -> None:
        """Keep the table of one clip.

        Args:
            clip: number of the clip in its set, the same in every process, in [0, 2^24).
            table: (R, K), R >= 1.
        """
        values = torch.as_tensor(table, dtype=self.row_dtype, device=self.device).reshape(-1, self.n_columns)
        # Below 2^24 numbers are exact in float32 as well.
        key = torch.tensor([clip], dtype=self.row_dtype, device=self.device).expand(len(values))
        part = torch.arange(len(values), dtype=self.row_dtype, device=self.device)
        self.rows.append(torch.cat([torch.stack([key, part], dim=1), values], dim=1))

    def tables(self) -> dict[int, NDArray[np.floating]]:
        """Clip number to its (R, K) table, in the order of the numbers.

        Raises:
            SilentFoleyError: if there is no clip, or a number came with two different tables.
        """
        gathered = self.rows if isinstance(self.rows, Tensor) else torch.cat(self.rows)
        rows = _unique(gathered.cpu().numpy())
        if not len(rows):
            raise SilentFoleyError(type(self).__name__, "no clips to score", "update it before computing")
        keys, counts = np.unique(rows[:, :2], axis=0, return_counts=True)
        if (counts > 1).any():
            clip = int(keys[counts > 1][0, 0])
            raise SilentFoleyError(
                f"{type(self).__name__} clip {clip}", "it came twice with different values", "give each clip its number"
            )
        starts = np.flatnonzero(rows[:, 1] == 0)
        return {int(t[0, 0]): t[:, 2:] for t in np.split(rows, starts[1:])}

    def _take_part(self) -> None:
        # Gathering is skipped for an empty list, and then the other processes wait for ever.
        self.rows.append(torch.zeros(0, 2 + self.n_columns, dtype=self.row_dtype, device=self.device))


def _unique(rows: NDArray[np.floating]) -> NDArray[np.floating]:
    """Each different row once, sorted by its first two columns, which are not negative.

    Compared by their bits, so that a row with NaN equals its copy.
    """
    bits = np.ascontiguousarray(rows).view(np.int64 if rows.dtype == np.float64 else np.int32)
    unique: NDArray[np.floating] = np.unique(bits, axis=0).view(rows.dtype)
    return unique


def scalars(values: dict[str, float], device: torch.device | None = None) -> dict[str, Tensor]:
    """Each number as a scalar float64 tensor."""
    return {name: torch.tensor(value, dtype=torch.float64, device=device) for name, value in values.items()}
