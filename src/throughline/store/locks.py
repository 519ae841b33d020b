"""Advisory locks: one per connection, one for identity (resolve and merge), one per sink.

They belong to the session, so the server releases them when a process dies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager

from throughline.errors import BusyError
from throughline.store.connection import Connection


@contextmanager
def connection_lock(connection: Connection, name: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of one configured connection: extract, land, normalise."""
    with _advisory(connection, f"connection/{name}", f"connection {name}", wait):
        yield


@contextmanager
def identity_lock(connection: Connection, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of resolve and merge."""
    with _advisory(connection, "identity", "resolving and merging", wait):
        yield


@contextmanager
def relay_lock(connection: Connection, sink: str, *, wait: bool = True) -> Iterator[None]:
    """Hold the lock of one sink's relay."""
    with _advisory(connection, f"relay/{sink}", "publishing to this sink", wait):
        yield


@contextmanager
def _advisory(connection: Connection, name: str, what: str, wait: bool) -> Iterator[None]:
    number = int.from_bytes(
        hashlib.sha256(f"throughline/{name}".encode()).digest()[:8], signed=True
    )
    row = connection.execute("SELECT pg_try_advisory_lock(%s)", [number]).fetchone()
    if not (row and row[0]):
        if not wait:
            raise BusyError(what)
        connection.execute("SELECT pg_advisory_lock(%s)", [number])
    try:
        yield
    finally:
        if not connection.closed:
            connection.execute("SELECT pg_advisory_unlock(%s)", [number])
