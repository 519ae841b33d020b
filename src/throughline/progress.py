"""Progress: how far a run is, told now and then to whoever watches it."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Is told what is being done, how much of it is done, and of how much where that is known."""


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Report nothing."""
