"""AutoFoley's second network: frame features and a multi-scale Temporal Relation Network.

Fixed by reports on the paper: multi-scale TRN on CNN features of frames, which lie several distances
apart. Sizes are those of the TRN release (8 segments, 256, 256). The curves per column, their states and
the sound features read off them are ours.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from silentfoley.classifiers.clip_view import ClipView
from silentfoley.classifiers.columns import check_columns, per_column
from silentfoley.classifiers.named_strikes import NamedStrikes
from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.classifiers.recurrent import valid_columns
from silentfoley.classifiers.relation import LocalRelation, MultiScaleRelation
from silentfoley.errors import SilentFoleyError

#: Initial standard deviation of the frame layer in the TRN release.
FRAME_INIT_STD = 0.001


def segment_columns(lengths: Tensor, n_segments: int, jitter: bool, generator: torch.Generator | None = None) -> Tensor:
    """One column from each of ``n_segments`` equal segments of every clip.

    Args:
        lengths: (B,) valid columns, >= 1. A clip with fewer columns than segments repeats some.
        n_segments: N.
        jitter: a random column of the segment (training) or its middle one (test).
        generator: for the jitter, on the CPU; None for torch's global one.

    Returns:
        (B, N) column indices, not decreasing.
    """
    shape = (len(lengths), n_segments)
    within = (
        torch.rand(shape, generator=generator).to(lengths.device)
        if jitter
        else torch.full_like(lengths, 0.5, dtype=torch.float32)[:, None]
    )
    place = (torch.arange(n_segments, device=lengths.device) + within) / n_segments
    return torch.minimum((place * lengths[:, None]).long(), lengths[:, None] - 1)


class FrameRelationNetwork(nn.Module):
    """Class from relations of a few frames across the clip; curves from relations around every column.

    Args:
        input_size: D, width of what the backbone gives per column.
        n_classes: K.
        n_sound_features: F, 0 to predict none.
        backbone: (M, ...) to (M, D); by default cached vectors pass as they are.
        n_segments: N frames across the clip.
        frame_size: width of a frame before it is related.
        hidden_size: width of every scale's MLP.
        scales: see :class:`MultiScaleRelation`.
        dropout: before the frame layer, in [0, 1); 0.8 in the release.
        local: relations around every column; by default :class:`LocalRelation` of 64 units.
        view: what the curves know of the whole clip, as wide as ``local``; by default nothing.
        strikes: strikes that the columns themselves tell of, joined with the onset curve; by default nothing.

    Raises:
        SilentFoleyError: if the view's width is another than that of ``local``.
    """

    def __init__(
        self,
        input_size: int,
        n_classes: int,
        n_sound_features: int = 0,
        backbone: nn.Module | None = None,
        n_segments: int = 8,
        frame_size: int = 256,
        hidden_size: int = 256,
        scales: Sequence[int] | None = None,
        dropout: float = 0.8,
        local: LocalRelation | None = None,
        view: ClipView | None = None,
        strikes: NamedStrikes | None = None,
    ) -> None:
        super().__init__()
        self.n_segments = n_segments
        self.backbone = nn.Identity() if backbone is None else backbone
        self.dropout = nn.Dropout(dropout)
        self.frame = nn.Linear(input_size, frame_size)
        nn.init.normal_(self.frame.weight, std=FRAME_INIT_STD)
        nn.init.zeros_(self.frame.bias)
        self.relation = MultiScaleRelation(n_segments, frame_size, hidden_size, n_classes, scales)
        self.local = LocalRelation(input_size) if local is None else local
        self.view = view
        self.strikes = strikes
        if view is not None and view.size != self.local.output_size:
            raise SilentFoleyError(
                "FrameRelationNetwork view", f"takes {view.size} units, not {self.local.output_size}", "make them agree"
            )
        self.curves = nn.Linear(self.local.output_size, 2)
        self.sound = nn.Linear(self.local.output_size, n_sound_features) if n_sound_features else None

    def forward(self, features: Tensor, lengths: Tensor, generator: torch.Generator | None = None) -> ClassifierOutput:
        """Answers for padded clips; what lies past a clip's end has no meaning.

        Args:
            features: (B, T, ...) what the backbone reads: (B, T, D) vectors or (B, T, 3, H, W) pictures.
            lengths: (B,) valid columns in [1, T].
            generator: for columns and tuples drawn in training, on the CPU; None for torch's global one.
        """
        check_columns(features, lengths)
        columns = per_column(self.backbone, features, lengths)
        lengths = lengths.to(columns.device)
        chosen = segment_columns(lengths, self.n_segments, self.training, generator)
        frames = columns.gather(1, chosen[..., None].expand(-1, -1, columns.shape[-1]))
        states = self.local(columns, valid_columns(lengths, columns.shape[1]))
        class_logits = self.relation(self.frame(self.dropout(frames)), generator)
        seen = states if self.view is None else self.view(states, class_logits, lengths)
        onset, strength = self.curves(seen).unbind(-1)
        return ClassifierOutput(
            class_logits=class_logits,
            onset_logits=onset if self.strikes is None else self.strikes(onset, features, class_logits),
            strength_logits=strength,
            states=states,
            sound=states.new_zeros(*states.shape[:2], 0) if self.sound is None else self.sound(states),
        )
