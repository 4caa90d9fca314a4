"""A listening test from folders: choose clips, render every side, one page."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from silentfoley.errors import DataError, MediaError
from silentfoley.evaluation.media_folder import list_media
from silentfoley.evaluation.report_page import data_url
from silentfoley.evaluation.survey.clips import in_turns, match_folders
from silentfoley.evaluation.survey.design import MAX_MB, N_CHECKS, TRUTH, Survey, SurveyClip
from silentfoley.evaluation.survey.media import VIDEO, Playable, check_media, render
from silentfoley.evaluation.survey.page import survey_page
from silentfoley.files import write_text

#: Seeds a page can hold exactly: its numbers are doubles.
MAX_SEED = 2**53 - 1

Progress = Callable[[int, int, str], None]


@dataclass(frozen=True)
class SurveyPage:
    """A listening test with its files.

    Attributes:
        survey: what is asked.
        media: ``data:`` address by digest.
        missing: true clips that are not in the test although they were asked for, with the reason.
        level_db: by system, how much louder than the truth it is: median over clips in which neither is silent.
        alike: true clips that are not in the test because a system's file is the truth's once rendered, as where both
            are silent, with the sides that are: a question nobody can answer would draw every share to a half.
    """

    survey: Survey
    media: Mapping[str, str]
    missing: Mapping[str, str]
    level_db: Mapping[str, float]
    alike: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def html(self) -> str:
        """The page: opens from disk, fetches nothing."""
        return survey_page(self.survey, self.media)


def make_survey(
    truth: str | Path,
    systems: Mapping[str, str | Path],
    *,
    seed: int = 0,
    n_clips: int | None = None,
    n_checks: int = N_CHECKS,
    max_mb: float = MAX_MB,
    progress: Progress | None = None,
) -> SurveyPage:
    """Read folders of videos or sound files; clips match by stem.

    Args:
        truth: folder of the true clips; a list of clips in it gives classes and recordings.
        systems: name to folder.
        seed: draws the clips and, with the listener's code, every order.
        n_clips: clips in the test, classes taking turns; None takes all.
        n_checks: attention checks per listener.
        max_mb: largest page, in units of 10^6 bytes.
        progress: called with (clips done, clips in all, id).

    Raises:
        DataError: if no clip is on every side, none can be used or differs from the truth, or the page would be larger
            than ``max_mb``.
    """
    if not 0 <= seed <= MAX_SEED:
        raise DataError("seed", f"{seed} is not from 0 to 2^53 - 1", "use a smaller one")
    matched = match_folders(list_media(truth), {name: list_media(folder) for name, folder in systems.items()})
    drawn = n_clips is not None and n_clips < len(matched.clips)
    # Those that cannot be used make room for the next ones.
    candidates = in_turns(matched.clips, seed) if drawn else matched.clips
    wanted = min(len(candidates), n_clips or len(candidates))
    missing = dict(matched.missing)
    checks, media = _stored(check_media() if n_checks else {})
    clips: list[SurveyClip] = []
    levels_db: list[Mapping[str, float]] = []
    alike: dict[str, tuple[str, ...]] = {}
    for sides in candidates:
        if len(clips) == wanted:
            break
        if progress is not None:
            progress(len(clips), wanted, sides.truth.id)
        try:
            rendered = render(sides)
        except MediaError as error:
            missing[sides.truth.id] = f"{error.subject} {error.cause}"
            continue
        digests, addresses = _stored(rendered.files)
        if same := _as_the_truth(digests):
            # Of every system: listeners meet each clip once with a system that is drawn, so all must be fit to ask of.
            alike[sides.truth.id] = same
            continue
        media |= addresses
        picture = all(file.kind == VIDEO for file in rendered.files.values())
        true = sides.truth
        clips.append(SurveyClip(true.id, true.label, true.source, rendered.duration_s, picture, digests))
        levels_db.append(rendered.level_db)
        _check_size(media, max_mb, len(clips), wanted)
    if not clips:
        told = {**missing, **{name: f"{' and '.join(same)} are the same" for name, same in alike.items()}}
        name, reason = next(iter(told.items()))
        remedy = "check the files" if missing else "give systems whose sound is not the truth's"
        raise DataError(truth, f"no clip can be used (first: {name}: {reason})", remedy)
    clips.sort(key=lambda clip: clip.id)
    survey = Survey(seed, tuple(systems), tuple(clips), n_checks, checks)
    return SurveyPage(survey, media, dict(sorted(missing.items())), _medians(levels_db), alike)


def write_survey(path: str | Path, page: SurveyPage) -> float:
    """Write the page, whole or not at all.

    Returns:
        its size in units of 10^6 bytes.

    Raises:
        OutputError: if it cannot be written.
    """
    write_text(path, page.html())
    return Path(path).stat().st_size / 1e6


def _stored(files: Mapping[str, Playable]) -> tuple[dict[str, str], dict[str, str]]:
    """Digest by side, and address by digest."""
    digests = {side: hashlib.sha256(file.data).hexdigest()[:32] for side, file in files.items()}
    return digests, {digests[side]: data_url(file.kind, file.data) for side, file in files.items()}


def _as_the_truth(digests: Mapping[str, str]) -> tuple[str, ...]:
    """The truth and the systems whose file is the truth's; empty if there is none.

    Two systems that are alike are no reason to leave a clip out: that nobody prefers either is the right answer.
    """
    same = tuple(side for side, digest in digests.items() if digest == digests[TRUTH])
    return same if len(same) > 1 else ()


def _medians(levels_db: Sequence[Mapping[str, float]]) -> dict[str, float]:
    heard = {s: [row[s] for row in levels_db if not math.isnan(row[s])] for s in levels_db[0]}
    return {s: round(median(values), 2) for s, values in heard.items() if values}


def _check_size(media: Mapping[str, str], max_mb: float, done: int, n_clips: int) -> None:
    size_mb = sum(map(len, media.values())) / 1e6
    if size_mb > max_mb:
        cause = f"{done} of {n_clips} clips already take {size_mb:.0f} MB, the limit is {max_mb:g}"
        raise DataError("survey", cause, "use fewer or shorter clips (--clips), or raise --max-mb")
