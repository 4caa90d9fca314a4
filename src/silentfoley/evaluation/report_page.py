"""Pieces of the report's page: style, script, tables, drawings. Strings in, strings out; everything is escaped."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from html import escape

import numpy as np

#: Nothing may be fetched: no address but the page's own data.
POLICY = "default-src 'none'; img-src data:; media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"

STYLE = """
:root { color-scheme: light dark; --ink: #222; --soft: #777; --line: #ccc; --back: #fff; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ink: #ddd; --soft: #999; --line: #444; --back: #16171a;
  --bad: #ff8a80; } }
body { font: 15px/1.45 system-ui, sans-serif; color: var(--ink); background: var(--back); max-width: 72rem;
  margin: 1.5rem auto; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.15rem; margin-top: 2rem; } h3 { font-size: 1rem; margin: 0 0 .3rem; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; } .wide { overflow-x: auto; }
th, td { border-bottom: 1px solid var(--line); padding: .15rem .6rem; text-align: right; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; }
.prose th:last-child, .prose td:last-child { text-align: left; white-space: normal; min-width: 16rem; }
thead th { border-bottom-width: 2px; }
.broken { color: var(--bad); } .soft { color: var(--soft); }
article { border-top: 1px solid var(--line); padding: 1rem 0; } figure { margin: .4rem 0; }
figcaption { font-size: .85rem; color: var(--soft); } audio { width: 100%; height: 2.2rem; }
.sound { position: relative; height: 96px; cursor: crosshair; background: #050514; }
.sound img { position: absolute; width: 100%; height: 100%; image-rendering: pixelated; }
.sound svg { position: absolute; width: 100%; height: 100%; }
.head { position: absolute; top: 0; bottom: 0; width: 1px; background: #fff; left: 0; }
line { stroke-width: 2; }
line.true { stroke: #4fd08a; } line.cue { stroke: #fff; stroke-dasharray: 4 3; }
.legend { padding: 0 .3em; background: #050514; color: #4fd08a; } .legend.cue { color: #fff; }
pre { white-space: pre-wrap; overflow-wrap: anywhere; font-size: .8rem; } summary { cursor: pointer; }
"""

SCRIPT = """
for (const box of document.querySelectorAll('.sound')) {
  const audio = box.parentElement.querySelector('audio'), head = box.querySelector('.head');
  const length = Number(box.dataset.seconds);
  if (!audio) continue;
  const move = () => { head.style.left = 100 * Math.min(1, audio.currentTime / length) + '%'; };
  audio.addEventListener('timeupdate', move);
  audio.addEventListener('play', () => {
    for (const other of document.querySelectorAll('audio')) if (other !== audio) other.pause();
    const step = () => { move(); if (!audio.paused) requestAnimationFrame(step); };
    requestAnimationFrame(step);
  });
  box.addEventListener('click', (event) => {
    const edge = box.getBoundingClientRect();
    audio.currentTime = length * (event.clientX - edge.left) / edge.width;
    audio.play().catch(() => {});
  });
}
"""


def page(title: str, body: str) -> str:
    """The whole document."""
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{escape(POLICY)}">\n'
        '<meta name="viewport" content="width=device-width">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n{body}\n<script>{SCRIPT}</script>\n"
        "</body>\n</html>\n"
    )


def data_url(kind: str, data: bytes) -> str:
    """Bytes as an address: ``data:image/png;base64,...``."""
    return f"data:{kind};base64,{base64.b64encode(data).decode()}"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], kind: str = "numbers") -> str:
    """A table of escaped text. In one of ``prose`` the last column is words, not figures."""
    head = "".join(f"<th>{escape(h)}</th>" for h in heads)
    body = "".join("<tr>" + "".join(f"<td>{escape(c)}</td>" for c in row) + "</tr>" for row in rows)
    return f'<div class="wide"><table class="{kind}"><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def event_lines(events_s: Mapping[str, Sequence[float]], duration_s: float) -> str:
    """Events over a spectrogram: one class of line per side, ``true`` from the bottom, ``cue`` from the top."""
    spans = {"true": (48, 96), "cue": (0, 48)}
    lines = [
        f'<line class="{kind}" x1="{x:.2f}" x2="{x:.2f}" y1="{y1}" y2="{y2}" vector-effect="non-scaling-stroke"/>'
        for kind, (y1, y2) in spans.items()
        for x in (1000 * t / duration_s for t in events_s.get(kind, ()))
    ]
    return f'<svg viewBox="0 0 1000 96" preserveAspectRatio="none">{"".join(lines)}</svg>'


def sound_figure(caption: str, picture: bytes, sound: bytes, lines: str, duration_s: float) -> str:
    """A spectrogram with its events and a player."""
    image = f'<img alt="spectrogram" src="{data_url("image/png", picture)}">'
    player = f'<audio controls preload="metadata" src="{data_url("audio/flac", sound)}"></audio>'
    return (
        f'<figure><figcaption>{escape(caption)}</figcaption><div class="sound" data-seconds="{duration_s:.6f}">'
        f'{image}{lines}<div class="head"></div></div>{player}</figure>'
    )


def histogram(errors_ms: Sequence[float], reach_ms: float = 100, step_ms: float = 10) -> str:
    """How early or late matched cues are, as bars."""
    edges = np.arange(-reach_ms, reach_ms + step_ms / 2, step_ms)
    counts, _ = np.histogram(np.clip(errors_ms, -reach_ms, reach_ms), edges)
    top = max(1, int(counts.max(initial=0)))
    bars = [
        f'<rect x="{20 + 30 * i}" y="{110 - 100 * n / top:.1f}" width="28" height="{100 * n / top:.1f}" '
        f'fill="currentColor" opacity=".6"><title>{edges[i]:+.0f} to {edges[i + 1]:+.0f} ms: {n}</title></rect>'
        for i, n in enumerate(counts)
    ]
    ticks = [
        f'<text x="{20 + 30 * (t + reach_ms) / step_ms:.0f}" y="126" font-size="12" fill="currentColor" '
        f'text-anchor="middle">{t:+.0f}</text>'
        for t in np.arange(-reach_ms, reach_ms + 1, reach_ms / 2)
    ]
    width = 40 + 30 * len(counts)
    return f'<svg viewBox="0 0 {width} 132" style="max-width:40rem;width:100%">{"".join([*bars, *ticks])}</svg>'


def confusion(true: Sequence[str], heard: Sequence[str]) -> str:
    """Classes of the truth down, classes heard across."""
    names = sorted({*true, *heard})
    pairs = list(zip(true, heard, strict=True))
    rows = [[t, *(str(pairs.count((t, h)) or "") for h in names)] for t in sorted(set(true))]
    return table(["true \\ heard", *names], rows)
