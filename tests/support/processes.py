"""Run a function in two processes that talk to each other."""

from __future__ import annotations

import multiprocessing as mp
import os
import pickle
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
import torch.distributed as dist


def _work(rank: int, world: int, store: str, task: Callable[..., Any], args: tuple[Any, ...], out: Any) -> None:
    torch.set_num_threads(1)
    os.environ["GLOO_SOCKET_IFNAME"] = "lo"
    dist.init_process_group("gloo", init_method=f"file://{store}", rank=rank, world_size=world)
    try:
        # Tensors put as they are would be shared memory that dies with its process.
        out.put((rank, pickle.dumps(task(rank, *args))))
        dist.barrier()
    finally:
        dist.destroy_process_group()


def in_processes(task: Callable[..., Any], *args: Any, world: int = 2) -> list[Any]:
    """What ``task(rank, *args)`` returns in each of ``world`` processes; the task is a function of a module."""
    context = mp.get_context("fork")
    with tempfile.TemporaryDirectory() as folder:
        out = context.Queue()
        store = str(Path(folder) / "store")
        workers = [context.Process(target=_work, args=(r, world, store, task, args, out)) for r in range(world)]
        for worker in workers:
            worker.start()
        answers = dict(out.get(timeout=120) for _ in workers)
        for worker in workers:
            worker.join(30)
    return [pickle.loads(answers[r]) for r in range(world)]
