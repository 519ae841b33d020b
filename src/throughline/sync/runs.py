"""Keep the record of runs: when each began and ended, what it counted, why it failed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING

from throughline.counts import Counts
from throughline.errors import ThroughlineError, outcome

if TYPE_CHECKING:
    from throughline.store import Connection

PACKAGE = "throughline.sync"


class Run:
    """One run's row; `counts` may grow until the run ends."""

    def __init__(self, connection: Connection, run_id: int) -> None:
        self.connection, self.run_id = connection, run_id
        self.counts = Counts()

    def add(self, counts: Mapping[str, int]) -> None:
        """Add what a part of the run did."""
        self.counts += counts


@contextmanager
def recorded(connection: Connection, stage: str, subject: str = "") -> Iterator[Run]:
    """Record a run from here to the end of the block, however it ends.

    Its outcome is `held` if the only error is that a stream waits for a person. A row that an
    earlier, killed run of the same subject left open is closed as failed: call this under the lock
    of that subject.
    """
    from throughline.store import statement  # noqa: PLC0415  # loads Arrow: not before a fork

    key = {"stage": stage, "subject": subject}
    connection.execute(statement(PACKAGE, "close_killed_runs"), key)
    row = connection.execute(statement(PACKAGE, "begin_run"), key).fetchone()
    run = Run(connection, int(row[0]) if row else 0)
    try:
        yield run
    except BaseException as error:
        if not connection.closed:
            _end(run, outcome=outcome(error), error=reason(error))
        raise
    _end(run, outcome="succeeded", error=None)


def reason(error: BaseException) -> str:
    """Return what may be stored and shown of an error: our own texts, of others only the type."""
    return str(error) if isinstance(error, ThroughlineError) else type(error).__name__


def _end(run: Run, *, outcome: str, error: str | None) -> None:
    from throughline.store import statement  # noqa: PLC0415  # as above

    run.connection.execute(
        statement(PACKAGE, "end_run"),
        {
            "run_id": run.run_id,
            "outcome": outcome,
            "counts": json.dumps(dict(run.counts)),
            "error": error,
        },
    )
