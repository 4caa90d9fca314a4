"""The Fast-Slow LSTM of Mujika, Meier & Steger (2017), after the authors' release.

Every fact about the cell is read in that code (amujika/Fast-Slow-LSTM). One time step of ``k`` fast
cells and one slow cell::

    F1: fast state of the last step's Fk, input x      ->  fast state
    S:  slow state of the last step, input h of F1     ->  slow state
    F2: fast state of F1, input h of S                 ->  fast state
    Fi: fast state of F(i-1), no input, 3 <= i <= k    ->  fast state;  the output is h of Fk

*State* is the pair (h, c): the memory c too travels F1 -> F2 -> ... -> Fk -> next step.
"""

from __future__ import annotations

from typing import NamedTuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from silentfoley.classifiers.recurrent import Recurrent, freeze_past_end
from silentfoley.errors import SilentFoleyError

LAYER_NORM_EPS = 1e-3
FORGET_BIAS = 1.0


class CellState(NamedTuple):
    """Output ``h`` and memory ``c`` of an LSTM cell, both (B, H)."""

    h: Tensor
    c: Tensor


class FastSlowState(NamedTuple):
    """The one state all fast cells share, and the slow cell's."""

    fast: CellState
    slow: CellState


class Zoneout(NamedTuple):
    """Share of new values in ``h`` and ``c``: (B, H) masks of a training step, or their expectation."""

    h: Tensor | float
    c: Tensor | float


class LayerNormLSTMCell(nn.Module):
    """One LSTM cell with layer norm on every gate and on the memory, and zoneout.

    ``c' = sig(f + 1) c + sig(i) tanh(j)``, ``h' = sig(o) tanh(LN(c'))``, where each of i, f, o, j is a
    layer norm of its own, with its own gain and bias, of its quarter of ``W [x, h] + b``.

    A cell without an input has no input matrix. The release feeds such cells a zero of width one,
    whose matrix adds nothing and never gets a gradient: the two are the same function.

    Args:
        input_size: width of x, 0 for a cell without an input.
        hidden_size: H.
        zoneout_keep_h: probability that a unit of h takes its new value in training, in (0, 1].
        zoneout_keep_c: the same for c.
    """

    def __init__(
        self, input_size: int, hidden_size: int, zoneout_keep_h: float = 1.0, zoneout_keep_c: float = 1.0
    ) -> None:
        super().__init__()
        self.hidden_size = hidden_size
        self.keep = (_probability("zoneout_keep_h", zoneout_keep_h), _probability("zoneout_keep_c", zoneout_keep_c))
        self.from_input = nn.Parameter(torch.empty(4 * hidden_size, input_size)) if input_size else None
        self.from_hidden = nn.Parameter(torch.empty(4 * hidden_size, hidden_size))
        self.bias = nn.Parameter(torch.zeros(4 * hidden_size))
        # Rows: i, f, o, j, so that the three sigmoids are one call.
        self.gate_gain = nn.Parameter(torch.ones(4, hidden_size))
        self.gate_bias = nn.Parameter(torch.zeros(4, hidden_size))
        self.memory_norm = nn.LayerNorm(hidden_size, eps=LAYER_NORM_EPS)
        for weight in (self.from_input, self.from_hidden):
            if weight is not None:
                nn.init.orthogonal_(weight)

    def project(self, x: Tensor | None) -> Tensor:
        """What the input and the bias add to the gates.

        Args:
            x: (..., input_size), one step or a whole sequence; None for a cell without an input.

        Returns:
            (..., 4 H), or (4 H,) without an input.
        """
        return self.bias if x is None or self.from_input is None else F.linear(x, self.from_input, self.bias)

    def shift(self) -> Tensor:
        """(4, H) bias of the gate norms with the forget bias on top, made once per sequence."""
        offset = self.gate_bias.new_tensor([0.0, FORGET_BIAS, 0.0, 0.0])
        return self.gate_bias + offset[:, None]

    def step(self, projected: Tensor, state: CellState, shift: Tensor, keep: Zoneout) -> CellState:
        """One step.

        Args:
            projected: (B, 4 H) or (4 H,) of :meth:`project`.
            state: the state so far.
            shift: (4, H) of :meth:`shift`.
            keep: zoneout of this step.
        """
        gates = torch.addmm(projected, state.h, self.from_hidden.t()).view(-1, 4, self.hidden_size)
        gates = torch.addcmul(shift, F.layer_norm(gates, (self.hidden_size,), eps=LAYER_NORM_EPS), self.gate_gain)
        i, f, o = gates[:, :3].sigmoid().unbind(1)
        c = torch.addcmul(f * state.c, i, gates[:, 3].tanh())
        h = o * self.memory_norm(c).tanh()
        return CellState(_mix(state.h, h, keep.h), _mix(state.c, c, keep.c))

    def zoneout(self, steps: int, batch: int) -> list[Zoneout]:
        """Zoneout of every step: masks drawn anew in training, the expectation at test."""
        if not self.training:
            return [Zoneout(*self.keep)] * steps
        drawn = [self._masks(keep, steps, batch) for keep in self.keep]
        return [Zoneout(h, c) for h, c in zip(*drawn, strict=True)]

    def _masks(self, keep: float, steps: int, batch: int) -> list[Tensor] | list[float]:
        if keep == 1.0:
            return [1.0] * steps
        shape = (steps, batch, self.hidden_size)
        return list((torch.rand(shape, device=self.bias.device) < keep).to(self.bias.dtype).unbind(0))


def _mix(old: Tensor, new: Tensor, keep: Tensor | float) -> Tensor:
    """``keep * new + (1 - keep) * old``."""
    if isinstance(keep, Tensor):
        return torch.lerp(old, new, keep)
    return new if keep == 1.0 else torch.lerp(old, new, keep)


def _probability(name: str, value: float) -> float:
    if not 0 < value <= 1:
        raise SilentFoleyError(f"FastSlowLSTM {name}", f"{value!r} is no keep probability", "use a number in (0, 1]")
    return float(value)


class FastSlowLSTM(Recurrent):
    """``k`` fast cells that pass on one state, and a slow cell that moves once per step.

    Dropout lies on the input, on the way F1 -> S, on the way S -> F2 and on the output, never on the
    state path. Masks come from torch's global generator: seed it to repeat a training step.

    Args:
        input_size: width of x.
        fast_size: H, units of the fast state. The release's 700 and 1200 are for text; ours is small.
        slow_size: units of the slow state.
        n_fast: k >= 2.
        dropout_keep: keep probability of the dropout, in (0, 1]; 0.65 and 0.75 in the release.
        zoneout_keep_h: see :class:`LayerNormLSTMCell`; 0.9 and 0.95 in the release.
        zoneout_keep_c: 0.5 and 0.7 in the release.

    Raises:
        SilentFoleyError: for fewer than two fast cells or a keep probability out of range.
    """

    def __init__(
        self,
        input_size: int,
        fast_size: int = 128,
        slow_size: int = 64,
        n_fast: int = 4,
        dropout_keep: float = 0.75,
        zoneout_keep_h: float = 0.9,
        zoneout_keep_c: float = 0.5,
    ) -> None:
        super().__init__(input_size, fast_size)
        if n_fast < 2:
            raise SilentFoleyError(
                "FastSlowLSTM n_fast", f"{n_fast} fast cells leave the slow cell no place", "use 2, or PlainRecurrent"
            )
        self.dropout_keep = _probability("dropout_keep", dropout_keep)
        sizes = [input_size, slow_size, *[0] * (n_fast - 2)]
        keep = (zoneout_keep_h, zoneout_keep_c)
        self.fast = nn.ModuleList(LayerNormLSTMCell(size, fast_size, *keep) for size in sizes)
        self.slow = LayerNormLSTMCell(fast_size, slow_size, *keep)

    def initial_state(self, batch: int) -> FastSlowState:
        """Zeros."""
        weight = self.slow.bias
        fast, slow = (weight.new_zeros(batch, size) for size in (self.output_size, self.slow.hidden_size))
        return FastSlowState(CellState(fast, fast), CellState(slow, slow))

    def forward(self, x: Tensor, lengths: Tensor) -> Tensor:
        """States of padded clips.

        Args:
            x: (B, T, input_size).
            lengths: (B,) valid columns, in [1, T].

        Returns:
            (B, T, H) output of the last fast cell; past a clip's end its last valid state stands still.
        """
        outputs, _ = self.run(x)
        return freeze_past_end(outputs, lengths)

    def run(self, x: Tensor, state: FastSlowState | None = None) -> tuple[Tensor, FastSlowState]:
        """Unpadded sequences, from a state: a long clip may come in pieces.

        Args:
            x: (B, T, input_size), T >= 1.
            state: where the last piece ended, or None for the start.

        Returns:
            (B, T, H) outputs, and the state after the last step.
        """
        batch, steps, _ = x.shape
        first, second, *others = (cell for cell in self.fast if isinstance(cell, LayerNormLSTMCell))
        slow = self.slow
        fast_state, slow_state = self.initial_state(batch) if state is None else state
        # The whole input at once: one large product instead of T small ones.
        projected = first.project(self._drop(x.transpose(0, 1))).unbind(0)
        cells = (first, slow, second, *others)
        shifts = [cell.shift() for cell in cells]
        keeps = [cell.zoneout(steps, batch) for cell in cells]
        drop_to_slow = self._masks((steps, batch, self.output_size), x)
        drop_to_fast = self._masks((steps, batch, slow.hidden_size), x)
        outputs = []
        for t in range(steps):
            fast_state = first.step(projected[t], fast_state, shifts[0], keeps[0][t])
            to_slow = slow.project(_masked(fast_state.h, drop_to_slow, t))
            slow_state = slow.step(to_slow, slow_state, shifts[1], keeps[1][t])
            to_fast = second.project(_masked(slow_state.h, drop_to_fast, t))
            fast_state = second.step(to_fast, fast_state, shifts[2], keeps[2][t])
            for i, cell in enumerate(others, start=3):
                fast_state = cell.step(cell.bias, fast_state, shifts[i], keeps[i][t])
            outputs.append(fast_state.h)
        return self._drop(torch.stack(outputs, dim=1)), FastSlowState(fast_state, slow_state)

    def _drop(self, x: Tensor) -> Tensor:
        return F.dropout(x, 1.0 - self.dropout_keep, self.training)

    def _masks(self, shape: tuple[int, int, int], like: Tensor) -> tuple[Tensor, ...] | None:
        if not self.training or self.dropout_keep == 1.0:
            return None
        return self._drop(torch.ones(shape, device=like.device, dtype=like.dtype)).unbind(0)


def _masked(x: Tensor, masks: tuple[Tensor, ...] | None, t: int) -> Tensor:
    return x if masks is None else x * masks[t]
