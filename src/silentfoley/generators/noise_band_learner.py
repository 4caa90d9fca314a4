"""How noise bands learn: hits by level, mode and spectrogram, textures by the distribution of their patches."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from torch import Tensor

from silentfoley.data.lesson_datamodule import LessonBatch
from silentfoley.data.lessons import Lesson
from silentfoley.generators.learner import Learner
from silentfoley.generators.modal import ring
from silentfoley.generators.noise_band import NoiseBand
from silentfoley.generators.noise_band_losses import power_distance, sliced_distance, spectral_loss
from silentfoley.generators.noise_band_start import hit_code, spectra, texture_code
from silentfoley.generators.noise_band_targets import HitTarget, hit_target, noise_levels, texture_target
from silentfoley.generators.noise_bank import NoiseReader
from silentfoley.generators.texture_voice import TEXTURE_HOP, NoiseInputs
from silentfoley.labels import TEXTURES

#: Frames of texture compared at once (1.1 s), and of a hit heard at once.
_TEXTURE_FRAMES = 384
#: Codes tried for a lesson that has none of its own.
_TRIED = 8


class NoiseBandLearner(Learner):
    """The generator and what it is compared with.

    Args:
        generator: to be trained.
        spectral_weight: of the multi-resolution spectrogram beside the levels.
        heard: hits of a batch that are made into sound for it; 0 for none.
        heard_s: and so many seconds of each at most.
        jitter: noise added to codes, so that the space between takes is learned as well.
        power_weight: of a texture's long-term levels beside the distribution of its patches.
    """

    def __init__(
        self,
        generator: NoiseBand,
        spectral_weight: float = 1.0,
        heard: int = 3,
        heard_s: float = 0.4,
        jitter: float = 0.03,
        power_weight: float = 0.5,
    ) -> None:
        super().__init__()
        self.generator = generator
        self.spectral_weight, self.heard, self.heard_s = spectral_weight, heard, heard_s
        self.jitter, self.power_weight = jitter, power_weight
        self._hits: dict[Lesson, HitTarget] = {}
        self._textures: dict[Lesson, Tensor] = {}
        self._noise_levels: Tensor | None = None

    @property
    def performer(self) -> NoiseBand:
        """See :attr:`Learner.performer`."""
        return self.generator

    def prepare(self, lessons: Sequence[Lesson]) -> None:
        """Enters each lesson into the book of takes, with codes in closed form."""
        g = self.generator
        g.book.fill(lessons, g.labels, g.variant_names, g.sample_rate_hz)
        hits = [x for x in lessons if x.label not in TEXTURES]
        textures = [x for x in lessons if x.label in TEXTURES]
        with torch.no_grad():
            for voice, pictures in (
                (g.hit, [self._hit_target(x).log_levels for x in hits]),
                (g.texture, [self._texture_target(x) - self._levels_of_noise().mean(dim=0) for x in textures]),
            ):
                if pictures:
                    mean, basis = spectra(pictures, voice.n_directions)
                    voice.mean.copy_(mean)
                    voice.basis.copy_(basis)
            for i, x in enumerate(lessons):
                code = self._start(x)
                g.book.codes[i, : len(code)] = code

    def _start(self, lesson: Lesson) -> Tensor:
        g = self.generator
        if lesson.label not in TEXTURES:
            return hit_code(self._hit_target(lesson), g.hit.mean, g.hit.basis)
        frames_hz, noise = g.sample_rate_hz / TEXTURE_HOP, self._levels_of_noise()
        return texture_code(self._texture_target(lesson), noise, g.texture.mean, g.texture.basis, frames_hz)

    def loss(self, batch: LessonBatch) -> Tensor:
        """Mean over the lessons."""
        rng = torch.Generator().manual_seed(batch.seed)
        pairs = list(zip(batch.lessons, batch.indices, strict=True))
        total = torch.zeros(())
        hits = [(x, i) for x, i in pairs if x.label not in TEXTURES]
        heard = {id(x) for x, _ in hits[: self.heard]}
        for label in sorted({x.label for x, _ in hits}):
            group = [(x, i) for x, i in hits if x.label == label]
            total = total + self._hit_loss(group, heard, rng) / len(pairs)
        textures = [(x, i) for x, i in pairs if x.label in TEXTURES]
        if textures:
            total = total + self._texture_loss(textures, rng) / len(pairs)
        return total

    def _condition(self, lesson: Lesson, code: Tensor) -> Tensor:
        g = self.generator
        label, variant = g.labels.index(lesson.label), g.variant_number(lesson.variant)
        return g.conditions(torch.tensor([label]), torch.tensor([variant]), code[None])

    def _code(self, index: int, rng: torch.Generator) -> Tensor:
        code = self.generator.book.codes[index]
        return code + self.jitter * torch.randn(code.shape, generator=rng)

    def _hit_loss(self, group: list[tuple[Lesson, int]], heard: set[int], rng: torch.Generator) -> Tensor:
        """Sum over lessons of one class."""
        total = torch.zeros(())
        targets = [self._hit_target(x) for x, _ in group]
        if not self.training:
            return torch.stack([self._nearest_hit(x, t, rng) for (x, _), t in zip(group, targets, strict=True)]).sum()
        longest = max(targets, key=lambda t: len(t.times_s)).times_s
        codes = torch.stack([self._code(i, rng) for _, i in group])
        conditions = torch.cat([self._condition(x, code) for (x, _), code in zip(group, codes, strict=True)])
        strengths = torch.tensor([x.strength for x, _ in group])[:, None].expand(-1, len(longest))
        levels = self.generator.hit.log_levels(longest, strengths, codes, conditions)
        numbers = self.generator.hit.mode_numbers(codes)
        for k, ((x, _), target) in enumerate(zip(group, targets, strict=True)):
            own = {name: value[k] for name, value in numbers.items()}
            made = levels[k, : len(target.times_s)]
            total = total + (made - target.log_levels).abs().mean()
            if id(x) in heard and self.spectral_weight:
                total = total + self.spectral_weight * self._heard_loss(made, own, target, rng)
        return total

    def _heard_loss(
        self, levels: Tensor, numbers: dict[str, Tensor], target: HitTarget, rng: torch.Generator
    ) -> Tensor:
        kept = int(np.searchsorted(target.times_s, self.heard_s, side="right")) - 1
        made = self.generator.strike(levels[: kept + 1], target.hops[:kept], NoiseReader(self.generator.bank, rng))
        made = made + ring(self.generator.hit.modes(numbers), len(made), self.generator.sample_rate_hz)
        return spectral_loss(made, target.samples[: len(made)])

    def _nearest_hit(self, lesson: Lesson, target: HitTarget, rng: torch.Generator) -> Tensor:
        """Of a lesson that has no code: how far the nearest of some takes' levels are."""
        near = []
        for index in self._tried(lesson, rng):
            code = self.generator.book.codes[index]
            condition = self._condition(lesson, code)
            strengths = torch.full((1, len(target.times_s)), lesson.strength)
            levels = self.generator.hit.log_levels(target.times_s, strengths, code[None], condition)[0]
            near.append((levels - target.log_levels).abs().mean())
        return torch.stack(near).amin()

    def _texture_loss(self, textures: list[tuple[Lesson, int]], rng: torch.Generator) -> Tensor:
        """Sum over lessons."""
        wanted, tried, book = [], [], self.generator.book.codes
        for x, i in textures:
            target = self._texture_target(x)
            first = int(torch.randint(max(1, len(target) - _TEXTURE_FRAMES), (1,), generator=rng))
            wanted.append(target[first : first + _TEXTURE_FRAMES])
            tried.append([self._code(i, rng)] if self.training else [book[k] for k in self._tried(x, rng)])
        conditions = [self._condition(x, code) for (x, _), codes in zip(textures, tried, strict=True) for code in codes]
        codes = torch.stack([code for own in tried for code in own])
        made = self._texture_levels(codes, torch.cat(conditions), _TEXTURE_FRAMES, rng)
        pairs = zip(torch.split(made, [len(own) for own in tried]), wanted, strict=True)
        return torch.stack([torch.stack([self._apart(m, w, rng) for m in ms]).amin() for ms, w in pairs]).sum()

    def _apart(self, made: Tensor, wanted: Tensor, rng: torch.Generator) -> Tensor:
        """How far two (T, B) pictures of textures lie apart, over the length of the shorter."""
        n = min(len(made), len(wanted))
        return sliced_distance(made, wanted, rng) + self.power_weight * power_distance(made[:n], wanted[:n])

    def _texture_levels(self, codes: Tensor, conditions: Tensor, n: int, rng: torch.Generator) -> Tensor:
        """(H, n, B) log levels as an analysis would find them: those of the network plus those of the noise itself."""
        voice, frames_hz = self.generator.texture, self.generator.sample_rate_hz / TEXTURE_HOP
        past = voice.net.n_past_frames
        drawn = [NoiseInputs(voice.n_directions, frames_hz, rng).next(past + n) for _ in codes]
        noises, pulses = (torch.stack(parts) for parts in zip(*drawn, strict=True))
        levels, _ = voice.log_levels(noises, pulses, codes, conditions, voice.net.start(len(codes)))
        noise = self._levels_of_noise()
        first = int(torch.randint(len(noise), (1,), generator=rng))
        return levels[:, past:] + noise.roll(-first, dims=0)[:n]

    def _levels_of_noise(self) -> Tensor:
        if self._noise_levels is None:
            self._noise_levels = noise_levels(self.generator.bank)
        return self._noise_levels

    def _tried(self, lesson: Lesson, rng: torch.Generator) -> list[int]:
        known = self.generator.book.of(self.generator.labels.index(lesson.label))
        if not len(known):
            return [0]
        return [int(known[k]) for k in torch.randperm(len(known), generator=rng)[:_TRIED]]

    def _hit_target(self, lesson: Lesson) -> HitTarget:
        if lesson not in self._hits:
            self._hits[lesson] = hit_target(lesson, self.generator, self._levels_of_noise().mean(dim=0))
        return self._hits[lesson]

    def _texture_target(self, lesson: Lesson) -> Tensor:
        if lesson not in self._textures:
            self._textures[lesson] = texture_target(lesson, self.generator)
        return self._textures[lesson]
