"""What can be wrong with a recording, measured."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np
from numpy.typing import NDArray

from silentfoley.bank.cutting import envelope_db
from silentfoley.labels import TEXTURES

Sound = NDArray[np.float32]

#: Shorter recordings hold no hit, s.
SHORTEST_S = 0.008
SILENT_DB = -70.0


@dataclass(frozen=True)
class Quality:
    """Measurements of one recording.

    Attributes:
        duration_s: length.
        peak: largest magnitude; lossy files may exceed 1.
        clipped: share of samples in runs of three or more at full scale.
        dc: mean over root mean square.
        floor_db: 5th percentile of the 4 ms envelope below its peak.
        digest: SHA-256 of the decoded samples at 16 bits.
    """

    duration_s: float
    peak: float
    clipped: float
    dc: float
    floor_db: float
    digest: str

    def flags(self, label: str) -> tuple[str, ...]:
        """What is worth a note in a recording of a class; a texture is its own floor."""
        hits = label not in TEXTURES
        notes = (
            (self.clipped > 1e-3, f"clipped {100 * self.clipped:.2f} %"),
            (self.peak > 1.0, f"peak {20 * np.log10(max(self.peak, 1e-9)):+.1f} dB over full scale"),
            (
                hits and self.floor_db > -25.0 and self.duration_s > 0.3,
                f"noise floor {self.floor_db:.0f} dB below peak",
            ),
            (abs(self.dc) > 0.05, f"dc {100 * self.dc:.0f} % of rms"),
            (self.duration_s < 0.03, f"short, {1000 * self.duration_s:.0f} ms"),
        )
        return tuple(text for noted, text in notes if noted)

    def to_json(self) -> dict[str, Any]:
        """As a JSON object with rounded figures."""
        return {k: round(v, 6) if isinstance(v, float) else v for k, v in asdict(self).items()}


def measure(samples: Sound, rate_hz: int) -> Quality:
    """Measure (N,) samples, N >= 1, as decoded (mean not removed)."""
    peak = float(np.abs(samples).max())
    rms = float(np.sqrt(np.mean(samples.astype(np.float64) ** 2)))
    level = envelope_db(samples, rate_hz)
    floor = float(np.percentile(level, 5) - level.max()) if level.size else 0.0
    pcm = np.round(np.clip(samples, -4, 4) * 32767).astype("<i4")
    digest = sha256(pcm.tobytes()).hexdigest()
    return Quality(
        samples.size / rate_hz, peak, _clipped(samples, peak), float(samples.mean()) / (rms + 1e-12), floor, digest
    )


def fault(samples: Sound, rate_hz: int) -> str | None:
    """Why a recording cannot be used at all, or None."""
    if samples.size < SHORTEST_S * rate_hz:
        return f"too short: {1000 * samples.size / rate_hz:.1f} ms, at least {1000 * SHORTEST_S:.0f} ms are needed"
    level = float(envelope_db(samples - samples.mean(), rate_hz).max())
    if level < SILENT_DB:
        return f"silent: never above {level:.0f} dB of full scale"
    return None


def _clipped(samples: Sound, peak: float) -> float:
    """Share of samples in runs of three or more at the extreme, if that is full scale. Lossy files blur the runs."""
    if peak < 0.97:
        return 0.0
    at = np.abs(samples) >= 0.999 * peak
    run = at[2:] & at[1:-1] & at[:-2]
    return float(np.count_nonzero(run) + (2 if run.any() else 0)) / samples.size
