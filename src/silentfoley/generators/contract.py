"""The promises of a cue generator, checked: for our tests, and for generators of other packages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from einops import reduce
from numpy.typing import NDArray

from silentfoley.cues import Cue, CueSheet
from silentfoley.generators.base import CueGenerator
from silentfoley.generators.contract_seams import seams_are_silent
from silentfoley.generators.contract_sound import no_offset, peaks_are_held, strength_shows
from silentfoley.generators.probes import DURATION_S, probe_sheet
from silentfoley.waveform import Waveform


def violations(generator: CueGenerator, label: str, *, silent: bool = False, as_recorded: bool = False) -> list[str]:
    """What a generator does against the contract of :class:`CueGenerator` with one label; empty if nothing.

    Args:
        generator: to be judged.
        label: one of its labels.
        silent: it is meant to be silent: skip what needs sound.
        as_recorded: it plays recordings as they are: skip what only a generator that shapes its sound can keep, that
            strength drives timbre and that there is no offset.
    """
    checks = [_shape(generator, label), _stems(generator, label), _repeats(generator, label)]
    if not silent:
        checks += [
            _moves(generator, label),
            _takes(generator, label),
            strength_shows(generator, label, timbre=not as_recorded),
            _ends(generator, label),
            peaks_are_held(generator, label),
            seams_are_silent(generator, label),
        ]
    if not silent and not as_recorded:
        checks.append(no_offset(generator, label))
    return [message for check in checks for message in check]


def shift_s(before: Waveform, after: Waveform) -> float:
    """How much later ``after`` sounds than ``before``, in seconds, to the millisecond: lag of the level curves."""
    step = before.sample_rate_hz // 1000
    a, b = (_levels(w.mono(), step) for w in (before, after))
    n = 2 * max(len(a), len(b))
    correlation = np.fft.irfft(np.fft.rfft(b, n) * np.conj(np.fft.rfft(a, n)), n)
    lag = int(correlation.argmax())
    return (lag if lag < n // 2 else lag - n) * step / before.sample_rate_hz


def _levels(samples: NDArray[np.float32], step: int) -> NDArray[np.float64]:
    n = len(samples) // step
    energy = np.square(samples[: n * step], dtype=np.float64)
    return np.asarray(np.sqrt(reduce(energy, "(n s) -> n", "mean", s=step)))


def _shape(generator: CueGenerator, label: str) -> Iterator[str]:
    for sheet in (probe_sheet(label), CueSheet((), 0.5), CueSheet((Cue(0.0, label),), 0.01)):
        made = generator.render(sheet)
        if made.n_samples != round(sheet.duration_s * generator.sample_rate_hz):
            yield f"{label}: {made.n_samples} samples for {sheet.duration_s} s"
        if made.sample_rate_hz != generator.sample_rate_hz:
            yield f"{label}: rate {made.sample_rate_hz} Hz is not the generator's"
    if np.abs(generator.render(CueSheet((), 0.5)).samples).max() > 0:
        yield f"{label}: an empty sheet sounds"
    panned = replace(probe_sheet(label), cues=(Cue(0.4, label, pan=-1.0, duration_s=0.5),))
    left = generator.render(panned).samples
    if len(left) != 2 or np.square(left[1]).sum() > np.square(left[0]).sum():
        yield f"{label}: a cue panned left is not on the left of two channels"


def _stems(generator: CueGenerator, label: str) -> Iterator[str]:
    others = [name for name in generator.labels if name != label][:2]
    cues = tuple(Cue(0.2 * i + 0.1, name, duration_s=0.6) for i, name in enumerate([label, *others, label]))
    sheet = CueSheet(cues, DURATION_S)
    stems = generator.stems(sheet, seed=3)
    if tuple(stems) != sheet.labels:
        yield f"{label}: stems {tuple(stems)} are not the sheet's labels in order"
    total = np.sum([w.samples for w in stems.values()], axis=0)
    if np.abs(total - generator.render(sheet, seed=3).samples).max() > 1e-5:
        yield f"{label}: stems do not sum to the mix"


def _repeats(generator: CueGenerator, label: str) -> Iterator[str]:
    sheet = probe_sheet(label)
    if not np.array_equal(generator.render(sheet, seed=7).samples, generator.render(sheet, seed=7).samples):
        yield f"{label}: one seed gives two results"


def _moves(generator: CueGenerator, label: str) -> Iterator[str]:
    before = generator.render(probe_sheet(label, 0.4), seed=1)
    moved = shift_s(before, generator.render(probe_sheet(label, 0.5), seed=1))
    if abs(moved - 0.1) > 0.010:
        yield f"{label}: a cue moved by 100 ms moves the sound by {1000 * moved:.0f} ms"
    energy = np.square(before.mono(), dtype=np.float64)
    early = energy[: round(0.39 * before.sample_rate_hz)].sum() / energy.sum()
    if early > 0.05:
        yield f"{label}: {early:.0%} of the energy lies more than 10 ms before the cue"


def _takes(generator: CueGenerator, label: str) -> Iterator[str]:
    sheet = probe_sheet(label)
    first = generator.render(sheet, seed=0).samples
    # A generator with few takes may draw the same one twice, but not five times. One that differs is enough.
    if all(np.allclose(first, generator.render(sheet, seed=seed).samples, atol=1e-4) for seed in range(1, 5)):
        yield f"{label}: five seeds give one take"


def _ends(generator: CueGenerator, label: str) -> Iterator[str]:
    end = generator.render(CueSheet((Cue(0.0, label, duration_s=2.0), Cue(0.25, label)), 0.3)).samples[:, -1]
    if np.abs(end).max() > 0.01:
        yield f"{label}: the clip ends with a click"
