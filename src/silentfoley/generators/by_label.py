"""Each class by the generator that performs it best."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from torch import nn

from silentfoley.cues import CueSheet
from silentfoley.errors import SilentFoleyError
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.mixdown import Floats, limit_together
from silentfoley.labels import LABELS, check_label
from silentfoley.waveform import Waveform


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

    def stems(self, sheet: CueSheet, *, seed: int = 0) -> dict[str, Waveform]:
        """One waveform per label. See :meth:`CueGenerator.stems`."""
        raw: dict[str, Waveform] = {}
        for label in sheet.labels:
            generator = self._of[check_label(label, self.labels)]
            raw.update(generator.stems(sheet.filter(lambda c, label=label: c.label == label), seed=seed))  # type: ignore[misc]
        channels = max((w.n_channels for w in raw.values()), default=1)
        if not raw:
            return {}
        spread = {label: _widened(w, channels) for label, w in raw.items()}
        if len(spread) > 1:  # a single stem was limited by the generator that made it
            limit_together(list(spread.values()))
        return {label: Waveform(samples, self.sample_rate_hz) for label, samples in sorted(spread.items())}


def _widened(waveform: Waveform, channels: int) -> Floats:
    """(channels, N): a mono stem in every channel. Stems are ours to change, so one that fits is not copied."""
    if waveform.n_channels == channels:
        return waveform.samples
    return np.repeat(waveform.samples, channels, axis=0)
