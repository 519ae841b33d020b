"""Sync again and again: one process keeps the time, each round runs in a process forked from it.

No round loads the program anew, and what a round opened, grew or broke goes with its process.
"""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from typing import NoReturn

from throughline.collector import spare_the_collector
from throughline.home.values import Home
from throughline.sync.stopping import Stop
from throughline.sync.whole import preload

SECONDS_A_LOOK = 0.5


def load_for_rounds(home: Home) -> None:
    """Load and open what each round would; it leaves no thread, so that rounds may be forked."""
    preload(home)
    from throughline import merge, publish, resolve  # noqa: F401, PLC0415  # for the rounds

    resolve.load_readings()
    spare_the_collector()


def again_and_again(
    one_round: Callable[[], NoReturn],
    *,
    pause: float,
    stop: Stop,
    killed: Callable[[int], None],
) -> None:
    """Run `one_round` each `pause` seconds, from start to start, until asked to stop.

    It runs in a process of its own, which it ends; `killed` hears of a signal that ended one. This
    process must have one thread. A stop is passed on to the round, which is waited for.
    """
    while not stop.number:
        began = time.monotonic()
        code = _forked(one_round, stop)
        if code < 0:
            killed(-code)
        while not stop.number and (left := began + pause - time.monotonic()) > 0:
            time.sleep(min(SECONDS_A_LOOK, left))


def _forked(one_round: Callable[[], NoReturn], stop: Stop) -> int:
    """Run it in a forked process; return its exit code, negative for a signal."""
    for stream in (sys.stdout, sys.stderr):
        stream.flush()  # or both processes would write what is kept
    pid = os.fork()
    if not pid:
        one_round()

    def pass_on(_number: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGTERM)

    stop.on_signal = pass_on
    try:
        if stop.number:  # since the loop looked
            pass_on(stop.number)
        _, status = os.waitpid(pid, 0)
    finally:
        stop.on_signal = None
    return os.waitstatus_to_exitcode(status)
