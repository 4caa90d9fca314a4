"""Generators that several files judge, fitted once."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))
import helpers


@pytest.fixture(scope="session")
def cue_class_mean():
    return helpers.small_cue_class_mean()
