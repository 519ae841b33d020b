"""Parse chunks on all cores: results come in the order of the chunks, a few ahead of the reader."""

from __future__ import annotations

import os
import subprocess
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from queue import SimpleQueue

from throughline.errors import DefectError
from throughline_email.chunks import Chunk, Records, parse
from throughline_email.worker import receive, send

Process = subprocess.Popen[bytes]
_MOST = 8


def cores() -> int:
    """Return how many processes may parse at once."""
    return max(1, min(_MOST, len(os.sched_getaffinity(0))))


def parse_here(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Records]]:
    """Parse chunks in this process: right for little work."""
    for chunk in chunks:
        yield chunk, parse(chunk)


def parse_on_cores(chunks: Iterable[Chunk]) -> Iterator[tuple[Chunk, Records]]:
    """Parse chunks in processes of their own, as many as there are cores.

    They are started afresh and not forked: a forked one would keep our connections (and with them
    the store's locks) open after we are killed.
    """
    count = cores()
    idle: SimpleQueue[Process] = SimpleQueue()
    processes = [_start() for _ in range(count)]
    for process in processes:
        idle.put(process)
    waiting: deque[tuple[Chunk, Future[Records]]] = deque()
    threads = ThreadPoolExecutor(max_workers=count, thread_name_prefix="email")
    try:
        for chunk in chunks:
            waiting.append((chunk, threads.submit(_ask, idle, chunk)))
            if len(waiting) > count:
                first, future = waiting.popleft()
                yield first, future.result()
        while waiting:
            first, future = waiting.popleft()
            yield first, future.result()
    finally:
        for process in processes:
            process.kill()
        threads.shutdown(wait=True, cancel_futures=True)
        for process in processes:
            process.communicate()


def _start() -> Process:
    command = [sys.executable, "-m", "throughline_email.worker"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE)


def _ask(idle: SimpleQueue[Process], chunk: Chunk) -> Records:
    process = idle.get()
    try:
        assert process.stdin is not None and process.stdout is not None
        send(process.stdin, chunk)
        answer: Records = receive(process.stdout)
    except (EOFError, OSError) as error:
        raise DefectError(
            f"the process that reads e-mail ended at {chunk.name}; please report it with the file"
        ) from error
    finally:
        idle.put(process)
    return answer
