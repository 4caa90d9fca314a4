"""How the vocoder learns: lessons at any place and level, sounded twice from different noise."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from silentfoley.data.lesson_datamodule import LessonBatch
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.flow import FlowGenerator
from silentfoley.generators.learner import Learner
from silentfoley.generators.lesson_crops import scene
from silentfoley.generators.spectral_distance import SpectralDistance
from silentfoley.generators.vocoder import Vocoder


class VocoderLearner(Learner):
    """Trains a vocoder by the spectral energy distance (Gritsenko et al. 2020); no discriminator.

    Args:
        vocoder: to be trained.
        n_columns: of each crop.
    """

    def __init__(self, vocoder: Vocoder, n_columns: int = 48) -> None:
        super().__init__()
        self.vocoder = vocoder
        self.distance = SpectralDistance(vocoder.features)
        self.n_samples = n_columns * vocoder.spec.hop_samples

    @property
    def performer(self) -> CueGenerator:
        """A flow that has learned nothing yet, sounded by this vocoder."""
        return FlowGenerator(vocoder=self.vocoder)

    def loss(self, batch: LessonBatch) -> Tensor:
        """See :class:`Learner`."""
        rng = np.random.default_rng(batch.seed)
        scenes = [scene(batch.lessons, i, self.n_samples, rng) for i in range(len(batch))]
        truth = torch.from_numpy(np.stack(scenes))
        noise = torch.randn((2, *truth.shape), generator=torch.Generator().manual_seed(batch.seed))
        spectra = self.vocoder.spectra(self.vocoder.features(truth))
        first, second = (self.vocoder.sound(spectra, n) for n in noise)
        return self.distance.energy(truth, first, second)
