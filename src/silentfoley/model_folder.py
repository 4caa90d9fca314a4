"""Where models lie and what their ``config.json`` says; no framework is loaded for it.

:mod:`silentfoley.pretrained` writes and loads them.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from silentfoley.errors import CheckpointError
from silentfoley.files import fingerprint
from silentfoley.spelling import did_you_mean

#: Version of the folder's layout. Other versions are refused.
FORMAT = 1
_WEIGHTS = Path(__file__).parent / "weights"
#: Models inside the package, chosen by rules that ``experiments/generators`` states: ``fast`` streams at 0.05 of real
#: time on one core, ``best`` sounds nearest to recordings at 0.5.
EMBEDDED: dict[str, Path] = {"best": _WEIGHTS / "default", "fast": _WEIGHTS / "default"}
#: The one that is loaded where none is named.
DEFAULT = "best"
_REQUIRED = ("format", "name", "perceiver", "decode", "generator", "weights_sha256", "digest")


def model_folder(model: Path | str | None = None) -> Path:
    """Where a model lies: None and the names of :data:`EMBEDDED` are inside the package, all else is a folder.

    A folder of such a name is reached by its path: ``./fast``.
    """
    name = DEFAULT if model is None else str(model)
    return EMBEDDED.get(name, Path(name))


def weights_of(folder: Path) -> Path:
    """The file of a model folder's weights.

    Raises:
        CheckpointError: if it is missing.
    """
    weights = folder / "weights.safetensors"
    if not weights.is_file():
        raise CheckpointError(weights, "is missing", "export the model again")
    return weights


def read_config(folder: Path) -> dict[str, Any]:
    """The checked ``config.json`` of a model folder.

    Raises:
        CheckpointError: if there is none, it was altered, or it is of another version.
    """
    path = Path(folder) / "config.json"
    try:
        config = json.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise CheckpointError(
            folder,
            f"is not a model folder (config.json: {error.strerror})",
            f"{did_you_mean(str(folder), EMBEDDED)}pass a folder made by silentfoley export",
        ) from None
    except ValueError:
        raise CheckpointError(path, "is not JSON", "export or download it again") from None
    if not isinstance(config, dict) or config.get("format") != FORMAT:
        found = config.get("format") if isinstance(config, dict) else None
        raise CheckpointError(
            path, f"has format {found!r}, this release reads {FORMAT}", "export it again with this release"
        )
    missing = [key for key in _REQUIRED if key not in config]
    if missing:
        raise CheckpointError(path, f"lacks {', '.join(missing)}", "export it again")
    digest = config.pop("digest")
    if digest != fingerprint(config):
        raise CheckpointError(path, "was altered after it was written", "export or download it again")
    return config


def describe(model: Path | str | None = None) -> str:
    """One line about a model."""
    folder = model_folder(model)
    if not folder.exists() and folder in EMBEDDED.values():
        return "none embedded"
    config = read_config(folder)
    size = sum(p.stat().st_size for p in folder.iterdir()) / 1e6
    return f"{config['name']} ({config['perceiver']['kind']}, {config['generator']['kind']}, {size:.1f} MB)"
