"""One page per result: look, listen, worst clips first. It opens from disk and fetches nothing."""

from __future__ import annotations

import json
from collections.abc import Sequence
from html import escape
from pathlib import Path
from typing import Any

import numpy as np

from silentfoley.evaluation import report_page as html
from silentfoley.evaluation.clip_features import SOUND_RATE_HZ, ClipFeatures, Pair
from silentfoley.evaluation.picture import loudest_db, spectrogram_png
from silentfoley.evaluation.score import ProtocolResult, Result
from silentfoley.evaluation.table import HEADS, counts_line, figure_text, number
from silentfoley.files import write_text
from silentfoley.waveform import Waveform

#: Clips shown with sound; a page of these weighs some 30 MB. The others are in the table.
MAX_CLIPS = 60


def write_report(path: str | Path, result: Result, *, max_clips: int = MAX_CLIPS) -> None:
    """Write the page of a result, whole or not at all.

    Args:
        path: HTML file to write.
        result: from :func:`~silentfoley.evaluation.score.score`.
        max_clips: worst clips to show; how many are left out is said on the page.

    Raises:
        OutputError: if it cannot be written.
    """
    write_text(path, report_html(result, max_clips=max_clips))


def report_html(result: Result, *, max_clips: int = MAX_CLIPS) -> str:
    """The page as text."""
    value = result.to_dict()
    title = f"{result.generated.name} against {result.reference.name}"
    parts = [f"<h1>{escape(title)}</h1>", f"<p>{escape(counts_line(value))}</p>", _missing(value["missing"])]
    parts += [_protocol(name, r, value["protocols"][name]) for name, r in result.protocols.items()]
    parts += [_timing(result), _confusion(result), _clips(result, max_clips), _fingerprints(value)]
    return html.page(title, "\n".join(p for p in parts if p))


def worst_first(result: Result) -> list[tuple[Pair, float, str]]:
    """Pairs with the value they are ordered by and its name: the first per-clip part of the first protocol's headline.

    Clips that are not judged come last.
    """
    of_pair = {p.id: p for p in result.pairing.pairs}
    for r in result.protocols.values():
        measure = next((m for m in r.protocol.measures() if m.parts), None)
        if measure is None:
            continue
        row, name = r.rows["system"], measure.parts[0]
        values = row.values[:, row.columns.index(name)]
        key = {"higher": values, "lower": -values, "zero": -np.abs(values)}[measure.better]
        order = np.argsort(np.where(np.isnan(key), np.inf, key), kind="stable")
        return [(of_pair[row.ids[i]], float(values[i]), name) for i in order]
    return [(p, float("nan"), "") for p in result.pairing.pairs]


def _missing(missing: dict[str, str]) -> str:
    if not missing:
        return ""
    return "<h2>Not scored</h2>" + html.table(["clip", "why"], [[name, why] for name, why in missing.items()], "prose")


def _protocol(name: str, result: ProtocolResult, value: dict[str, Any]) -> str:
    rows = value["rows"]
    controls = [r for r in rows if r != "system"]
    cells = []
    for measure, about in value["measures"].items():
        unit = f" ({about['unit']})" if about["unit"] else ""
        others = [number(rows[c].get(measure, {}).get("value")) for c in controls]
        cells.append([measure + unit, figure_text(rows["system"].get(measure, {})), *others, about["what"]])
    heads = ["measure", "system [95 %]", *(HEADS.get(c, c) for c in controls), "what it is"]
    notes = [f"<li>{escape(r)}</li>" for r in value["remarks"]]
    notes += [f"<li>control left out: {escape(c)} ({escape(why)})</li>" for c, why in result.left_out.items()]
    broken = [v for v in result.verdicts if v.held is False]
    notes += [
        f'<li class="broken">control order broken: {escape(v.measure)}: expected {escape(v.expected)}, found '
        f"{escape(v.text)}</li>"
        for v in broken
    ]
    looked = sum(v.held is not None for v in result.verdicts)
    notes.append(f"<li>control orders held: {looked - len(broken)} of {looked}</li>")
    return f"<h2>{escape(name)}</h2>{html.table(heads, cells, 'prose')}<ul>{''.join(notes)}</ul>"


def _timing(result: Result) -> str:
    errors = [e for r in result.protocols.values() for d in r.details.values() for e in d.get("errors_s", ())]
    if not errors:
        return ""
    drawing = html.histogram([1000 * e for e in errors])
    return f"<h2>Timing of matched cues (ms, late to the right, N = {len(errors)})</h2>{drawing}"


def _confusion(result: Result) -> str:
    details = [d for r in result.protocols.values() for d in r.details.values()]
    named = [(d["class_true"], d["class_heard"]) for d in details if d.get("class_true") and d.get("class_heard")]
    if not named:
        return ""
    true, heard = zip(*named, strict=True)
    return f"<h2>Classes</h2>{html.confusion(true, heard)}"


def _clips(result: Result, max_clips: int) -> str:
    ordered = worst_first(result)
    shown = ordered[:max_clips]
    by = f" by {shown[0][2]}" if shown and shown[0][2] else ""
    text = f"<h2>Clips, worst first{escape(by)}</h2>"
    text += '<p>Lines: <span class="legend">true events, green, below</span>, '
    text += '<span class="legend cue">events judged, white dashes, above</span>. Click a spectrogram to play there.</p>'
    rest = ordered[max_clips:]
    more = ""
    if rest:
        rows = [[p.id, number(None if np.isnan(v) else v)] for p, v, _ in rest]
        more = f"<h2>{len(rest)} more clips, without sound here</h2>" + html.table(["clip", shown[0][2]], rows)
    return text + "".join(_article(result, *one) for one in shown) + more


def _article(result: Result, pair: Pair, value: float, name: str) -> str:
    label = f" ({pair.reference.label})" if pair.reference.label else ""
    score = f": {name} {number(None if np.isnan(value) else value)}" if name else ""
    events = {}
    if "events.start_s" in pair.reference and "events.start_s" in pair.generated:
        events = {
            "true": pair.reference.events_s(pair.duration_s).tolist(),
            "cue": pair.generated.events_s(pair.duration_s).tolist(),
        }
    lines = html.event_lines(events, pair.duration_s)
    figures = _sounds(pair, lines)
    rows = [
        [column, number(None if np.isnan(v) else float(v))]
        for r in result.protocols.values()
        for column, v in zip(r.rows["system"].columns, _values_of(r, pair.id), strict=True)
    ]
    values = f"<details><summary>all values</summary>{html.table(['value', ''], rows)}</details>"
    return f"<article><h3>{escape(pair.id + label + score)}</h3>{figures}{values}</article>"


def _values_of(result: ProtocolResult, clip_id: str) -> Sequence[float]:
    row = result.rows["system"]
    return [float(v) for v in row.values[row.ids.index(clip_id)]]


def _sounds(pair: Pair, lines: str) -> str:
    from silentfoley.media.flac import flac_bytes

    def figure(caption: str, clip: ClipFeatures) -> str:
        mono = clip.sound(pair.duration_s)
        sound = flac_bytes(Waveform(mono[None], SOUND_RATE_HZ))
        return html.sound_figure(caption, spectrogram_png(mono, SOUND_RATE_HZ, top), sound, lines, pair.duration_s)

    there = {name: c for name, c in (("truth", pair.reference), ("generated", pair.generated)) if "sound.mono" in c}
    if not there:
        return f'<div class="sound" data-seconds="{pair.duration_s:.6f}">{lines}<div class="head"></div></div>'
    # One scale for both pictures: which is louder is to be seen.
    top = max(loudest_db(c.sound(pair.duration_s), SOUND_RATE_HZ) for c in there.values())
    return "".join(figure(name, clip) for name, clip in there.items())


def _fingerprints(value: dict[str, Any]) -> str:
    text = json.dumps({n: p["fingerprint"] for n, p in value["protocols"].items()}, indent=1, ensure_ascii=False)
    return f"<h2>Fingerprint</h2><pre>{escape(text)}</pre>"
