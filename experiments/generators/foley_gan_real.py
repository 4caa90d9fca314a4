"""FoleyGAN from the video to the sound, on the clips and by the judge of ``end_to_end.py``.

    python experiments/generators/foley_gan_real.py VIDEOS OUT MOMENT_WEIGHTS RELATION_RUN STATES_RUN TEACHER_RUN [ROWS]

VIDEOS: videos of the stage with their cue sheets, or ``CLIPS/report``. The embedded default's Perception holds curves
alone, no states. So the run that reads states sees through the frame-relation network that it was trained on, over
moment features of the video's own pictures in stretches of the length that it was trained on; the run that reads
curves is driven by the default. ROWS, of those in ``rows``, are joined by commas; all unless told otherwise.
OUT/ROW.json is the judge's; OUT/seen.json says how strange the states of these clips are to the generator, and what
the network names. ``foley_gan_real_table.py`` makes tables of them.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import torch
from end_to_end import Clip, clips, protocols
from judge import judged

from silentfoley import Foley
from silentfoley.cue_formats.disk import write_cues
from silentfoley.decode import decode
from silentfoley.encoders.moment_cnn import MomentFeatures
from silentfoley.evaluation.sides import Needs, load_side
from silentfoley.files import write_json
from silentfoley.generators.class_mean import perception_inputs
from silentfoley.generators.foley_gan import FoleyGan
from silentfoley.generators.mixdown import seed_of
from silentfoley.inference.perceivers import NetworkPerceiver
from silentfoley.labels import TEXTURES
from silentfoley.media.wav import write_wav
from silentfoley.perception import Floats, Perception
from silentfoley.signal.envelope import strength_curve
from silentfoley.signal.onsets import onset_target
from silentfoley.training.checkpoints import frozen_classifier, load_run
from silentfoley.waveform import Waveform

#: Length of the clips the generators learned from, and the width of their onset targets.
TRAINED_S, WIDTH_S = 2.4, 0.04
#: Past this many deviations of the training clips a state is counted as strange.
STRANGE = 3.0
Row = Callable[[Clip, Perception, Perception], Waveform]


def on_curves(perception: Perception, onset: Floats, strength: Floats) -> Perception:
    """With curves in the place of states, as ``TeacherCurves`` has them."""
    states = np.stack([onset, strength], axis=1).astype(np.float32)
    return replace(perception, states=states, sound=np.zeros((0, 0), np.float32))


def hits_s(clip: Clip) -> list[float]:
    """True hits."""
    return [cue.start_s for cue in clip.told.cues if cue.label not in TEXTURES]


def rows(states: FoleyGan, teacher: FoleyGan, foley: Foley) -> dict[str, Row]:
    """Ways to the sound: which eyes, and whether the true class is given."""

    def by_default(perception: Perception) -> str:
        (name, sure), *_ = perception.top(1)
        return name if sure >= foley.settings.min_class_confidence else foley.settings.fallback_label

    def through(clip: Clip, seen: Perception, label: str | None) -> Waveform:
        return states.perform(seen, seed=seed_of(0, clip.id), label=label)

    def curves(clip: Clip, looked: Perception, label: str) -> Waveform:
        own = on_curves(looked, looked.onset, looked.strength)
        return teacher.perform(own, seed=seed_of(0, clip.id), label=label)

    def cued(clip: Clip, looked: Perception, label: str) -> Waveform:
        starts = [cue.start_s for cue in decode(looked, foley.settings, label=label) if label not in TEXTURES]
        own = on_curves(looked, onset_target(starts, looked.grid, WIDTH_S).numpy(), looked.strength)
        return teacher.perform(own, seed=seed_of(0, clip.id), label=label)

    def told(clip: Clip, looked: Perception) -> Waveform:
        mono = np.resize(clip.sound.mono(), looked.grid.n_samples)
        strength = strength_curve(torch.from_numpy(mono)[None], looked.grid)[0].numpy()
        own = on_curves(looked, onset_target(hits_s(clip), looked.grid, WIDTH_S).numpy(), strength)
        return teacher.perform(own, seed=seed_of(0, clip.id), label=clip.label or "impact")

    return {
        "states-seen": lambda clip, seen, looked: through(clip, seen, None),
        "states-named": lambda clip, seen, looked: through(clip, seen, clip.label or "impact"),
        "curves-seen": lambda clip, seen, looked: curves(clip, looked, by_default(looked)),
        "curves-named": lambda clip, seen, looked: curves(clip, looked, clip.label or "impact"),
        "cues-named": lambda clip, seen, looked: cued(clip, looked, clip.label or "impact"),
        "told": lambda clip, seen, looked: told(clip, looked),
    }


def strangeness(generator: FoleyGan, perception: Perception) -> dict[str, float]:
    """Inputs as the action vector reads them, in deviations of the training clips.

    Their mean size, the share past three, how far their mean over the clip lies from the training clips', and how much
    they move within the clip (root mean squares over the inputs).
    """
    assert generator.action is not None
    z = generator.action.scale(perception_inputs(perception))
    return {
        "size": float(z.abs().mean()),
        "past_3": float((z.abs() > STRANGE).float().mean()),
        "offset": float(z.mean(dim=0).square().mean().sqrt()),
        "movement": float(z.std(dim=0).square().mean().sqrt()),
    }


def main(words: list[str]) -> None:
    """Look, perform, judge."""
    torch.set_num_threads(1)
    videos, out, weights, relation, states_run, teacher_run = (Path(word) for word in words[:6])
    states, teacher = (load_run(run)[0].task.generator for run in (states_run, teacher_run))
    foley = Foley.from_pretrained()
    network = frozen_classifier(relation).network
    eyes = NetworkPerceiver(MomentFeatures(weights), network, states.labels, segment_s=TRAINED_S)
    every, notes = rows(states, teacher, foley), {}
    made = {name: every[name] for name in (words[6].split(",") if words[6:] else every)}
    for clip in clips(videos):
        seen, looked = eyes(clip.video), foley.perceive(clip.video)
        (name, sure), *_ = seen.top(1)
        peak = {"onset_peak": float(seen.onset.max()), "default_onset_peak": float(looked.onset.max())}
        notes[clip.id] = {"true": clip.label, "named": name, "sure": sure, **peak, **strangeness(states, seen)}
        for row, way in made.items():
            file = out / row / f"{clip.id}.wav"
            file.parent.mkdir(parents=True, exist_ok=True)
            write_wav(file, way(clip, seen, looked))
        (out / "truth" / clip.id).parent.mkdir(parents=True, exist_ok=True)
        write_wav(out / "truth" / f"{clip.id}.wav", clip.sound)
        write_cues(clip.told, out / "truth" / f"{clip.id}.cues.json")
        print(clip.id, notes[clip.id], flush=True)
    write_json(out / "seen.json", notes)
    cache = out / "cache"
    reference = load_side(out / "truth", "reference", Needs.of(protocols()), events="cues", cache=cache)
    for row in made:
        write_json(out / f"{row}.json", judged(reference, out / row, cache, controls=False))


if __name__ == "__main__":
    main(sys.argv[1:])
