"""AutoFoley's class mean as a cue generator: it can be edited, moved, and asked for another take."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import HIT_SECONDS
from silentfoley.generators.bands import BandAxis
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.nearest_take import faded, faded_part
from silentfoley.generators.rasterise import CURVES, envelope_at, rasterise
from silentfoley.generators.shapes import FLOOR, HitShape, TextureShape, need_fitted
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of
from silentfoley.generators.strike import ATTACK_STEP, strike
from silentfoley.labels import LABELS, TEXTURES, check_label
from silentfoley.signal.phase import noise_phase_pieces
from silentfoley.signal.stft import StftSpec
from silentfoley.timegrid import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]
#: A full-strength hit is brighter than one of strength 1/2 by so many dB per octave. Our choice.
TILT_DB_PER_OCTAVE = 2.0
#: Below this, recordings hold rumble and wind, and no sound may have an offset: a first-order slope takes it away.
LOW_HZ = 40.0
#: How far the hits of one voice stray from it towards other takes.
LOOSE = 0.35
#: Edges of a texture and of a hit cut short, and the length of a hit's own last fade, in seconds.
EDGE_S, TAIL_S = 0.03, 0.05
#: A long texture is made in pieces of so many columns, 10 s unless told otherwise; the first one sets its level.
PIECE_COLUMNS = 1504
#: Columns to both sides that the residual of a column depends on: half the width of both convolutions together.
RESIDUAL_REACH = 4


class CueResidual(nn.Module):
    """Log residual per band from rasterised cues: two small convolutions over columns. Starts at zero.

    Args:
        n_labels: classes K.
        n_bands: B.
        hidden: width.
    """

    def __init__(self, n_labels: int, n_bands: int, hidden: int = 32) -> None:
        super().__init__()
        self.label = nn.Embedding(n_labels, hidden)
        self.enter = nn.Conv1d(len(CURVES), hidden, 5, padding=2)
        self.mix = nn.Conv1d(hidden, hidden, 5, padding=2)
        self.leave = nn.Conv1d(hidden, n_bands, 1)
        nn.init.zeros_(self.leave.weight)
        if self.leave.bias is not None:
            nn.init.zeros_(self.leave.bias)

    def forward(self, curves: Tensor, label: Tensor) -> Tensor:
        """(M, C, T) curves and (M,) class indices to (M, B, T)."""
        x = torch.nn.functional.gelu(self.enter(curves) + self.label(label)[:, :, None])
        x = x + torch.nn.functional.gelu(self.mix(x))
        out: Tensor = self.leave(x)
        return out


class CueClassMean(nn.Module, StreamedGenerator):
    """Class means aligned at the onset, times the exponent of a residual predicted from the cues around.

    Hits: each cue is one hit, ``S = A_c * exp(z P + R)``: the class mean, a take drawn among the class's principal
    directions, and the residual read off the rasterised cues from the cue's onset on. It is made into sound once, by
    noise through causal filters, and placed to the sample, so a cue moved is its sound moved and nothing sounds
    before it. Placing magnitudes on the clip's columns and inverting the whole was the alternative: it puts sound
    up to half a window before the contact and ties timing to columns.

    Textures: the mean spectrum, moved by code sequences of takes, filtering white noise; the cue's course shapes it.

    Strength is a linear gain, as on the stage, and tilts the spectrum. Distance and pan: see ``mixdown``. Variants
    of a cue draw another voice, no particular one.

    Args:
        labels: classes, in the order of ``FoleyBatch.label``.
        hit_seconds: how long each class of hits rings, in seconds.
        n_fft, hop_samples: of the spectrograms.
        n_bands: frequency bands B of means and residuals.
        n_components: directions in which takes differ.
        n_codes: takes remembered per class of hits.
        n_stretches, stretch_s: stretches of texture remembered, and the length of each in seconds.
        hidden: width of the residual network.
        sample_rate_hz: rate of what it returns.
    """

    tilt: Tensor
    high_pass: Tensor

    def __init__(
        self,
        labels: Iterable[str] = LABELS,
        hit_seconds: Mapping[str, float] | None = None,
        n_fft: int = 1024,
        hop_samples: int = 294,
        n_bands: int = 80,
        n_components: int = 8,
        n_codes: int = 32,
        n_stretches: int = 12,
        stretch_s: float = 1.5,
        hidden: int = 32,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
    ) -> None:
        super().__init__()
        self.labels = tuple(labels)
        self.sample_rate_hz = sample_rate_hz
        self.spec = StftSpec(n_fft, hop_samples)
        self.bands = BandAxis(n_bands, n_fft, sample_rate_hz)
        self.residual = CueResidual(len(self.labels), n_bands, hidden)
        seconds = {**HIT_SECONDS, **(hit_seconds or {})}
        hits: dict[str, nn.Module] = {}
        textures: dict[str, nn.Module] = {}
        for label in self.labels:
            if label in TEXTURES:
                columns = max(8, round(stretch_s * sample_rate_hz / hop_samples))
                textures[label] = TextureShape(n_bands, 2 * n_components, n_stretches, columns)
            else:
                n = seconds.get(label, 0.5) * sample_rate_hz
                hits[label] = HitShape(
                    n_bands, max(2, round(n / hop_samples)), max(2, round(n / ATTACK_STEP)), n_components, n_codes
                )
        self.hits, self.textures = nn.ModuleDict(hits), nn.ModuleDict(textures)
        hz = torch.arange(self.spec.n_bins) * (sample_rate_hz / n_fft)
        self.register_buffer("high_pass", hz / (hz.square() + LOW_HZ**2).sqrt(), persistent=False)
        tilt = torch.log2(torch.arange(1, self.spec.n_bins + 1) * (sample_rate_hz / n_fft) / 1000)
        self.register_buffer("tilt", tilt.clamp(-3, 4), persistent=False)

    def parts(self, sheet: CueSheet, seed: int) -> list[Part]:
        """See :meth:`StreamedGenerator.parts`.

        Raises:
            CheckpointError: for a class whose mean was never fitted.
        """
        parts: list[Part] = []
        for label in sheet.labels:
            need_fitted(label, self.shape(check_label(label, self.labels)))
            cues = [c for c in sheet if c.label == label and c.strength > 0]
            make = self._texture if label in self.textures else self._hit
            for cue in cues:
                parts.append(part_of(cue, self.sample_rate_hz, partial(make, cue, cues, sheet.duration_s, seed)))
        return parts

    @torch.no_grad()
    def _hit(self, cue: Cue, cues: Sequence[Cue], clip_s: float, seed: int) -> Iterator[Floats]:
        shape = self.hits[cue.label]
        assert isinstance(shape, HitShape)
        take = torch_rng(seed, "take", cue.id)
        code = shape.draw(torch_rng(seed, "voice", cue.label, cue.variant or ""), [take], LOOSE)
        log_bands, log_attack = shape.decode(code)
        log_bands = log_bands + self._residual(cue, cues, range(shape.n_columns), shape.n_columns)
        magnitudes = self._magnitudes(log_bands, cue.strength)
        samples = strike(magnitudes, torch.exp(log_attack), self.spec, take)[0].numpy()
        samples = faded(samples, 0, TAIL_S, self.sample_rate_hz)
        samples *= float(shape.level) * cue.strength / max(float(np.abs(samples).max()), 1e-9)
        if cue.duration_s is not None:
            n = min(len(samples), max(1, round(cue.duration_s * self.sample_rate_hz)))
            course = envelope_at(cue, np.arange(n) / self.sample_rate_hz).astype(np.float32)
            samples = faded(samples[:n] * course, 0, EDGE_S if n < len(samples) else 0, self.sample_rate_hz)
        yield samples

    @torch.no_grad()
    def _texture(self, cue: Cue, cues: Sequence[Cue], clip_s: float, seed: int) -> Iterator[Floats]:
        shape, rate = self.textures[cue.label], self.sample_rate_hz
        assert isinstance(shape, TextureShape)
        seconds = clip_s - cue.start_s if cue.duration_s is None else cue.duration_s
        n = max(1, round(min(seconds, clip_s - cue.start_s) * rate))
        take = torch_rng(seed, "take", cue.id)
        codes = shape.draw(self.spec.n_columns(n), take)

        def magnitudes(columns: range) -> Tensor:
            log_bands = shape.decode(codes[columns.start : columns.stop])
            log_bands = log_bands + self._residual(cue, cues, columns, len(codes))[0]
            return self._magnitudes(log_bands, cue.strength) * (self.spec.n_fft / 4)

        start, gain = 0, 0.0
        for piece in noise_phase_pieces(magnitudes, self.spec, n, PIECE_COLUMNS, generator=take):
            gain = gain or float(shape.level) * cue.strength / max(float(piece.square().mean().sqrt()), 1e-9)
            since_s = np.arange(start, start + len(piece)) / rate
            shaped = (piece.numpy() * (gain * envelope_at(cue, since_s))).astype(np.float32)
            yield faded_part(shaped, start, n, EDGE_S, EDGE_S if cue.duration_s is not None else 0, rate)
            start += len(piece)

    def _residual(self, cue: Cue, cues: Sequence[Cue], columns: range, n_columns: int) -> Tensor:
        """(1, B, len(columns)) log residual of a range of the ``n_columns`` of a cue's sound, as of the whole."""
        low, high = max(0, columns.start - RESIDUAL_REACH), min(n_columns, columns.stop + RESIDUAL_REACH)
        curves = rasterise(cues, cue.start_s + np.arange(low, high) * (self.spec.hop_samples / self.sample_rate_hz))
        residual: Tensor = self.residual(curves[None], torch.tensor([self.labels.index(cue.label)]))
        return residual[..., columns.start - low : columns.stop - low]

    def _magnitudes(self, log_bands: Tensor, strength: float) -> Tensor:
        """(..., B, T) log bands to (..., F, T) magnitudes, brighter for a harder hit."""
        tilt = (strength - 1) * 2 * TILT_DB_PER_OCTAVE * np.log(10) / 20 * self.tilt
        magnitudes = (torch.exp(self.bands.to_bins(log_bands) + tilt[:, None]) - FLOOR).clamp_min(0)
        return magnitudes * self.high_pass[:, None]

    def shape(self, label: str) -> HitShape | TextureShape:
        """Mean and takes of a class."""
        shape = self.textures[label] if label in self.textures else self.hits[label]
        assert isinstance(shape, HitShape | TextureShape)
        return shape

    @property
    def fitted(self) -> bool:
        """Whether any class has its mean."""
        return any(self.shape(label).fitted for label in self.labels)

    def log_bands(self, label: str, curves: Tensor) -> Tensor:
        """(B, T) log of mean times residual for (C, T) curves: what the cues alone say, before a take is drawn.

        Raises:
            CheckpointError: if the class has no mean yet.
        """
        shape = self.shape(label)
        need_fitted(label, shape)
        mean = shape.mean_spectrum if isinstance(shape, HitShape) else shape.mean_spectrum[:, None]
        residual: Tensor = self.residual(curves[None], torch.tensor([self.labels.index(label)]))[0]
        return mean + residual
