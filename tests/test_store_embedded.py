"""The embedded server: made whole or not at all, this user's alone, and up again after a kill."""

from __future__ import annotations

import fcntl
import os
import shutil
import signal
import socket
import stat
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from throughline.cli.store import without_password
from throughline.errors import ConfigurationError, StoreError, StoreUnavailableError
from throughline.store import EmbeddedServer, connect, migrate
from throughline.store.embedded import SERVICE_USER
from throughline.store.migrate import schema_version


@pytest.fixture
def server() -> Iterator[EmbeddedServer]:
    """Yield an embedded server in a folder of its own; it is stopped at the end."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        embedded = EmbeddedServer(Path(folder) / "store")
        try:
            yield embedded
        finally:
            embedded.stop()


def test_the_embedded_server_outlives_its_command_and_is_joined_by_the_next(
    server: EmbeddedServer,
) -> None:
    code = (
        "import sys; from pathlib import Path; from throughline.store import EmbeddedServer; "
        "EmbeddedServer(Path(sys.argv[1])).start()"
    )
    subprocess.run([sys.executable, "-c", code, str(server.folder)], check=True, timeout=60)
    assert server.running()
    with connect(server.url()) as connection:
        assert schema_version(connection) == 0


def test_a_server_that_lost_its_socket_is_started_anew(server: EmbeddedServer) -> None:
    # as the server of a removed folder does to its successor's when it ends
    server.start()
    with connect(server.url()) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 1 AS n")
    (server.folder / "run" / ".s.PGSQL.5432").unlink()
    with pytest.raises(StoreUnavailableError):
        connect(server.url(), patience=0)
    server.start()
    with connect(server.url()) as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (1,)


def test_a_server_that_another_container_started_meanwhile_is_not_started_twice(
    server: EmbeddedServer,
) -> None:
    # its process has no number here; only the socket below the folder tells of it
    run = server.folder / "run"
    run.mkdir(mode=0o700, parents=True)
    server.cluster.mkdir()
    (server.cluster / "PG_VERSION").write_text("18\n")
    with (server.folder / "start.lock").open("w") as lock, socket.socket(socket.AF_UNIX) as theirs:
        fcntl.flock(lock, fcntl.LOCK_EX)
        with ThreadPoolExecutor() as pool:
            starting = pool.submit(server.start)
            with pytest.raises(TimeoutError):
                starting.result(timeout=0.5)
            theirs.bind(str(run / ".s.PGSQL.5432"))
            theirs.listen()
            fcntl.flock(lock, fcntl.LOCK_UN)
            starting.result(timeout=60)
    assert not server.log.exists(), "no server was started"


@pytest.mark.parametrize("socket_is_left", [True, False])
def test_a_process_that_has_the_dead_server_s_number_is_not_taken_for_it(
    server: EmbeddedServer, *, socket_is_left: bool
) -> None:
    # as after a crash of the machine, or in a container where few numbers are in use
    server.start()
    note = server.cluster / "postmaster.pid"
    number, *rest = note.read_text().split("\n")
    socket_file = server.folder / "run" / ".s.PGSQL.5432"
    server.stop()
    if socket_is_left:
        with socket.socket(socket.AF_UNIX) as nobody:
            nobody.bind(str(socket_file))
    user = SERVICE_USER if os.geteuid() == 0 else None  # whose processes the server can see
    with subprocess.Popen(["sleep", "600"], cwd="/", user=user) as stranger:
        try:
            note.write_text("\n".join([str(stranger.pid), *rest]))
            assert not server.running()
            assert not server.stop()
            server.start()
            with connect(server.url()) as connection:
                assert schema_version(connection) == 0
            assert note.read_text().split("\n")[0] not in (number, str(stranger.pid))
            assert stranger.poll() is None, "it was left alone"
        finally:
            stranger.kill()


def test_the_embedded_server_needs_no_room_in_dev_shm(server: EmbeddedServer) -> None:
    # a container gives it 64 MB, and then a parallel join of large tables fails
    server.start()
    with connect(server.url()) as connection:
        connection.execute("SET debug_parallel_query = on")
        connection.execute("SELECT count(*) FROM pg_class").fetchall()
    pid = (server.cluster / "postmaster.pid").read_text().splitlines()[0]
    assert "/dev/shm/" not in Path(f"/proc/{pid}/maps").read_text()


def test_programs_that_root_installed_with_umask_077_can_be_started(
    server: EmbeddedServer, tmp_path: Path
) -> None:
    programs = server.tool("postgres").parents[1]
    package = programs.parent
    installed = tmp_path / package.name / programs.name
    shutil.copytree(programs, installed)
    libraries = tmp_path / f"{package.name}.libs"
    shutil.copytree(package.with_name(libraries.name), libraries)
    (installed.parent / "__init__.py").touch()
    for place in (tmp_path, *tmp_path.rglob("*")):
        place.chmod(place.stat().st_mode & 0o700)
    code = (
        "import sys; from pathlib import Path; from throughline.store import EmbeddedServer; "
        "EmbeddedServer(Path(sys.argv[1])).start()"
    )
    words = [sys.executable, "-c", code, str(server.folder)]
    subprocess.run(words, env={**os.environ, "PYTHONPATH": str(tmp_path)}, check=True, timeout=60)
    assert server.running()


def test_ctrl_c_while_the_first_server_is_made_leaves_it_whole(server: EmbeddedServer) -> None:
    code = (
        "import pathlib, signal, sys; from throughline.store import EmbeddedServer; "
        "signal.signal(signal.SIGINT, lambda *_: None); "
        "EmbeddedServer(pathlib.Path(sys.argv[1])).start()"
    )
    words = [sys.executable, "-c", code, str(server.folder)]
    process = subprocess.Popen(words, start_new_session=True)
    while not list(server.folder.glob("pg.new*/global/pg_control")) and process.poll() is None:
        time.sleep(0.005)
    os.killpg(process.pid, signal.SIGINT)
    assert process.wait(60) == 0
    connect(server.url()).close()


@pytest.mark.parametrize(
    "reached",
    ["pg.new*/global/pg_control", "pg.new*/pg_ident.conf", "pg/PG_VERSION", "pg/postmaster.pid"],
)
def test_a_kill_while_the_first_server_is_made_does_no_harm(
    server: EmbeddedServer, reached: str
) -> None:
    code = (
        "import pathlib, sys; from throughline.store import EmbeddedServer; "
        "EmbeddedServer(pathlib.Path(sys.argv[1])).start()"
    )
    process = subprocess.Popen([sys.executable, "-c", code, str(server.folder)])
    while not list(server.folder.glob(reached)) and process.poll() is None:
        time.sleep(0.001)
    process.kill()
    process.wait()
    server.start()
    connect(server.url()).close()


def test_the_embedded_server_listens_on_a_socket_that_is_this_users_alone(
    server: EmbeddedServer,
) -> None:
    server.start()
    with connect(server.url()) as connection:
        row = connection.execute(
            "SELECT current_setting('listen_addresses'), "
            "current_setting('unix_socket_directories'), "
            "(SELECT string_agg(auth_method, ',') FROM pg_hba_file_rules)"
        ).fetchone()
    assert row
    assert (row[0], row[2]) == ("", "peer")
    assert stat.S_IMODE(Path(row[1]).stat().st_mode) == 0o700


def test_a_long_path_still_gives_a_private_socket() -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        deep = EmbeddedServer(Path(folder) / ("a" * 60) / ("b" * 60) / "store")
        try:
            deep.start()
            socket = Path(deep.url().partition("host=")[2])
            assert stat.S_IMODE(socket.stat().st_mode) == 0o700
            connect(deep.url()).close()
        finally:
            deep.stop()


@pytest.mark.parametrize("name", ["Kunden & Söhne", "O'Brien Ltd", "100% {x} [a]"])
def test_a_home_lies_in_a_folder_of_any_usual_name(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        odd = EmbeddedServer(Path(folder) / name / "store")
        try:
            odd.start()
            for url in (odd.url(), without_password(odd.url())):
                connect(url).close()
        finally:
            odd.stop()


@pytest.mark.parametrize("name", ['the "new" one', "$HOME", "back\\slash", "`date`", "A, B"])
def test_a_folder_that_a_shell_or_driver_would_read_otherwise_is_refused_in_words(
    tmp_path: Path, name: str
) -> None:
    with pytest.raises(ConfigurationError, match="rename it, or name a PostgreSQL server"):
        EmbeddedServer(tmp_path / name / "store").start()


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder away, which only root may")
def test_another_user_s_store_is_left_alone_and_says_who_may_use_it(tmp_path: Path) -> None:
    theirs = tmp_path / "store"
    theirs.mkdir(mode=0o700)
    os.chown(theirs, 65534, 65534)
    with pytest.raises(StoreError, match="belongs to the user nobody; run this as that user"):
        EmbeddedServer(theirs).start()
    assert list(theirs.iterdir()) == []


@pytest.mark.skipif(os.geteuid() != 0, reason="gives a folder away, which only root may")
def test_a_socket_that_another_user_has_made_is_not_talked_to() -> None:
    with tempfile.TemporaryDirectory() as folder, socket.socket(socket.AF_UNIX) as theirs:
        deep = EmbeddedServer(Path(folder) / ("a" * 60) / ("b" * 60) / "store")
        place = Path(deep.url().partition("host=")[2])
        place.mkdir()
        try:
            theirs.bind(str(place / ".s.PGSQL.5432"))
            theirs.listen()
            os.chown(place, 65534, 65534)
            with pytest.raises(StoreError, match="belongs to somebody else"):
                deep.start()
        finally:
            shutil.rmtree(place)


def test_committed_rows_survive_a_killed_server(server: EmbeddedServer) -> None:
    server.start()
    with connect(server.url()) as connection:
        migrate(connection)
        connection.execute("INSERT INTO stream (connection, name) VALUES ('erp', 'orders')")
    pid = int((server.cluster / "postmaster.pid").read_text().splitlines()[0])
    os.kill(pid, signal.SIGKILL)
    for _ in range(40):
        server.start()
        try:
            with connect(server.url(), patience=1) as connection:
                assert connection.execute("SELECT name FROM stream").fetchall() == [("orders",)]
                return
        except StoreUnavailableError:
            continue
    raise AssertionError("the server did not come back")
