from __future__ import annotations

import pickle

from silentfoley.errors import MediaError, missing_extra


def test_one_line_whatever_the_parts_hold() -> None:
    error = MediaError("a\nb.mp4", "two\nlines", "do\tthis")
    assert str(error) == "a b.mp4: two lines; do this"


def test_crosses_processes() -> None:
    error = pickle.loads(pickle.dumps(MediaError("a", "b", "c")))
    assert isinstance(error, MediaError)
    assert str(error) == "a: b; c"


def test_a_missing_extra_is_told_as_it_can_be_installed() -> None:
    error = missing_extra("silentfoley train", "hydra", "train")
    remedy = 'pip install "silentfoley[train]", or in a checkout: pip install ".[train]"'
    assert str(error) == f"silentfoley train: needs hydra; {remedy}"
