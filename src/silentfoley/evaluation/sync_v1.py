"""sync_v1: is the sound in step with the picture? AV-Align repaired, and the synchrony judge where one is at hand."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from silentfoley.encoders.synchrony import SynchronyNet
from silentfoley.evaluation.clip_features import ClipFeatures, Pair
from silentfoley.evaluation.events_v1 import skill_of
from silentfoley.evaluation.protocol import LENGTH_RULE, Expectation, Measure, Protocol
from silentfoley.evaluation.synchrony_extractors import PICTURE_GROUP, SOUND_GROUP
from silentfoley.evaluation.synchrony_judge import (
    MAX_OFFSET_S,
    OFFSET_TOLERANCE_S,
    SHIFTS_S,
    Floats,
    SynchronyVerdict,
    embed_sound,
    judge,
)
from silentfoley.evaluation.synchrony_model import SynchronyModel, has_judge, the_judge
from silentfoley.metrics.av_align import TOLERANCE_S, av_align, chance_av_align
from silentfoley.metrics.events import CHANCE_DRAWS

_SHUFFLED = "the sound of another clip meets this picture's motion as well: the measure sees no timing here"
_DEAF = "the detector hears other peaks than the true ones: do not read timing through it"
_CHANCE = "shifted peaks are not at chance"
_GUESS = "the judge hears timing where there is none"


class SyncV1(Protocol):
    """Sound against picture. Each of the judge's measures has the judge's own answer on the true sound beside it."""

    name: ClassVar[str] = "sync_v1"
    version: ClassVar[int] = 2
    length_rule: ClassVar[str] = f"{LENGTH_RULE}; the judge hears as many columns as the picture has"
    draws: ClassVar[bool] = True

    def __init__(self) -> None:
        # A judge may have been named or trained since the module was loaded; from here on it is this one.
        self._judge: SynchronyModel | None = the_judge() if has_judge() else None
        self.needs = ("events", "motion", *((PICTURE_GROUP, SOUND_GROUP) if self._judge else ()))
        self._verdicts: dict[str, SynchronyVerdict] = {}

    def settings(self) -> dict[str, Any]:
        """Tolerances and draws."""
        return {
            "tolerance_s": TOLERANCE_S,
            "chance_draws": CHANCE_DRAWS,
            "judge_shifts_s": list(SHIFTS_S),
            "judge_max_offset_s": MAX_OFFSET_S,
            "judge_offset_tolerance_s": OFFSET_TOLERANCE_S,
            "judge": PICTURE_GROUP in self.needs,
        }

    def measures(self) -> tuple[Measure, ...]:
        """AV-Align with its chance, then the judge."""
        truth = (Expectation("truth", "shuffled", _SHUFFLED),)
        again = (Expectation("truth_redetected", "shuffled", _DEAF),)
        blind = tuple(Expectation(c, "", _CHANCE, 0.0) for c in ("random", "metronome"))
        guess = (Expectation("silence", "", _GUESS, 0.5),)
        return (
            Measure(
                "av_align_skill", "AV-Align over its chance: 0 for blind timing", "higher",
                parts=("av_align", "av_align_chance"), combine=skill_of, expects=(*truth, *again, *blind),
            ),
            Measure("av_align", "matched over all peaks of motion and sound", "higher", parts=("av_align",),
                    expects=(*truth, Expectation("truth", "silence", _SHUFFLED))),
            Measure("av_align_chance", "of the same sound peaks shifted round the clip", "higher",
                    parts=("av_align_chance",), no_order="what blind timing gets: how many peaks there are decides"),
            Measure("judge_told_apart", "share of shifted copies the judge likes less; a guess is 0.5", "higher",
                    parts=("judge_told_apart",), expects=(*truth, *guess)),
            Measure("judge_in_step", "share of clips the judge finds in step", "higher", parts=("judge_in_step",),
                    expects=truth),
            Measure("judge_offset", "how far out of step by the judge", "lower", "ms", parts=("judge_offset_ms",),
                    expects=truth),
            Measure("judge_accuracy", "the judge itself: told apart on the true sound of these clips", "higher",
                    parts=("judge_true_told_apart",), no_order="the same number in every row"),
        )  # fmt: skip

    def per_clip(self, reference: ClipFeatures, generated: ClipFeatures, seed: int) -> dict[str, float]:
        """AV-Align, its chance, and the judge's verdicts; NaN without a judge or for clips too short for it."""
        motion, sound = reference["motion.peak_s"], generated.events_s(reference.duration_s)
        draw = seed + zlib.crc32(reference.id.encode())
        return {
            "av_align": av_align(motion, sound),
            "av_align_chance": chance_av_align(motion, sound, reference.duration_s, seed=draw),
            **self._judged(reference, generated),
        }

    def _judged(self, reference: ClipFeatures, generated: ClipFeatures) -> dict[str, float]:
        names = ("judge_told_apart", "judge_in_step", "judge_offset_ms", "judge_true_told_apart")
        there = f"{PICTURE_GROUP}.visual" in reference and f"{SOUND_GROUP}.columns" in generated
        if self._judge is None or not there:
            return dict.fromkeys(names, float("nan"))
        made, true = (self._verdict(self._judge, reference, c) for c in (generated, reference))
        values = (made.told_apart, made.in_step, 1000 * abs(made.offset_s), true.told_apart)
        return dict(zip(names, values, strict=True))

    def _verdict(self, model: SynchronyModel, picture: ClipFeatures, sound: ClipFeatures) -> SynchronyVerdict:
        """The judge's, asked once per picture and sound: every row has the true sound beside it, with every seed.

        Told by their numbers, since one clip stands under several names (the truth, another's shuffled answer).
        """
        visual, columns = picture[f"{PICTURE_GROUP}.visual"], sound[f"{SOUND_GROUP}.columns"]
        rate_hz = float(picture[f"{PICTURE_GROUP}.column_rate_hz"][0])
        key = "/".join([_digest(visual), _digest(columns), str(rate_hz)])
        if key not in self._verdicts:
            self._verdicts[key] = judge(visual, heard_windows(model.net, columns, len(visual)), rate_hz)
        return self._verdicts[key]

    def remarks(self, pairs: Sequence[Pair]) -> list[str]:
        """Whether there is a judge, and clips without motion."""
        still = sum(p.reference["motion.peak_s"].size == 0 for p in pairs)
        remarks = [f"{still} of {len(pairs)} pictures have no peak of motion"] if still else []
        judged = any(f"{PICTURE_GROUP}.visual" in p.reference for p in pairs)
        return remarks if judged else [*remarks, "no synchrony judge is at hand: its rows are empty"]


def heard_windows(net: SynchronyNet, columns: NDArray[np.generic], n_windows: int) -> Floats:
    """(W, E) windows of a sound beside W of a picture: cut to its length, or followed by silence.

    Embedded now, since the judge hears a clip as a whole: it takes each band's mean over the clip away.

    Args:
        net: the judge's.
        columns: (T, F) of the sound.
        n_windows: W.
    """
    wanted = n_windows + net.window_columns - 1 if n_windows else 0
    heard = np.asarray(columns, dtype=np.float32)[:wanted]
    return embed_sound(net, np.pad(heard, ((0, wanted - len(heard)), (0, 0))))


def _digest(array: NDArray[np.generic]) -> str:
    about = f"{array.dtype} {array.shape} ".encode()
    return hashlib.sha256(about + np.ascontiguousarray(array).tobytes()).hexdigest()
