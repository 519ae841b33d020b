"""Hold one of the store's locks; while another run has it, say so and wait."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

from throughline.errors import BusyError
from throughline.sync.stopping import Progress


@contextmanager
def held(
    lock: Callable[..., AbstractContextManager[None]],
    *arguments: object,
    progress: Progress,
) -> Iterator[None]:
    """Hold a lock; while another run has it, say so and wait."""
    try:
        taken = lock(*arguments, wait=False)
        taken.__enter__()
    except BusyError as busy:
        progress(f"waiting: {busy.what} is being worked on by another run", 0, None)
        taken = lock(*arguments)
        taken.__enter__()
    try:
        yield
    finally:
        taken.__exit__(None, None, None)
