"""How many threads torch computes with, for a while."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import torch


@contextmanager
def single_threaded() -> Iterator[None]:
    """Torch computes in this thread alone, and so do threads that are begun inside; afterwards as before.

    Worth it where several small computations run beside each other anyway: torch would share out each of them and
    then wait for its slowest part, which on cores that others want as well takes many times as long. And sums come out
    the same whatever the number of cores.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(before)
