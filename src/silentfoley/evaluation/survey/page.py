"""The listening test's page: template, style and script of this folder with the survey and its media put in."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from functools import cache
from html import escape
from importlib.resources import files
from pathlib import Path
from typing import Any

from silentfoley.errors import DataError
from silentfoley.evaluation.survey.design import Survey, read_header

#: Nothing may be fetched and nothing sent: no address but the page's own data.
POLICY = (
    "default-src 'none'; base-uri 'none'; form-action 'none'; "
    "media-src data:; style-src 'unsafe-inline'; script-src 'unsafe-inline'"
)
#: What the survey stands behind on the page.
_HEADER = '<script type="application/json" id="survey">'


def survey_page(survey: Survey, media: Mapping[str, str]) -> str:
    """The whole document.

    Args:
        survey: what is asked.
        media: ``data:`` address of every digest the survey names.
    """
    parts = {
        "policy": escape(POLICY),
        "style": _part("page.css"),
        "survey": _json(survey.header()),
        "media": _json(dict(media)),
        "script": _part("page.js"),
    }
    # In one pass: what is put in is not searched again.
    return re.sub(r"\{\{(\w+)\}\}", lambda m: parts[m[1]], _part("page.html"))


def read_page(path: str | Path) -> Survey:
    """The survey of a page.

    Raises:
        DataError: if the file cannot be read or is no such page.
    """
    try:
        text = Path(path).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(path, f"cannot be read ({error})", "name the page that silentfoley survey make wrote") from None
    _, found, rest = text.partition(_HEADER)
    try:
        value = json.loads(rest[: rest.find("</script>")]) if found else None
    except ValueError:
        value = None
    return read_header(value, str(path))


@cache
def _part(name: str) -> str:
    return files("silentfoley.evaluation.survey").joinpath(name).read_text(encoding="utf-8")


def _json(value: Any) -> str:
    """JSON that cannot end the script element it stands in."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False).replace("<", "\\u003c")
