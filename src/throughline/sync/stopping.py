"""End a run after its current batch when it is asked to: SIGTERM, SIGINT."""

from __future__ import annotations

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

from throughline.errors import StoppedError
from throughline.progress import Progress


class Stop:
    """Remembers that an end was asked for; `progress` (called between batches) carries it out."""

    def __init__(self) -> None:
        self.number = 0
        self.on_signal: Callable[[int], None] | None = None
        self._interrupted = False

    def ask(self, number: int, _frame: FrameType | None = None) -> None:
        """Take a signal; a second SIGINT raises KeyboardInterrupt at once.

        SIGTERM may well come twice: from our parent, and from whatever stops the process group.
        """
        if number == signal.SIGINT:
            if self._interrupted:
                raise KeyboardInterrupt
            self._interrupted = True
        self.number = self.number or number
        if self.on_signal is not None:
            self.on_signal(number)

    def check(self) -> None:
        """Raise StoppedError if an end was asked for."""
        if self.number:
            raise StoppedError(self.number)

    def between(self, progress: Progress) -> Progress:
        """Return a progress callable that ends the run where one was asked for."""

        def checked(what: str, done: int, total: int | None) -> None:
            progress(what, done, total)
            self.check()

        return checked


@contextmanager
def stop_on_signals() -> Iterator[Stop]:
    """Turn SIGTERM and SIGINT into a `Stop`; restore the previous handlers at the end."""
    stop = Stop()
    numbers = (signal.SIGTERM, signal.SIGINT)
    before = {number: signal.signal(number, stop.ask) for number in numbers}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
