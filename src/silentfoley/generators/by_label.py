"""Each class by the generator that performs it best."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import numpy as np
from torch import nn

from silentfoley.cues import CueSheet
from silentfoley.errors import SilentFoleyError
from silentfoley.generators.base import CueGenerator, StemBlock, cut
from silentfoley.generators.limiter import limited
from silentfoley.generators.streaming import MakesSounds, Part, StreamedGenerator, gathered, no_sounds
from silentfoley.labels import LABELS, check_label
from silentfoley.waveform import BLOCK_SAMPLES, Waveform


class ByLabel(nn.Module, CueGenerator):
    """Sends every cue to the generator of its class; one limiter at the end keeps the mix within full scale.

    Args:
        default: performs the classes not named.
        special: class to generator. The same object may stand for several classes.

    Raises:
        SilentFoleyError: if the generators' rates differ.
        LabelError: if a generator is asked for a class it cannot perform.
    """

    def __init__(self, default: CueGenerator, special: Mapping[str, CueGenerator]) -> None:
        super().__init__()
        self.labels = tuple(label for label in LABELS if label in special or label in default.labels)
        self.sample_rate_hz = default.sample_rate_hz
        self._of = {label: special.get(label, default) for label in self.labels}
        for label, generator in special.items():
            check_label(label, generator.labels)
            if generator.sample_rate_hz != self.sample_rate_hz:
                raise SilentFoleyError(
                    f"generator of {label}",
                    f"works at {generator.sample_rate_hz} Hz, the default at {self.sample_rate_hz} Hz",
                    "use one rate",
                )
        # Found by state_dict, each once, the default first.
        unique = {id(g): g for g in (default, *special.values()) if isinstance(g, nn.Module)}
        self.parts = nn.ModuleList(unique.values())

    def sounds(self, sheet: CueSheet, seed: int) -> Iterator[Part]:
        """The sounds of the sheet's cues, each by the generator of its class. See :class:`StreamedGenerator`.

        Raises:
            SilentFoleyError: if that makes no sound per cue.
        """
        for label in sheet.labels:
            generator = self._of[check_label(label, self.labels)]
            if not isinstance(generator, MakesSounds):
                raise no_sounds(generator)
            yield from generator.sounds(sheet.filter(lambda c, label=label: c.label == label), seed)  # type: ignore[misc]

    def variants(self, label: str) -> tuple[str, ...]:
        """Those of the generator of the class."""
        return self._of[label].variants(label) if label in self._of else ()

    def stem_blocks(self, sheet: CueSheet, *, seed: int = 0, block_samples: int = BLOCK_SAMPLES) -> Iterator[StemBlock]:
        """See :meth:`CueGenerator.stem_blocks`."""
        return limited(self.unlimited(sheet, seed, block_samples))

    def unlimited(self, sheet: CueSheet, seed: int, block_samples: int) -> Iterator[StemBlock]:
        """Stems before the limiter, as far as their generators have such. See :meth:`StreamedGenerator.unlimited`."""
        stems = []
        for label in sheet.labels:
            generator = self._of[check_label(label, self.labels)]
            mine = sheet.filter(lambda c, label=label: c.label == label)  # type: ignore[misc]
            if isinstance(generator, (StreamedGenerator, ByLabel)):
                stems.append(generator.unlimited(mine, seed, block_samples))
            else:
                stems.append(generator.stem_blocks(mine, seed=seed, block_samples=block_samples))
        if not stems:
            return cut({}, round(sheet.duration_s * self.sample_rate_hz), block_samples)
        return (_widened(parts) for parts in zip(*stems, strict=True))

    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """One waveform per label. See :meth:`CueGenerator.stems`."""
        return gathered(self.stem_blocks(sheet, seed=seed), round(sheet.duration_s * self.sample_rate_hz), self)


def _widened(parts: tuple[StemBlock, ...]) -> StemBlock:
    """The stems of several generators in one block: where any has two channels, mono ones are repeated in both."""
    stems = {label: samples for part in parts for label, samples in part.items()}
    channels = max(len(samples) for samples in stems.values())
    return {
        label: samples if len(samples) == channels else np.repeat(samples, channels, axis=0)
        for label, samples in sorted(stems.items())
    }
