"""What both of AutoFoley's networks return."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True)
class ClassifierOutput:
    """Batched answers of a network. B clips, T columns, K classes.

    Attributes:
        class_logits: (B, K).
        onset_logits: (B, T); sigmoid gives the onset curve. Our addition to AutoFoley.
        strength_logits: (B, T); sigmoid gives the strength curve. Our addition to AutoFoley.
        states: (B, T, S) hidden states per column.
        sound: (B, T, F) predicted sound features per column.
    """

    class_logits: Tensor
    onset_logits: Tensor
    strength_logits: Tensor
    states: Tensor
    sound: Tensor
