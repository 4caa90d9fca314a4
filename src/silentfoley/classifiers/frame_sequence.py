"""AutoFoley's first network: interpolated frames -> backbone -> Fast-Slow LSTM -> class and sound.

Fixed by reports on the paper: the chain, and that sound features are regressed for the whole clip.
Sizes, the read-out and everything about onset and strength are ours.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from silentfoley.classifiers.clip_view import ClipView
from silentfoley.classifiers.columns import InputContext, check_columns, per_column
from silentfoley.classifiers.fast_slow_lstm import FastSlowLSTM
from silentfoley.classifiers.named_strikes import NamedStrikes
from silentfoley.classifiers.output import ClassifierOutput
from silentfoley.classifiers.readout import LastState, Readout
from silentfoley.classifiers.recurrent import Recurrent
from silentfoley.errors import SilentFoleyError

CONTEXT_SIZE = 128


class FrameSequenceNetwork(nn.Module):
    """Class, sound features, and onset and strength curves from a sequence of columns.

    Args:
        input_size: D, width of what the backbone gives per column.
        n_classes: K.
        n_sound_features: F, 0 to predict none.
        backbone: (M, ...) to (M, D); by default cached vectors pass as they are.
        context: what a column sees around itself; by default :class:`InputContext` to 128 units.
        recurrent: by default a :class:`FastSlowLSTM` of 4 fast cells of 128 and a slow one of 64 units.
        readout: how states become one vector; by default :class:`LastState`, as recalled of the paper.
        view: what the curves know of the whole clip, as wide as states and context together; by default nothing, so
            that curves stay causal but for the context.
        strikes: strikes that the columns themselves tell of, joined with the onset curve; by default nothing. As little
            causal as a view.

    Raises:
        SilentFoleyError: if the parts' sizes do not fit.
    """

    def __init__(
        self,
        input_size: int,
        n_classes: int,
        n_sound_features: int = 0,
        backbone: nn.Module | None = None,
        context: InputContext | None = None,
        recurrent: Recurrent | None = None,
        readout: Readout | None = None,
        view: ClipView | None = None,
        strikes: NamedStrikes | None = None,
    ) -> None:
        super().__init__()
        self.backbone = nn.Identity() if backbone is None else backbone
        self.context = InputContext(input_size, CONTEXT_SIZE) if context is None else context
        self.recurrent = FastSlowLSTM(self.context.output_size) if recurrent is None else recurrent
        size = self.recurrent.output_size
        self.readout = LastState(size) if readout is None else readout
        _check_fit("context", self.context.input_size, input_size)
        _check_fit("recurrent", self.recurrent.input_size, self.context.output_size)
        _check_fit("readout", self.readout.size, size)
        self.view = view
        self.strikes = strikes
        if view is not None:
            _check_fit("view", view.size, size + self.context.output_size)
        self.classify = nn.Linear(size, n_classes)
        self.sound = nn.Linear(size, n_sound_features) if n_sound_features else None
        # The curves also read the column's own neighbourhood, which the states pass on only blurred.
        self.curves = nn.Sequential(nn.Linear(size + self.context.output_size, size), nn.ReLU(), nn.Linear(size, 2))

    def forward(self, features: Tensor, lengths: Tensor) -> ClassifierOutput:
        """Answers for padded clips; what lies past a clip's end has no meaning.

        Args:
            features: (B, T, ...) what the backbone reads: (B, T, D) vectors or (B, T, 3, H, W) pictures.
            lengths: (B,) valid columns in [1, T].
        """
        check_columns(features, lengths)
        around = self.context(per_column(self.backbone, features, lengths), lengths)
        states = self.recurrent(around, lengths)
        class_logits = self.classify(self.readout(states, lengths))
        columns = torch.cat([states, around], dim=-1)
        if self.view is not None:
            columns = self.view(columns, class_logits, lengths)
        onset, strength = self.curves(columns).unbind(-1)
        return ClassifierOutput(
            class_logits=class_logits,
            onset_logits=onset if self.strikes is None else self.strikes(onset, features, class_logits),
            strength_logits=strength,
            states=states,
            sound=states.new_zeros(*states.shape[:2], 0) if self.sound is None else self.sound(states),
        )


def _check_fit(part: str, has: int, needs: int) -> None:
    if has != needs:
        raise SilentFoleyError(
            f"FrameSequenceNetwork {part}", f"takes {has} units, not {needs}", "make the sizes agree"
        )
