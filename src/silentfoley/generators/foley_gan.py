"""FoleyGAN: a class-conditional GAN, guided by an action vector, makes the spectrogram; an inverse STFT the sound.

The paper's are a class-conditional GAN guided by temporal visual features. The rest is our choice, scaled to some
hundred clips: bands instead of bins, sizes, conditional layer norm, noise at every scale, and the phase.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import torch
import torch.nn.functional as F
from einops import rearrange, repeat
from torch import Tensor, nn

from silentfoley.errors import SilentFoleyError
from silentfoley.generators.base import PerceptionGenerator
from silentfoley.generators.class_mean import perception_inputs
from silentfoley.generators.foley_gan_blocks import ActionVector, ConditionalNorm, GrowBlock, folded
from silentfoley.generators.limiter import CEILING_DB
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.phases import GriffinLimPhase, PhaseStrategy
from silentfoley.labels import LABELS, check_label
from silentfoley.perception import Perception
from silentfoley.signal.limiting import limiter_gain
from silentfoley.signal.mel import SoundFeatures
from silentfoley.signal.stft import StftSpec
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform

#: Bands of the first map, and columns of the clip per column of it.
FIRST_BANDS, FIRST_COLUMNS = 4, 8
#: How often each block multiplies the columns; the last step from maps to spectrogram doubles them once more.
TIMES = (2, 2, 1)
#: An untrained generator starts near this log-mel level, in the middle of the range.
MIDDLE = 3.0


class FoleyGan(nn.Module, PerceptionGenerator):
    """Log-mel spectrogram from class, action vectors and noise.

    Args:
        labels: classes, in the order of ``FoleyBatch.label``.
        action: reads the states of a Perception; None for a generator that knows the class alone.
        widths: channels of the four maps of 4, 8, 16 and 32 bands.
        n_class, n_latent: widths of the class embedding and of what is drawn once per clip.
        n_fft: window of the sound features and of the sound.
        refine: columns of the inverted spectrogram per column of the grid.
        sample_rate_hz, hop_samples: of the grids it works on.
        phase: how phase is found; Griffin-Lim if None.
    """

    def __init__(
        self,
        labels: Iterable[str] = LABELS,
        action: ActionVector | None = None,
        widths: Sequence[int] = (64, 48, 32, 24),
        n_class: int = 16,
        n_latent: int = 16,
        n_fft: int = 2048,
        refine: int = 2,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
        hop_samples: int = HOP_SAMPLES,
        phase: PhaseStrategy | None = None,
    ) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.sample_rate_hz, self.hop_samples = sample_rate_hz, hop_samples
        self.refine, self.n_latent = refine, n_latent
        self.spec = StftSpec(n_fft, hop_samples // refine)
        self.phase: PhaseStrategy = phase or GriffinLimPhase()
        self.action = action
        self.embedding = nn.Embedding(len(self.labels), n_class)
        width = 0 if action is None else action.size
        columns = [FIRST_COLUMNS]
        for times in TIMES:
            columns.append(columns[-1] // times)
        sizes = [n_class + n_latent + width * n for n in columns]
        self.columns = tuple(columns)
        self.first = nn.Conv1d(sizes[0], FIRST_BANDS * widths[0], 1)
        self.blocks = nn.ModuleList(
            GrowBlock(widths[i], widths[i + 1], sizes[i], sizes[i + 1], FIRST_BANDS * 2 ** (i + 1), TIMES[i])
            for i in range(len(TIMES))
        )
        self.norm = ConditionalNorm(widths[-1], sizes[-1])
        # Four numbers per point: two bands by two columns.
        self.last = nn.Conv2d(widths[-1], 4, 3, padding=1)
        self.features = SoundFeatures(FIRST_BANDS * 16, n_fft, hop_samples, sample_rate_hz)

    def forward(self, inputs: Tensor, label: Tensor, rng: torch.Generator | None = None) -> Tensor:
        """Sound features, as :class:`~silentfoley.signal.mel.SoundFeatures` computes them of a true sound.

        Args:
            inputs: (B, T, D) states and sound features on grid columns.
            label: (B,) class index.
            rng: draws latent and noise, on the CPU; None for torch's global one.

        Returns:
            (B, T, 64); values below 0 are silence as well (a slope is left for the gradient).
        """
        n_columns = inputs.shape[1]
        latent = torch.randn(len(label), self.n_latent, generator=rng).to(inputs)
        clip = torch.cat([self.embedding(label), latent], dim=1)
        conditions = self._conditions(inputs, clip)
        maps = rearrange(self.first(conditions[0]), "b (c f) t -> b c f t", f=FIRST_BANDS)
        for i, block in enumerate(self.blocks):
            maps = block(maps, conditions[i], conditions[i + 1], rng)
        fine = F.pixel_shuffle(self.last(F.relu(self.norm(maps, conditions[-1]))), 2)
        level = F.leaky_relu(MIDDLE * (1 + fine), 0.05)
        return rearrange(level, "b 1 f t -> b t f")[:, :n_columns]

    def _conditions(self, inputs: Tensor, clip: Tensor) -> list[Tensor]:
        """(B, K, T') for the columns of every map, coarse to fine."""
        n_first = -(-inputs.shape[1] // FIRST_COLUMNS)
        # Whole groups of the coarsest map first: all maps then agree on where the clip ends.
        actions = None if self.action is None else folded(self.action(inputs), FIRST_COLUMNS)
        conditions = []
        for n in self.columns:
            parts = [repeat(clip, "b k -> b k t", t=n_first * FIRST_COLUMNS // n)]
            if actions is not None:
                parts.append(rearrange(actions, "b (m n a) t -> b (n a) (t m)", m=FIRST_COLUMNS // n, n=n))
            conditions.append(torch.cat(parts, dim=1))
        return conditions

    def magnitudes(self, features: Tensor, n_columns: int) -> Tensor:
        """STFT magnitudes whose bands hold what the features say, every bin shared by the bands around it.

        Args:
            features: (T, 64) on grid columns.
            n_columns: fine columns wanted.

        Returns:
            (F, n_columns).
        """
        coarse = rearrange(features, "t f -> 1 f t")
        n = self.refine * (len(features) - 1) + 1
        fine = F.interpolate(coarse, size=n, mode="linear", align_corners=True) if n > 1 else coarse
        held = torch.cat([fine, fine[..., -1:].expand(-1, -1, max(0, n_columns - n))], dim=-1)[0, :, :n_columns]
        spread = self.features.bank / self.features.bank.sum(dim=0).clamp_min(1e-9)
        power = spread.T @ self.features.magnitudes(held).square()
        return power.sqrt() * (self.spec.n_fft / 4)

    @torch.no_grad()
    def perform(self, perception: Perception, *, seed: int = 0, label: str | None = None) -> Waveform:
        """Sound of a clip. See :meth:`PerceptionGenerator.perform`.

        Raises:
            SilentFoleyError: if the Perception's clock or width is not what the generator was trained on.
        """
        name = check_label(label or perception.top(1)[0][0], self.labels)
        grid, inputs = perception.grid, perception_inputs(perception)
        if (grid.sample_rate_hz, grid.hop_samples) != (self.sample_rate_hz, self.hop_samples):
            raise SilentFoleyError(
                "FoleyGan",
                f"the Perception's clock is {grid.sample_rate_hz} Hz with hop {grid.hop_samples}",
                f"use {self.sample_rate_hz} Hz with hop {self.hop_samples}",
            )
        if self.action is not None and inputs.shape[-1] != self.action.n_inputs:
            raise SilentFoleyError(
                "FoleyGan",
                f"the Perception has {inputs.shape[-1]} states and sound features, expected {self.action.n_inputs}",
                "use the network it was trained with",
            )
        rng = torch_rng(seed, name)
        features = self(inputs[None], torch.tensor([self.labels.index(name)]), rng)[0]
        magnitudes = self.magnitudes(features, self.spec.n_columns(grid.n_samples))
        audio = self.phase(magnitudes, self.spec, grid.n_samples, name, rng)[None].numpy()
        return Waveform(audio * limiter_gain(audio, CEILING_DB), self.sample_rate_hz)
