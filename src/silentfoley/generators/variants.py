"""Materials and manners asked of a generator: every word is one that somebody knows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from silentfoley.bank.variants import UNSAID, known_variants, variant_called
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError
from silentfoley.generators.base import CueGenerator


def check_variants(sheet: CueSheet, generator: CueGenerator) -> None:
    """Refuse a variant that nobody knows.

    One that the generator lacks but that is known of the class (a gait, a ground without takes) is left to it.

    Raises:
        CueError: naming what the generator has of the class.
    """
    for cue in sheet:
        if cue.variant is None or variant_called(cue.label, cue.variant) is not None:
            continue
        have = generator.variants(cue.label)
        if cue.variant not in have:
            raise _unknown(cue.id, cue.variant, cue.label, have or known_variants(cue.label))


def with_variant(sheet: CueSheet, variant: str, generator: CueGenerator) -> CueSheet:
    """The sheet with ``variant`` in all cues that have none and whose class it is a variant of.

    Args:
        sheet: of one class or several.
        variant: material or manner.
        generator: performs the sheet; what it cannot tell apart is refused, for the wish would not be heard.

    Raises:
        CueError: if it knows the variant of no class of the sheet.
    """
    fitting = {label for label in sheet.labels if _tells(generator, label, variant)}
    if len(sheet) and not fitting:
        have = [f"{', '.join(names)} ({label})" for label in sheet.labels if (names := generator.variants(label))]
        raise CueError(f"variant {variant!r}", f"is unknown here of {', '.join(sheet.labels)}", _remedy(have))
    return replace(
        sheet,
        cues=tuple(replace(c, variant=variant) if c.variant is None and c.label in fitting else c for c in sheet),
    )


def learned_name(cue: Cue, names: Sequence[str]) -> str | None:
    """A cue's variant by the name that was learned, if its word means one of ``names``.

    If nothing is said, or nothing that was learned, what :data:`UNSAID` has for the class, where that was learned.
    """
    called = None if cue.variant is None else variant_called(cue.label, cue.variant)
    if cue.variant in names:
        return cue.variant
    unsaid = UNSAID.get(cue.label)
    return called if called in names else unsaid if unsaid in names else cue.variant


def _tells(generator: CueGenerator, label: str, variant: str) -> bool:
    return not {variant, variant_called(label, variant)}.isdisjoint(generator.variants(label))


def _unknown(subject: str, variant: str, label: str, have: Sequence[str]) -> CueError:
    return CueError(subject, f"variant {variant!r} of {label} is unknown here", _remedy(have))


def _remedy(have: Sequence[str]) -> str:
    return f"use one of: {', '.join(have)}" if have else "leave it out, or perform with a bank that has takes of it"
