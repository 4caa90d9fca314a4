"""The two kinds of generator: one performs cues and can be edited, one reads a network's states."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from silentfoley.cues import CueSheet
from silentfoley.perception import Perception
from silentfoley.waveform import BLOCK_SAMPLES, Waveform, spans

Floats = NDArray[np.float32]
#: One block of the stems: (C, n) by label, all alike in shape; empty for a sheet without cues.
StemBlock = dict[str, Floats]


class CueGenerator(ABC):
    """Performs a cue sheet.

    Contract, held by a property test over every registered generator: a cue moved by 100 ms moves the
    sound by 100 ms within 10; the same sheet and seed give the same samples, another seed another take;
    the result has exactly ``round(sheet.duration_s * sample_rate_hz)`` samples, within [-1, 1]; stems sum
    to the mix within 1e-5; blocks of any size join to the whole.
    """

    #: Classes it can perform.
    labels: tuple[str, ...]
    #: Rate of what it returns.
    sample_rate_hz: int

    def variants(self, label: str) -> tuple[str, ...]:
        """Materials and manners of a class that it tells apart, sorted; none here."""
        return ()

    @abstractmethod
    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """One waveform per label in the sheet, all of the clip's full length, in label order.

        Raises:
            LabelError: for a label it cannot perform.
        """

    def stem_blocks(self, sheet: CueSheet, *, seed: int = 0, block_samples: int = BLOCK_SAMPLES) -> Iterator[StemBlock]:
        """The stems, block by block: joined they are :meth:`stems` within 1e-6, whatever the size of blocks.

        Here they are cut from whole stems. A generator whose memory shall not grow with the clip makes each block when
        it is asked for it: see :class:`silentfoley.generators.streaming.StreamedGenerator`.

        Args:
            sheet: what to perform; a label that cannot be performed is refused at once, not at the first block.
            seed: draws the take.
            block_samples: samples per channel of every block but the last, >= 1.

        Raises:
            LabelError: for a label it cannot perform.
        """
        return cut(self.stems(sheet, seed=seed), round(sheet.duration_s * self.sample_rate_hz), block_samples)

    def render(self, sheet: CueSheet, *, seed: int = 0) -> Waveform:
        """The mix of :meth:`stems`; silence for an empty sheet."""
        n = round(sheet.duration_s * self.sample_rate_hz)
        return joined(self.render_blocks(sheet, seed=seed), n, self.sample_rate_hz)

    def render_blocks(self, sheet: CueSheet, *, seed: int = 0, block_samples: int = BLOCK_SAMPLES) -> Iterator[Floats]:
        """:meth:`render` in (C, n) blocks. See :meth:`stem_blocks`."""
        blocks = self.stem_blocks(sheet, seed=seed, block_samples=block_samples)
        return mixed(blocks, round(sheet.duration_s * self.sample_rate_hz), block_samples)


def cut(stems: Mapping[str, Waveform], n_samples: int, block_samples: int = BLOCK_SAMPLES) -> Iterator[StemBlock]:
    """Whole stems of ``n_samples`` in blocks; these are views."""
    for start, end in spans(n_samples, block_samples):
        yield {label: stem.samples[:, start:end] for label, stem in stems.items()}


def mixed(blocks: Iterable[StemBlock], n_samples: int, block_samples: int = BLOCK_SAMPLES) -> Iterator[Floats]:
    """Sum of the stems of each block, mono ones spread over all channels; (1, n) of zeros where there is none."""
    for (start, end), block in zip(spans(n_samples, block_samples), blocks, strict=True):
        if len(block) == 1:
            yield from block.values()
            continue
        channels = max((len(samples) for samples in block.values()), default=1)
        total = np.zeros((channels, end - start), dtype=np.float32)
        for samples in block.values():
            total += samples
        yield total


def joined(blocks: Iterable[Floats], n_samples: int, sample_rate_hz: int) -> Waveform:
    """(C, n_samples) from (C, n) blocks that together are as long, without holding the sound twice."""
    whole = np.zeros((0, n_samples), dtype=np.float32)
    position = 0
    for block in blocks:
        if not len(whole):
            whole = np.zeros((len(block), n_samples), dtype=np.float32)
        whole[:, position : position + block.shape[1]] = block
        position += block.shape[1]
    return Waveform(whole, sample_rate_hz)


class PerceptionGenerator(ABC):
    """Performs a Perception, as AutoFoley does: the residual is read off the video's own states.

    It cannot be edited: whoever has edited cues needs a :class:`CueGenerator`.
    """

    labels: tuple[str, ...]
    sample_rate_hz: int

    @abstractmethod
    def perform(self, perception: Perception, *, seed: int = 0, label: str | None = None) -> Waveform:
        """Sound of ``perception.grid.duration_s`` seconds within [-1, 1], of ``label`` or of the likeliest class."""
