"""What a model's eyes say of the clips of a folder, to teach a flow to see.

    silentfoley stage --out SEEN/fire --clips 60 --seed 7200 --label fire       # and rain, waterfall, car
    python experiments/generators/flow_seen.py SEEN [MODEL]
    silentfoley train experiment=generator_flow ... module.learner.seen=SEEN

Beside every NAME.mp4 with a sheet: NAME.npz, the Perception, and NAME.seen.json, the cues decoded from it under the
class of its folder. What is there already is not looked at again. MODEL is a model folder, or the package's default.
"""

from __future__ import annotations

import sys
from pathlib import Path

import torch

from silentfoley import Foley
from silentfoley.cue_formats.disk import write_cues
from silentfoley.decode import decode
from silentfoley.generators.flow_course_lessons import SEEN, SEEN_CUES
from silentfoley.perception import Perception


def main(words: list[str]) -> None:
    """Read the arguments, look, write."""
    torch.set_num_threads(1)
    foley = Foley.from_pretrained(*words[1:2])
    videos = sorted(path for path in Path(words[0]).rglob("*.mp4") if path.with_suffix(".json").is_file())
    for video in videos:
        saved = video.with_suffix(SEEN)
        if not saved.is_file():
            foley.perceive(video).save(saved)
        sheet = decode(Perception.load(saved), foley.settings, label=video.parent.name)
        write_cues(sheet, video.with_suffix(SEEN_CUES))
    print(f"{len(videos)} clips in {words[0]}")


if __name__ == "__main__":
    main(sys.argv[1:])
