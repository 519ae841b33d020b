"""Tidy up once a day: remove what killed runs left, in the landing and in the scratch folder."""

from __future__ import annotations

import shutil
import time
from contextlib import ExitStack, closing, suppress
from pathlib import Path

from throughline.errors import BusyError, LandingUnavailableError
from throughline.home.check_connections import connection_names
from throughline.home.values import Home

EVERY_SECONDS = 24 * 3600.0
MARKER = Path("data") / "tidied"
SCRATCH = Path("data") / "scratch"
"""Each run has a folder there for its connector's temporary files, copies of remote ones."""


def tidy_landing(home: Home) -> int:
    """Remove the landing's orphans if a day has passed since the last time; return their number.

    The folders that killed runs left in the scratch folder are removed and counted too. All is done
    while no connection of the home is being read, so that no run can be about to refer to a file
    again; where one is, or the landing can't be used, the next run tries. A new home has nothing
    to tidy.
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
            removed += _remove_old_folders(home.folder / SCRATCH)
        except (BusyError, LandingUnavailableError):
            return 0
    marker.touch()
    return removed


def _remove_old_folders(scratch: Path) -> int:
    """Remove the folders older than a day: a connection that the home no longer has may run yet."""
    before = time.time() - EVERY_SECONDS
    removed = 0
    for folder in scratch.glob("*"):
        with suppress(FileNotFoundError):  # that run has just ended
            if folder.stat().st_mtime < before:
                shutil.rmtree(folder)
                removed += 1
    return removed
