"""Which materials and manners the recipes tell apart."""

from __future__ import annotations

from silentfoley.stage.synth_hits import GROUND_NAMES, GROUNDS, GUNS, KEYS, MATTER, SHARD_NAMES, SHARDS
from silentfoley.stage.synth_textures import CARS, ENGINES, FALLS

_GROUNDS = (*GROUNDS, *GROUND_NAMES)
#: Names that a recipe of the class hears, in order of the alphabet.
VARIANTS: dict[str, tuple[str, ...]] = {
    label: tuple(sorted(set(names)))
    for label, names in {
        "breaking": (*SHARDS, *SHARD_NAMES),
        "car": (*ENGINES, *CARS),
        "clock": ("grandfather", "alarm", "watch", "tick", "tock"),
        "cutting": ("knife", "saw", "axe", "chop", "crisp", "carrot", "celery"),
        "fire": ("campfire", "torch", "blaze", "candle"),
        "footsteps": _GROUNDS,
        "gunshot": tuple(GUNS),
        "horse": ("walk", "trot", "canter", "gallop", *_GROUNDS),
        "rain": ("light", "medium", "heavy", "roof", "tin", "window", "on_window", "umbrella"),
        "thunder": ("crack", "rumble", "far", "distant"),
        "typing": (*KEYS, "space"),
        "waterfall": tuple(FALLS),
        "impact": tuple(MATTER),
    }.items()
}
