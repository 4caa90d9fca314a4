"""Inception score (Salimans et al., arXiv:1606.03498): is each clip surely something, and are they many things?"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from silentfoley.errors import SilentFoleyError


def inception_score(probabilities: ArrayLike) -> float:
    """``exp(mean_i KL(p_i || mean p))``.

    Of all clips at once, not of ten splits. It sees no reference, and small sets score low: at most min(N, K).

    Args:
        probabilities: (N, K), rows summing to 1.

    Returns:
        From 1 (every clip is named alike) to min(N, K).

    Raises:
        SilentFoleyError: if the rows are no distributions.
    """
    p = np.asarray(probabilities, dtype=np.float64)
    sound = p.ndim == 2 and p.size > 0 and np.isfinite(p).all() and (p >= 0).all()
    if not sound or not np.allclose(p.sum(axis=1), 1, atol=1e-4):
        cause = f"shape {p.shape}: rows are no distributions"
        raise SilentFoleyError("probabilities", cause, "pass (N, K) summing to 1")
    mean = p.mean(axis=0)
    # 0 log 0 is 0; where the mean is 0 all p are.
    terms = np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0) / np.where(mean > 0, mean, 1.0)), 0.0)
    return float(np.exp(terms.sum(axis=1).mean()))
