"""The canonical customer store: one PostgreSQL, embedded or by its URL.

Reading order: `embedded` starts the server, `connection` opens a session on it, `migrate` brings
its schema up to date, `copying` moves Arrow in and out, `locks` keeps runs from crossing,
`statistics` keeps plans good, `indexes` fills empty tables quickly.
"""

from throughline.store.connection import Connection, connect, store_errors
from throughline.store.copying import copy_in, copy_out, copy_out_batches, stage
from throughline.store.embedded import EmbeddedServer
from throughline.store.indexes import indexes_afterwards
from throughline.store.locks import connection_lock, identity_lock, relay_lock
from throughline.store.migrate import migrate
from throughline.store.opening import StoreLocation, embedded_server, open_store, store_url
from throughline.store.statements import duckdb_statement, statement
from throughline.store.statistics import refresh_statistics

__all__ = [
    "Connection",
    "EmbeddedServer",
    "StoreLocation",
    "connect",
    "connection_lock",
    "copy_in",
    "copy_out",
    "copy_out_batches",
    "duckdb_statement",
    "embedded_server",
    "identity_lock",
    "indexes_afterwards",
    "migrate",
    "open_store",
    "refresh_statistics",
    "relay_lock",
    "stage",
    "statement",
    "store_errors",
    "store_url",
]
