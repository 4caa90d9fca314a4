"""Ablation: an ordinary LSTM or GRU where the Fast-Slow LSTM would stand. Ours."""

from __future__ import annotations

from torch import Tensor, nn

from silentfoley.classifiers.recurrent import Recurrent, freeze_past_end


class PlainRecurrent(Recurrent):
    """torch's own recurrent layer behind the same interface.

    Args:
        input_size: width of x.
        hidden_size: width of a state.
        n_layers: stacked layers.
        dropout: on the input and the output, in [0, 1).
        layer: ``nn.LSTM`` or ``nn.GRU``.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int = 128,
        n_layers: int = 1,
        dropout: float = 0.25,
        layer: type[nn.LSTM] | type[nn.GRU] = nn.LSTM,
    ) -> None:
        super().__init__(input_size, hidden_size)
        self.dropout = nn.Dropout(dropout)
        self.layer = layer(input_size, hidden_size, num_layers=n_layers, batch_first=True)

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """See :class:`~silentfoley.classifiers.recurrent.Recurrent`."""
        states, _ = self.layer(self.dropout(x))
        return freeze_past_end(self.dropout(states), lengths)


class PlainGRU(PlainRecurrent):
    """The same with a gated recurrent unit, by a name of its own for configurations and model folders.

    Args:
        input_size, hidden_size, n_layers, dropout: see :class:`PlainRecurrent`.
    """

    def __init__(self, input_size: int, hidden_size: int = 128, n_layers: int = 1, dropout: float = 0.25) -> None:
        super().__init__(input_size, hidden_size, n_layers, dropout, nn.GRU)
