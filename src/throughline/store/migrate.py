"""Bring a store's schema up to date: forward only, under a lock, one transaction a file."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from psycopg import sql

from throughline.errors import NewerSchemaError, StoreError
from throughline.store.connection import Connection

_LOCK = int.from_bytes(hashlib.sha256(b"throughline/migrate").digest()[:8], signed=True)

_LEDGER = """
CREATE TABLE IF NOT EXISTS schema_migration (
    version integer PRIMARY KEY,
    name text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Migration:
    """One forward step of the schema; `version` counts from 1 without gaps."""

    version: int
    name: str
    text: str


@cache
def migrations() -> tuple[Migration, ...]:
    """Return this release's migrations in order."""
    folder = files("throughline.store").joinpath("migrations")
    found = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return tuple(
        Migration(
            version=int(name[:4]), name=name[5:-4], text=folder.joinpath(name).read_text("utf-8")
        )
        for name in found
    )


def schema_version(connection: Connection) -> int:
    """Return the store's schema version; 0 for an empty database."""
    row = connection.execute("SELECT to_regclass('schema_migration') IS NOT NULL").fetchone()
    if not (row and row[0]):
        return 0
    row = connection.execute("SELECT coalesce(max(version), 0) FROM schema_migration").fetchone()
    return int(row[0]) if row else 0


def migrate(connection: Connection) -> int:
    """Apply what is missing and return how many migrations that were.

    Two processes at once are safe: the second waits, then finds nothing to do. Raises
    NewerSchemaError when the store knows migrations that this release does not.
    """
    known = migrations()[-1].version
    found = schema_version(connection)
    if found == known:
        return 0
    if found > known:
        raise NewerSchemaError(found=found, known=known)
    _require_supported_server(connection)
    connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
    try:
        found = schema_version(connection)
        waiting = [step for step in migrations() if step.version > found]
        for step in waiting:
            _apply(connection, step)
        return len(waiting)
    finally:
        connection.execute("SELECT pg_advisory_unlock(%s)", [_LOCK])


def _apply(connection: Connection, step: Migration) -> None:
    with connection.transaction():
        connection.execute(_LEDGER)
        connection.execute(sql.SQL(step.text))
        connection.execute(
            "INSERT INTO schema_migration (version, name) VALUES (%s, %s)",
            [step.version, step.name],
        )


def _require_supported_server(connection: Connection) -> None:
    if connection.info.server_version < 150000:
        raise StoreError(
            f"PostgreSQL {connection.info.server_version // 10000} is too old; "
            "Throughline needs 15 or newer"
        )
