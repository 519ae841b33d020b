"""What Airflow's workers run: one stage of the engine each, and its counts as the result."""

from __future__ import annotations

import logging
import os

from throughline.airflow.deployment import read_deployment
from throughline.airflow.secrets import AirflowSecrets
from throughline.home import Home, load_home
from throughline.sync import identify, publish_all, sync_connection, tidy_landing

log = logging.getLogger(__name__)


def bring_in(connection: str) -> dict[str, int]:
    """Land and normalise what is new in one connection; return the counts."""
    return dict(sync_connection(the_home(connection), connection, progress=log_progress))


def make_customers() -> dict[str, int]:
    """Resolve and merge what the connections brought; return the counts."""
    home = the_home()
    counts = dict(identify(home, progress=log_progress))
    tidy_landing(home)
    return counts


def publish_feed() -> dict[str, int]:
    """Send what the feed holds to the home's sinks; return the counts."""
    return dict(publish_all(the_home(), progress=log_progress))


def check_home(connection: str | None = None) -> None:
    """Fail with what `throughline check` says of the connection, or of the home itself."""
    the_home(*([] if connection is None else [connection]))


def the_home(*connections: str) -> Home:
    """Load the worker's home with these connections alone, their secrets filled in."""
    folder = read_deployment(os.environ).home
    return load_home(folder, secrets=AirflowSecrets(), only=connections)


def log_progress(what: str, done: int, total: int | None) -> None:
    """Write one line of progress to the task's log: numbers only."""
    log.info("%s: %d%s", what, done, "" if total is None else f" of {total}")
