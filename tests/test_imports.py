"""Imports go one way, heavy packages stay in their rooms, and importing the package is instant."""

from __future__ import annotations

import ast
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

import silentfoley

PACKAGE = Path(silentfoley.__file__).parent
FILES = sorted(p for p in PACKAGE.rglob("*.py"))

# Rank in the order of the design: a file may import rooms of a lower or equal rank only.
RANKS = [
    {
        "errors",
        "spelling",
        "files",
        "labels",
        "prefetch",
        "timegrid",
        "cues",
        "perception",
        "waveform",
        "plugins",
        "cue_formats",
        "decode",
        "decode_settings",
        "gaits",
        "strides",
        "threads",
    },
    {"signal", "media"},
    {"bank", "metrics"},
    {"stage", "data"},
    {"encoders"},
    {"classifiers"},
    {"generators"},
    {"registry", "repertoire", "model_folder", "pretrained", "inference"},
    {"evaluation"},
    {"training"},
    {"viz", "cli"},
]
RANK = {name: rank for rank, names in enumerate(RANKS) for name in names}
# Type and base class that data reads from encoders: the item maker takes an extractor.
ALLOWED = {
    ("data", "silentfoley.encoders.base"),
    # The plot of a track is drawn by viz when asked for.
    ("inference", "silentfoley.viz"),
}
HOMES = {
    "pytorch_lightning": lambda p: p.name == "module.py" or "datamodule" in p.name or p.parts[0] == "training",
    "hydra": lambda p: p.parts[0] in ("training", "cli"),
    "omegaconf": lambda p: p.parts[0] in ("training", "cli"),
    "wandb": lambda p: p.parts[0] in ("training", "cli"),
    "decord": lambda p: p.parts[0] == "media",
    "soundfile": lambda p: p.parts[0] == "media",
    "av": lambda p: p.parts[0] == "media",
    "pyroomacoustics": lambda p: p.parts == ("generators", "acoustics.py"),
    "pyloudnorm": lambda p: p.parts == ("inference", "mastering.py"),
    "matplotlib": lambda p: p.parts[0] == "viz.py",
}


def room(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


@cache
def imports(path: Path) -> list[tuple[str, bool]]:
    """Modules a file imports, and whether only for the type checker."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    typing_only = {
        id(child)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for child in ast.walk(node)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found += [(alias.name, id(node) in typing_only) for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import"
            found.append((node.module or "", id(node) in typing_only))
            if node.module == "silentfoley":
                found += [(f"silentfoley.{alias.name}", id(node) in typing_only) for alias in node.names]
    return found


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_imports_go_one_way(path: Path) -> None:
    here = room(path)
    if here == "__init__":
        return
    assert here in RANK, f"{here} has no place in the order of the rooms: add it to RANKS"
    for name, typing_only in imports(path):
        parts = name.split(".")
        if parts[0] != "silentfoley" or len(parts) < 2 or typing_only or parts[1] == "__version__":
            continue
        assert RANK[parts[1]] <= RANK[here] or (here, name) in ALLOWED, f"{path.name} imports {name} against the order"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_heavy_packages_stay_in_their_rooms(path: Path) -> None:
    for name, _ in imports(path):
        home = HOMES.get(name.split(".")[0])
        assert home is None or home(path.relative_to(PACKAGE)), f"{path.relative_to(PACKAGE)} imports {name}"


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(PACKAGE)))
def test_files_are_short(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout


def test_import_touches_no_framework() -> None:
    loaded = run("import sys, silentfoley; silentfoley.LABELS; print(*sys.modules)").split()
    heavy = {
        "torch",
        "pytorch_lightning",
        "hydra",
        "wandb",
        "decord",
        "av",
        "cv2",
        "timm",
        "matplotlib",
        "numpy",
        "scipy",
        "pyroomacoustics",
    }
    assert not heavy & set(loaded)


def test_import_is_fast() -> None:
    # Relative to the interpreter's own start, best of several: the machine may be busy.
    code = "import time; t = time.perf_counter(); import silentfoley; print(time.perf_counter() - t)"
    assert min(float(run(code)) for _ in range(5)) < 0.2


def test_inference_needs_no_trainer() -> None:
    code = (
        "import sys\n"
        "for name in ('pytorch_lightning', 'hydra', 'wandb', 'omegaconf', 'torchmetrics'): sys.modules[name] = None\n"
        "import silentfoley.inference.foley, silentfoley.pretrained, silentfoley.cli.generate\n"
        "silentfoley.Foley.from_pretrained()\n"
        "print('fine')"
    )
    assert run(code).strip() == "fine"


#: In one process, for each of them loads torch anew: what is loaded after each thing that one may ask for, in order.
ASKED = """
import sys
def tell(): print(*sys.modules)
from silentfoley import Cue, CueSheet, Foley
import silentfoley.cli.generate
Foley.from_pretrained().render(CueSheet((Cue(0.1, 'footsteps'), Cue(0.2, 'impact')), 0.5))
tell()
import silentfoley.encoders.frame, silentfoley.encoders.efficientnet_lite
tell()
from silentfoley.generators.procedural import ProceduralGenerator
for distance_m in (1.0, 0.5, 2.0):
    ProceduralGenerator().render(CueSheet((Cue(0.1, 'clock', distance_m=distance_m),), 0.3))
    tell()
"""


@pytest.fixture(scope="module")
def loaded() -> dict[str, set[str]]:
    """What is loaded after hits of the default, importing the backbones, and a near and a far cue."""
    names = ("hits", "backbones", "at a metre", "nearer", "farther")
    return {name: set(line.split()) for name, line in zip(names, run(ASKED).splitlines(), strict=True)}


def test_performing_hits_waits_for_no_part_of_scipy_that_loads_for_seconds(loaded: dict[str, set[str]]) -> None:
    assert {"torch", "silentfoley.cli.generate"} <= loaded["hits"]
    slow = {"scipy.signal", "scipy.stats", "scipy.ndimage", "pyroomacoustics", "pyloudnorm"}
    assert not slow & loaded["hits"]


def test_importing_the_backbones_does_not_import_timm(loaded: dict[str, set[str]]) -> None:
    assert "silentfoley.encoders.frame" in loaded["backbones"]
    assert "timm" not in loaded["backbones"]


def test_acoustics_are_not_loaded_unless_asked_for(loaded: dict[str, set[str]]) -> None:
    known = ["pyroomacoustics" in loaded[name] for name in ("at a metre", "nearer", "farther")]
    assert known == [False, False, True]


def test_public_names_resolve() -> None:
    for name in silentfoley.__all__:
        assert getattr(silentfoley, name) is not None
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        silentfoley.nothing  # noqa: B018
