"""Sets of vectors, one per clip: checked once, in double precision."""

from __future__ import annotations

import numpy as np
import torch
from numpy.typing import ArrayLike
from torch import Tensor

from silentfoley.errors import SilentFoleyError


def as_vectors(values: ArrayLike | Tensor, name: str, at_least: int = 2) -> Tensor:
    """``values`` as (N, D) float64 on the device they lie on.

    Args:
        name: of the set, for the error.
        at_least: smallest N that makes sense.

    Raises:
        SilentFoleyError: if it is not two-dimensional, too small, or not finite.
    """
    vectors = torch.as_tensor(values if isinstance(values, Tensor) else np.asarray(values)).detach().double()
    if vectors.ndim != 2 or vectors.shape[1] < 1:
        raise SilentFoleyError(name, f"shape {tuple(vectors.shape)} is no set of vectors", "pass (N, D)")
    if vectors.shape[0] < at_least:
        raise SilentFoleyError(name, f"holds {vectors.shape[0]} vectors", f"pass {at_least} or more")
    if not bool(torch.isfinite(vectors).all()):
        raise SilentFoleyError(name, "holds NaN or infinity", "leave out the clips that could not be embedded")
    return vectors


def as_sets(reference: ArrayLike | Tensor, generated: ArrayLike | Tensor, at_least: int = 2) -> tuple[Tensor, Tensor]:
    """Both sets as (N, D) and (M, D) float64.

    Raises:
        SilentFoleyError: as :func:`as_vectors`, or if they differ in D.
    """
    one, two = as_vectors(reference, "reference", at_least), as_vectors(generated, "generated", at_least)
    if one.shape[1] != two.shape[1]:
        cause = f"vectors have {one.shape[1]} and {two.shape[1]} dimensions"
        raise SilentFoleyError("reference and generated", cause, "embed both with the same network")
    return one, two
