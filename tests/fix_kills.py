"""End a run in this process as a kill does: no statement reaches the store any more."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest.mock import patch

import psycopg

from throughline.errors import StoppedError
from throughline.progress import Progress


class KilledError(BaseException):
    """The run is dead; nothing but a test catches this."""


@contextmanager
def killed_before(place: int) -> Iterator[None]:
    """Raise KilledError in place of this statement (counted from 0) and of all after it."""
    left = place

    def mortal(method: Callable[..., Any]) -> Callable[..., Any]:
        def called(*args: Any, **kwargs: Any) -> Any:
            nonlocal left
            left -= 1
            if left < 0:
                raise KilledError
            return method(*args, **kwargs)

        return called

    with ExitStack() as patches:
        for name in ("execute", "executemany", "copy"):
            method = getattr(psycopg.Cursor, name)
            patches.enter_context(patch.object(psycopg.Cursor, name, mortal(method)))
        yield


def stopped_at(place: int) -> Progress:
    """Return a progress callable that ends the run at its call of this number."""
    left = place

    def progress(_what: str, _done: int, _total: int | None) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise StoppedError(15)

    return progress
