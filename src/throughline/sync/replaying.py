"""Normalise refused records again, after their mapping rule was fixed."""

from __future__ import annotations

from contextlib import closing

from throughline.counts import Counts
from throughline.home.values import Home
from throughline.progress import Progress, silent
from throughline.sync.connection import normalise_connection
from throughline.sync.identity import identify

PACKAGE = "throughline.sync"


def replay(
    home: Home, connection: str | None, stream: str | None, progress: Progress = silent
) -> tuple[int, int]:
    """Replay what is in quarantine; return how many records were in it before, and are now.

    What the landing itself refused stays: the source must send it again.
    """
    from throughline.store import open_store, statement, store_errors  # noqa: PLC0415  # loads Arrow

    which = {"connection": connection, "stream": stream}
    with store_errors(), closing(open_store(home)) as session:
        before = session.execute(statement(PACKAGE, "count_refused"), which).fetchone()
        names = session.execute(statement(PACKAGE, "replay_refused"), which).fetchall()
        counts = Counts()
        for (name,) in sorted(set(names)):
            if name in home.connections:
                counts += normalise_connection(home, name, progress)
        if names:
            identify(home, progress)
        after = session.execute(statement(PACKAGE, "count_refused"), which).fetchone()
    return (int(before[0]) if before else 0, int(after[0]) if after else 0)
