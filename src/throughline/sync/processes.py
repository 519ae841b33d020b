"""Run connections side by side, each in a process of its own, a few at once."""

from __future__ import annotations

import os
import selectors
import signal
import sys
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from throughline.counts import Counts
from throughline.errors import StoppedError
from throughline.home.values import Home
from throughline.progress import Progress
from throughline.sync import child
from throughline.sync.messages import Listener
from throughline.sync.report import ConnectionResult
from throughline.sync.stopping import Stop

TASKS = Path("/proc/self/task")
PATIENCE_SECONDS = 0.05


def side_by_side(
    home: Home,
    names: Sequence[str],
    progress: Progress,
    stop: Stop,
    *,
    meanwhile: Callable[[], object],
    on_news: Callable[[], None],
) -> list[ConnectionResult]:
    """Sync each connection in its own process; a process that dies fails its connection alone.

    `meanwhile` is called once, when the first processes have begun; `on_news` once after it, when a
    stream has brought something and a processor is free.
    The home's `store_url` must name a running server. If this process has one thread, children are
    forked, all at the start, and wait for their turn; otherwise each is started as a new program.
    """
    forked = single_threaded()
    workers: list[_Worker] = []
    for name in names:
        workers.append(_Worker(home, name, stop, earlier=workers, fork=forked))

    def tell_all(_number: int) -> None:
        for worker in workers:
            worker.ask_to_stop()

    stop.on_signal = tell_all
    try:
        return _watch(workers, progress, stop, meanwhile, on_news)
    finally:
        stop.on_signal = None
        for worker in workers:
            worker.abandon()


def single_threaded() -> bool:
    """Tell whether this process has one thread only, so that forking it is safe.

    The system still lists a thread for a moment after it was joined: that is waited for.
    """
    if not TASKS.is_dir():
        return threading.active_count() == 1
    deadline = time.monotonic() + PATIENCE_SECONDS
    while len(list(TASKS.iterdir())) > 1:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.001)
    return True


def _watch(
    workers: Sequence[_Worker],
    progress: Progress,
    stop: Stop,
    meanwhile: Callable[[], object],
    on_news: Callable[[], None],
) -> list[ConnectionResult]:
    waiting, had_news = deque(workers), False
    with selectors.DefaultSelector() as selector:
        _start(waiting, selector, stop)
        meanwhile()
        while selector.get_map():
            for key, _ in selector.select(timeout=0.5):
                if not key.data.listen(progress):
                    selector.unregister(key.fd)
            _start(waiting, selector, stop)
            free = len(selector.get_map()) < (os.cpu_count() or 1)
            if free and not had_news and any(worker.brought_something for worker in workers):
                had_news = True
                on_news()
    return [worker.result(stop) for worker in workers]


def _start(waiting: deque[_Worker], selector: selectors.BaseSelector, stop: Stop) -> None:
    """Start as many of the waiting as may run at once; none after a stop.

    It is twice as many as there are processors, for each waits for the store now and then.
    """
    at_once = 2 * (os.cpu_count() or 1)
    while waiting and len(selector.get_map()) < at_once and not stop.number:
        worker = waiting.popleft()
        worker.start()
        selector.register(worker.listener.descriptor, selectors.EVENT_READ, worker)


class _Worker:
    """One connection's process, from the outside."""

    def __init__(
        self, home: Home, name: str, stop: Stop, *, earlier: Sequence[_Worker], fork: bool
    ) -> None:
        self.home, self.name, self.stop = home, name, stop
        self.streams: dict[str, Counts] = {}
        self.end: dict[str, Any] | None = None
        self.status: int | None = None
        self.began = self.ended = 0.0
        reading, self._writing = os.pipe()
        self.listener = Listener(reading)
        self._turn, self._give_turn = os.pipe()
        self.pid = self._fork(earlier) if fork else 0

    def start(self) -> None:
        """Give the process its turn."""
        self.began = time.monotonic()
        if self.pid:
            os.write(self._give_turn, b"1")
        else:
            self._spawn()
        os.close(self._writing)

    def listen(self, progress: Progress) -> bool:
        """Take the process's messages; return whether more can come."""
        messages = self.listener.receive()
        if messages is None:
            self._reap()
            return False
        for message in messages:
            if "progress" in message:
                what, done, total = message["progress"]
                progress(what if self.name in what else f"{self.name} {what}", done, total)
            elif "stream" in message:
                self.streams[message["stream"]] = Counts(message["counts"])
            else:
                self.end = message
        return True

    @property
    def brought_something(self) -> bool:
        """Tell whether one of its streams has had something to normalise."""
        return any(counts["normalised"] for counts in self.streams.values())

    def ask_to_stop(self) -> None:
        """Ask the process to end after its current batch, if it runs."""
        if self.pid and self.began and self.status is None:
            os.kill(self.pid, signal.SIGTERM)

    def abandon(self) -> None:
        """Let go of a process that never had its turn, or is still there after an error."""
        if self.began:
            for descriptor in (self._turn, self._give_turn, self.listener.descriptor):
                os.close(descriptor)
        else:
            self.close_all()
        if self.pid and self.status is None:
            self.ask_to_stop()
            self._reap()

    def close_all(self) -> None:
        """Close every end of this worker's pipes: in a process that has nothing to do with it."""
        for descriptor in (
            self._turn, self._give_turn, self._writing, self.listener.descriptor
        ):  # fmt: skip
            os.close(descriptor)

    def result(self, stop: Stop) -> ConnectionResult:
        """Return the connection's result."""
        error, exit_code = self._ending(stop)
        return ConnectionResult(
            name=self.name,
            streams=self.streams,
            error=error,
            exit_code=exit_code,
            outcome=self.end["outcome"] if self.end else "failed",
            died=self.end is None and self.began > 0,
            seconds=self.ended - self.began,
        )

    def _ending(self, stop: Stop) -> tuple[str | None, int]:
        if self.end is not None:
            return self.end["error"], self.end["exit_code"]
        if not self.began:
            stopped = StoppedError(stop.number)
            return str(stopped), stopped.exit_code
        code = os.waitstatus_to_exitcode(self.status or 0)
        how = f"by signal {-code}" if code < 0 else f"with code {code}"
        return f"{self.name}: its process ended {how}; the next run continues", 75

    def _reap(self) -> None:
        self.ended = time.monotonic()
        _, self.status = os.waitpid(self.pid, 0)

    def _fork(self, earlier: Sequence[_Worker]) -> int:
        pid = os.fork()
        if pid:
            return pid
        try:
            self.stop.on_signal = None  # the others are not ours to stop
            for other in earlier:  # their pipes must close when they end, not when we do
                other.close_all()
            os.close(self._give_turn)
            os.close(self.listener.descriptor)
            if os.read(self._turn, 1):
                child.run(self.home, self.name, self._writing, before=self.stop)
            sys.stderr.flush()
        finally:
            os._exit(0)  # nothing of the parent's is torn down here

    def _spawn(self) -> None:
        words = [sys.executable, "-c", "from throughline.sync.child import main; main()"]
        words += [str(self.home.folder), self.name, str(self._writing)]
        os.set_inheritable(self._writing, True)
        self.pid = os.posix_spawn(sys.executable, words, os.environ)
