"""What a listening test asks of whom: clips, systems, questions. The page carries it, and so does every answer file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from silentfoley import __version__
from silentfoley.errors import DataError
from silentfoley.files import fingerprint

FORMAT, VERSION = "silentfoley survey", 1
#: Name of the side that is no system.
TRUTH = "truth"
#: Two-alternative forced choice, as in AutoFoley's survey: one side is the truth, the other a system.
REAL = "real"
#: Of two systems, or of the truth and the only system.
PREFERENCES = ("realistic", "suitable", "clean", "synchronised")
#: Not asked of clips without a picture: there is no scene to suit and nothing to be in time with.
NEED_PICTURE = ("suitable", "synchronised")
#: Passed by whoever hears: one side is silent.
HEARD = "heard"
QUESTIONS: Mapping[str, str] = {
    REAL: "Which of these is the real recording?",
    "realistic": "Which sounds more realistic?",
    "suitable": "Which sound suits the scene better?",
    "clean": "Which has less noise?",
    "synchronised": "Which is better in time with what happens?",
    HEARD: "A check: one of these two is silent. Which one can you hear?",
}
#: Attention checks each listener meets unless told: one who only guesses passes all four 1 time in 16.
N_CHECKS = 4
#: Size of a page in units of 10^6 bytes beyond which none is written unless told, and from which a remark is due.
MAX_MB, HEAVY_MB = 200, 50
#: Half width of the interval that is planned for unless told.
PRECISION = 0.05
#: How every sound was treated, so that nothing but the sound itself tells the sides apart.
SOUND_RULE = (
    "mono (mean of channels), 48 kHz, level as found, limited to full scale, cut or followed by silence to the length "
    "of the true picture, or of the true sound where there is none; under a picture to its next whole frame"
)


@dataclass(frozen=True)
class SurveyClip:
    """One clip of the test.

    Attributes:
        id: of the true clip.
        label, source: class, or empty, and recording; clips of one recording are drawn together in intervals.
        duration_s: length of either side.
        picture: whether there is one, the same on either side.
        media: by side (``truth`` and every system) the digest of the embedded file.
    """

    id: str
    label: str
    source: str
    duration_s: float
    picture: bool
    media: Mapping[str, str]

    @property
    def preferences(self) -> tuple[str, ...]:
        """Questions of preference asked of it."""
        return tuple(q for q in PREFERENCES if self.picture or q not in NEED_PICTURE)


@dataclass(frozen=True)
class Survey:
    """A listening test.

    Attributes:
        seed: of everything drawn.
        systems: names, at least one, none of them ``truth``.
        clips: at least one, ids all different.
        n_checks: attention checks per listener.
        checks: digests of the two files of a check: ``sound`` and ``silence``.
        questions, sound: wording and treatment of sounds; a page of another release keeps its own.
        made_by: release that wrote the page; not part of the digest.
    """

    seed: int
    systems: tuple[str, ...]
    clips: tuple[SurveyClip, ...]
    n_checks: int
    checks: Mapping[str, str] = field(default_factory=dict)
    questions: Mapping[str, str] = field(default_factory=lambda: dict(QUESTIONS))
    sound: str = SOUND_RULE
    made_by: str = __version__

    @property
    def pairs(self) -> tuple[tuple[str, str], ...]:
        """Sides that preferences compare: every two systems, or the only system and the truth."""
        if len(self.systems) == 1:
            return ((self.systems[0], TRUTH),)
        return tuple((a, b) for i, a in enumerate(self.systems) for b in self.systems[i + 1 :])

    @property
    def digest(self) -> str:
        """Of everything that must agree for answers to be counted together."""
        return fingerprint(self._content())

    def summary(self) -> str:
        """What a listener is in for, in words."""
        n_preferences = sum(len(c.preferences) for c in self.clips)
        n_clips = len(self.clips)
        return f"{n_clips} clips, {n_clips} real or fake, {n_preferences} preferences, {self.n_checks} checks"

    def header(self) -> dict[str, Any]:
        """JSON values: the page holds them and puts them into every answer file."""
        return {**self._content(), "digest": self.digest, "made_by": self.made_by}

    def _content(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "version": VERSION,
            "seed": self.seed,
            "systems": list(self.systems),
            "clips": [{**asdict(c), "media": dict(c.media)} for c in self.clips],
            "n_checks": self.n_checks,
            "checks": dict(self.checks),
            "pairs": [list(p) for p in self.pairs],
            "questions": dict(self.questions),
            "preferences": list(PREFERENCES),
            "need_picture": list(NEED_PICTURE),
            "sound": self.sound,
        }


def read_header(value: Any, subject: str) -> Survey:
    """The survey of a header.

    Args:
        value: as :meth:`Survey.header` makes it.
        subject: named in errors.

    Raises:
        DataError: if it is none, of another format version, or was changed after it was written.
    """
    if not isinstance(value, Mapping) or value.get("format") != FORMAT:
        raise DataError(subject, "carries no survey", "give a survey page, or files saved by one")
    if value.get("version") != VERSION:
        found = f"is of survey version {value.get('version')!r}, this release reads {VERSION}"
        raise DataError(subject, found, "use the release that made the page")
    try:
        survey = Survey(
            seed=int(value["seed"]),
            systems=tuple(str(s) for s in value["systems"]),
            clips=tuple(_clip(c) for c in value["clips"]),
            n_checks=int(value["n_checks"]),
            checks=dict(value["checks"]),
            questions=dict(value["questions"]),
            sound=str(value["sound"]),
            made_by=str(value.get("made_by", "")),
        )
        same = value["digest"] == survey.digest
    except (KeyError, TypeError, ValueError) as error:
        cause = f"its survey is damaged ({type(error).__name__}: {error})"
        raise DataError(subject, cause, "get the file again") from None
    if not same:
        raise DataError(subject, "its survey was changed: the digest does not fit", "get the file again")
    return survey


def _clip(value: Any) -> SurveyClip:
    text = {k: str(value[k]) for k in ("id", "label", "source")}
    return SurveyClip(
        **text, duration_s=float(value["duration_s"]), picture=bool(value["picture"]), media=dict(value["media"])
    )
