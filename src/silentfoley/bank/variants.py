"""Materials and manners: the words by which each class knows them, and where a recording tells its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import PurePosixPath

#: What a foot or a hoof meets.
_GROUNDS: dict[str, tuple[str, ...]] = {
    "gravel": ("gravel",),
    "grass": ("grass",),
    "snow": ("snow",),
    "sand": ("sand",),
    "dirt": ("dirt", "mud", "muddy", "earth"),
    "leaves": ("leaves",),
    "wood": ("wood", "wooden", "hardwood", "softwood"),
    "metal": ("metal",),
    "concrete": ("concrete", "conc", "concstep", "asphalt", "pavement"),
    "tile": ("tile",),
    "cobble": ("cobble", "cobblestone"),
    "carpet": ("carpet",),
    "stone": ("stone",),
    "rock": ("rock",),
    "ice": ("ice",),
    "glass": ("glass",),
    "water": ("water", "splash"),
    "hard": ("hard",),
    "soft": ("soft",),
}
#: Per class: each variant with the words that tell it in a file's name, most telling first; whole words, for a keyboard
#: is no key. A variant without words is one that cues may ask for, though no recording is recognised by it (a gait is
#: no kind of hoof beat).
VARIANTS: dict[str, dict[str, tuple[str, ...]]] = {
    "breaking": {
        "glass": ("glass", "bottle", "window", "vase"),
        "ceramic": ("ceramic", "plate", "cup", "pot", "porcelain"),
        "ice": ("ice",),
        "stone": ("stone", "brick"),
        "rock": ("rock", "rockfall"),
        "wood": ("wood", "wooden", "crate"),
        "metal": ("metal",),
    },
    "car": {
        "truck": ("truck", "lorry", "lorries", "engine large", "large", "bus", "van"),
        "small": ("engine small", "sedan"),
        "sports": ("sports", "race", "racer"),
        "electric": ("electric",),
        "skid": ("skid",),
    },
    "clock": {
        "grandfather": ("grandfather", "pendulum"),
        "alarm": ("alarm",),
        "watch": ("watch",),
        "tick": (),
        "tock": (),
    },
    "cutting": {
        "saw": ("saw", "sawmill", "sawing"),
        "axe": ("axe", "chop", "choppy", "chopping", "lumber"),
        "knife": ("knife", "knives", "slice", "slicing"),
        "ice": ("ice",),
        "crisp": ("crisp", "carrot", "celery", "salad"),
    },
    "fire": {
        "torch": ("torch",),
        "candle": ("candle",),
        "campfire": ("campfire", "camp", "hearth"),
        "blaze": ("blaze", "inferno"),
        "ignite": ("ignite", "inflame", "fuse"),
    },
    "footsteps": _GROUNDS,
    "gunshot": {
        "musket": ("musket",),
        "pistol": ("pistol", "dspistol"),
        "shotgun": ("shotgun", "dsshotgn", "dsdshtgn"),
        "rifle": ("rifle",),
        "smg": ("smg",),
    },
    "horse": {**_GROUNDS, "walk": (), "trot": (), "canter": (), "gallop": ()},
    "rain": {
        "light": ("light", "drizzle"),
        "heavy": ("heavy", "downpour"),
        "roof": ("roof",),
        "tin": ("tin",),
        "window": ("window", "on window"),
        "umbrella": ("umbrella",),
        "medium": (),
    },
    "thunder": {
        "crack": ("crack", "close"),
        "rumble": ("rumble",),
        "far": ("far",),
        "distant": ("distant",),
        "fork": (),
        "sheet": (),
    },
    "typing": {
        "typewriter": ("typewriter",),
        "space": ("space",),
        "enter": ("enter", "return"),
        "keys": ("key", "keypress", "keystroke", "press", "release"),
        "mechanical": (),
        "membrane": (),
        "laptop": (),
    },
    "waterfall": {
        "river": ("river",),
        "stream": ("stream", "creek", "brook"),
        "falls": (),
        "cascade": (),
        "curtain": (),
        "thread": (),
        "huge": (),
    },
    "impact": {
        **{matter: (matter,) for matter in ("wood", "metal", "plastic", "stone", "glass", "drum", "soft", "rubber")},
        "neutral": (),
    },
}

#: What a cue is made of where nobody says: things of which we know no more than that they strike.
UNSAID: Mapping[str, str] = {"impact": "neutral"}

_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


def known_variants(label: str) -> tuple[str, ...]:
    """All variants of a class that have a name here, sorted."""
    return tuple(sorted(VARIANTS.get(label, ())))


def variant_called(label: str, word: str) -> str | None:
    """The variant that a word names, by its own name or by one of its words; None if nobody knows it."""
    named = VARIANTS.get(label, {})
    bare = " ".join(words_of(word))
    return word if word in named else next((name for name, words in named.items() if bare in words), None)


def words_of(text: str) -> tuple[str, ...]:
    """Words of a file's name in lower case: ``StepHard1`` and ``fs_gravel_2`` have two each."""
    return tuple(word.lower() for word in _WORD.findall(text))


def variant_in(label: str, text: str) -> str | None:
    """The first variant of the class, in the order of the table, of which ``text`` has a word or its plural."""
    searched = f" {' '.join(words_of(text))} "
    for name, words in VARIANTS.get(label, {}).items():
        if any(f" {word}{ending} " in searched for word in words for ending in ("", "s", "es")):
            return name
    return None


def variant_of(label: str, relative: str, original: str, row: Mapping[str, str]) -> str | None:
    """The variant of a recording. The first that tells it:

    1. the column ``variant`` of its attribution;
    2. a known word, or the name of a known variant, in the column ``tags``;
    3. its sub-folder: ``class/variant/file.wav``;
    4. a known word in the name of the file, or in its path at the source.

    Args:
        label: sound class.
        relative: ``class/[variant/...]file``.
        original: path at the source.
        row: of the attribution; empty if there is none.
    """
    if row.get("variant"):
        return row["variant"]
    tags = row.get("tags", "")
    named = [tag for tag in words_of(tags) if tag in VARIANTS.get(label, ())]
    if named or (found := variant_in(label, tags)):
        return named[0] if named else found
    folder = sub_folder(relative)
    # The class itself is no variant of it: "wood" tells nothing in footsteps/wood_footsteps.
    names = (PurePosixPath(relative).name, original)
    return folder or next((found for name in names if (found := variant_in(label, name))), None)


def sub_folder(relative: str) -> str | None:
    """``variant`` of ``class/variant/.../file``, or None."""
    parts = PurePosixPath(relative).parts
    return parts[1].strip() or None if len(parts) > 2 else None
