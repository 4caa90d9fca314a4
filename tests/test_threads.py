"""Torch's threads, for a while."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from threading import Event

import pytest
import torch

from silentfoley.threads import each_single_threaded, single_threaded


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


@pytest.mark.usefixtures("three_threads")
def test_items_are_made_alone_and_used_with_all_threads():
    def items():
        for _ in range(2):
            yield torch.get_num_threads()

    used = [(made, torch.get_num_threads()) for made in each_single_threaded(items())]
    assert used == [(1, 3), (1, 3)]
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_those_who_overlap_are_alone_to_their_own_end_and_then_no_more():
    begun, left = Event(), Event()

    def stays():
        with single_threaded():
            begun.set()
            assert left.wait(10)
            inside = torch.get_num_threads()
        return inside, torch.get_num_threads()

    with ThreadPoolExecutor(1) as pool:
        with single_threaded():
            other = pool.submit(stays)
            assert begun.wait(10)
        left.set()
        # It was begun while torch computed in a single thread, and ended after that was over.
        assert other.result() == (1, 3)
    assert torch.get_num_threads() == 3
    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(torch.get_num_threads).result() == 3


@pytest.mark.usefixtures("three_threads")
def test_inside_another_it_changes_nothing():
    with single_threaded():
        with single_threaded():
            assert torch.get_num_threads() == 1
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 3


@pytest.mark.usefixtures("three_threads")
def test_a_thread_with_a_number_of_its_own_keeps_it():
    def own():
        torch.set_num_threads(2)
        with single_threaded():
            inside = torch.get_num_threads()
        return inside, torch.get_num_threads()

    with ThreadPoolExecutor(1) as pool:
        assert pool.submit(own).result() == (1, 2)
