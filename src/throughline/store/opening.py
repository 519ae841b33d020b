"""Open the store of a home: start the embedded server if it is one, migrate, connect."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from throughline.store.connection import Connection, connect, store_errors
from throughline.store.embedded import EmbeddedServer
from throughline.store.migrate import migrate


class StoreLocation(Protocol):
    """Where a store is: a URL, or (None) the embedded one below `folder`."""

    @property
    def folder(self) -> Path: ...

    @property
    def store_url(self) -> str | None: ...


def embedded_server(folder: Path) -> EmbeddedServer:
    """Return the embedded server of the home in `folder`, as it is: started or not."""
    return EmbeddedServer(folder / "data" / "store")


def store_url(location: StoreLocation) -> str:
    """Return the URL to connect to, having started the embedded server if it is that one."""
    if location.store_url is not None:
        return location.store_url
    server = embedded_server(location.folder)
    server.start()
    return server.url()


def open_store(location: StoreLocation) -> Connection:
    """Return a session on a store whose schema is up to date.

    Raises StoreUnavailableError, NewerSchemaError, and StoreError for a server that is too old.
    """
    connection = connect(store_url(location))
    try:
        with store_errors():
            migrate(connection)
    except BaseException:
        connection.close()
        raise
    return connection
