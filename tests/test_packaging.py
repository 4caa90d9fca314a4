"""The wheel holds what is needed and works outside any checkout; so does the installation under test."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator
from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path
from types import ModuleType

import pytest
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet

import silentfoley

ROOT = Path(__file__).resolve().parent.parent
PYTHON = (sys.executable, "-m")


def call(*words: str, cwd: Path, **environment: str) -> str:
    """What a process says; a failure shows what it complained of."""
    env = {k: v for k, v in os.environ.items() if k != "PYTHONPATH"} | environment
    done = subprocess.run(words, cwd=cwd, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Built once, from this tree."""
    folder = tmp_path_factory.mktemp("wheel")
    call(*PYTHON, "hatchling", "build", "-t", "wheel", "-d", str(folder), cwd=ROOT)
    (path,) = folder.glob("*.whl")
    return path


@pytest.fixture(scope="session")
def names(wheel: Path) -> list[str]:
    with zipfile.ZipFile(wheel) as archive:
        return archive.namelist()


def read(wheel: Path, end: str) -> str:
    with zipfile.ZipFile(wheel) as archive:
        (name,) = (n for n in archive.namelist() if n.endswith(end))
        return archive.read(name).decode()


def files(folder: Path) -> Iterator[Path]:
    """Files of the tree that belong to the package, relative to ``folder``."""
    for path in folder.rglob("*"):
        if path.is_file() and "__pycache__" not in path.parts:
            yield path.relative_to(folder)


def test_wheel_is_pure_and_named_by_its_version(wheel: Path) -> None:
    assert wheel.name == f"silentfoley-{silentfoley.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size < 25e6


def test_wheel_holds_the_package_and_its_configs(names: list[str]) -> None:
    for part, folder in (("src/silentfoley", "silentfoley"), ("configs", "silentfoley/configs")):
        missing = {f"{folder}/{path.as_posix()}" for path in files(ROOT / part)} - set(names)
        assert not missing, part
    for needed in (
        "silentfoley/configs/train.yaml",
        "silentfoley/encoders/imagenet_sounds.csv",
        "silentfoley/stage/difficulty_v1.json",
        "silentfoley/weights/default/config.json",
        "silentfoley/weights/default/weights.safetensors",
        "silentfoley/weights/default/CARD.md",
        "silentfoley/py.typed",
        f"silentfoley-{silentfoley.__version__}.dist-info/licenses/LICENSE",
    ):
        assert needed in names


def test_wheel_holds_nothing_else(names: list[str]) -> None:
    info = f"silentfoley-{silentfoley.__version__}.dist-info/"
    assert [n for n in names if not n.startswith(("silentfoley/", info))] == []
    assert [n for n in names if "test" in n.lower() or "__pycache__" in n] == []
    assert [n for n in names if n.endswith((".wav", ".mp3", ".ogg", ".flac", ".mp4"))] == [], "no recording ships"


def test_embedded_weights_are_small(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        sizes = [i.file_size for i in archive.infolist() if i.filename.startswith("silentfoley/weights/")]
    assert sum(sizes) <= 20e6


def test_entry_point(wheel: Path) -> None:
    assert "silentfoley = silentfoley.cli.main:main" in read(wheel, "entry_points.txt")


@pytest.fixture(scope="session")
def metadata(wheel: Path) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for line in read(wheel, "METADATA").split("\n\n")[0].splitlines():
        key, _, value = line.partition(": ")
        fields.setdefault(key, []).append(value)
    return fields


def required(metadata: dict[str, list[str]], name: str) -> Requirement:
    (one,) = (r for r in map(Requirement, metadata["Requires-Dist"]) if r.name == name)
    return one


def test_version_python_and_licence(metadata: dict[str, list[str]]) -> None:
    assert metadata["Version"] == [silentfoley.__version__]
    assert metadata["License-Expression"] == ["Apache-2.0"]
    pythons = SpecifierSet(metadata["Requires-Python"][0])
    assert [v for v in ("3.9", "3.10", "3.11", "3.12", "3.13", "3.14") if v in pythons] == [
        "3.10", "3.11", "3.12", "3.13"
    ]  # fmt: skip


def test_torch_and_torchaudio_are_of_one_release(metadata: dict[str, list[str]]) -> None:
    for name in ("torch", "torchaudio"):
        requirement = required(metadata, name)
        assert requirement.specifier == SpecifierSet("==2.11.*")
        assert requirement.marker is None


@pytest.mark.parametrize(
    ("machine", "chosen"),
    [("x86_64", "decord"), ("AMD64", "decord"), ("aarch64", "decord2"), ("arm64", "decord2")],
)
def test_one_decord_per_machine(metadata: dict[str, list[str]], machine: str, chosen: str) -> None:
    wanted = [
        name
        for name in ("decord", "decord2")
        if required(metadata, name).marker.evaluate({"platform_machine": machine})
    ]
    assert wanted == [chosen]


def test_extras(metadata: dict[str, list[str]]) -> None:
    assert {"train", "test"} <= set(metadata["Provides-Extra"])
    plain = {r.name for r in map(Requirement, metadata["Requires-Dist"]) if "extra" not in str(r.marker)}
    assert not plain & {"pytorch-lightning", "hydra-core", "wandb", "pytest"}, (
        "looking and sounding needs none of these"
    )


@pytest.fixture(scope="session")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel in a folder of its own; what it needs is found in the running environment."""
    pytest.importorskip("pip")
    folder = tmp_path_factory.mktemp("site")
    options = ("--quiet", "--no-deps", "--no-index", "--disable-pip-version-check")
    call(*PYTHON, "pip", "install", *options, "--target", str(folder), str(wheel), cwd=folder)
    return folder


WHERE = "import silentfoley; print(silentfoley.__file__)"


@pytest.mark.parametrize("kind", ["wheel", "checkout"])
def test_works_outside_any_checkout(kind: str, request: pytest.FixtureRequest, tmp_path: Path) -> None:
    if kind == "wheel":
        home = request.getfixturevalue("installed")
        environment = {"PYTHONPATH": str(home)}
    else:
        home, environment = Path(silentfoley.__file__).parents[1], {}
    where = Path(call(sys.executable, "-c", WHERE, cwd=tmp_path, **environment).strip())
    assert where == home / "silentfoley" / "__init__.py", "the copy under test is the one imported"
    config = call(*PYTHON, "silentfoley.cli.main", "train", "--cfg", "job", cwd=tmp_path, **environment)
    assert "trainer:" in config
    assert "data:" in config
    facts = call(*PYTHON, "silentfoley.cli.main", "info", cwd=tmp_path, **environment)
    assert f"silentfoley: {silentfoley.__version__}\n" in facts
    assert "model: default (" in facts
    assert list(tmp_path.iterdir()) == [], "nothing is left in the folder it was called from"


def test_command_of_the_wheel(installed: Path, tmp_path: Path) -> None:
    (script,) = (installed / "bin").glob("silentfoley*")
    said = call(sys.executable, str(script), "--version", cwd=tmp_path, PYTHONPATH=str(installed))
    assert said == f"silentfoley {silentfoley.__version__}\n"


def test_configs_lie_where_the_entry_point_looks(installed: Path) -> None:
    assert set(files(ROOT / "configs")) == set(files(installed / "silentfoley" / "configs"))


def tool() -> ModuleType:
    spec = spec_from_file_location("check_resolution", ROOT / "tools" / "check_resolution.py")
    module = module_from_spec(spec)
    sys.modules["check_resolution"] = module
    spec.loader.exec_module(module)
    return module


def test_resolution_is_checked_for_every_python_that_is_claimed(metadata: dict[str, list[str]]) -> None:
    pythons = SpecifierSet(metadata["Requires-Python"][0])
    assert tuple(v for v in (f"3.{minor}" for minor in range(6, 20)) if v in pythons) == tool().VERSIONS


@pytest.mark.slow
@pytest.mark.parametrize(
    ("python", "platform", "decord"),
    [(f"3.{minor}", "x86_64-manylinux_2_28", "decord") for minor in range(10, 14)]
    + [("3.12", "aarch64-manylinux_2_28", "decord2")],
)
def test_requirements_resolve(python: str, platform: str, decord: str) -> None:
    check = tool()
    if not check.find_uv():
        pytest.skip("uv is not installed")
    found = check.resolve(python, platform)
    if "dns error" in found.error or "error sending request" in found.error:
        pytest.skip("no package index can be reached")
    assert not found.error
    assert found.pins["torch"].startswith("2.11.")
    assert found.pins["torchaudio"].startswith("2.11.")
    assert {"decord", "decord2"} & set(found.pins) == {decord}
