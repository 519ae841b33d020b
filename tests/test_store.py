"""The store on real servers: migrations, locks, copying, statistics, backup and move."""

from __future__ import annotations

import resource
import threading
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from psycopg import conninfo, sql

from tests.fix_postgres import PostgresServer
from throughline.errors import (
    BusyError,
    ConfigurationError,
    NewerSchemaError,
    StoreMoveError,
    StoreUnavailableError,
)
from throughline.store import (
    Connection,
    connect,
    connection_lock,
    copy_in,
    copy_out,
    identity_lock,
    indexes_afterwards,
    migrate,
    refresh_statistics,
    stage,
    store_errors,
)
from throughline.store.backup import move_store, restore_backup, write_backup
from throughline.store.migrate import migrations

TEXTS = pa.schema([("a", pa.string()), ("b", pa.string())])


def quiet(what: str, done: int, total: int | None) -> None:
    """Report progress to nobody."""


def a_stream(connection: Connection, name: str = "orders") -> int:
    row = connection.execute(
        "INSERT INTO stream (connection, name) VALUES ('shop', %s) RETURNING stream_id", [name]
    ).fetchone()
    assert row
    return int(row[0])


def test_migrating_twice_changes_nothing(any_empty_postgres_url: str) -> None:
    with connect(any_empty_postgres_url) as connection:
        assert migrate(connection) == len(migrations())
        assert migrate(connection) == 0


def test_two_processes_that_migrate_at_once_apply_each_step_once(empty_postgres_url: str) -> None:
    def run() -> None:
        with connect(empty_postgres_url) as connection:
            applied.append(migrate(connection))

    applied: list[int] = []
    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(applied) == [0, 0, 0, len(migrations())]


def test_a_newer_schema_is_refused_with_the_way_out(postgres_url: str) -> None:
    with connect(postgres_url) as connection:
        connection.execute("INSERT INTO schema_migration (version, name) VALUES (9999, 'later')")
        with pytest.raises(NewerSchemaError, match="install a newer Throughline"):
            migrate(connection)


def test_a_store_that_is_not_there_is_retriable_and_tells_no_password() -> None:
    with pytest.raises(StoreUnavailableError) as caught:
        connect("postgresql://someone:hunter2@127.0.0.1:1/none", patience=0.1)
    assert "hunter2" not in str(caught.value)


def test_what_waiting_cannot_mend_is_told_as_a_mistake(postgres_url: str) -> None:
    for url, told in (
        ("postgresql://someone:ge#h%eim@127.0.0.1/none", "percent-encoded"),
        ("", "postgresql://role:password@host/database"),
        ("mysql://db.example/crm", "or `embedded`"),
        (postgres_url.replace("/test_", "/gone_"), "does not exist"),
    ):
        with pytest.raises(ConfigurationError, match=told) as caught:
            connect(url, patience=0.1)
        assert "eim" not in str(caught.value)
    with connect(postgres_url) as owner:
        owner.execute("CREATE ROLE guest LOGIN")
        try:
            guest = conninfo.make_conninfo(postgres_url, user="guest")
            with (
                connect(guest) as connection,
                pytest.raises(ConfigurationError, match="own"),
                store_errors(),
            ):
                connection.execute("CREATE TABLE here (a int)")
        finally:
            owner.execute("DROP ROLE guest")


@pytest.mark.parametrize("encoding", ["SQL_ASCII", "LATIN1"])
def test_a_database_of_another_encoding_than_utf8_is_refused(
    embedded_server: PostgresServer, encoding: str
) -> None:
    name = f"encoded_{encoding.lower()}"
    wanted = "CREATE DATABASE {} ENCODING {} TEMPLATE template0 LOCALE 'C'"
    names = sql.Identifier(name), sql.Literal(encoding)
    embedded_server.execute(sql.SQL(wanted).format(*names))
    with pytest.raises(ConfigurationError, match=f"{encoding}.* made with UTF8"):
        connect(embedded_server.url(name))
    embedded_server.execute(sql.SQL("DROP DATABASE {}").format(names[0]))


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.lists(
        st.tuples(
            st.none() | st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])),
            st.sampled_from(["", "NULL", "NA", "\\N", '"', "a\nb", "x,y", "é"]),
        )
    )
)
def test_text_comes_back_as_it_went_in(postgres_url: str, rows: list[tuple[str, str]]) -> None:
    table = pa.table({"a": [row[0] for row in rows], "b": [row[1] for row in rows]}, schema=TEXTS)
    with connect(postgres_url) as connection, connection.transaction():
        stage(connection, "texts", "a text, b text", table)
        assert copy_out(connection, b"SELECT a, b FROM texts", None, TEXTS) == table


def test_uuids_arrays_and_json_travel_as_text(any_postgres_url: str) -> None:
    schema = pa.schema([("id", pa.string()), ("keys", pa.string()), ("doc", pa.string())])
    rows = pa.table(
        {"id": ["0" * 31 + "1"], "keys": ["{1,-2}"], "doc": ['{"b": 1, "a": "x"}']}, schema=schema
    )
    with connect(any_postgres_url) as connection, connection.transaction():
        stage(connection, "t", "id uuid, keys bigint[], doc json", rows)
        got = copy_out(connection, b"SELECT id, keys, doc FROM t", None, schema).to_pylist()
    assert got == [
        {
            "id": "00000000-0000-0000-0000-000000000001",
            "keys": "{1,-2}",
            "doc": '{"b": 1, "a": "x"}',
        }
    ]


def test_a_lock_is_held_by_one_session_and_dies_with_it(postgres_url: str) -> None:
    first, second = connect(postgres_url), connect(postgres_url)
    with connection_lock(first, "shop"):
        with pytest.raises(BusyError), connection_lock(second, "shop", wait=False):
            pass
        with connection_lock(second, "erp", wait=False):
            pass
        first.close()
        with connection_lock(second, "shop"):
            pass
    second.close()


def test_a_backup_restores_everything_under_a_new_feed_epoch(
    any_postgres_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    landing, other = tmp_path / "landing", tmp_path / "other"
    (landing / "records").mkdir(parents=True)
    (landing / "records" / "one").write_bytes(b"x" * 10)
    with connect(any_postgres_url) as source, connect(empty_postgres_url) as target:
        a_stream(source)
        source.execute("UPDATE feed_head SET position = 7")
        report = write_backup(source, tmp_path / "b.tar.zst", landing=landing, progress=quiet)
        assert (report.rows["stream"], report.files) == (1, 1)
        restore_backup(target, tmp_path / "b.tar.zst", landing=other, progress=quiet)
        before = source.execute("SELECT epoch, position FROM feed_head").fetchone()
        after = target.execute("SELECT epoch, position FROM feed_head").fetchone()
        assert before and after
        assert before[0] != after[0]
        assert before[1] == after[1] == 7
        assert a_stream(target, "invoices") == 2
    restored = other / "records" / "one"
    assert restored.read_bytes() == b"x" * 10
    assert restored.stat().st_mode & 0o777 == 0o600


def test_a_backup_that_finds_no_room_names_its_archive_and_leaves_nothing(
    any_postgres_url: str, tmp_path: Path
) -> None:
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    with connect(any_postgres_url) as source:
        migrate(source)
        resource.setrlimit(resource.RLIMIT_FSIZE, (200, limits[1]))
        try:
            with pytest.raises(StoreMoveError, match=r"zst can't be written \(File too large"):
                write_backup(source, tmp_path / "b.tar.zst", landing=None, progress=quiet)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert list(tmp_path.iterdir()) == []


def test_a_backup_waits_until_all_is_resolved_anew(
    any_postgres_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    with (
        connect(any_postgres_url) as source,
        connect(any_postgres_url) as resolving,
        connect(empty_postgres_url) as target,
    ):
        migrate(source)
        with identity_lock(resolving), resolving.transaction():
            resolving.execute("TRUNCATE blocking_key")
            later = threading.Thread(
                target=write_backup,
                args=(source, tmp_path / "b.tar.zst"),
                kwargs={"landing": None, "progress": quiet},
            )
            later.start()
            later.join(0.5)
            assert later.is_alive()
            resolving.execute("INSERT INTO blocking_key VALUES (1, 2, gen_random_uuid())")
        later.join(20)
        report = restore_backup(target, tmp_path / "b.tar.zst", landing=None, progress=quiet)
        assert report.rows["blocking_key"] == 1


def test_a_cut_backup_is_refused_and_leaves_the_store_empty(
    postgres_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    whole = tmp_path / "b.tar.zst"
    with connect(postgres_url) as source, connect(empty_postgres_url) as target:
        a_stream(source)
        write_backup(source, whole, landing=None, progress=quiet)
        cut = tmp_path / "cut.tar.zst"
        cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
        with pytest.raises(StoreMoveError):
            restore_backup(target, cut, landing=None, progress=quiet)
        assert target.execute("SELECT count(*) FROM stream").fetchone() == (0,)


def test_a_store_moves_from_the_embedded_server_to_debians_and_back(
    postgres_url: str, debian_template: object, empty_postgres_url: str
) -> None:
    from tests.fix_postgres import PostgresServer

    assert isinstance(debian_template, PostgresServer)
    with (
        debian_template.database(migrated=False) as there,
        connect(postgres_url) as source,
        connect(there) as target,
        connect(empty_postgres_url) as back,
    ):
        a_stream(source)
        move_store(source, target, progress=quiet)
        move_store(target, back, progress=quiet)
        query = "SELECT (SELECT epoch FROM feed_head), (SELECT name FROM stream)"
        assert source.execute(query).fetchone() == back.execute(query).fetchone()
        with pytest.raises(StoreMoveError, match="already holds data"):
            move_store(source, target, progress=quiet)


def test_what_grew_is_analysed_and_consumed_queues_are_cleared(any_postgres_url: str) -> None:
    with connect(any_postgres_url) as connection:
        connection.execute(
            "INSERT INTO member SELECT gen_random_uuid(), gen_random_uuid(), gen_random_uuid()"
            " FROM generate_series(1, 9000)"
        )
        connection.execute("INSERT INTO dirty_party SELECT party_id FROM member")
        connection.execute("DELETE FROM dirty_party")
        refresh_statistics(connection)
        assert table_statistics(connection) == {"member": 9000, "dirty_party": 0}
        connection.execute("UPDATE member SET profile_id = customer_id")
        refresh_statistics(connection)
        same = "SELECT n_distinct FROM pg_stats WHERE tablename = 'member' ORDER BY attname"
        before = connection.execute(same).fetchall()
        connection.execute(
            "UPDATE member SET profile_id = party_id WHERE left(party_id::text, 1) < '2'"
        )
        refresh_statistics(connection)
        assert connection.execute(same).fetchall() == before, "little changed, nothing is done"


def table_statistics(connection: Connection) -> dict[str, int]:
    """Return how many rows the planner believes in, and for the queue how many pages it has."""
    rows, pages = connection.execute(
        "SELECT (SELECT reltuples::int FROM pg_class WHERE relname = 'member'),"
        " pg_relation_size('dirty_party')::int"
    ).fetchall()[0]
    return {"member": rows, "dirty_party": pages}


def test_rows_are_copied_in_large_batches_without_loss(postgres_url: str) -> None:
    numbers = pa.table({"record_id": [f"{n:032x}" for n in range(45_000)]})
    with connect(postgres_url) as connection:
        assert copy_in(connection, "dirty_record", ["record_id"], numbers) == 45_000
        assert connection.execute(
            "SELECT count(DISTINCT record_id) FROM dirty_record"
        ).fetchone() == (45_000,)


def test_a_table_filled_before_its_indexes_has_them_all_again(any_postgres_url: str) -> None:
    indexes = "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = 'member' ORDER BY 1"
    rows = pa.table(
        {name: [f"{n:032x}" for n in range(500)] for name in ("party_id", "profile_id")}
    ).append_column("customer_id", pa.array([f"{n % 7:032x}" for n in range(500)]))
    with connect(any_postgres_url) as connection:
        before = connection.execute(indexes).fetchall()
        with connection.transaction(), indexes_afterwards(connection, "member"):
            assert len(connection.execute(indexes).fetchall()) == 1, "the primary key stays"
            copy_in(connection, "member", rows.column_names, rows)
        assert connection.execute(indexes).fetchall() == before
        with (
            pytest.raises(ZeroDivisionError),
            connection.transaction(),
            indexes_afterwards(connection, "member"),
        ):
            raise ZeroDivisionError
        assert connection.execute(indexes).fetchall() == before
        connection.execute("SET enable_seqscan = off")
        found = connection.execute(
            "SELECT count(*) FROM member WHERE customer_id = %s", [f"{3:032x}"]
        ).fetchone()
        assert found == (71,)
