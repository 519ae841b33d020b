"""Tidy the landing once a day: remove the files that a killed run left and nothing refers to."""

from __future__ import annotations

import time
from contextlib import ExitStack, closing
from pathlib import Path

from throughline.errors import BusyError, LandingUnavailableError
from throughline.home.check_connections import connection_names
from throughline.home.values import Home

EVERY_SECONDS = 24 * 3600.0
MARKER = Path("data") / "tidied"


def tidy_landing(home: Home) -> int:
    """Remove the landing's orphans if a day has passed since the last time; return their number.

    It is done while no connection of the home is being read, so that no run can be about to
    refer to a file again; where one is, or the landing can't be used, the next run tries. A new
    home has nothing to tidy.
    """
    marker = home.folder / MARKER
    if not marker.exists():
        marker.parent.mkdir(parents=True, exist_ok=True)
        marker.touch()
        return 0
    if time.time() - marker.stat().st_mtime < EVERY_SECONDS:
        return 0
    from throughline.land import Landing, collect_orphans  # noqa: PLC0415  # once a day
    from throughline.store import connection_lock, open_store, store_errors  # noqa: PLC0415

    # all of its connections, also where only some are loaded
    names = connection_names(home.folder)
    with store_errors(), closing(open_store(home)) as connection, ExitStack() as held:
        try:
            for name in names:
                held.enter_context(connection_lock(connection, name, wait=False))
            removed = collect_orphans(connection, Landing(home.landing_url))
        except (BusyError, LandingUnavailableError):
            return 0
    marker.touch()
    return removed
