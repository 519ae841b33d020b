"""Collect the landing's orphans: files whose transaction never came."""

from __future__ import annotations

import time

import pyarrow as pa

from throughline.land.landing import Landing
from throughline.land.writing import PACKAGE
from throughline.store import Connection, copy_out, statement

GRACE_SECONDS = 24 * 3600.0
_PATHS = pa.schema([("path", pa.string())])


def collect_orphans(
    connection: Connection, landing: Landing, *, grace_seconds: float = GRACE_SECONDS
) -> int:
    """Remove files that no batch and no raw content refers to, and return their number.

    Only files older than the grace are taken: a run that is writing now is left alone. The files
    are listed before the store is asked, so one that is recorded meanwhile is not taken.
    """
    before = time.time() - grace_seconds
    candidates = [path for path, changed in landing.paths() if changed <= before]
    known = copy_out(connection, statement(PACKAGE, "landed_paths"), None, _PATHS)
    orphans = sorted(set(candidates) - set(known["path"].to_pylist()))
    for path in orphans:
        landing.remove(path)
    return len(orphans)
