"""Convolution with a fixed response, piece by piece: overlap-add, so that pieces join to the whole."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]


class Convolver:
    """Takes a sound in pieces of any lengths and gives as many samples; what still rings is :meth:`tail`.

    Args:
        response: (C, K) one response per channel.
    """

    def __init__(self, response: Floats) -> None:
        self._response = np.asarray(response, dtype=np.float32)
        self._ringing = np.zeros((len(response), response.shape[1] - 1), dtype=np.float32)
        self._spectrum: tuple[int, NDArray[np.complexfloating]] | None = None

    def __call__(self, samples: Floats) -> Floats:
        """(n,) samples to (C, n)."""
        n, reach = len(samples), self._ringing.shape[1]
        out = np.zeros((len(self._response), n + reach), dtype=np.float32)
        if samples.any():
            size, spectrum = self._of_size(n + reach)
            out += np.fft.irfft(np.fft.rfft(samples, size) * spectrum, size)[:, : n + reach]
        out[:, :reach] += self._ringing
        self._ringing = out[:, n:]
        return out[:, :n]

    def tail(self) -> Floats:
        """(C, K - 1) what is left when nothing more comes."""
        return self._ringing

    def _of_size(self, n: int) -> tuple[int, NDArray[np.complexfloating]]:
        """Length of a transform for ``n`` samples, and the response in it; kept, for pieces are mostly alike."""
        # A power of two, or one and a half of one: NumPy's transform is quick at both.
        size = 1 << (n - 1).bit_length()
        size = 3 * size // 4 if 3 * size // 4 >= n else size
        if self._spectrum is None or self._spectrum[0] != size:
            self._spectrum = size, np.fft.rfft(self._response, size)
        return self._spectrum


def through(pieces: Iterable[Floats], response: Floats) -> Iterator[Floats]:
    """The (n,) pieces of a sound through a (K,) response, which rings on at the end."""
    convolver = Convolver(response[None])
    for piece in pieces:
        yield convolver(piece)[0]
    yield convolver.tail()[0]
