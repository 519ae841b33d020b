"""Make an object in a thread before it is needed, so that nobody waits for it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Generic, Protocol, TypeVar


class Closable(Protocol):
    """Something that frees its memory when it is closed."""

    def close(self) -> None: ...


T = TypeVar("T", bound=Closable)


class Ahead(Generic[T]):
    """Calls `make` in a thread at once; the first call returns that object, later calls new ones.

    An error of `make` is raised by the call that would return its result.
    """

    def __init__(self, make: Callable[[], T]) -> None:
        self._make = make
        with_one_thread = ThreadPoolExecutor(1)
        self._first: Future[T] | None = with_one_thread.submit(make)
        with_one_thread.shutdown(wait=False)

    def __call__(self) -> T:
        """Return the one that was made ahead, or make one."""
        first, self._first = self._first, None
        return self._make() if first is None else first.result()

    def close(self) -> None:
        """Close the one that was made ahead, if nobody asked for it."""
        first, self._first = self._first, None
        if first is not None and first.exception() is None:
            first.result().close()
