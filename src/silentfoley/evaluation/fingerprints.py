"""What a figure depends on, written down: two results compare only where these agree."""

from __future__ import annotations

from collections.abc import Mapping
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from silentfoley import __version__
from silentfoley.evaluation.onset_extractor import DETECTOR
from silentfoley.evaluation.pairing import Pairing
from silentfoley.evaluation.protocol import SEEDS, Protocol
from silentfoley.evaluation.sides import Side
from silentfoley.files import fingerprint

#: Parts that name the run, not the ruler, or that the version fixes: left out of the digest.
NOT_THE_RULER = (
    "level_rule",
    "silentfoley",
    "decoder",
    "n_resamples",
    "n_reference",
    "n_scored",
    "n_missing",
    "missing",
)


def protocol_fingerprint(
    protocol: Protocol, reference: Side, generated: Side, pairing: Pairing, n_resamples: int
) -> dict[str, Any]:
    """JSON values. ``digest`` is over everything that must agree for two results to be compared.

    Rows of two releases with the same digest were measured alike; a changed protocol raises its version. The
    decoder is stated and not part of the digest: another version may move samples, and then N or values show it.
    """
    groups = [g for g in protocol.needs if g != "events"]
    events = {}
    if "events" in protocol.needs:
        events = {"reference": _events(reference), "generated": _events(generated)}
        groups += [g for g in {reference.events_from, generated.events_from} if g]
    value = {
        "protocol": protocol.name,
        "version": protocol.version,
        "settings": protocol.settings(),
        "features": {g: _key(g, reference.keys, generated.keys) for g in sorted(set(groups))},
        "events": events,
        "length_rule": protocol.length_rule,
        "level_rule": protocol.level_rule,
        "reference_set": reference.digest_of(groups),
        "seeds": list(SEEDS),
        "n_resamples": n_resamples,
        "silentfoley": __version__,
        "decoder": decoders(),
        "n_reference": pairing.n_reference,
        "n_scored": len(pairing.pairs),
        "n_missing": len(pairing.missing),
        "missing": sorted(pairing.missing),
    }
    ruler = {k: v for k, v in value.items() if k not in NOT_THE_RULER}
    return {"digest": fingerprint(ruler), **value}


def decoders() -> dict[str, str]:
    """What reads and resamples media, with versions."""
    names = ("av", "soundfile", "soxr", "decord")
    return {name: found for name in names if (found := _version(name))}


def _version(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return ""


def _events(side: Side) -> str:
    return DETECTOR if side.events_from == "onsets" else "cue sheets"


def _key(group: str, *keys: Mapping[str, Mapping[str, Any]]) -> Mapping[str, Any]:
    return next((k[group] for k in keys if group in k), {})
