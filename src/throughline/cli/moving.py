"""Move a store while nothing writes to it."""

from __future__ import annotations

from contextlib import ExitStack, closing
from dataclasses import replace

from throughline.cli.show import bars
from throughline.errors import ConfigurationError, StoreMoveError, StoreUnavailableError
from throughline.home import Home
from throughline.home.load import EMBEDDED
from throughline.store import (
    Connection,
    connect,
    connection_lock,
    identity_lock,
    store_errors,
    store_url,
)
from throughline.store.backup import BackupReport, move_store


def moved(home: Home, to: str) -> BackupReport:
    """Copy the home's store to `to` under every lock that a writer takes; BusyError if one runs."""
    target = replace(home, store_url=None if to == EMBEDDED else to)
    if target.store_url == home.store_url:
        raise ConfigurationError("the store is there already")
    with store_errors(), ExitStack() as stack:
        source = stack.enter_context(closing(connect(store_url(home))))
        for (name,) in source.execute("SELECT DISTINCT connection FROM stream").fetchall():
            stack.enter_context(connection_lock(source, name, wait=False))
        stack.enter_context(identity_lock(source, wait=False))
        into = stack.enter_context(closing(_destination(target)))
        progress = stack.enter_context(bars())
        return move_store(source, into, progress=progress)


def _destination(target: Home) -> Connection:
    """Open the store to move to; its errors say that it is meant, not the home's own."""
    try:
        return connect(store_url(target))
    except StoreUnavailableError as error:
        raise StoreMoveError(
            f"the store to move to does not answer ({error.reason}); nothing was moved"
        ) from None
    except ConfigurationError as error:
        raise ConfigurationError(f"the store to move to: {error}") from None
