"""Classes, materials and manners asked of a generator: every word is one that somebody knows."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from typing import Protocol

from silentfoley.bank.variants import UNSAID, known_variants, variant_called
from silentfoley.cues import Cue, CueSheet
from silentfoley.errors import CueError, LabelError
from silentfoley.labels import check_label
from silentfoley.spelling import did_you_mean


class Tells(Protocol):
    """A generator, or whatever else knows what one tells apart."""

    def variants(self, label: str) -> tuple[str, ...]:
        """Materials and manners of a class, sorted."""


def check_labels(sheet: CueSheet, known: Iterable[str]) -> None:
    """Refuse a class that is none of ``known``.

    Raises:
        LabelError: naming the first cue of it.
    """
    names = tuple(known)
    for cue in sheet:
        try:
            check_label(cue.label, names)
        except LabelError as error:
            raise LabelError(cue.id, f"{error.subject}: {error.cause}", error.remedy) from None


def check_variants(sheet: CueSheet, generator: Tells) -> None:
    """Refuse a variant that nobody knows.

    One that the generator lacks but that is known of the class (a gait, a ground without takes) is left to it.

    Raises:
        CueError: naming what the generator has of the class.
    """
    for cue in sheet:
        if cue.variant is not None:
            check_variant(cue.label, cue.variant, generator, cue.id)


def check_variant(label: str, variant: str, generator: Tells, subject: str) -> None:
    """Refuse one that nobody knows, told of ``subject``. See :func:`check_variants`."""
    if variant_called(label, variant) is not None:
        return
    have = generator.variants(label)
    if variant not in have:
        names = have or known_variants(label)
        remedy = _remedy(variant, names, ", ".join(names))
        raise CueError(subject, f"variant {variant!r} of {label} is unknown here", remedy)


def with_variant(sheet: CueSheet, variant: str, generator: Tells) -> CueSheet:
    """The sheet with ``variant`` in all cues that have none and whose class it is a variant of.

    Args:
        sheet: of one class or several.
        variant: material or manner.
        generator: performs the sheet; what it cannot tell apart is refused, for the wish would not be heard.

    Raises:
        CueError: if it knows the variant of no class of the sheet.
    """
    fitting = labels_with(variant, sheet.labels, generator)
    return replace(
        sheet,
        cues=tuple(replace(c, variant=variant) if c.variant is None and c.label in fitting else c for c in sheet),
    )


def labels_with(variant: str, labels: Iterable[str], generator: Tells) -> set[str]:
    """Those of ``labels`` of which a generator tells a variant apart.

    Raises:
        CueError: if there are labels, but none of them is one.
    """
    asked = tuple(labels)
    fitting = {label for label in asked if not _called(label, variant).isdisjoint(generator.variants(label))}
    if asked and not fitting:
        have = {label: names for label in asked if (names := generator.variants(label))}
        # Of one class alone it is plain whose they are.
        listed = ", ".join(
            f"{', '.join(names)} ({label})" if asked[1:] else ", ".join(names) for label, names in have.items()
        )
        remedy = _remedy(variant, [name for names in have.values() for name in names], listed)
        raise CueError(f"variant {variant!r} of {', '.join(asked)}", "is unknown here", remedy)
    return fitting


def check_known(variant: str, labels: Sequence[str], generator: Tells, *, choosable: bool = True) -> None:
    """Refuse a variant that a generator tells apart of no class at all, where the class is not known yet.

    Args:
        variant: material or manner.
        labels: all classes it might be of.
        generator: tells them apart.
        choosable: whoever asks could name the class instead.

    Raises:
        CueError: if it is none of any of ``labels``.
    """
    if any(not _called(label, variant).isdisjoint(generator.variants(label)) for label in labels):
        return
    hint = did_you_mean(variant, {name for label in labels for name in generator.variants(label)})
    name_it = f"{hint or 'leave it out, or '}name the class to see what it has"
    remedy = name_it if choosable else hint.rstrip() or "leave it out"
    raise CueError(f"variant {variant!r}", "no class here knows it", remedy)


def learned_name(cue: Cue, names: Sequence[str]) -> str | None:
    """A cue's variant by the name that was learned, if its word means one of ``names``.

    If nothing is said, or nothing that was learned, what :data:`UNSAID` has for the class, where that was learned.
    """
    called = None if cue.variant is None else variant_called(cue.label, cue.variant)
    if cue.variant in names:
        return cue.variant
    unsaid = UNSAID.get(cue.label)
    return called if called in names else unsaid if unsaid in names else cue.variant


def _called(label: str, variant: str) -> set[str | None]:
    """What a word may be called by who tells it apart."""
    return {variant, variant_called(label, variant)}


def _remedy(variant: str, have: Sequence[str], listed: str) -> str:
    bank = "a bank of your own that has takes of it (--bank)"
    if not have:
        return f"leave it out, or perform with {bank}"
    return f"{did_you_mean(variant, have)}use one of: {listed}, or {bank}"
