"""The Fast-Slow LSTM once more, in numpy, one clip and one step and one gate at a time.

Written from the description of the authors' release, not from the module under test: cells without an
input are fed a zero of width one through a matrix, each gate has its own function call.
"""

from __future__ import annotations

import numpy as np


def sigmoid(x):
    return 1.0 / (1.0 + np.exp(-x))


def layer_norm(x, gain, bias, eps=1e-3):
    return gain * (x - x.mean()) / np.sqrt(((x - x.mean()) ** 2).mean() + eps) + bias


def gate(name, number, x, h, cell):
    """Pre-activation of one gate, normalised by itself."""
    size = h.size
    rows = slice(number * size, (number + 1) * size)
    raw = cell["W_x"][rows] @ x + cell["W_h"][rows] @ h + cell["b"][rows]
    return layer_norm(raw, cell["gain"][number], cell["shift"][number])


def cell_step(cell, x, h, c, keep_h, keep_c):
    """New (h, c) of one cell; ``keep_*`` are zoneout masks or probabilities."""
    i = sigmoid(gate("input", 0, x, h, cell))
    f = sigmoid(gate("forget", 1, x, h, cell) + 1.0)
    o = sigmoid(gate("output", 2, x, h, cell))
    j = np.tanh(gate("new", 3, x, h, cell))
    c_new = c * f + i * j
    h_new = np.tanh(layer_norm(c_new, cell["c_gain"], cell["c_shift"])) * o
    return keep_h * h_new + (1 - keep_h) * h, keep_c * c_new + (1 - keep_c) * c


def read_cell(module, rng):
    """Arrays of a cell of the module under test; a cell without input gets any matrix for its zero."""
    arrays = {
        "W_h": module.from_hidden,
        "b": module.bias,
        "gain": module.gate_gain,
        "shift": module.gate_bias,
        "c_gain": module.memory_norm.weight,
        "c_shift": module.memory_norm.bias,
    }
    cell = {name: p.detach().numpy().astype(np.float64) for name, p in arrays.items()}
    inert = rng.normal(size=(cell["b"].size, 1))
    cell["W_x"] = inert if module.from_input is None else module.from_input.detach().numpy().astype(np.float64)
    return cell


def fast_slow(network, x, keep_h, keep_c):
    """Outputs of one clip at test time.

    Args:
        network: the module under test, for its weights alone.
        x: (T, D).

    Returns:
        (T, H) outputs, and the final ((h, c) fast, (h, c) slow).
    """
    rng = np.random.default_rng(0)
    fast = [read_cell(module, rng) for module in network.fast]
    slow = read_cell(network.slow, rng)
    h_f = c_f = np.zeros(fast[0]["b"].size // 4)
    h_s = c_s = np.zeros(slow["b"].size // 4)
    outputs = []
    for x_t in x.astype(np.float64):
        h_f, c_f = cell_step(fast[0], x_t, h_f, c_f, keep_h, keep_c)
        h_s, c_s = cell_step(slow, h_f, h_s, c_s, keep_h, keep_c)
        h_f, c_f = cell_step(fast[1], h_s, h_f, c_f, keep_h, keep_c)
        for cell in fast[2:]:
            h_f, c_f = cell_step(cell, np.zeros(1), h_f, c_f, keep_h, keep_c)
        outputs.append(h_f)
    return np.array(outputs), ((h_f, c_f), (h_s, c_s))
