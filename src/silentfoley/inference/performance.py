"""A sheet being performed: read as a stream, or held whole once somebody wants all of it."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property

from silentfoley.cues import CueSheet
from silentfoley.generators.base import CueGenerator, Floats, StemBlock, cut, joined, mixed
from silentfoley.generators.streaming import gathered
from silentfoley.generators.variants import check_labels
from silentfoley.waveform import Waveform


class Performance:
    """What a generator makes of a sheet. Writers read blocks; :attr:`waveform` and :attr:`stems` are made when asked.

    Every reading performs anew, and the same: what costs time is not done twice only if the whole was asked for
    first, for then blocks are cut from it.

    Args:
        generator: performs.
        sheet: is performed.
        seed: draws the take.

    Raises:
        LabelError: for a label that the generator cannot perform, naming a cue; now, not when the sound is read.
    """

    def __init__(self, generator: CueGenerator, sheet: CueSheet, seed: int) -> None:
        check_labels(sheet, generator.labels)
        self._generator, self._sheet, self._seed = generator, sheet, seed
        # Begun at once, so that what cannot be performed is refused here; the first reading goes on from it.
        self._begun: Iterator[StemBlock] | None = self._perform()
        self.sample_rate_hz = generator.sample_rate_hz
        self.n_samples = round(sheet.duration_s * generator.sample_rate_hz)

    def _perform(self) -> Iterator[StemBlock]:
        return self._generator.stem_blocks(self._sheet, seed=self._seed)

    @property
    def labels(self) -> tuple[str, ...]:
        """Names of the stems."""
        return self._sheet.labels

    def stem_blocks(self) -> Iterator[StemBlock]:
        """All stems, block by block."""
        if "stems" in vars(self):
            return cut(self.stems, self.n_samples)
        begun, self._begun = self._begun, None
        return self._perform() if begun is None else begun

    def blocks(self) -> Iterator[Floats]:
        """The mix: see :class:`silentfoley.waveform.SoundStream`."""
        if "waveform" in vars(self):
            return self.waveform.blocks()
        return mixed(self.stem_blocks(), self.n_samples)

    @cached_property
    def stems(self) -> dict[str, Waveform]:
        """Whole stems by label; they sum to the mix."""
        return gathered(self.stem_blocks(), self.n_samples, self._generator)

    @cached_property
    def waveform(self) -> Waveform:
        """The whole mix."""
        return joined(self.blocks(), self.n_samples, self.sample_rate_hz)

    def __repr__(self) -> str:
        return f"Performance({self._sheet}, {self.n_samples} samples @ {self.sample_rate_hz} Hz)"


class ScaledPerformance(Performance):
    """A performance with one gain on all its stems, so that they still sum to the mix.

    Args:
        performance: whose blocks are scaled.
        gain: (N,) factors.
    """

    def __init__(self, performance: Performance, gain: Floats) -> None:
        self._generator, self._sheet, self._seed = performance._generator, performance._sheet, performance._seed
        self._performance, self._gain = performance, gain
        self._begun = None
        self.sample_rate_hz, self.n_samples = performance.sample_rate_hz, performance.n_samples

    def _perform(self) -> Iterator[StemBlock]:
        position = 0
        for block in self._performance.stem_blocks():
            end = position + next((samples.shape[1] for samples in block.values()), 0)
            gain = self._gain[position:end]
            yield {label: samples * gain for label, samples in block.items()}
            position = end
