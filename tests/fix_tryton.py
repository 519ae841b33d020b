"""A real ERP for tests: Tryton, on a database that is made once and kept in .cache."""

from __future__ import annotations

import base64
import hashlib
import itertools
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.fix_postgres import PostgresServer
from tests.fix_processes import Place, a_place, file_lock, free_port, listens, stop, wait_until

ROOT = Path(__file__).parents[1]
CACHE = ROOT / ".cache"
BIN = CACHE / "tryton" / "bin"
SERVERS = ROOT / "tests" / "servers"
MODULES = ("party", "sale", "account_invoice")
PASSWORD = "correct-horse-battery-staple"
_calls = itertools.count(1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tryton:
    """A running Tryton with a small company in it (tests/servers/tryton_demo.py)."""

    url: str
    database: str
    user: str = "admin"
    password: str = field(default=PASSWORD, repr=False)

    def call(self, method: str, *params: Any, headers: Mapping[str, str] | None = None) -> Any:
        """Call one method by JSON-RPC and return its result; raise ValueError if it has none."""
        body = {"id": next(_calls), "method": method, "params": params}
        answer = requests.post(
            f"{self.url}/{self.database}/rpc/", json=body, headers=headers, timeout=60
        )
        answer.raise_for_status()
        found = answer.json()
        if found.get("error"):
            raise ValueError(str(found["error"])[:500])
        return found["result"]

    def model(self, name: str, method: str, *arguments: Any) -> Any:
        """Call a method of a model as the administrator, in a session of its own."""
        login = self.call("common.db.login", self.user, {"password": self.password}, "en")
        token = base64.b64encode(f"{self.user}:{login[0]}:{login[1]}".encode()).decode()
        headers = {"Authorization": f"Session {token}"}
        context = self.call("model.res.user.get_preferences", True, {}, headers=headers)
        return self.call(f"model.{name}.{method}", *arguments, context, headers=headers)


def write_configuration(place: Place, server: PostgresServer, port: int) -> Path:
    """Write Tryton's configuration; it listens on loopback only."""
    file = place.folder / "trytond.conf"
    file.write_text(
        f"[database]\nuri = postgresql://{server.user}@/?host={server.folder}\n"
        f"path = {place.folder}\n[web]\nlisten = 127.0.0.1:{port}\n"
    )
    return file


def make_database(place: Place, server: PostgresServer, configuration: Path) -> None:
    """Make a database with Tryton's modules and the small company (about a minute)."""
    server.create("tryton")
    password = place.folder / "password"
    password.write_text(PASSWORD + "\n")
    admin: list[str | Path] = [BIN / "trytond-admin", "-c", configuration, "-d", "tryton"]
    start = ["--all", "-p", "--email", "admin@example.com"]
    for words in (start, ["-u", *MODULES, "--activate-dependencies"]):
        place.run([*admin, *words], {"TRYTONPASSFILE": str(password)})
    fill: list[str | Path] = [BIN / "python", SERVERS / "tryton_demo.py", "tryton"]
    place.run(fill, {"TRYTOND_CONFIG": str(configuration)})


def dump_file() -> Path:
    """Return where the prepared database is kept: its name changes with what it is made from."""
    made_from = [SERVERS / "tryton.lock", SERVERS / "tryton_demo.py", Path(__file__)]
    mark = hashlib.sha256(b"".join(file.read_bytes() for file in made_from)).hexdigest()[:12]
    return CACHE / f"tryton-{mark}.dump"


def restore_or_make(place: Place, server: PostgresServer, configuration: Path) -> None:
    """Restore the prepared database; the first process to want it makes it."""
    dump = dump_file()
    with file_lock(CACHE / "tryton.lock"):
        if not dump.exists():
            make_database(place, server, configuration)
            part = dump.with_suffix(".part")
            place.run([server.bin_folder / "pg_dump", "-Fc", "-f", part, server.url("tryton")])
            for older in CACHE.glob("tryton-*.dump"):
                older.unlink()
            part.rename(dump)
            return
    server.create("tryton")
    place.run([server.bin_folder / "pg_restore", "-O", "-d", server.url("tryton"), dump])


@pytest.fixture(scope="session")
def tryton(embedded_server: PostgresServer) -> Iterator[Tryton]:
    """Yield a running Tryton with a small company, one a test process."""
    if not (BIN / "trytond").exists():
        pytest.skip("Tryton is not installed: see deploy/dev/install-servers.sh")
    with a_place("tryton") as place:
        port = free_port()
        configuration = write_configuration(place, embedded_server, port)
        restore_or_make(place, embedded_server, configuration)
        process = place.start([BIN / "trytond", "-c", configuration, "-d", "tryton"])
        try:
            wait_until(lambda: listens(port), process, place.log)
            yield Tryton(url=f"http://127.0.0.1:{port}", database="tryton")
        finally:
            stop(process)
