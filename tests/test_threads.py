"""Torch's threads, for a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest
import torch

from silentfoley.threads import single_threaded


@pytest.fixture
def three_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(3)
    yield
    torch.set_num_threads(before)


@pytest.mark.usefixtures("three_threads")
def test_torch_computes_alone_and_afterwards_as_before():
    with single_threaded():
        assert torch.get_num_threads() == 1
        with ThreadPoolExecutor(1) as beside:
            assert beside.submit(torch.get_num_threads).result() == 1
    assert torch.get_num_threads() == 3
    with ThreadPoolExecutor(1) as beside:
        assert beside.submit(torch.get_num_threads).result() == 3


@pytest.mark.usefixtures("three_threads")
def test_an_error_gives_the_threads_back():
    with pytest.raises(ZeroDivisionError), single_threaded():
        _ = 1 / 0
    assert torch.get_num_threads() == 3
