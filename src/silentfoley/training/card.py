"""The model card of an exported run: what it learnt from, what it reached, what that does not say."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from silentfoley.decode_settings import DecodeSettings


def write_card(run: Path, config: dict[str, Any], settings: DecodeSettings, generator: Path | None) -> str:
    """Markdown. Figures come from the run's ``metrics.json`` and, if it was evaluated, ``evaluation.json``.

    Args:
        run: folder of the classifier.
        config: its resolved configuration.
        settings: decode settings tuned on its validation clips.
        generator: run folder of the generator, or None for the synthesiser.
    """
    record, metrics = _read(run / "record.json"), _read(run / "metrics.json")
    evaluation = _read(run / "evaluation.json")
    lines = [
        f"# {config['name']}",
        "",
        f"Exported from a run of silentfoley {record.get('silentfoley', '?')}, seed {config['seed']}, "
        f"configuration `{record.get('identity', '?')}`, commit `{record.get('commit', {}).get('hash', 'unknown')}`.",
        "",
        "## Data",
        "",
        *_data(config["data"], metrics),
        "",
        "## Figures",
        "",
        *_figures(metrics, evaluation),
        "",
        "## Parts",
        "",
        f"- features: `{config['features']['_target_']}`",
        f"- network: `{config['network']['_target_']}`",
        f"- generator: {'the procedural synthesiser' if generator is None else f'run `{Path(generator).name}`'}",
        f"- decode settings, tuned on the validation clips: `{json.dumps(settings.to_dict())}`",
        "",
        "## Limits",
        "",
        "It knows the classes and the kind of pictures it was trained on. Figures on the stage say nothing about "
        "real pictures, and nothing here is a figure of the AutoFoley paper.",
        "",
    ]
    return "\n".join(lines)


def _data(data: dict[str, Any], metrics: dict[str, Any]) -> list[str]:
    if "spec" in data:
        sound = "the procedural synthesiser" if data.get("bank") is None else f"takes of `{Path(data['bank']).name}`"
        lines = [f"- clips of the stage, root seed {data.get('clip_seed', 0)}, sounded by {sound}"]
    else:
        lines = [
            f"- the folder `{Path(str(data['root'])).name}`, split by source with seed {data.get('split_seed', 0)}"
        ]
    counts = ", ".join(f"{name} {n}" for name, n in metrics.get("n_clips", {}).items())
    return [*lines, f"- clips: {counts or 'unknown'}; refused: {metrics.get('n_bad', 'unknown')}"]


def _figures(metrics: dict[str, Any], evaluation: dict[str, Any]) -> list[str]:
    last = [f"- {k} (last epoch, validation): {v:.4f}" for k, v in metrics.get("metrics", {}).items() if _of_val(k, v)]
    tests = []
    for name, split in evaluation.get("splits", {}).items():
        for what in ("class_accuracy", "decoys_silent"):
            figure = split[what]
            if figure["n"]:
                ends = f"[{figure['low']:.3f}, {figure['high']:.3f}]"
                tests.append(f"- {name}, {what}: {figure['mean']:.3f} {ends}, N = {figure['n']}")
    return [*last, *(tests or ["- test splits: not evaluated before the export (silentfoley evaluate RUN)"])]


def _of_val(name: str, value: float | None) -> bool:
    return name.startswith("val/") and value is not None


def _read(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text(encoding="utf-8"))) if path.is_file() else {}
