"""silentfoley looks at a silent video, writes down what sounds when, and performs it."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

# Public names and where they live. Loaded on first use: importing silentfoley touches no framework.
_WHERE = {
    "Bracket": "timegrid",
    "Cue": "cues",
    "CueSheet": "cues",
    "Foley": "inference.foley",
    "FoleyTrack": "inference.track",
    "LABELS": "labels",
    "Perception": "perception",
    "SOUND_CLASSES": "labels",
    "SilentFoleyError": "errors",
    "TimeGrid": "timegrid",
    "Waveform": "waveform",
}
__all__ = [
    "LABELS",
    "SOUND_CLASSES",
    "Bracket",
    "Cue",
    "CueSheet",
    "Foley",
    "FoleyTrack",
    "Perception",
    "SilentFoleyError",
    "TimeGrid",
    "Waveform",
    "__version__",
]

if TYPE_CHECKING:
    from silentfoley.cues import Cue, CueSheet
    from silentfoley.errors import SilentFoleyError
    from silentfoley.inference.foley import Foley
    from silentfoley.inference.track import FoleyTrack
    from silentfoley.labels import LABELS, SOUND_CLASSES
    from silentfoley.perception import Perception
    from silentfoley.timegrid import Bracket, TimeGrid
    from silentfoley.waveform import Waveform


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(f"module 'silentfoley' has no attribute {name!r}")
    return getattr(import_module(f"silentfoley.{_WHERE[name]}"), name)


def __dir__() -> list[str]:
    return __all__
