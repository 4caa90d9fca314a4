"""A small procedural synthesiser: thirteen classes from modes, noise and grains, with no recording at hand."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from silentfoley.labels import check_label
from silentfoley.stage.synth_hits import HITS
from silentfoley.stage.synth_parts import Rng, Sound, Touch, Voice, finish, in_room
from silentfoley.stage.synth_textures import TEXTURES, Stretch

HIT_LABELS: tuple[str, ...] = tuple(HITS)
TEXTURE_LABELS: tuple[str, ...] = tuple(TEXTURES)


#: Peaks of a texture bend towards this many times its root mean square.
CREST = 8.0


def hit(
    label: str,
    strength: float,
    rng: Rng,
    sample_rate_hz: int,
    variant: str | None = None,
    *,
    voice: Voice | None = None,
) -> Sound:
    """One hit that begins at sample 0, the instant of contact.

    Args:
        label: one of :data:`HIT_LABELS`.
        strength: in [0, 1]; the peak is proportional to it, and a harder hit is brighter.
        rng: draws of this hit.
        sample_rate_hz: samples per second.
        variant: material or manner; an unknown one means the default of the class.
        voice: what all hits of a performance share; drawn from ``rng`` if None.

    Returns:
        (N,) float32, as long as it rings, faded out at its end.

    Raises:
        LabelError: if the class is not one of hits.
    """
    recipe, peak, wet = HITS[check_label(label, HIT_LABELS)]
    voice = voice or Voice.draw(rng, sample_rate_hz)
    touch = Touch(float(np.clip(strength, 0.0, 1.0)), rng, sample_rate_hz, voice)
    sound = in_room(recipe(touch, variant), voice, wet) if wet else recipe(touch, variant)
    return finish(sound, peak * touch.strength, sample_rate_hz)


def texture(
    label: str, envelope: ArrayLike, n_samples: int, rng: Rng, sample_rate_hz: int, variant: str | None = None
) -> Sound:
    """A steady sound that follows an envelope.

    Args:
        label: one of :data:`TEXTURE_LABELS`.
        envelope: (E,) level in [0, 1] at equal steps, the first at the first sample, the last at the last.
        n_samples: length of the result.
        rng: its draws.
        sample_rate_hz: samples per second.
        variant: density or kind; an unknown one means the default of the class.

    Returns:
        (n_samples,) float32.

    Raises:
        LabelError: if the class is not a texture.
    """
    recipe, rms = TEXTURES[check_label(label, TEXTURE_LABELS)]
    level = spread(envelope, n_samples)
    if n_samples == 0 or not level.any():
        return np.zeros(n_samples, dtype=np.float32)
    steady = recipe(Stretch(level, rng, sample_rate_hz), variant)
    crest = np.float32(CREST * np.sqrt(np.mean(steady**2)) + 1e-9)
    steady = crest * np.tanh(steady / crest)  # grains fall on each other now and then; no microphone shows such peaks
    return np.asarray(steady * level * np.float32(rms / (np.sqrt(np.mean(steady**2)) + 1e-9)), dtype=np.float32)


def spread(envelope: ArrayLike, n_samples: int) -> Sound:
    """(n_samples,) the envelope's (E,) values spread evenly and joined by lines, clipped to [0, 1]."""
    values: NDArray[np.float64] = np.clip(np.asarray(envelope, dtype=np.float64).ravel(), 0.0, 1.0)
    if values.size == 1:
        return np.full(n_samples, values[0], dtype=np.float32)
    return np.interp(np.linspace(0, values.size - 1, n_samples), np.arange(values.size), values).astype(np.float32)
