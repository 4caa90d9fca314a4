"""Conditional flow matching on log-mel columns, sounded by our vocoder: a cue generator that draws every hit anew."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import LEAD_SAMPLES, LEVELS
from silentfoley.errors import CheckpointError
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.flow_columns import CONTEXT, LEAD_COLUMNS, N_CURVES, WINDOW, curves, hit_columns
from silentfoley.generators.flow_course import CourseNet
from silentfoley.generators.flow_network import Given, VelocityNet
from silentfoley.generators.flow_path import Solver, flow, guided, path
from silentfoley.generators.flow_scale import ClassScale, Manner
from silentfoley.generators.flow_seeing import SeeingFlow
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.nearest_take import faded, faded_part
from silentfoley.generators.rasterise import envelope_at
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of
from silentfoley.generators.variants import check_variants, learned_name
from silentfoley.generators.vocoder import Vocoder
from silentfoley.generators.vocoding import GriffinLim, log_mel_features, vocode_pieces
from silentfoley.labels import LABELS, TEXTURES, check_label
from silentfoley.perception import Perception
from silentfoley.signal.mel import mel_edges_hz

Floats = NDArray[np.float32]
#: Relative level of a texture so many seconds after its start.
Level = Callable[[NDArray[np.float64]], NDArray[np.float64]]
#: Materials and manners that can be asked for; any other is none in particular.
VARIANTS: tuple[str, ...] = (
    *("concrete", "dirt", "grass", "gravel", "metal", "sand", "snow", "wood"),
    *("glass", "ice", "soft", "hard", "pistol", "shotgun", "space"),
)
#: A full-strength sound is brighter than one of half the strength by so much, dB per octave, beside what the network
#: has learned of strength; and the strength at which nothing is tilted. Our choices.
TILT_DB_PER_OCTAVE, NEUTRAL = 1.25, 0.7
#: Where a tilt does nothing, Hz.
TILT_HZ = 1000.0
#: Largest feature: 10 dB over full scale, which nothing reaches that was learned from.
MOST = 10.5
#: Edges of a texture and of a hit cut short, and the length of a hit's own last fade, s.
EDGE_S, TAIL_S = 0.03, 0.02
#: Columns beyond the end of a hit that are held still beside it, as they were while the network learned.
PAST = 12


class FlowGenerator(nn.Module, StreamedGenerator):
    """Draws log-mel columns from noise along a learned field, and sounds them.

    A hit is drawn from a little before its onset until it has rung out, sounded, cut open at the onset so that nothing
    is heard before it, and brought to its level. A texture is drawn window by window; each is told the last columns of
    the one before and kept to them along the whole path, so that windows continue each other. Strength is told to the
    network, is a linear gain, and tilts the spectrum.

    Noise is on the scale of the class, and each cue has the manner of a take (see :class:`ClassScale`): its colour, how
    far it strays, how long it is.

    It performs cues alone, a texture's course being the cue's envelope; :meth:`seeing` with a Perception, its course is
    drawn from what was seen (see :class:`CourseNet`). Columns are drawn alike either way.

    Args:
        labels, variants: what can be asked for, in the order of the weights.
        vocoder: sounds the columns; None for Griffin-Lim.
        dims, blocks, n_condition: size of the network, see :class:`VelocityNet`.
        steps, solver: of the way from noise to data. Heun's rule asks the network twice a step.
        guidance: 1 asks for the class as learned, more exaggerates it and costs twice.
        course: draws the course of textures from a Perception; None if it shall never see.
    """

    octaves: Tensor
    learned: Tensor

    def __init__(
        self,
        labels: Iterable[str] = LABELS,
        variants: Iterable[str] = VARIANTS,
        vocoder: Vocoder | GriffinLim | None = None,
        dims: Sequence[int] = (112, 176, 240),
        blocks: Sequence[int] = (2, 2, 3),
        n_condition: int = 128,
        steps: int = 8,
        solver: Solver = "euler",
        guidance: float = 1.0,
        course: CourseNet | None = None,
    ) -> None:
        super().__init__()
        self.course = course
        self.labels, self.names = tuple(labels), tuple(variants)
        self.vocoder = GriffinLim(log_mel_features()) if vocoder is None else vocoder
        self.steps, self.solver, self.guidance = steps, solver, guidance
        features = self.vocoder.features
        self.sample_rate_hz, self.hop_samples = features.sample_rate_hz, features.spec.hop_samples
        n_variants = len(self.names) + 1
        self.n_mels = features.n_mels
        self.network = VelocityNet(features.n_mels, N_CURVES, len(self.labels), n_variants, dims, blocks, n_condition)
        columns = {x: 1 if x in TEXTURES else hit_columns(x, self.column_rate_hz) for x in self.labels}
        self.register_buffer("learned", torch.zeros(len(self.labels), n_variants))
        self.scale = ClassScale(columns, features.n_mels)
        centres_hz = mel_edges_hz(features.n_mels, features.low_hz, features.high_hz)[1:-1]
        octaves = np.log2(centres_hz / TILT_HZ)
        self.register_buffer("octaves", torch.from_numpy(octaves).float().clamp(-3, 4), persistent=False)

    @property
    def column_rate_hz(self) -> float:
        """Columns per second."""
        return self.sample_rate_hz / self.hop_samples

    def variants(self, label: str) -> tuple[str, ...]:
        """See :meth:`CueGenerator.variants`: those it has heard of the class."""
        if label not in self.labels:
            return ()
        heard = self.learned[self.labels.index(label), 1:]
        return tuple(sorted(name for name, n in zip(self.names, heard.tolist(), strict=True) if n))

    @property
    def sees(self) -> bool:
        """Whether it has learned what a Perception says."""
        return self.course is not None and any(map(self.course.knows, self.course.labels))

    def seeing(self, perception: Perception) -> CueGenerator:
        """The same generator with a perception in view. See :class:`SeeingFlow`.

        Raises:
            CheckpointError: if it has not learned to see.
        """
        if self.course is None or not self.sees:
            raise CheckpointError(
                "flow", "never learned to see", "train it with module.learner.seen=FOLDER, or perform the cues alone"
            )
        return SeeingFlow(self, self.course, perception)

    def parts(self, sheet: CueSheet, seed: int) -> list[Part]:
        """See :meth:`StreamedGenerator.parts`, :meth:`parts_of`."""
        return self.parts_of(sheet, seed, lambda cue: partial(envelope_at, cue))

    def parts_of(self, sheet: CueSheet, seed: int, level_of: Callable[[Cue], Level]) -> list[Part]:
        """The sounds of a sheet whose textures have such levels.

        Args:
            sheet: what to perform.
            seed: draws the take.
            level_of: gives a texture's cue its level each time it is performed.

        Raises:
            CheckpointError: for a class of which nothing was learned.
            CueError: for a variant that nobody knows. One that is known, but was not learned, is left open.
        """
        parts = []
        for label in sheet.labels:
            if not self.learned[self.labels.index(check_label(label, self.labels))].any():
                raise CheckpointError(f"flow of {label}", "was never learned", "train with lessons of this class")
        check_variants(sheet, self)
        for cue in sheet:
            if cue.strength > 0 and cue.label in TEXTURES:
                make = partial(self._texture, cue, sheet.duration_s, seed, level_of)
                parts.append(part_of(cue, self.sample_rate_hz, make))
            elif cue.strength > 0:
                parts.append(part_of(cue, self.sample_rate_hz, partial(self._hit, cue, seed), LEAD_SAMPLES))
        return parts

    @torch.no_grad()
    def columns(self, cue: Cue, n_columns: int, rng: torch.Generator) -> Iterator[Tensor]:
        """(t, M) log-mel columns of a cue at its lesson's level, ``n_columns`` together, window by window; of a hit
        fewer if the take whose manner it has is shorter.

        Args:
            cue: whose label, variant and strength count.
            n_columns: > 0.
            rng: draws the noise.
        """
        variant, done = self.variant_index(learned_name(cue, self.names)), 0
        manner = self.scale.draw(cue.label, variant, rng)
        n_columns = n_columns if cue.label in TEXTURES else min(n_columns, manner.columns)
        drawn = noise = torch.zeros(0, self.n_mels)
        while done < n_columns:
            first = max(0, done - CONTEXT)
            stop = first + self._window_columns(n_columns - first, cue.label)
            kept, kept_noise = drawn[len(drawn) - (done - first) :], noise[len(noise) - (done - first) :]
            white = torch.randn(stop - done, self.n_mels, generator=rng)
            noise = torch.cat([kept_noise, self.scale.noise(cue.label, white, kept_noise[-1] if done else None)])
            sounding = len(noise) if cue.label in TEXTURES else n_columns - first
            drawn = self._window(self.given(cue, variant, range(first, stop), kept, manner), noise, sounding)
            yield self._features(drawn[done - first : n_columns - first], cue, done, manner)
            done = stop

    def _window_columns(self, left: int, label: str) -> int:
        """Columns of the next window when so many are to come."""
        step, past = self.network.step, 0 if label in TEXTURES else PAST
        return min(WINDOW, -(-(left + past) // step) * step)

    def given(self, cue: Cue, variant: int, columns: range, kept: Tensor, manner: Manner) -> Given:
        """What the network is told of a window (of a batch of one) that begins with (c, M) columns ``kept``.

        Args:
            cue: whose label and strength count.
            variant: see :meth:`variant_index`.
            columns: of the sound.
            kept: what is known of them already.
            manner: of the take it is to be like.
        """
        blank = torch.zeros(len(columns) - len(kept), self.n_mels)
        known = (torch.arange(len(columns)) < len(kept)).float()
        return Given(
            label=torch.tensor([self.labels.index(cue.label)]),
            variant=torch.tensor([variant]),
            strength=torch.tensor([[cue.strength]]),
            curves=curves(cue.label, cue.strength, columns, self.column_rate_hz)[None],
            colour=self.scale.coloured(cue.label, columns, manner.colour)[None],
            manner=manner.told[None],
            context=torch.cat([kept, blank])[None],
            known=known[None, :, None],
        )

    def variant_index(self, variant: str | None) -> int:
        """Where a variant stands; 0 for none, and for those nobody has learned."""
        return self.names.index(variant) + 1 if variant in self.names else 0

    def _window(self, given: Given, noise: Tensor, sounding: int) -> Tensor:
        """(T, M) columns; those known are kept, and those from ``sounding`` on held to what is usual."""
        nameless = given.without_names(len(self.labels), torch.tensor([True]))

        def field(x: Tensor, time: float) -> Tensor:
            at = torch.tensor([time])
            out: Tensor = self.network(x, at, given)
            return out if self.guidance == 1 else guided(out, self.network(x, at, nameless), self.guidance)

        held = (given.known > 0) | (torch.arange(len(noise)) >= sounding)[:, None]

        def pinned(x: Tensor, time: float) -> Tensor:
            return torch.where(held, path(noise[None], given.context, torch.tensor([time])), x)

        return flow(field, noise[None], self.steps, self.solver, pinned)[0]

    def _features(self, drawn: Tensor, cue: Cue, first: int, manner: Manner) -> Tensor:
        """(t, M) log-mel of drawn columns from the sound's ``first`` on, brighter for more strength."""
        log_mel = self.scale.restore(cue.label, drawn, first, manner).clamp(0, MOST)
        tilt_db = (cue.strength - NEUTRAL) * 2 * TILT_DB_PER_OCTAVE * self.octaves
        return torch.log1p(torch.expm1(log_mel) * 10 ** (tilt_db / 20))

    @torch.no_grad()
    def _hit(self, cue: Cue, seed: int) -> Iterator[Floats]:
        rng, hop = torch_rng(seed, "take", cue.id), self.hop_samples
        log_mel = torch.cat(list(self.columns(cue, hit_columns(cue.label, self.column_rate_hz), rng)))
        noise = torch.randn((len(log_mel) - 1) * hop, generator=rng)
        samples = self.vocoder(log_mel[None], noise[None])[0, LEAD_COLUMNS * hop - LEAD_SAMPLES :].numpy()
        samples = opened(faded(samples, 0, TAIL_S, self.sample_rate_hz))
        samples *= LEVELS[cue.label] * cue.strength / max(float(np.abs(samples).max()), 1e-9)
        if cue.duration_s is not None:
            n = min(len(samples), LEAD_SAMPLES + max(1, round(cue.duration_s * self.sample_rate_hz)))
            since_s = np.maximum(np.arange(n) - LEAD_SAMPLES, 0) / self.sample_rate_hz
            shaped = samples[:n] * envelope_at(cue, since_s).astype(np.float32)
            samples = faded(shaped, 0, EDGE_S if n < len(samples) else 0, self.sample_rate_hz)
        yield samples

    @torch.no_grad()
    def _texture(self, cue: Cue, clip_s: float, seed: int, level_of: Callable[[Cue], Level]) -> Iterator[Floats]:
        level_at = level_of(cue)
        rate, hop = self.sample_rate_hz, self.hop_samples
        seconds = clip_s - cue.start_s if cue.duration_s is None else cue.duration_s
        n = max(1, round(min(seconds, clip_s - cue.start_s) * rate))
        lead = LEAD_COLUMNS * hop
        windows = self.columns(cue, -(-(lead + n) // hop) + LEAD_COLUMNS, torch_rng(seed, "take", cue.id))
        noise_rng = torch_rng(seed, "noise", cue.id)
        pieces = vocode_pieces(self.vocoder, windows, hop, self.vocoder.reach, noise_rng)
        start, gain = 0, 0.0
        for piece in stretch(pieces, lead, n):
            gain = gain or LEVELS[cue.label] * cue.strength / max(float(np.sqrt(np.mean(np.square(piece)))), 1e-9)
            level = gain * level_at(np.arange(start, start + len(piece)) / rate)
            out_s = EDGE_S if cue.duration_s is not None else 0
            yield faded_part((piece * level).astype(np.float32), start, n, EDGE_S, out_s, rate)
            start += len(piece)


def stretch(pieces: Iterable[Tensor], first: int, n: int) -> Iterator[Floats]:
    """``n`` samples of a sound from its ``first`` on, in pieces none of which is empty."""
    begin = -first
    for piece in pieces:
        body = piece.numpy()[max(0, -begin) : max(0, n - begin)]
        begin += len(piece)
        if len(body):
            yield body


def opened(samples: Floats) -> Floats:
    """A copy of (N,) samples in which nothing sounds before sample 0 and all after :data:`LEAD_SAMPLES`."""
    out = samples.copy()
    n = min(LEAD_SAMPLES, len(out))
    out[:n] *= np.sin(np.linspace(0, np.pi / 2, n, dtype=np.float32)) ** 2
    return out
