"""Fits a CueClassMean: means first, then (by gradient) the residual, then how takes differ from both."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
import torch
from torch import Tensor
from torch.nn.functional import pad

from silentfoley.data.batch import FoleyBatch
from silentfoley.errors import DataError
from silentfoley.generators.class_mean import Pairs
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.examples import HitExample, TextureExample, hit_examples, texture_examples
from silentfoley.generators.shapes import FLOOR, HitShape, RunningMean, TextureShape
from silentfoley.generators.strike import ATTACK_STEP

#: A class keeps at most so many examples for its directions.
MAX_EXAMPLES = 256


class CueFitter:
    """What training does to a :class:`CueClassMean`.

    Args:
        model: to be fitted, in place.
    """

    def __init__(self, model: CueClassMean) -> None:
        self.model = model

    @torch.no_grad()
    def fit_class_means(self, batches: Iterable[FoleyBatch]) -> dict[str, int]:
        """Average the magnitudes of all hits and stretches of the classes; a class without any keeps its NaN.

        Returns how many hits or stretches each class was averaged over.

        Raises:
            DataError: if nothing in the batches sounds on cue.
        """
        spectra = {label: RunningMean() for label in self.model.labels}
        attacks = {label: RunningMean() for label in self.model.labels}
        levels: dict[str, list[float]] = {label: [] for label in self.model.labels}
        for example in self._examples(batches):
            levels[example.label].append(example.level)
            bands = self.model.bands.to_bands(example.magnitudes)
            if isinstance(example, HitExample):
                spectra[example.label].add(bands[None], example.known[None, None])
                attacks[example.label].add(example.attack[None], self._known_steps(example)[None])
            else:
                spectra[example.label].add(bands[:, example.known].T, torch.ones(1, 1, dtype=torch.bool))
        if not any(levels.values()):
            raise DataError("fit_class_means", "no cue of the clips sounds", "pass training clips with true cues")
        for label, values in levels.items():
            if values:
                self._set_mean(label, spectra[label], attacks[label], float(np.median(values)))
        return {label: len(values) for label, values in levels.items()}

    def _set_mean(self, label: str, spectrum: RunningMean, attack: RunningMean, level: float) -> None:
        shape = self.model.shape(label)
        if isinstance(shape, HitShape):
            shape.set_mean(spectrum.filled().float(), attack.filled().float(), level)
        else:
            assert spectrum.mean is not None
            shape.set_mean(spectrum.mean.float(), level)

    @torch.no_grad()
    def fit_takes(self, batches: Iterable[FoleyBatch]) -> None:
        """Learn how takes differ from mean times residual. Call it after the residual is trained."""
        hits: dict[str, list[tuple[Tensor, Tensor]]] = {}
        stretches: dict[str, list[Tensor]] = {}
        for example in self._examples(batches):
            shape = self.model.shape(example.label)
            difference = torch.where(example.known, self._target(example) - self._predicted(example), 0.0)
            if isinstance(shape, HitShape) and isinstance(example, HitExample):
                attack = torch.log(example.attack + FLOOR) - shape.mean_attack
                attack = torch.where(self._known_steps(example), attack, 0.0)
                hits.setdefault(example.label, []).append((difference, attack))
            elif isinstance(shape, TextureShape):
                pieces = _stretches(difference[:, example.known], shape.n_stretch_columns)
                stretches.setdefault(example.label, []).extend(pieces)
        for label, pairs in hits.items():
            shape = self.model.shape(label)
            assert isinstance(shape, HitShape)
            kept = pairs[:MAX_EXAMPLES]
            shape.set_codes(torch.stack([p[0] for p in kept]), torch.stack([p[1] for p in kept]))
        for label, pieces in stretches.items():
            shape = self.model.shape(label)
            assert isinstance(shape, TextureShape)
            if pieces:
                shape.set_codes(torch.stack(pieces[:MAX_EXAMPLES]))

    def pairs(self, batch: FoleyBatch) -> Pairs | None:
        """Predicted and true log band magnitudes of a batch's hits and stretches, padded to the longest.

        None if no cue of the batch sounds.
        """
        examples = list(self._examples([batch]))
        if not examples:
            return None
        longest = max(len(e.known) for e in examples)
        return Pairs(
            predicted=torch.stack([_padded(self._predicted(e), longest) for e in examples]),
            target=torch.stack([_padded(self._target(e), longest) for e in examples]),
            mask=torch.stack([_padded(e.known, longest) for e in examples]),
        )

    def _target(self, example: HitExample | TextureExample) -> Tensor:
        return torch.log(self.model.bands.to_bands(example.magnitudes) + FLOOR)

    def _predicted(self, example: HitExample | TextureExample) -> Tensor:
        return self.model.log_bands(example.label, example.curves)

    def _known_steps(self, example: HitExample) -> Tensor:
        """(E,) bool: steps of the attack curve inside known columns."""
        steps = torch.arange(len(example.attack)) * ATTACK_STEP // self.model.spec.hop_samples
        return example.known[steps.clamp_max(len(example.known) - 1)]

    def _examples(self, batches: Iterable[FoleyBatch]) -> Iterator[HitExample | TextureExample]:
        shapes = {label: s for label, s in self.model.hits.items() if isinstance(s, HitShape)}
        columns = {label: s.n_columns for label, s in shapes.items()}
        steps = {label: s.n_steps for label, s in shapes.items()}
        for batch in batches:
            yield from hit_examples(batch, self.model.spec, columns, steps)
            yield from texture_examples(batch, self.model.spec, set(self.model.textures))


def _padded(x: Tensor, n: int) -> Tensor:
    return pad(x, (0, n - x.shape[-1]))


def _stretches(columns: Tensor, n: int) -> list[Tensor]:
    """(B, T) columns cut into (B, n) pieces; a shorter take goes back and forth."""
    if columns.shape[1] < 2:
        return []
    if columns.shape[1] < n:
        there_and_back = torch.cat([columns, columns.flip(1)], dim=1)
        return [there_and_back.repeat(1, -(-n // there_and_back.shape[1]))[:, :n]]
    return list(columns.unfold(-1, n, n).unbind(1))
