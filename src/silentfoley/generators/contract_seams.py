"""Whether a sound that is made in pieces can be heard to be: clicks, dips and jumps of colour where pieces meet."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from scipy.ndimage import maximum_filter1d, uniform_filter1d

from silentfoley.generators.base import CueGenerator
from silentfoley.generators.probes import long_sheet
from silentfoley.generators.streaming import StreamedGenerator

Doubles = NDArray[np.float64]
#: One seam stands out if it is this much above all there is elsewhere; many do together if they are on average higher
#: by the second and by so many standard errors. Our choices: rain and fire are full of clicks of their own.
ALONE, TOGETHER, ERRORS = 1.25, 1.25, 5.0
#: Fewest seams that may stand out together.
_FEWEST = 8
#: Samples that are looked at as one place, and places to either side that a click is compared with (about 10 ms).
_STEP, _AROUND = 4, 110
#: Places to either side of a seam that count as its own, and the share of a sound that must be left for comparison.
_REACH, _FREE = 2, 0.1
#: Length of the spectra whose change is looked at, and the bands of each.
_FRAME, _BANDS = 512, 12
#: An odd size of blocks.
_BLOCK = 9973


def seams_are_silent(generator: CueGenerator, label: str) -> Iterator[str]:
    """Violations of "no clicks at seams": of pieces, where a generator tells them, and of blocks.

    Blocks must join to the whole. A generator whose pieces are known makes a texture of 12 s, and each place where
    two meet is compared with all others.
    """
    if isinstance(generator, StreamedGenerator):
        for part in generator.parts(long_sheet(label), 0):
            pieces = [np.asarray(piece, dtype=np.float64) for piece in part.make() if len(piece)]
            edges = np.cumsum([len(piece) for piece in pieces])[:-1]
            if len(edges) and (said := audible_seams(np.concatenate(pieces), edges)):
                yield f"{label}: {said} where its pieces meet"
    sheet = long_sheet(label)
    whole = generator.render(sheet, seed=5).samples
    joined = np.concatenate(list(generator.render_blocks(sheet, seed=5, block_samples=_BLOCK)), axis=1)
    if joined.shape != whole.shape or np.abs(joined - whole).max() > 1e-6:
        yield f"{label}: blocks of {_BLOCK} samples do not join to the whole"


def audible_seams(samples: Doubles, edges: NDArray[np.int64]) -> str:
    """What stands out at the edges of pieces, or nothing.

    Clicks can be told in pieces of more than 20 samples, jumps of level and colour where some have more than 2048.

    Args:
        samples: (N,).
        edges: numbers of the samples that begin a piece, without the first.
    """
    if len(_at(edges // _STEP, samples[::_STEP], _REACH)[1]) * _STEP < len(samples) * _FREE:
        return f"nothing can be told of pieces so short ({len(samples) // (len(edges) + 1)} samples)"
    if _stand_out(*_at(edges // _STEP, _clicks(samples), _REACH)):
        return "it clicks"
    inside = edges[(edges >= 2 * _FRAME) & (edges < len(samples) - 2 * _FRAME)]
    if not len(inside):
        return ""
    starts = np.arange(2 * _FRAME, len(samples) - 2 * _FRAME, _FRAME)
    free = starts[np.abs(starts[:, None] - inside[None]).min(axis=1) > 2 * _FRAME]
    if not len(free):
        return ""
    return "level or colour jumps" if _stand_out(_changes(samples, inside), _changes(samples, free)) else ""


def _clicks(samples: Doubles) -> Doubles:
    """Largest second difference of each place and its neighbours, relative to what is usual within 10 ms."""
    bends = np.abs(np.diff(samples, 2, prepend=samples[:1], append=samples[-1:]))
    places = bends[: len(bends) // _STEP * _STEP].reshape(-1, _STEP)
    usual = uniform_filter1d(places.mean(axis=1), 2 * _AROUND + 1)
    return np.asarray(maximum_filter1d(places.max(axis=1), 3) / np.maximum(usual, 1e-3 * usual.mean() + 1e-12))


def _changes(samples: Doubles, places: NDArray[np.int64]) -> Doubles:
    """(len(places),) how much log spectra change from before a place to what is around it, and on to after it."""
    window = np.hanning(_FRAME)
    edges = np.unique(np.geomspace(2, _FRAME // 2, _BANDS + 1).round().astype(int))[:-1]

    def levels(offset: int) -> Doubles:
        frames = samples[places[:, None] + offset + np.arange(_FRAME)] * window
        power = np.add.reduceat(np.square(np.abs(np.fft.rfft(frames))), edges, axis=1)
        return np.asarray(np.log(power + 1e-3 * power.mean() + 1e-20))

    before, around, after = (levels(offset) for offset in (-_FRAME, -_FRAME // 2, 0))
    return np.asarray((np.abs(around - before) + np.abs(after - around)).mean(axis=1))


def _at(edges: NDArray[np.int64], values: Doubles, reach: int) -> tuple[Doubles, Doubles]:
    """Values at the edges, and those farther than ``reach`` from any."""
    edges = edges.clip(max=len(values) - 1)
    free = np.ones(len(values), dtype=bool)
    for offset in range(-reach, reach + 1):
        free[(edges + offset).clip(0, len(values) - 1)] = False
    return values[edges], values[free]


def _stand_out(at_edges: Doubles, elsewhere: Doubles) -> bool:
    if not len(elsewhere):
        return False
    if at_edges.max() > ALONE * elsewhere.max():
        return True
    error = float(elsewhere.std()) / np.sqrt(len(at_edges))
    higher = float(at_edges.mean() - elsewhere.mean())
    return len(at_edges) >= _FEWEST and higher > ERRORS * error and at_edges.mean() > TOGETHER * elsewhere.mean()
