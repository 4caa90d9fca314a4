"""Features to figures: every protocol on the system and on the controls, with what is needed to trust them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import numpy as np

from silentfoley import __version__
from silentfoley.errors import DataError, DependencyError, MediaError
from silentfoley.evaluation.answers import Answers, Kept
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.controls import DRAWN, WHAT, make_control
from silentfoley.evaluation.extract import Progress
from silentfoley.evaluation.fingerprints import protocol_fingerprint
from silentfoley.evaluation.orders import Verdict, check_orders
from silentfoley.evaluation.pairing import Pairing, pair_sides
from silentfoley.evaluation.protocol import Context, Protocol
from silentfoley.evaluation.rows import Row, evaluate, figure_to_dict
from silentfoley.evaluation.sides import Side

#: What ``metrics.json`` says of itself.
FORMAT = "silentfoley metrics 1"
#: Resamples behind every interval.
N_RESAMPLES = 1000
#: Percentile intervals of fewer units cover clearly less than they say.
FEW_RECORDINGS = 20


@dataclass(frozen=True)
class ProtocolResult:
    """One protocol's table.

    Attributes:
        protocol: the protocol.
        rows: ``system`` first, then the controls.
        left_out: controls that could not be made, with the reason.
        verdicts: on the order of the controls.
        remarks: warnings, one line each.
        fingerprint: what the figures depend on.
        details: by clip, for the report.
        kept: of the system, for :func:`~silentfoley.evaluation.compare.compare`.
    """

    protocol: Protocol
    rows: dict[str, Row]
    left_out: dict[str, str]
    verdicts: list[Verdict]
    remarks: list[str]
    fingerprint: dict[str, Any]
    details: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)
    kept: Kept = field(default_factory=dict, repr=False)

    def to_dict(self) -> dict[str, Any]:
        """JSON values."""
        measures = self.protocol.measures()
        units = {m.name: m.unit for m in measures}
        rows = {
            name: {m: figure_to_dict(f, units.get(m, "")) for m, f in row.figures.items()}
            for name, row in self.rows.items()
        }
        system = self.rows["system"]
        per_clip = {
            clip_id: {
                c: None if np.isnan(v) else round(float(v), 6) for c, v in zip(system.columns, values, strict=True)
            }
            for clip_id, values in zip(system.ids, system.values, strict=True)
        }
        return {
            "fingerprint": self.fingerprint,
            "warning": self.protocol.warning,
            "remarks": self.remarks,
            "measures": {
                m.name: {"what": m.what, "better": m.better, "unit": m.unit, "no_order": m.no_order} for m in measures
            },
            "rows": rows,
            "controls": {name: WHAT[name] for name in rows if name in WHAT},
            "controls_left_out": self.left_out,
            "orders": [v.to_dict() for v in self.verdicts],
            "per_clip": per_clip,
            "recordings": dict(zip(system.ids, system.clusters, strict=True)),
            "details": self.details,
        }


@dataclass(frozen=True)
class Result:
    """A folder judged.

    Attributes:
        reference, generated: the sides.
        pairing: who was scored.
        protocols: by name.
    """

    reference: Side
    generated: Side
    pairing: Pairing
    protocols: dict[str, ProtocolResult]

    def answers(self) -> Answers:
        """What is kept beside ``metrics.json``."""
        return Answers(tuple(p.id for p in self.pairing.pairs), {n: r.kept for n, r in self.protocols.items()})

    def to_dict(self) -> dict[str, Any]:
        """What ``metrics.json`` holds."""
        return {
            "format": FORMAT,
            "silentfoley": __version__,
            "reference": {"name": self.reference.name, "digest": self.reference.digest},
            "generated": {"name": self.generated.name, "digest": self.generated.digest},
            **self.pairing.counts(),
            "recordings": len({p.source for p in self.pairing.pairs}),
            "protocols": {name: r.to_dict() for name, r in self.protocols.items()},
        }


def score(
    reference: Side,
    generated: Side,
    protocols: Sequence[Protocol],
    *,
    training: Sequence[ClipFeatures] = (),
    n_resamples: int = N_RESAMPLES,
    progress: Progress | None = None,
) -> Result:
    """Judge one side against the other.

    Args:
        reference, generated: with the groups the protocols need, see :func:`~silentfoley.evaluation.sides.load_side`.
        protocols: each gives one table.
        training: clips the system was trained on, for protocols that ask whether it recites.
        n_resamples: behind every interval.
        progress: called with (rows done, rows in all, what is being done).

    Raises:
        DataError: if no clip of one side is on the other.
    """
    pairing = pair_sides(reference, generated)
    total, done = sum(1 + len(p.controls) for p in protocols), count()

    def tell(text: str) -> None:
        if progress is not None:
            progress(next(done), total, f"scoring {text}")

    results = {}
    for protocol in protocols:
        results[protocol.name] = _judge(protocol, reference, generated, pairing, training, n_resamples, tell)
    return Result(reference, generated, pairing, results)


def _judge(
    protocol: Protocol,
    reference: Side,
    generated: Side,
    pairing: Pairing,
    training: Sequence[ClipFeatures],
    n_resamples: int,
    tell: Callable[[str], None],
) -> ProtocolResult:
    clusters = [p.source for p in pairing.pairs]
    references = [p.reference for p in pairing.pairs]

    def context(row: str) -> Context:
        tell(f"{protocol.name}: {row if row == 'system' else f'control {row}'}")
        return Context(clusters, n_resamples=n_resamples, row=row, training=training)

    of_system = context("system")
    rows = {"system": evaluate(protocol, lambda _: pairing.pairs, of_system)}
    # At once, before the controls: what the system's row rests on need not be worked out again.
    kept = protocol.kept(pairing.pairs, of_system)
    left_out: dict[str, str] = dict(protocol.not_made)
    for name in protocol.controls:

        def pairs_of(seed: int, name: str = name) -> list[Pair]:
            made = make_control(
                name, references, protocol.needs, events_from=reference.events_from, folder=reference.folder, seed=seed
            )
            return [Pair(r, g) for r, g in zip(references, made, strict=True)]

        try:
            rows[name] = evaluate(protocol, pairs_of, context(name), drawn=name in DRAWN)
        except (DataError, DependencyError, MediaError) as error:
            # A row that cannot be made is listed with its reason; the system is scored all the same.
            left_out[name] = error.cause
    return ProtocolResult(
        protocol,
        rows,
        left_out,
        check_orders(protocol, rows),
        _remarks(protocol, reference, generated, pairing),
        protocol_fingerprint(protocol, reference, generated, pairing, n_resamples),
        {p.id: d for p in pairing.pairs if (d := protocol.detail(p.reference, p.generated))},
        kept,
    )


def _remarks(protocol: Protocol, reference: Side, generated: Side, pairing: Pairing) -> list[str]:
    remarks = [protocol.warning] if protocol.warning else []
    if pairing.missing:
        remarks.append(f"{len(pairing.missing)} of {pairing.n_reference} references are not scored")
    if pairing.short:
        remarks.append(f"{len(pairing.short)} generated clips are shorter than their reference: the rest is silence")
    if pairing.long:
        remarks.append(f"{len(pairing.long)} generated clips are longer than their reference: the rest is cut")
    recordings = len({p.source for p in pairing.pairs})
    if recordings < FEW_RECORDINGS:
        remarks.append(f"{recordings} recordings: intervals of so few are too narrow")
    if "events" in protocol.needs and reference.events_from != generated.events_from:
        remarks.append(f"true events come from {reference.events_from}, judged ones from {generated.events_from}")
    if "events" in protocol.needs and reference.events_from == "onsets":
        remarks.append("true events are a detector's: the row truth_redetected is the ceiling, not 1")
    return remarks + protocol.remarks(pairing.pairs)
