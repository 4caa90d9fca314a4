"""Pictures of results: drawn from arrays, written as PNG, no window needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from silentfoley.files import atomic_output

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from silentfoley.cues import CueSheet
    from silentfoley.inference.track import FoleyTrack
    from silentfoley.perception import Perception
    from silentfoley.waveform import Waveform

#: Decibels below the loudest bin that are still drawn.
_RANGE_DB = 80


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
