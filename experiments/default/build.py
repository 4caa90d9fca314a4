"""Put the embedded default together: eyes, decoding, hands, card.

    python experiments/default/build.py --generator DIR [--acts FILE] [--hoofs FILE] [--curves DIR]

DIRs as train_generator.py and train_curves.py made them, FILEs as train_backbone.py and train_hoofs.py of
experiments/stage made them (backbone_longer and backbone_hoofs_longer there by default). Without --curves the rule
alone says when in real pictures.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from safetensors.torch import load_file
from torch import Tensor, nn

from silentfoley.decode_settings import DecodeSettings
from silentfoley.encoders.drawn_acts import HORSE_STRIKES, DrawnActs
from silentfoley.inference.foley import Foley
from silentfoley.inference.motion_perceiver import ONSET_UNIT
from silentfoley.model_folder import DEFAULT, EMBEDDED
from silentfoley.pretrained import save_foley
from silentfoley.registry import build

HERE = Path(__file__).parent

#: On the tune clips the table's best guess was wrong below (hammer: gunshot 0.26; car door: car 0.31) and right above.
MIN_CLASS_CONFIDENCE = 0.35
#: The network that knows drawings, and the one that is asked of hoofs.
ACTS, HOOFS = (
    HERE.parent / "stage" / name / "moment_cnn.safetensors" for name in ("backbone_longer", "backbone_hoofs_longer")
)
#: Channels of the latter.
HOOFS_WIDTH = 32
#: Peaks of the rule's curve, and of its mean with the network's on features, in their units; experiments/real_clips
#: chose them.
PROMINENCE_RULE, PROMINENCE_MEAN = 0.5, 0.6
#: What follows faster than five times a second.
QUICK = {"horse": {"min_gap_s": 0.06}, "typing": {"min_gap_s": 0.08}, "footsteps": {"min_gap_s": 0.12}}
#: Textures whose loudness does not follow what moves; README.md, "Textures of one level".
STEADY = ("fire", "rain", "waterfall")
#: Share of the network in the mean.
SHARE = 0.5


def settings(prominence: float) -> DecodeSettings:
    """Peaks by prominence alone, 0.2 s apart, as on the real clips."""
    return DecodeSettings(
        threshold=0.0,
        relative_threshold=0.0,
        prominence=prominence / ONSET_UNIT,
        min_gap_s=0.2,
        min_class_confidence=MIN_CLASS_CONFIDENCE,
        by_label=QUICK,
        steady=STEADY,
    )


def perceiver_node(network: dict[str, Any] | None) -> dict[str, Any]:
    """The eyes; ``network`` is the node of the onset network on motion features, or None."""
    free = {"kind": "free_curves"}
    learned = {"kind": "learned_curves", "network": network, "weight": SHARE}
    return {
        "kind": "motion_perceiver",
        "curves": free if network is None else learned,
        "backbone": {"kind": "efficientnet_lite0"},
        "acts": {"kind": "drawn_acts", "hoofs_width": HOOFS_WIDTH},
    }


def widened(weights: Path) -> dict[str, Tensor]:
    """Weights that may be stored in half precision, in single."""
    return {k: v.float() if v.is_floating_point() else v for k, v in load_file(weights).items()}


def fill(module: nn.Module, weights: Path) -> None:
    """Load all of a module's weights."""
    module.load_state_dict(widened(weights), strict=True)


def fill_acts(acts: DrawnActs, network: Path, hoofs: Path) -> None:
    """Load both networks; of the second one's answers that on strikes of horses alone is kept."""
    fill(acts.network, network)
    state = widened(hoofs)
    for name in ("answers.weight", "answers.bias"):
        state[name] = state[name][HORSE_STRIKES : HORSE_STRIKES + 1]
    assert acts.hoofs is not None
    acts.hoofs.load_state_dict(state, strict=True)


def credits(folder: Path) -> str:
    """One line per source recording the shipped weights learned from."""
    takes = json.loads((folder / "generator_credits.json").read_text(encoding="utf-8"))["takes"]
    lines = sorted({f"- {take['label']}: {take['credit']}" for take in takes})
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=EMBEDDED[DEFAULT])
    parser.add_argument("--generator", type=Path, required=True)
    parser.add_argument("--curves", type=Path)
    parser.add_argument("--acts", type=Path, default=ACTS)
    parser.add_argument("--hoofs", type=Path, default=HOOFS)
    arguments = parser.parse_args()
    curves = arguments.curves
    network = json.loads((curves / "curves.json").read_text(encoding="utf-8"))["node"] if curves else None
    perceiver = perceiver_node(network)
    generator = json.loads((arguments.generator / "generator.json").read_text(encoding="utf-8"))
    prominence = PROMINENCE_MEAN if curves else PROMINENCE_RULE
    foley = Foley(build(perceiver), settings(prominence), build(generator), "default")
    assert isinstance(foley.generator, nn.Module)
    fill(foley.generator, arguments.generator / "generator.safetensors")
    if curves:
        fill(foley.perceiver.modules()["network"], curves / "curves.safetensors")
    acts = foley.perceiver.modules()["acts"]
    assert isinstance(acts, DrawnActs)
    fill_acts(acts, arguments.acts, arguments.hoofs)
    card = (HERE / "CARD.md").read_text(encoding="utf-8").replace("CREDITS", credits(arguments.generator))
    folder = save_foley(
        arguments.out,
        name="default",
        perceiver=perceiver,
        generator=generator,
        foley=foley,
        card=card,
        half=True,
        overwrite=True,
    )
    print(f"{folder}: {sum(p.stat().st_size for p in folder.iterdir()) / 1e6:.2f} MB")


if __name__ == "__main__":
    main()
