"""Logs for commands that run on and on: one line an event, on stderr, without personal data."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from structlog.typing import FilteringBoundLogger


def logger(**context: Any) -> FilteringBoundLogger:
    """Return a logger that carries `context`: coloured on a terminal, JSON lines elsewhere."""
    import structlog  # noqa: PLC0415  # slow to load, and only long runs need it

    terminal = sys.stderr.isatty()
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.dev.ConsoleRenderer() if terminal else structlog.processors.JSONRenderer(),
        ],
        logger_factory=structlog.PrintLoggerFactory(sys.stderr),
        cache_logger_on_first_use=True,
    )
    made: FilteringBoundLogger = structlog.get_logger(**context)
    return made
