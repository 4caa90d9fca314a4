"""Pictures of results: drawn from arrays, written as PNG, no window needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from silentfoley.bank.sheets import BANDS, STEP_S, log_mel, shown
from silentfoley.files import atomic_output, make_folder

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from silentfoley.bank.bank import Bank
    from silentfoley.bank.take import Take
    from silentfoley.cues import CueSheet
    from silentfoley.inference.track import FoleyTrack
    from silentfoley.perception import Perception
    from silentfoley.waveform import Waveform

#: Decibels below the loudest bin that are still drawn.
_RANGE_DB = 80
#: Takes on one sheet of a bank, and in one row of it; longest stretch drawn of a hit and of a texture, s.
_MOST, _COLUMNS, _HIT_S, _TEXTURE_S = 48, 6, 1.0, 5.0


def plot_track(track: FoleyTrack, path: Path) -> Path:
    """Write a PNG of a track: spectrogram, what the network saw, and the cues over both.

    Args:
        track: with or without a perception.
        path: of the PNG.
    """
    from matplotlib.figure import Figure

    rows = 1 if track.perception is None else 2
    figure = Figure(figsize=(10, 1 + 2.5 * rows), layout="constrained")
    axes = np.atleast_1d(figure.subplots(rows, 1, sharex=True))
    draw_spectrogram(axes[0], track.waveform)
    draw_cues(axes[0], track.cues)
    axes[0].set_title(str(track.cues))
    if track.perception is not None:
        draw_perception(axes[1], track.perception)
        draw_cues(axes[1], track.cues)
    axes[-1].set_xlabel("time (s)")
    axes[-1].set_xlim(0, track.cues.duration_s)
    with atomic_output(path) as temporary:
        figure.savefig(temporary, dpi=110, format="png")
    return path


def draw_spectrogram(axes: Axes, waveform: Waveform) -> None:
    """Log-magnitude spectrogram of the channels' mean; frequency in kHz."""
    from scipy.signal import ShortTimeFFT
    from scipy.signal.windows import hann

    rate, samples = waveform.sample_rate_hz, waveform.mono()
    window = min(1024, max(8, len(samples)))
    transform = ShortTimeFFT(hann(window, sym=False), window // 4, rate, scale_to="magnitude")
    level = 20 * np.log10(np.abs(transform.stft(samples)) + 1e-9)
    top = max(float(level.max()), -100.0)
    left, right, low, high = transform.extent(len(samples))
    extent = (left, right, low / 1000, high / 1000)
    axes.imshow(level, origin="lower", aspect="auto", extent=extent, vmin=top - _RANGE_DB, vmax=top, cmap="magma")
    axes.set_ylabel("kHz")


def draw_perception(axes: Axes, perception: Perception) -> None:
    """Onset and strength curves, the likeliest classes in the title."""
    times = perception.grid.column_times_s()
    axes.plot(times, perception.onset, label="onset", linewidth=1)
    axes.fill_between(times, perception.strength, alpha=0.25, label="strength")
    axes.set_ylim(0, 1.05)
    axes.legend(loc="upper right", fontsize="small")
    axes.set_title(", ".join(f"{name} {p:.0%}" for name, p in perception.top(3)), fontsize="medium")


def draw_cues(axes: Axes, cues: CueSheet) -> None:
    """A line at each hit, a band over each sound that lasts."""
    for cue in cues:
        if cue.end_s is None:
            axes.axvline(cue.start_s, color="tab:cyan", linewidth=0.5 + 1.5 * cue.strength)
        else:
            axes.axvspan(cue.start_s, cue.end_s, color="tab:cyan", alpha=0.15)


def plot_bank(bank: Bank, folder: Path) -> list[Path]:
    """One PNG per class: log-mel spectrograms of its takes, titled by variant, id and source.

    A class of more than :data:`_MOST` takes is drawn by as many, in turn from each recording.

    Args:
        bank: an open bank.
        folder: where ``CLASS.png`` go; made if it is not there.
    """
    make_folder(folder)
    return [_plot_takes(bank, label, folder / f"{label}.png") for label in bank.labels]


def _plot_takes(bank: Bank, label: str, path: Path) -> Path:
    from matplotlib.figure import Figure

    takes = shown(bank.takes(label), _MOST)
    rows = -(-len(takes) // _COLUMNS)
    figure = Figure(figsize=(3.2 * _COLUMNS, 1.9 * rows + 0.5), layout="constrained")
    figure.suptitle(f"{label}: {len(takes)} of {len(bank.takes(label))} takes")
    grid = figure.subplots(rows, _COLUMNS, squeeze=False)
    for axes, take in zip(grid.flat, takes, strict=False):
        draw_take(axes, bank, take)
    for axes in list(grid.flat)[len(takes) :]:
        axes.set_axis_off()
    with atomic_output(path) as temporary:
        figure.savefig(temporary, dpi=80, format="png")
    return path


def draw_take(axes: Axes, bank: Bank, take: Take) -> None:
    """Mel spectrogram of a take, with a line at a hit's onset."""
    seconds = _HIT_S if take.kind == "hit" else _TEXTURE_S
    samples = bank.samples(take)[: round(seconds * bank.sample_rate_hz)]
    level = log_mel(samples, bank.sample_rate_hz)
    top = float(level.max())
    extent = (0.0, level.shape[1] * STEP_S, 0.0, float(BANDS))
    axes.imshow(level, origin="lower", aspect="auto", extent=extent, vmin=top - _RANGE_DB, vmax=top, cmap="magma")
    axes.set_xlim(0, seconds)
    axes.set_facecolor("black")
    if take.kind == "hit":
        axes.axvline(take.onset_samples / bank.sample_rate_hz, color="tab:cyan", linewidth=0.7)
    axes.set_yticks([])
    axes.tick_params(labelsize=6)
    variant = f"{take.variant}  " if take.variant else ""
    axes.set_title(f"{variant}{take.id.rpartition('-')[2]}  {take.source}", fontsize=7)
