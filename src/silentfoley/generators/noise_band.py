"""Generator 2: noise bands and modes, whose levels a small causal network draws from class, variant, cue and take.

After DDSP (Engel et al., arXiv:2001.04643) and NoiseBandNet (Barahona-Rios and Collins, arXiv:2307.08007). Ours: frames
that are fine at the onset and coarse in the tail, modes in slots beside the bands, a code per take instead of an
encoder, and textures drawn from noise and taught by the distribution of their patches.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator
from functools import partial
from itertools import groupby

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from silentfoley.cues import Cue, CueSheet
from silentfoley.data.lessons import LEVELS
from silentfoley.generators.hit_voice import HitVoice, frame_times_s, hit_hops
from silentfoley.generators.mixdown import torch_rng
from silentfoley.generators.modal import ring
from silentfoley.generators.nearest_take import faded, faded_part
from silentfoley.generators.noise_bank import NoiseBank, NoiseReader
from silentfoley.generators.rasterise import envelope_at
from silentfoley.generators.streaming import Part, StreamedGenerator, part_of
from silentfoley.generators.take_book import Drawn, TakeBook
from silentfoley.generators.texture_voice import TEXTURE_HOP, NoiseInputs, TextureVoice
from silentfoley.generators.variants import check_variants, learned_name
from silentfoley.labels import LABELS, TEXTURES, check_label
from silentfoley.threads import each_single_threaded
from silentfoley.timegrid import SAMPLE_RATE_HZ

Floats = NDArray[np.float32]
#: Materials and manners with an embedding of their own; others share that of an unknown one. Order is part of weights.
VARIANTS: tuple[str, ...] = (
    "axe", "concrete", "dirt", "drum", "glass", "grass", "gravel", "hard", "ice", "metal", "musket", "neutral",
    "pistol", "plastic", "river", "rock", "sand", "saw", "shotgun", "smg", "snow", "soft", "space", "stone", "stream",
    "truck", "typewriter", "wood",
)  # fmt: skip
#: dB per octave by which a sound of strength 1 is brighter than one of strength 1/2, and the strength at which a
#: texture is as it was recorded. Our choices.
TILT_DB_PER_OCTAVE, TEXTURE_STRENGTH = 1.2, 0.7
_TILT = 2 * TILT_DB_PER_OCTAVE * math.log(10) / 20
#: Edges of a texture and of a hit cut short, and a hit's own last fade, in seconds.
EDGE_S, TAIL_S = 0.03, 0.008
#: What is longer than the first fades over the second: thunder rolls on when its recording stops.
LONG_S, LONG_TAIL_S = 2.0, 0.1
#: Frames of a piece of texture (0.37 s), and pieces by which its level is set.
PIECE_FRAMES, LEVEL_PIECES = 128, 4
#: Frames of a hit read from the bank at once.
_READ_FRAMES = 64
#: A mode strays by so much of its frequency from hit to hit.
_DETUNE = 0.004


class NoiseBand(nn.Module, StreamedGenerator):
    """A hit is a row of band levels since its onset plus modes; a texture is band levels drawn from noise.

    Args:
        labels: classes.
        variants: with embeddings of their own.
        n_bands: B.
        n_takes: room for so many codes.
        n_directions, n_texture_directions: P, of the spaces of spectra of hits and of textures.
        n_slots: modes of a hit at most.
        n_condition: D.
        hit_width, texture_width: of the two networks.
        sample_rate_hz: rate of what it returns.
    """

    tilt: Tensor

    def __init__(
        self,
        labels: Iterable[str] = LABELS,
        variants: Iterable[str] = VARIANTS,
        n_bands: int = 96,
        n_takes: int = 512,
        n_directions: int = 24,
        n_texture_directions: int = 48,
        n_slots: int = 24,
        n_condition: int = 64,
        hit_width: int = 64,
        texture_width: int = 48,
        sample_rate_hz: int = SAMPLE_RATE_HZ,
    ) -> None:
        super().__init__()
        self.labels, self.variant_names, self.sample_rate_hz = tuple(labels), tuple(variants), sample_rate_hz
        self.bank = NoiseBank(n_bands, sample_rate_hz=sample_rate_hz)
        self.hit = HitVoice(n_condition, n_bands, n_directions, n_slots, hit_width)
        self.texture = TextureVoice(n_condition, n_bands, n_texture_directions, texture_width)
        self.book = TakeBook(n_takes, max(self.hit.code_size, self.texture.code_size))
        self.label = nn.Embedding(len(self.labels), 16)
        self.variant = nn.Embedding(len(self.variant_names) + 1, 8, padding_idx=0)
        self.condition = nn.Sequential(
            nn.Linear(16 + 8 + self.book.codes.shape[1], n_condition),
            nn.GELU(),
            nn.Linear(n_condition, n_condition),
            nn.GELU(),
        )
        octaves = torch.from_numpy(np.log2(self.bank.centres_hz / 1000)).float()
        self.register_buffer("tilt", octaves.clamp(-3, 4), persistent=False)

    def variants(self, label: str) -> tuple[str, ...]:
        """See :meth:`CueGenerator.variants`: those of the takes it learned from."""
        if label not in self.labels:
            return ()
        return tuple(sorted(self.variant_names[k - 1] for k in self.book.variants_of(self.labels.index(label)) if k))

    def variant_number(self, name: str | None) -> int:
        """Number of a variant among the embeddings, 0 for one that has none."""
        return self.variant_names.index(name) + 1 if name in self.variant_names else 0

    def parts(self, sheet: CueSheet, seed: int) -> list[Part]:
        """See :meth:`StreamedGenerator.parts`.

        Raises:
            CheckpointError: for a class of which nothing was learned.
            CueError: for a variant that nobody knows. One that is known, but was not learned, is left open.
        """
        parts: list[Part] = []
        for label in sheet.labels:
            self.book.need(self.labels.index(check_label(label, self.labels)), label)
        check_variants(sheet, self)
        for label in sheet.labels:
            for cue in (c for c in sheet if c.label == label and c.strength > 0):
                parts.append(part_of(cue, self.sample_rate_hz, partial(self._made, cue, sheet.duration_s, seed)))
        return parts

    def conditions(self, labels: Tensor, variants: Tensor, codes: Tensor) -> Tensor:
        """(H, D) of (H,) numbers of classes and variants (0 unknown) and (H, Z) codes."""
        out: Tensor = self.condition(torch.cat([self.label(labels), self.variant(variants), codes], dim=-1))
        return out

    def strike(self, log_levels: Tensor, hops: list[int], reader: NoiseReader) -> Tensor:
        """(sum(hops),) noise of a hit from (T + 1, B) log levels."""
        gains, pieces, first = torch.exp(log_levels), [], 0
        for hop, run in groupby(hops):
            left = len(list(run))
            while left:
                n = min(left, _READ_FRAMES)
                pieces.append(reader.read(gains[first : first + n + 1], hop))
                first, left = first + n, left - n
        return torch.cat(pieces)

    def tilts(self, strengths: Tensor, reference: float) -> Tensor:
        """(..., B) change of log levels by (...,) strengths against that at which there is none."""
        return _TILT * (strengths - reference)[..., None] * self.tilt

    def _drawn(self, cue: Cue, seed: int, take: torch.Generator) -> tuple[Drawn, Tensor]:
        label, name = self.labels.index(cue.label), learned_name(cue, self.variant_names)
        voice = torch_rng(seed, "voice", cue.label, name or "")
        drawn = self.book.draw(label, self.variant_number(name), voice, take)
        return drawn, self.conditions(torch.tensor([label]), torch.tensor([drawn.variant]), drawn.code[None])

    def _envelope(self, cue: Cue, since_s: NDArray[np.float64]) -> Floats:
        return envelope_at(cue, since_s).astype(np.float32)

    def _made(self, cue: Cue, clip_s: float, seed: int) -> Iterator[Floats]:
        """The sound of a cue. It is made in many small steps, which threads would only wait for."""
        make = self._texture if cue.label in TEXTURES else self._hit
        return each_single_threaded(make(cue, clip_s, seed))

    @torch.no_grad()
    def _hit(self, cue: Cue, clip_s: float, seed: int) -> Iterator[Floats]:
        rate = self.sample_rate_hz
        take = torch_rng(seed, "take", cue.id)
        drawn, condition = self._drawn(cue, seed, take)
        n = max(1, round(drawn.seconds * rate))
        # The level is that of the sound without an envelope: what is to come changes nothing of what was.
        noise = partial(torch_rng, seed, "noise", cue.id)
        plain = self._struck(cue.strength * np.ones(1, np.float32), n, drawn, condition, noise())
        gain = LEVELS[cue.label] * cue.strength / max(float(np.abs(plain).max()), 1e-9)
        if cue.duration_s is None:
            yield plain * np.float32(gain)
            return
        if cue.envelope is not None:
            strengths = cue.strength * self._envelope(cue, frame_times_s(hit_hops(n), rate))
            plain = self._struck(strengths, n, drawn, condition, noise())
        kept = min(n, max(1, round(cue.duration_s * rate)))
        course = self._envelope(cue, np.arange(kept) / rate) * np.float32(gain)
        yield faded(plain[:kept] * course, 0, EDGE_S if kept < n else 0, rate)

    def _struck(self, strengths: Floats, n: int, drawn: Drawn, condition: Tensor, draws: torch.Generator) -> Floats:
        """(n,) a hit at whatever level, for (T + 1,) strengths over its frames or one for all."""
        hops = hit_hops(n)
        times_s = frame_times_s(hops, self.sample_rate_hz)
        course = torch.from_numpy(strengths).clamp(0, 1).expand(len(times_s))
        log_levels = self.hit.log_levels(times_s, course[None], drawn.code[None], condition)[0]
        log_levels = log_levels + self.tilts(course, drawn.strength)
        samples = self.strike(log_levels, hops, NoiseReader(self.bank, draws))[:n]
        modes = self.hit.modes(*self._modes(drawn, float(strengths[0]), draws))
        tail_s = TAIL_S if n / self.sample_rate_hz < LONG_S else LONG_TAIL_S
        return faded((samples + ring(modes, n, self.sample_rate_hz)).numpy(), 0, tail_s, self.sample_rate_hz)

    def _modes(self, drawn: Drawn, strength: float, draws: torch.Generator) -> tuple[dict[str, Tensor], Tensor]:
        numbers = {name: value[0] for name, value in self.hit.mode_numbers(drawn.code[None]).items()}
        octaves = torch.log2(self.hit.hz(numbers["place"]) / 1000).clamp(-3, 4)
        slots = np.log(self.hit.edges_hz[1] / self.hit.edges_hz[0])
        numbers["place"] = numbers["place"] + _DETUNE / slots * torch.randn((), generator=draws)
        return numbers, _TILT * (strength - drawn.strength) * octaves

    @torch.no_grad()
    def _texture(self, cue: Cue, clip_s: float, seed: int) -> Iterator[Floats]:
        rate = self.sample_rate_hz
        seconds = clip_s - cue.start_s if cue.duration_s is None else cue.duration_s
        n = max(1, round(min(seconds, clip_s - cue.start_s) * rate))
        take = torch_rng(seed, "take", cue.id)
        rows, reader = self._rows(*self._drawn(cue, seed, take), take), NoiseReader(self.bank, take)
        # The level is set by the first pieces at the cue's strength, whatever its envelope, and held.
        first = [next(rows) for _ in range(LEVEL_PIECES)]
        steady = torch.cat(first) + self.tilts(torch.tensor(cue.strength), TEXTURE_STRENGTH)
        gain = LEVELS[cue.label] * cue.strength / float(torch.exp(2 * steady).sum(dim=1).mean().sqrt())
        for start in range(0, n, PIECE_FRAMES * TEXTURE_HOP):
            levels = first.pop(0) if first else next(rows)
            since_s = (start + np.arange(PIECE_FRAMES + 1) * TEXTURE_HOP) / rate
            strengths = torch.from_numpy(cue.strength * self._envelope(cue, since_s)).clamp(0, 1)
            gains = torch.exp(levels + self.tilts(strengths, TEXTURE_STRENGTH))
            piece = reader.read(gains, TEXTURE_HOP, jump=True).numpy()[: n - start]
            course = self._envelope(cue, (start + np.arange(len(piece))) / rate) * np.float32(gain)
            yield faded_part(piece * course, start, n, EDGE_S, EDGE_S if cue.duration_s is not None else 0, rate)

    def _rows(self, drawn: Drawn, condition: Tensor, take: torch.Generator) -> Iterator[Tensor]:
        """(PIECE_FRAMES + 1, B) log levels of one piece after another without end, the last row of each the next's
        first."""
        frames_hz = self.sample_rate_hz / TEXTURE_HOP
        inputs, states = NoiseInputs(self.texture.n_directions, frames_hz, take), self.texture.net.start()
        last: Tensor | None = None
        # What the network says before it has heard enough noise is dropped.
        count = self.texture.net.n_past_frames + 1
        while True:
            noises, pulses = inputs.next(count)
            levels, states = self.texture.log_levels(noises[None], pulses[None], drawn.code[None], condition, states)
            if last is not None:
                yield torch.cat([last, levels[0]])
            last, count = levels[0, -1:], PIECE_FRAMES
