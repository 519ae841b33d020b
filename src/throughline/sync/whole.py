"""The whole sync: connections side by side, then resolve and merge, then the sinks."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from threading import Thread

from throughline.errors import ConfigurationError
from throughline.home.values import Home
from throughline.progress import Progress, silent
from throughline.sync.connection import sandbox_of
from throughline.sync.identity import Identity
from throughline.sync.processes import side_by_side
from throughline.sync.report import ConnectionResult, SyncReport
from throughline.sync.sinks import publish_each
from throughline.sync.stopping import Stop
from throughline.sync.tidying import tidy_landing


def sync(
    home: Home,
    connections: Sequence[str] = (),
    progress: Progress = silent,
    *,
    stop: Stop | None = None,
    load_ahead: Callable[[], None] | None = None,
) -> SyncReport:
    """Run all stages for the named connections (none named: every enabled one).

    A connection or a sink that fails leaves the others' results as they are; its error is in the
    report. `load_ahead` loads what the caller will need afterwards, in a thread beside resolve and
    merge, which leave a processor free.
    Raises errors that concern all of them: the store's, an unknown name, a stop.
    """
    began = time.monotonic()
    stop = stop or Stop()
    names = _chosen(home, connections)
    preload(home)
    home = replace(home, store_url=_ready_store(home))
    with closing(Identity(home)) as identity:
        results = side_by_side(
            home,
            names,
            progress,
            stop,
            meanwhile=lambda: identity.rules,
            on_news=identity.open_ahead,
        )
        _close_rows_of_the_dead(home, results)
        stop.check()
        if load_ahead is not None:
            Thread(target=load_ahead, daemon=True).start()
        identified = identity.run(stop.between(progress))
    tidy_landing(home)
    if home.feed.sinks:
        stop.check()
    return SyncReport(
        connections=tuple(results),
        identity=identified,
        sinks=publish_each(home, stop.between(progress)),
        seconds=time.monotonic() - began,
    )


def preload(home: Home) -> None:
    """Load and open once what every child would load and open again; it leaves no thread.

    Arrow's own allocators and numpy's linear algebra would start threads, which must not exist when
    this process forks; the system's allocator also takes less memory for Arrow. The DuckDBs of
    landing and normalising have no threads of their own; one is opened beside the other loading.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    os.environ.setdefault("JE_ARROW_MALLOC_CONF", "background_thread:false")
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
    sandbox = sandbox_of(home.organisation)
    with ThreadPoolExecutor(1) as beside:
        opened = beside.submit(sandbox.open)
        import jsonschema_rs  # noqa: F401, PLC0415  # for the children

        from throughline import land  # noqa: F401, PLC0415  # likewise
        from throughline.connector import text_engine  # noqa: PLC0415
        from throughline.home.connectors import load_own_connectors  # noqa: PLC0415

        load_own_connectors(home)
        text_engine()
    opened.result()


def _chosen(home: Home, connections: Sequence[str]) -> list[str]:
    for name in connections:
        if not home.connection(name).enabled:
            raise ConfigurationError(f"connection {name} is switched off (`enabled: false`)")
    wanted = connections or [name for name, one in home.connections.items() if one.enabled]
    return list(dict.fromkeys(wanted))


def _ready_store(home: Home) -> str:
    """Start the store and bring its schema up to date; return its URL."""
    from throughline.store import open_store, store_url  # noqa: PLC0415  # after `preload`

    url = store_url(home)
    with closing(open_store(replace(home, store_url=url))):
        return url


def _close_rows_of_the_dead(home: Home, results: Sequence[ConnectionResult]) -> None:
    """Write into the run's row what killed it; a child that lived has done so itself."""
    from throughline.store import connect, statement  # noqa: PLC0415  # after `preload`

    dead = [result for result in results if result.died]
    if not dead or home.store_url is None:
        return
    with closing(connect(home.store_url)) as connection:
        for result in dead:
            connection.execute(
                statement("throughline.sync", "close_dead_run"),
                {"subject": result.name, "error": result.error},
            )
