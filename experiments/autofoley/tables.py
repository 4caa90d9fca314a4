"""Put the tables of README.md together from the committed results.

    python experiments/autofoley/tables.py

Everything between ``<!-- table NAME -->`` and ``<!-- end -->`` is written anew; a result that is not there leaves a
line that says so.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import lab

README = Path(__file__).resolve().parent / "README.md"
#: How rows are called in tables.
NAMES = {
    "frame_sequence_vectors": "FrameSequenceNetwork (Fast-Slow LSTM, k = 4)",
    "frame_relation_vectors": "FrameRelationNetwork (multi-scale)",
    "frame_sequence_two_fast_vectors": "Fast-Slow LSTM, k = 2",
    "plain_lstm_vectors": "LSTM (k = 1)",
    "plain_gru_vectors": "GRU",
    "cnn_only_vectors": "CNN alone",
    "single_scale_vectors": "single-scale TRN",
    "autofoley_space_time": "space-time images",
    "autofoley_colour_frames": "colour frames",
    "autofoley_space_time_colour": "both",
    "autofoley_first_frame": "control: first frame",
    "autofoley_colour_histogram": "control: colour histogram",
    "silentfoley.encoders.interpolation.PreviousFrames": "none",
    "silentfoley.encoders.interpolation.RepeatFrames": "repeat",
    "silentfoley.encoders.interpolation.BlendFrames": "blend",
    "silentfoley.encoders.interpolation.FlowFrames": "flow",
    "autofoley_shuffled": "control: space-time images, frames shuffled",
}


def number(value: Mapping[str, Any], digits: int = 2) -> str:
    """``mean [low, high]``, or a dash."""
    if value.get("mean") is None:
        return "–"
    ends = "" if value.get("low") is None else f" [{value['low']:.{digits}f}, {value['high']:.{digits}f}]"
    return f"{value['mean']:.{digits}f}{ends}"


def grid(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


def classifiers(result: Mapping[str, Any]) -> str:
    """Questions 1, 3 and 4."""
    head = ["", "class accuracy", "event F1", "event skill", "decoys silent", "sound r", "parameters", "ms per clip"]
    rows = []
    for name, row in result["rows"].items():
        f, cost = row["figures"], row["cost"]
        figures = [number(f[k]) for k in ("class_accuracy", "event_f1", "event_skill", "decoys_silent", "sound_r")]
        own = [f"{cost['parameters']:,}", f"{1000 * cost['seconds_per_clip']:.1f}"]
        rows.append([NAMES.get(name, name), *figures, *own])
    first = next(iter(result["rows"].values()))
    known = number(first["figures"]["class_sound_r"])
    clips = first["figures"]["class_accuracy"]["clips"]
    seeds = ", ".join(map(str, first["seeds"]))
    trained = " / ".join(str(v) for v in dict.fromkeys(row["training_clips"] for row in result["rows"].values()))
    note = (
        f"{clips} test clips (`{result['split']}`), {trained} training clips, training seeds {seeds}. "
        f"A constant spectrum of the true class has sound r {known}."
    )
    return grid(head, rows) + "\n\n" + note


def interpolation(result: Mapping[str, Any]) -> str:
    """Question 2."""
    head, rows = ["motion", "fps", "measure", "none", "repeat", "blend", "flow"], []
    ways = head[3:]
    for half in ("slow", "fast"):
        for fps in (10, 15, 25, 50):
            for key, name, digits in (("grey_levels", "grey levels off", 1), ("features", "features off", 2)):
                found = [result["figures"][f"{half}/{fps}/{way}"][key] for way in ways]
                rows.append([half, str(fps), name, *(number(v, digits) for v in found)])
    seconds = ", ".join(f"{way} {1000 * s:.0f}" for way, s in result["seconds_per_clip_at_10_fps"].items())
    speed = result["figures"]["median_speed_widths_per_s"]
    note = f"{result['clips']} scenes of {result['duration_s']} s, halves about {speed:.2f} picture widths a second."
    return grid(head, rows) + f"\n\n{note} Processor milliseconds per clip at 10 fps: {seconds}."


def synthesis(result: Mapping[str, Any]) -> str:
    """Question 5."""
    columns = {
        "log_spectral_distance_db": ("log-spectral distance, dB", 1),
        "envelope_error": ("envelope error", 2),
        "event_skill": ("event skill", 2),
        "class_right": ("class heard", 2),
        "cosine": ("YAMNet cosine", 2),
        "KAD-YAMNet": ("KAD-YAMNet", 0),
    }
    head = ["", *(title for title, _ in columns.values())]
    rows = [
        [name, *(number(row["figures"][k], digits) for k, (_, digits) in columns.items())]
        for name, row in result["rows"].items()
    ]
    trained = [name for name, row in result["rows"].items() if len(row["seeds"]) > 1]
    seeds = ", ".join(map(str, result["seeds"]))
    note = (
        f"{result['test_clips']} sounding clips (`{result['split']}`), {result['training_clips']} training clips. "
        f"Everything drawn, in training or in performing, has seeds {seeds}, which stand below; "
        "KAD is that of the first."
    )
    spread = [f"{name}: {by_seed(result['rows'][name])}" for name in trained]
    told = "\n\nEach seed by itself: distance, event skill, KAD\n\n- " + "\n- ".join(spread) if spread else ""
    return grid(head, rows) + "\n\n" + note + told


def by_seed(row: Mapping[str, Any]) -> str:
    """Distance, event skill and KAD of each seed."""
    found = row["by_seed"].values()
    kads = [f.get("KAD-YAMNet") for f in found]
    ends = ["" if kad is None else f" ({kad:.0f})" for kad in kads]
    return "; ".join(
        f"{f['log_spectral_distance_db']:.1f} dB, {f['event_skill']:.2f}{end}"
        for f, end in zip(found, ends, strict=True)
    )


def irregular(result: Mapping[str, Any]) -> str:
    """Question 6."""
    names = list(result["networks"])
    head = ["act", "irregularity", "events per s", *(f"event F1, {NAMES[n].split(' ')[0]}" for n in names)]
    acts = sorted(result["acts"], key=lambda a: result["acts"][a]["irregularity"]["mean"] or 0)
    rows = []
    for act in acts:
        found = [result["networks"][n]["event_f1"][act] for n in names]
        own = result["acts"][act]
        rows.append(
            [act, number(own["irregularity"]), number(own["events_per_s"], 1)]
            + [f"{number(f)} (N = {f['clips']})" if f["mean"] is not None else "–" for f in found]
        )
    lines = []
    for name in names:
        found = result["networks"][name]["rank_correlation_with_f1"]
        figures = [f"{k.replace('_', ' ')} {number(v)} (N = {v['n']})" for k, v in found.items()]
        lines.append(f"{NAMES[name].split(' ')[0]}: {'; '.join(figures)}")
    return grid(head, rows) + "\n\nRank correlation of a clip's event F1 with its own\n\n- " + "\n- ".join(lines)


def costs(result: Mapping[str, Any]) -> str:
    """Minutes of one core by preset and question, and the rates they follow from."""
    found = result["minutes_of_one_core"]
    questions = list(dict.fromkeys(key.partition("/")[2] for key in found))
    rows = []
    for budget in dict.fromkeys(key.partition("/")[0] for key in found):
        own = [found[f"{budget}/{q}"] for q in questions]
        rows.append([f"`{budget}`", *(f"{c['features']:.0f} + {c['training']:.0f}" for c in own)])
    head = ["minutes of one core, features + training", *(f"question {q}" for q in questions)]
    clip = [f"{k} {v['render_s']:.2f} + {v['features_s']:.2f}" for k, v in result["clip"].items()]
    step = [f"{k.partition('/')[2]} on {k.partition('/')[0]} {v:.2f}" for k, v in result["step"].items()]
    note = f"Seconds of a clip, rendering + features: {', '.join(clip)}. Of a step of 16 clips: {', '.join(step)}."
    return grid(head, rows) + "\n\n" + note


WRITERS: Mapping[str, Callable[[Mapping[str, Any]], str]] = {
    "q1": classifiers, "q2": interpolation, "q2_timing": classifiers, "q3": classifiers, "q4": classifiers,
    "q5": synthesis, "q6": irregular, "rates": costs,
}  # fmt: skip


def table(name: str, folder: Path = lab.RESULTS) -> str:
    """The table of a result, by its file's name."""
    path = folder / f"{name}.json"
    write = WRITERS[max((w for w in WRITERS if name.startswith(w)), key=len)]
    return write(lab.load(path)) if path.is_file() else "*Not run yet.*"


def rewritten(text: str, folder: Path = lab.RESULTS) -> str:
    """The text with every table anew."""
    return re.sub(
        r"(<!-- table (\w+) -->\n).*?(<!-- end -->)",
        lambda m: f"{m[1]}{table(m[2], folder)}\n{m[3]}",
        text,
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    README.write_text(rewritten(README.read_text(encoding="utf-8")), encoding="utf-8")
