"""Progress: how far a run is, reported now and then to its caller."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int | None], None]
"""Called with what is being done, how much of it is done, and the total if that is known."""


def silent(_what: str, _done: int, _total: int | None) -> None:
    """Report nothing."""
