"""Which columns of a sound a flow makes at a time, and what it is told of them."""

from __future__ import annotations

import numpy as np
import torch
from einops import rearrange
from torch import Tensor

from silentfoley.cues import Cue
from silentfoley.data.lessons import HIT_SECONDS
from silentfoley.generators.rasterise import CURVES, rasterise
from silentfoley.labels import TEXTURES

#: Columns before a sound begins; the onset stands on the centre of the next one. A window sees it two columns early.
LEAD_COLUMNS = 3
#: Columns made at a time, and how many of them are the last ones of the time before.
WINDOW, CONTEXT = 128, 24
#: Curves of :func:`rasterise` and the age of a hit.
N_CURVES = len(CURVES) + 1
#: Age that counts as 1, s.
OLD_S = 4.0
#: So long ago that no texture remembers its beginning, s.
LONG_AGO_S = 60.0


def hit_columns(label: str, column_rate_hz: float) -> int:
    """Columns of a class of hits, its lead among them."""
    return LEAD_COLUMNS + int(np.ceil(HIT_SECONDS[label] * column_rate_hz)) + 1


def curves(label: str, strength: float, columns: range, column_rate_hz: float) -> Tensor:
    """(len(columns), C) rasterised curves of a lone cue, column ``LEAD_COLUMNS`` being its onset."""
    since_s = (np.arange(columns.start, columns.stop) - LEAD_COLUMNS) / column_rate_hz
    if label in TEXTURES:
        since_s = np.full(len(columns), LONG_AGO_S)
    drawn = rearrange(rasterise([Cue(0.0, label, strength)], since_s), "c t -> t c")
    age = torch.from_numpy(np.clip(since_s / OLD_S, 0, 1)).float()
    return torch.cat([drawn, age[:, None]], dim=1)
