"""What training FoleyGAN means: pieces of clips, two losses, and a moving average of the generator."""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from dataclasses import dataclass
from math import log

import torch
from torch import Tensor, nn

from silentfoley.data.batch import FoleyBatch
from silentfoley.errors import DataError
from silentfoley.generators.adversarial_losses import feature_matching, hinge_discriminator, hinge_generator
from silentfoley.generators.foley_discriminator import FoleyDiscriminator
from silentfoley.generators.foley_gan import FoleyGan
from silentfoley.generators.foley_gan_blocks import ActionVector
from silentfoley.generators.losses import masked_mean
from silentfoley.generators.tasks import ResidualInputs


class TeacherCurves:
    """The true onset and strength curves: what a perfect network would know of *when*, and no more."""

    def __call__(self, batch: FoleyBatch) -> Tensor:
        """(B, T, 2)."""
        return torch.stack([batch.onset, batch.strength], dim=-1)


class Remembered:
    """Inputs that are computed once per clip: a frozen network says the same of it in every epoch.

    Args:
        inputs: what is remembered; T D numbers a clip.
    """

    def __init__(self, inputs: ResidualInputs) -> None:
        self.inputs = inputs
        self._known: dict[str, Tensor] = {}

    def __call__(self, batch: FoleyBatch) -> Tensor:
        """(B, T, D); zeros past a clip's end."""
        if not all(name in self._known for name in batch.clip_ids):
            made = self.inputs(batch)
            for name, row, n in zip(batch.clip_ids, made, batch.lengths.tolist(), strict=True):
                self._known[name] = row[:n].cpu()
        rows = [self._known[name] for name in batch.clip_ids]
        return nn.utils.rnn.pad_sequence(rows, batch_first=True).to(batch.features.device)


@dataclass(frozen=True)
class Pieces:
    """What one step learns from. B clips, T columns, none of them padding.

    Attributes:
        inputs: (B, T, D).
        label: (B,).
        target: (B, T, F) true sound features.
    """

    inputs: Tensor
    label: Tensor
    target: Tensor


class FoleyGanTask(nn.Module):
    """Generator, discriminator, and what each is asked.

    ``generator``, which is kept, is the moving average of ``learner``, which is trained.

    Args:
        generator: to be trained.
        discriminator: to be trained against it.
        inputs: where actions are read from.
        n_columns: longest piece of a clip in a training step.
        reconstruction: weight of the mean absolute difference of made and true sound features; 0 for a pure GAN.
        matching: weight of feature matching.
        keep: of the average, per step.
    """

    def __init__(
        self,
        generator: FoleyGan,
        discriminator: FoleyDiscriminator,
        inputs: ResidualInputs,
        n_columns: int = 64,
        reconstruction: float = 0.0,
        matching: float = 0.0,
        keep: float = 0.99,
    ) -> None:
        super().__init__()
        self.generator = generator.requires_grad_(False)
        self.learner = deepcopy(generator).requires_grad_(True)
        self.discriminator = discriminator
        self.inputs = Remembered(inputs)
        self.n_columns, self.reconstruction, self.matching, self.keep = n_columns, reconstruction, matching, keep

    @torch.no_grad()
    def prepare(self, batches: Iterable[FoleyBatch]) -> None:
        """Scale of the inputs."""
        readers = [m for m in self.modules() if isinstance(m, ActionVector)]
        if readers:
            columns = torch.cat([self.inputs(batch)[batch.mask] for batch in batches])
            for reader in readers:
                reader.scale.fit(columns)

    def finish(self, batches: Iterable[FoleyBatch]) -> None:
        """Nothing rests on the trained part."""

    def pieces(self, batch: FoleyBatch) -> Pieces:
        """A random stretch of every clip, the same of all, as long as the shortest clip at most.

        Raises:
            DataError: if the clips have no sound features.
        """
        if not batch.sound.shape[-1]:
            raise DataError("FoleyGanTask", "the batch has no sound features", "load the data with its true sound")
        n = min(self.n_columns, int(batch.lengths.min()))
        start = int(torch.randint(int(batch.lengths.min()) - n + 1, ()))
        return Pieces(self.inputs(batch)[:, start : start + n], batch.label, batch.sound[:, start : start + n])

    def make(self, pieces: Pieces) -> Tensor:
        """(B, T, F) by the trained generator."""
        made: Tensor = self.learner(pieces.inputs, pieces.label)
        return made

    def discriminator_values(self, pieces: Pieces, made: Tensor) -> dict[str, Tensor]:
        """``loss`` of the discriminator, and its mean scores of what is true and what is made."""
        true = self.discriminator(pieces.target, pieces.inputs, pieces.label).scores
        false = self.discriminator(made.detach(), pieces.inputs, pieces.label).scores
        return {"loss": hinge_discriminator(true, false), "true_score": true.mean(), "made_score": false.mean()}

    def generator_values(self, pieces: Pieces, made: Tensor) -> dict[str, Tensor]:
        """``loss`` of the generator and its parts, unweighted."""
        verdict = self.discriminator(made, pieces.inputs, pieces.label)
        values = {"adversarial": hinge_generator(verdict.scores), "log_l1": (made - pieces.target).abs().mean()}
        loss = values["adversarial"] + self.reconstruction * values["log_l1"]
        if self.matching:
            with torch.no_grad():
                true = self.discriminator(pieces.target, pieces.inputs, pieces.label)
            values["matching"] = feature_matching(true.maps, verdict.maps)
            loss = loss + self.matching * values["matching"]
        return {"loss": loss, **values}

    @torch.no_grad()
    def follow(self) -> None:
        """One step of the average. Buffers are taken over as they are."""
        for kept, trained in zip(self.generator.parameters(), self.learner.parameters(), strict=True):
            kept.lerp_(trained, 1 - self.keep)
        for held, new in zip(self.generator.buffers(), self.learner.buffers(), strict=True):
            held.copy_(new)

    @torch.no_grad()
    def judge(self, batch: FoleyBatch) -> dict[str, Tensor]:
        """Of whole clips: distance of what the kept generator makes to the truth, and what the discriminator says.

        ``loss`` is the log-spectral distance of the bands in dB. It is no measure of a GAN, which is not meant to make
        the true take again; it is logged because everything else here has it.
        """
        inputs, mask = self.inputs(batch), batch.mask
        made = self.generator(inputs, batch.label).clamp_min(0)
        difference = (made - batch.sound) * (20 / log(10))
        distance = masked_mean(difference.square().mean(dim=-1).sqrt(), mask)
        true, false = (self.discriminator(x, inputs, batch.label).scores.mean() for x in (batch.sound, made))
        return {"loss": distance, "log_spectral_distance": distance, "true_score": true, "made_score": false}
