"""What training a generator means: where its inputs come from, what is compared with what."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterable
from dataclasses import replace
from typing import Protocol

import torch
from torch import Tensor, nn

from silentfoley.data.batch import FoleyBatch
from silentfoley.errors import DataError
from silentfoley.generators.class_mean import ClassMeanGenerator, Pairs
from silentfoley.generators.cue_class_mean import CueClassMean
from silentfoley.generators.cue_fitting import CueFitter


class ResidualInputs(Protocol):
    """Gives what a :class:`ClassMeanGenerator` reads of a batch."""

    def __call__(self, batch: FoleyBatch) -> Tensor:
        """(B, T, D) in the order of ``class_mean.perception_inputs``: states, then sound features."""
        ...


class TeacherSound:
    """The true sound features: an upper bound, and training without a classifier at hand."""

    def __call__(self, batch: FoleyBatch) -> Tensor:
        """(B, T, F).

        Raises:
            DataError: if the batch has no sound features.
        """
        if not batch.sound.shape[-1]:
            raise DataError("TeacherSound", "the batch has no sound features", "load the data with its true sound")
        return batch.sound


class FrozenClassifier:
    """States and predicted sound features of a trained network, as a Perception will hold them.

    It is no module on purpose: its weights are not the generator's and stay out of its checkpoints.

    Args:
        network: called with (features, lengths), gives a ClassifierOutput; is set to evaluation and never trained.
    """

    def __init__(self, network: nn.Module) -> None:
        self.network = network.eval().requires_grad_(False)

    @torch.no_grad()
    def __call__(self, batch: FoleyBatch) -> Tensor:
        """(B, T, S + F)."""
        output = self.network.to(batch.features.device)(batch.features, batch.lengths)
        return torch.cat([output.states, output.sound], dim=-1)


class GeneratorTask(nn.Module, ABC):
    """A generator with its training data's side: fitted means first, then pairs to compare, then what is left."""

    @abstractmethod
    def prepare(self, batches: Iterable[FoleyBatch]) -> None:
        """Fit what is counted, not trained. Before the first step."""

    @abstractmethod
    def pairs(self, batch: FoleyBatch) -> Pairs | None:
        """Predicted and true log magnitudes; None if nothing in the batch can be compared."""

    def finish(self, batches: Iterable[FoleyBatch]) -> None:
        """Fit what rests on the trained part. After the last step, and after loading an earlier checkpoint."""
        return


class ClassMeanTask(GeneratorTask):
    """Residual of the class mean from states and sound features.

    Args:
        generator: to be trained.
        inputs: where the residual reads from.
    """

    def __init__(self, generator: ClassMeanGenerator, inputs: ResidualInputs) -> None:
        super().__init__()
        self.generator, self.inputs = generator, inputs

    def prepare(self, batches: Iterable[FoleyBatch]) -> None:
        """Class means."""
        self.generator.fit_class_means(batches)

    def pairs(self, batch: FoleyBatch) -> Pairs | None:
        """Whole clips of the classes that have a mean."""
        known = self.generator.class_means.isfinite().all(dim=2).all(dim=1)[batch.label] & ~batch.silent
        if not bool(known.any()):
            return None
        # Clips that cannot be compared still need a mean to run through; they are masked.
        fallback = int(batch.label[known][0])
        label = torch.where(known, batch.label, fallback)
        pairs = self.generator.pairs(replace(batch, label=label), self.inputs(batch))
        return Pairs(pairs.predicted, pairs.target, pairs.mask & known[:, None])


class CueTask(GeneratorTask):
    """Residual of the aligned class mean from rasterised cues.

    Args:
        generator: to be trained.
    """

    def __init__(self, generator: CueClassMean) -> None:
        super().__init__()
        self.generator = generator
        self._fitter = CueFitter(generator)

    def prepare(self, batches: Iterable[FoleyBatch]) -> None:
        """Means aligned at the onsets."""
        self._fitter.fit_class_means(batches)

    def pairs(self, batch: FoleyBatch) -> Pairs | None:
        """Single hits and stretches of texture."""
        return self._fitter.pairs(batch)

    def finish(self, batches: Iterable[FoleyBatch]) -> None:
        """How takes differ from mean and residual."""
        self._fitter.fit_takes(batches)
