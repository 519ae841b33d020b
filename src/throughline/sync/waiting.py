"""Hold one of the store's locks; while another run has it, say so and wait."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager

from throughline.errors import BusyError
from throughline.progress import Progress

SECONDS_A_LOOK = 0.2


@contextmanager
def held(
    lock: Callable[..., AbstractContextManager[None]],
    *arguments: object,
    progress: Progress,
) -> Iterator[None]:
    """Hold a lock; while another run has it, say so and wait, until `progress` ends that."""
    with ExitStack() as taken:
        while True:
            try:
                taken.enter_context(lock(*arguments, wait=False))
                break
            except BusyError as busy:
                progress(f"waiting: {busy.what} is being worked on by another run", 0, None)
                time.sleep(SECONDS_A_LOOK)
        yield
