"""Outputs that exist whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

from silentfoley.errors import OutputError


@contextmanager
def atomic_output(path: str | Path, *, overwrite: bool = True) -> Iterator[Path]:
    """Lend a temporary name beside ``path``; rename it to ``path`` when the block ends well.

    The temporary name keeps the suffix, by which many writers choose their format. If the block
    raises, whatever it wrote is removed and an earlier file at ``path`` stays as it was.

    Raises:
        OutputError: if ``path`` is a folder, exists and ``overwrite`` is false, or cannot be written.
    """
    target = Path(path)
    check_output(target, overwrite=overwrite)
    temporary = target.with_name(f".{secrets.token_hex(6)}.part{target.suffix}")
    try:
        yield temporary
        check_output(target, overwrite=overwrite)
        temporary.replace(target)
    except OSError as error:
        raise OutputError(
            target, f"cannot be written: {_reason(error)}", "check the folder, its rights and space"
        ) from error
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def atomic_folder(folder: str | Path) -> Iterator[Path]:
    """Lend a temporary folder beside ``folder``; it takes the place of ``folder`` when the block ends well.

    If the block raises, what it wrote is removed and an earlier folder stays as it was. Folders above are made.
    """
    target = Path(folder)
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    try:
        yield temporary
        temporary.chmod(0o755)
        for file in temporary.iterdir():
            file.chmod(0o644)  # safetensors and mkdtemp make private files; a model is to be shared
        if target.exists():
            shutil.rmtree(target)
        temporary.replace(target)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def check_output(path: str | Path, *, overwrite: bool) -> None:
    """Refuse an output early, before costly work.

    Raises:
        OutputError: if ``path`` is a folder, its folder is missing or read-only, or it exists and must not be replaced.
    """
    target = Path(path)
    if target.is_dir():
        raise OutputError(target, "is a folder", "name a file")
    if not target.parent.is_dir():
        raise OutputError(target, f"folder {str(target.parent)!r} does not exist", "create it or choose another")
    if not os.access(target.parent, os.W_OK):
        raise OutputError(target, "its folder is not writable", "choose another folder or change its rights")
    if target.exists() and not overwrite:
        raise OutputError(target, "exists already", "choose another name or allow overwriting")


def _reason(error: OSError) -> str:
    return error.strerror or str(error) or type(error).__name__


def make_folder(path: str | Path) -> Path:
    """Make a folder and those above it.

    Raises:
        OutputError: if that cannot be done.
    """
    try:
        Path(path).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(path, f"cannot be made: {_reason(error)}", "choose another folder") from None
    return Path(path)


def write_text(path: str | Path, text: str) -> None:
    """Write UTF-8 text, whole or not at all; missing folders are made."""
    make_folder(Path(path).parent)
    with atomic_output(path) as temporary:
        temporary.write_text(text, encoding="utf-8", newline="\n")


def write_json(path: str | Path, value: Any) -> None:
    """Write JSON that people can read. NaN is refused: it is not JSON."""
    write_text(path, json.dumps(value, indent=2, ensure_ascii=False, allow_nan=False) + "\n")


def sha256_file(path: str | Path) -> str:
    """Hex digest of a file's bytes."""
    with Path(path).open("rb") as file:
        return _digest(file)


def _digest(file: IO[bytes]) -> str:
    # hashlib.file_digest came with Python 3.11 only.
    digest = hashlib.sha256()
    while block := file.read(1 << 20):
        digest.update(block)
    return digest.hexdigest()


def fingerprint(value: Any) -> str:
    """Short hex digest of a JSON value, the same on every machine."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False)
    return hashlib.sha256(text.encode()).hexdigest()[:32]
