"""AutoFoley's synthesis: class-average spectrogram, a predicted difference, inverse STFT.

What is the paper's: a spectrogram representation and synthesis by inverse STFT. Everything finer is unknown, so
these are our choices: magnitudes are averaged (averaged complex spectra cancel, their phases being unrelated), the
difference is a residual of the *log* magnitude, ``S = A_c * exp(R)`` (it cannot turn negative, and doubling counts as
much as halving), sizes of window, hop and network, and the phase.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import torch
from einops import rearrange, repeat
from torch import Tensor, nn
from torch.nn.functional import interpolate

from silentfoley.data.batch import FoleyBatch
from silentfoley.errors import CheckpointError, DataError, SilentFoleyError
from silentfoley.generators.base import PerceptionGenerator
from silentfoley.generators.limiter import CEILING_DB
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.phases import GriffinLimPhase, PhaseStrategy
from silentfoley.labels import LABELS, check_label
from silentfoley.perception import Perception
from silentfoley.signal.limiting import limiter_gain
from silentfoley.signal.stft import StftSpec, magnitude
from silentfoley.timegrid import HOP_SAMPLES, SAMPLE_RATE_HZ
from silentfoley.waveform import Waveform

#: Magnitude added before a logarithm, where a full-scale sine has n_fft / 4: silence stays finite.
LOG_FLOOR = 1e-3


@dataclass(frozen=True)
class Pairs:
    """Log magnitudes side by side, for losses and metrics. M items, F bins or bands, T columns.

    Attributes:
        predicted, target: (M, F, T).
        mask: (M, T) bool: columns that count.
    """

    predicted: Tensor
    target: Tensor
    mask: Tensor


class ClassMeanGenerator(nn.Module, PerceptionGenerator):
    """Class-average magnitude spectrogram times the exponent of a residual read off a Perception.

    The averages are buffers of the checkpoint and start as NaN, so that forgetting :meth:`fit_class_means` is loud.
    Each frame is averaged over the clips long enough to have it; sounds longer than the average go round it.

    Args:
        n_inputs: width of what the residual reads: states S plus sound features F of the Perception.
        labels: classes, in the order of ``FoleyBatch.label``.
        n_frames: fixed count of fine columns of an average; 750 at the default hop are 5 s.
        n_fft: window in samples.
        refine: fine columns per grid column.
        hidden: width of the residual network.
        sample_rate_hz, hop_samples: of the grids it works on.
        phase: how phase is found; Griffin-Lim if None.
    """

    class_means: Tensor

    def __init__(
        self,
        n_inputs: int = 64,
        labels: Iterable[str] = LABELS,
        n_frames: int = 750,
        n_fft: int = 1024,
        refine: int = 3,
        hidden: int = 128,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
        hop_samples: int = HOP_SAMPLES,
        phase: PhaseStrategy | None = None,
    ) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.sample_rate_hz, self.hop_samples, self.refine = sample_rate_hz, hop_samples, refine
        self.spec = StftSpec(n_fft, hop_samples // refine)
        self.phase: PhaseStrategy = phase or GriffinLimPhase()
        self.n_inputs = n_inputs
        last = nn.Linear(hidden, self.spec.n_bins)
        # The untrained residual is zero: the class average itself.
        nn.init.zeros_(last.weight)
        nn.init.zeros_(last.bias)
        self.residual = nn.Sequential(nn.LayerNorm(n_inputs), nn.Linear(n_inputs, hidden), nn.GELU(), last)
        means = torch.full((len(self.labels), self.spec.n_bins, n_frames), torch.nan)
        self.register_buffer("class_means", means)

    @torch.no_grad()
    def fit_class_means(self, batches: Iterable[FoleyBatch]) -> dict[str, int]:
        """Average the magnitudes of all clips that sound, in one pass and in double precision.

        A class without a clip keeps its NaN. Returns how many clips each class was averaged over.

        Raises:
            DataError: if no batch has sound.
        """
        frames = self.class_means.shape[-1]
        mean = torch.zeros(self.class_means.shape, dtype=torch.float64)
        count = torch.zeros(len(self.labels), frames, dtype=torch.float64)
        for batch in batches:
            if not batch.audio.shape[1]:
                raise DataError("fit_class_means", "the batches hold no audio", "load the data with its true sound")
            columns = magnitude(batch.audio.cpu(), self.spec)
            for i in range(len(batch)):
                if bool(batch.silent[i]):
                    continue
                k, n = int(batch.label[i]), min(self._fine_columns(int(batch.lengths[i])), frames, columns.shape[-1])
                count[k, :n] += 1
                # Welford's step: no large sums, however many clips.
                mean[k, :, :n] += (columns[i, :, :n] - mean[k, :, :n]) / count[k, :n]
        if not bool(count.any()):
            raise DataError("fit_class_means", "no clip sounds", "pass the training clips")
        for k in range(len(self.labels)):
            known = int((count[k] > 0).sum())
            if known:
                self.class_means[k] = tiled(mean[k, :, :known], frames).to(self.class_means)
        return {label: int(n) for label, n in zip(self.labels, count.amax(dim=1), strict=True)}

    @property
    def fitted(self) -> bool:
        """Whether any class has its average."""
        return bool(self.class_means.isfinite().any())

    def log_magnitudes(self, inputs: Tensor, label: Tensor, n_columns: int) -> Tensor:
        """Log of ``A_c exp(R)``.

        Args:
            inputs: (B, T, n_inputs) states and sound features on grid columns.
            label: (B,) class index.
            n_columns: fine columns wanted.

        Returns:
            (B, F, n_columns).

        Raises:
            CheckpointError: for a class whose average was never fitted.
        """
        base = self.class_means[label]
        if not bool(base.isfinite().all()):
            names = sorted({self.labels[int(k)] for k in label if not self.class_means[int(k)].isfinite().all()})
            raise CheckpointError(
                f"class mean of {', '.join(names)}", "was never fitted", "call fit_class_means with clips of the class"
            )
        fine = rearrange(self._refined(inputs, n_columns), "b d t -> b t d")
        residual: Tensor = rearrange(self.residual(fine), "b t f -> b f t")
        return torch.log(tiled(base, n_columns) + LOG_FLOOR) + residual

    def pairs(self, batch: FoleyBatch, inputs: Tensor) -> Pairs:
        """Predicted and true log magnitudes of a batch's clips; silent clips do not count."""
        target = torch.log(magnitude(batch.audio, self.spec) + LOG_FLOOR)
        predicted = self.log_magnitudes(inputs, batch.label, target.shape[-1])
        ends = self.refine * (batch.lengths - 1) + 1
        columns = torch.arange(target.shape[-1], device=target.device)
        return Pairs(predicted, target, (columns < ends[:, None]) & ~batch.silent[:, None])

    @torch.no_grad()
    def perform(self, perception: Perception, *, seed: int = 0, label: str | None = None) -> Waveform:
        """Sound of a clip. See :meth:`PerceptionGenerator.perform`.

        Raises:
            SilentFoleyError: if the Perception's clock or widths are not those the generator was trained on.
        """
        name = check_label(label or perception.top(1)[0][0], self.labels)
        grid = perception.grid
        if (grid.sample_rate_hz, grid.hop_samples) != (self.sample_rate_hz, self.hop_samples):
            raise SilentFoleyError(
                "ClassMeanGenerator",
                f"the Perception's clock is {grid.sample_rate_hz} Hz with hop {grid.hop_samples}",
                f"use {self.sample_rate_hz} Hz with hop {self.hop_samples}",
            )
        inputs = perception_inputs(perception)
        if inputs.shape[-1] != self.n_inputs:
            raise SilentFoleyError(
                "ClassMeanGenerator",
                f"the Perception has {inputs.shape[-1]} states and sound features, expected {self.n_inputs}",
                "use the network it was trained with",
            )
        index = torch.tensor([self.labels.index(name)])
        fine = self.log_magnitudes(inputs[None], index, self.spec.n_columns(grid.n_samples))[0]
        magnitudes = (fine.exp() - LOG_FLOOR).clamp_min(0)
        audio = self.phase(magnitudes, self.spec, grid.n_samples, name, torch_rng(seed, name))[None].numpy()
        return Waveform(audio * limiter_gain(audio, CEILING_DB), self.sample_rate_hz)

    def _refined(self, inputs: Tensor, n_columns: int) -> Tensor:
        """(B, T, D) on grid columns to (B, D, n_columns) on fine ones: column t lies on fine column t * refine."""
        coarse = rearrange(inputs, "b t d -> b d t")
        n = self._fine_columns(inputs.shape[1])
        fine = interpolate(coarse, size=n, mode="linear", align_corners=True) if n > 1 else coarse
        held = repeat(fine[..., -1], "b d -> b d t", t=max(0, n_columns - fine.shape[-1]))
        return torch.cat([fine, held], dim=-1)[..., :n_columns]

    def _fine_columns(self, n_columns: int) -> int:
        return self.refine * (n_columns - 1) + 1


def perception_inputs(perception: Perception) -> Tensor:
    """(T, S + F): states beside sound features, as the residual reads them."""
    parts = [torch.from_numpy(a) for a in (perception.states, perception.sound) if a.size]
    return torch.cat(parts, dim=-1) if parts else torch.zeros(perception.grid.n_columns, 0)


def tiled(columns: Tensor, n: int) -> Tensor:
    """(..., T) repeated until it is n long."""
    times = -(-n // columns.shape[-1])
    return repeat(columns, "... t -> ... (r t)", r=times)[..., :n]
