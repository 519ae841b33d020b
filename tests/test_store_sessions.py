"""Sessions on a store that an administrator looks after: limits, standbys, poolers."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from psycopg import conninfo, sql

from tests.fix_postgres import PostgresServer
from throughline.errors import ConfigurationError, StoreUnavailableError
from throughline.store import connect, open_store, store_errors

LIMITS = (
    "statement_timeout",
    "lock_timeout",
    "idle_in_transaction_session_timeout",
    "idle_session_timeout",
)


class AHome:
    """A home whose store is at an address."""

    folder = Path()

    def __init__(self, store_url: str) -> None:
        self.store_url = store_url


def set_for_all(server: PostgresServer, url: str, setting: str, value: str) -> None:
    """Give a setting to all new sessions on a database."""
    name = sql.Identifier(str(conninfo.conninfo_to_dict(url)["dbname"]))
    server.execute(
        sql.SQL("ALTER DATABASE {} SET {} = {}").format(name, sql.Identifier(setting), value)
    )


@pytest.mark.parametrize("limit", LIMITS)
def test_an_administrators_limit_for_queries_ends_no_run(
    debian_template: PostgresServer, limit: str
) -> None:
    with debian_template.database(migrated=True) as url:
        set_for_all(debian_template, url, limit, "50ms")
        with connect(url) as connection:
            assert connection.execute(f"SHOW {limit}".encode()).fetchone() == ("0",)


@pytest.mark.parametrize("migrated", [True, False])
def test_a_standby_asks_for_the_server_that_leads(
    debian_template: PostgresServer, migrated: bool
) -> None:
    with debian_template.database(migrated=migrated) as url:
        set_for_all(debian_template, url, "default_transaction_read_only", "on")
        with (
            pytest.raises(StoreUnavailableError, match="the server that leads"),
            store_errors(),
            open_store(AHome(url)) as connection,
        ):
            connection.execute("DELETE FROM run")


def without_options(startup: bytes) -> bytes:
    """Return the packet that begins a session, without the settings that it asks for."""
    words = startup[8:].rstrip(b"\0").split(b"\0")
    pairs = [one for one in zip(words[::2], words[1::2], strict=True) if one[0] != b"options"]
    body = startup[4:8] + b"".join(b"%s\0%s\0" % pair for pair in pairs) + b"\0"
    return (len(body) + 4).to_bytes(4) + body


@contextmanager
def a_pooler(server: PostgresServer) -> Iterator[int]:
    """Yield the port of what lets sessions through but ignores the settings they ask for."""

    def carry(source: socket.socket, target: socket.socket) -> None:
        with suppress(OSError):
            while some := source.recv(65_536):
                target.sendall(some)
            target.shutdown(socket.SHUT_WR)

    def serve(listener: socket.socket) -> None:
        client, _ = listener.accept()
        with client, socket.socket(socket.AF_UNIX) as behind:
            behind.connect(str(server.folder / ".s.PGSQL.5432"))
            behind.sendall(without_options(client.recv(65_536)))
            back = threading.Thread(target=carry, args=[behind, client])
            back.start()
            carry(client, behind)
            back.join()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        serving = threading.Thread(target=serve, args=[listener])
        serving.start()
        yield listener.getsockname()[1]
        serving.join()


def test_a_pooler_that_keeps_no_session_is_refused(embedded_template: PostgresServer) -> None:
    with embedded_template.database(migrated=True) as url, a_pooler(embedded_template) as port:
        name = conninfo.conninfo_to_dict(url)["dbname"]
        pooled = f"postgresql://postgres@127.0.0.1:{port}/{name}?sslmode=disable&gssencmode=disable"
        with pytest.raises(ConfigurationError, match="connection pooler"):
            connect(pooled)
