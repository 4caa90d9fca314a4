"""Protocols and extractors by name; loaded when asked for."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from silentfoley.errors import SilentFoleyError

if TYPE_CHECKING:
    from silentfoley.evaluation.extractor import Extractor
    from silentfoley.evaluation.protocol import Protocol

#: Name on the command line to class.
PROTOCOLS = {
    "events_v1": "silentfoley.evaluation.events_v1.EventsV1",
    "sound_v1": "silentfoley.evaluation.sound_v1.SoundV1",
    "shape_v1": "silentfoley.evaluation.shape_v1.ShapeV1",
    "sync_v1": "silentfoley.evaluation.sync_v1.SyncV1",
    "condfoley_legacy": "silentfoley.evaluation.condfoley_legacy.CondFoleyLegacy",
    "av_bench_v1": "silentfoley.evaluation.av_bench_v1.AvBenchV1",
}

#: Group to the class that makes it.
EXTRACTORS = {
    "sound": "silentfoley.evaluation.sound_extractor.SoundExtractor",
    "onsets": "silentfoley.evaluation.onset_extractor.OnsetExtractor",
    "cues": "silentfoley.evaluation.cue_extractor.CueExtractor",
    "yamnet": "silentfoley.evaluation.yamnet_extractor.YamnetExtractor",
    "motion": "silentfoley.evaluation.motion_extractor.MotionExtractor",
    "synchrony_picture": "silentfoley.evaluation.synchrony_extractors.SynchronyPictureExtractor",
    "synchrony_sound": "silentfoley.evaluation.synchrony_extractors.SynchronySoundExtractor",
    "av_bench_sound": "silentfoley.evaluation.av_bench_extractors.AvBenchSoundExtractor",
    "av_bench_picture": "silentfoley.evaluation.av_bench_extractors.AvBenchPictureExtractor",
}


def make_protocol(name: str) -> Protocol:
    """A protocol by name.

    Raises:
        SilentFoleyError: for a name nobody registered.
    """
    made: Protocol = _make(name, PROTOCOLS, "protocol")
    return made


def make_extractor(name: str) -> Extractor:
    """The extractor of a group.

    Raises:
        SilentFoleyError: for a group nobody makes.
    """
    made: Extractor = _make(name, EXTRACTORS, "feature group")
    return made


def _make(name: str, known: dict[str, str], kind: str) -> Any:
    if name not in known:
        raise SilentFoleyError(f"{kind} {name!r}", "is unknown", f"use one of {', '.join(known)}")
    module, _, cls = known[name].rpartition(".")
    return getattr(import_module(module), cls)()
