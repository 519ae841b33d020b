"""The peak memory of a process and all that it starts, PostgreSQL apart."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psutil


@contextmanager
def peak_memory(pid: int) -> Iterator[list[int]]:
    """Yield a list that takes the process tree's PSS in bytes until it ends.

    It is read once a second, for reading takes time itself. Leave the block when the process has
    ended: only then is the list complete.
    """
    peaks: list[int] = []
    watcher = threading.Thread(target=_watch, args=(pid, peaks))
    watcher.start()
    try:
        yield peaks
    finally:
        watcher.join()


def _watch(pid: int, peaks: list[int]) -> None:
    try:
        root = psutil.Process(pid)
        while root.is_running() and root.status() != psutil.STATUS_ZOMBIE:
            peaks.append(sum(map(_pss, [root, *root.children(recursive=True)])))
            time.sleep(1.0)
    except psutil.Error:
        return


def _pss(process: psutil.Process) -> int:
    """Return a process's proportional set size; 0 for one that ended, or is PostgreSQL's."""
    try:
        return 0 if process.name() == "postgres" else int(process.memory_full_info().pss)
    except psutil.Error:
        return 0
