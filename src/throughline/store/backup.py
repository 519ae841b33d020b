"""Back up, restore and move a store: tables as COPY text, which every supported server takes."""

from __future__ import annotations

import io
import json
import os
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, BinaryIO

import zstandard
from psycopg import sql

from throughline.errors import NewerSchemaError, StoreMoveError
from throughline.private_files import private_opener
from throughline.progress import Progress
from throughline.store.connection import Connection
from throughline.store.locks import identity_lock
from throughline.store.migrate import migrate, schema_version

FORMAT = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class BackupReport:
    """What a backup, restore or move carried: rows by table, and landing files."""

    rows: dict[str, int]
    files: int


def write_backup(
    connection: Connection, out: Path, *, landing: Path | None, progress: Progress
) -> BackupReport:
    """Write the whole store, at one moment, and the landing's files into one archive.

    `landing` is None where the landing is not a local folder: then only the store goes in. The
    archive appears under its name when it is complete and on disk. Syncs may run meanwhile.
    Raises StoreMoveError, and leaves nothing, where the archive finds no room.
    """
    rows: dict[str, int] = {}
    with _whole_or_not_there(out) as file:
        with (
            zstandard.ZstdCompressor(level=6, threads=-1).stream_writer(file, closefd=False) as zst,
            tarfile.open(fileobj=zst, mode="w|") as tar,
        ):
            with _one_moment(connection) as tables:
                manifest = {"format": FORMAT, "schema_version": schema_version(connection)}
                _add_bytes(tar, "manifest.json", json.dumps(manifest).encode())
                for table in tables:
                    rows[table] = _add_table(tar, connection, table)
                    progress(table, rows[table], rows[table])
            files = _add_landing(tar, landing) if landing else 0
        file.flush()
        os.fsync(file.fileno())
    return BackupReport(rows=rows, files=files)


@contextmanager
def _whole_or_not_there(out: Path) -> Iterator[BinaryIO]:
    """Yield a file that gets its name when the block ends well, and is removed when not."""
    partial = out.with_name(out.name + ".partial")
    out.parent.mkdir(parents=True, exist_ok=True)
    try:
        partial.unlink(missing_ok=True)  # of a run that was killed; nobody may have it open
        with open(partial, "xb", opener=private_opener) as file:
            yield file
        partial.rename(out)
    except BaseException as error:
        partial.unlink(missing_ok=True)
        if isinstance(error, OSError) and error.filename is None:  # of writing, not of a folder
            raise StoreMoveError(f"{out} can't be written ({error.strerror})") from None
        raise


def restore_backup(
    connection: Connection, archive: Path, *, landing: Path | None, progress: Progress
) -> BackupReport:
    """Fill an empty store from an archive, all or nothing, then migrate it to this release.

    The feed gets a new epoch, so that no consumer takes a reused position for one that it knows.
    Raises StoreMoveError when the store holds data, or the archive is not whole or not ours: it is
    the embedded server's superuser who fills the tables, and so none but the store's may be named.
    """
    migrate(connection)
    _require_empty(connection)
    known = _tables(connection)
    rows: dict[str, int] = {}
    files = 0
    try:
        with (
            archive.open("rb") as file,
            zstandard.ZstdDecompressor().stream_reader(file) as zst,
            tarfile.open(fileobj=zst, mode="r|") as tar,
            connection.transaction(),
        ):
            for member in tar:
                content = tar.extractfile(member)
                if content is None:
                    continue
                if member.name == "manifest.json":
                    _check_manifest(connection, json.load(content))
                elif member.name.startswith("tables/"):
                    table, columns = _table_of(member)
                    if table not in known:
                        raise StoreMoveError(f"{archive} names a table that is none of a store's")
                    rows[table] = _fill(connection, table, columns, iter_pieces(content))
                    progress(table, rows[table], rows[table])
                elif landing is not None:
                    files += _put_file(landing, member.name.removeprefix("landing/"), content)
            if not rows:
                raise StoreMoveError(f"{archive} holds no store")
            _set_sequences(connection)
            connection.execute("UPDATE feed_head SET epoch = substr(md5(random()::text), 1, 8)")
    except (tarfile.TarError, zstandard.ZstdError, EOFError) as error:
        raise StoreMoveError(f"{archive} is not whole ({type(error).__name__})") from None
    connection.execute("ANALYZE")
    return BackupReport(rows=rows, files=files)


def move_store(source: Connection, target: Connection, *, progress: Progress) -> BackupReport:
    """Copy every table of `source` into the empty store `target`, all or nothing, and compare.

    The feed's epoch and positions stay, so consumers notice nothing. Raises StoreMoveError when
    the target holds data or a count differs; the source is only read.
    """
    migrate(source)
    migrate(target)
    _require_empty(target)
    rows: dict[str, int] = {}
    with _one_moment(source) as tables, target.transaction():
        for table in tables:
            columns = _columns(source, table)
            with source.cursor() as cursor, cursor.copy(_copy(table, columns, "TO STDOUT")) as out:
                rows[table] = _fill(target, table, columns, (bytes(piece) for piece in out))
            found = source.execute(
                sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(table))
            ).fetchone()
            if not found or found[0] != rows[table]:
                raise StoreMoveError(f"{table}: the copy has another number of rows")
            progress(table, rows[table], rows[table])
        _set_sequences(target)
    target.execute("ANALYZE")
    return BackupReport(rows=rows, files=0)


def iter_pieces(content: IO[bytes], size: int = 1 << 20) -> Iterator[bytes]:
    """Yield a stream's bytes in pieces of at most `size`."""
    while piece := content.read(size):
        yield piece


@contextmanager
def _one_moment(connection: Connection) -> Iterator[list[str]]:
    """Read all tables, whose names it yields, as they are at one moment.

    Resolving everything anew empties tables in a way that no snapshot sees: it must have ended
    before the moment, and can't begin again while the tables are held.
    """
    tables = _tables(connection)
    names = sql.SQL(", ").join(map(sql.Identifier, tables))
    with ExitStack() as unresolved:
        unresolved.enter_context(identity_lock(connection))
        with connection.transaction():
            connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            connection.execute(sql.SQL("LOCK TABLE {} IN ACCESS SHARE MODE").format(names))
            connection.execute("SELECT")  # the moment
            unresolved.close()
            yield tables


def _tables(connection: Connection) -> list[str]:
    rows = connection.execute(
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public' "
        "AND tablename <> 'schema_migration' ORDER BY tablename"
    ).fetchall()
    return _parents_first([str(row[0]) for row in rows])


def _parents_first(tables: list[str]) -> list[str]:
    """Order tables so that foreign keys hold while they are filled (streams are the parents)."""
    return sorted(tables, key=lambda table: (table != "stream", table))


def _columns(connection: Connection, table: str) -> list[str]:
    rows = connection.execute(
        "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass "
        "AND attnum > 0 AND NOT attisdropped AND attgenerated = '' ORDER BY attnum",
        [table],
    ).fetchall()
    return [str(row[0]) for row in rows]


def _copy(table: str, columns: list[str], direction: str) -> sql.Composed:
    return sql.SQL("COPY {} ({}) {}").format(
        sql.Identifier(table),
        sql.SQL(", ").join(map(sql.Identifier, columns)),
        sql.SQL(direction),
    )


def _fill(connection: Connection, table: str, columns: list[str], pieces: Iterator[bytes]) -> int:
    connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    with connection.cursor() as cursor:
        with cursor.copy(_copy(table, columns, "FROM STDIN")) as copy:
            for piece in pieces:
                copy.write(piece)
        return max(cursor.rowcount, 0)


def _add_table(tar: tarfile.TarFile, connection: Connection, table: str) -> int:
    columns = _columns(connection, table)
    with tempfile.TemporaryFile() as spool, connection.cursor() as cursor:
        with cursor.copy(_copy(table, columns, "TO STDOUT")) as copy:
            for piece in copy:
                spool.write(piece)
        member = tarfile.TarInfo(f"tables/{table}")
        member.pax_headers = {"THROUGHLINE.columns": ",".join(columns)}
        member.size = spool.tell()
        spool.seek(0)
        tar.addfile(member, spool)
        return max(cursor.rowcount, 0)


def _table_of(member: tarfile.TarInfo) -> tuple[str, list[str]]:
    columns = member.pax_headers.get("THROUGHLINE.columns", "")
    return member.name.removeprefix("tables/"), columns.split(",")


def _add_bytes(tar: tarfile.TarFile, name: str, content: bytes) -> None:
    member = tarfile.TarInfo(name)
    member.size = len(content)
    tar.addfile(member, io.BytesIO(content))


def _add_landing(tar: tarfile.TarFile, landing: Path) -> int:
    files = sorted(path for path in landing.rglob("*") if path.is_file())
    for path in files:
        tar.add(path, f"landing/{path.relative_to(landing)}", recursive=False)
    return len(files)


def _put_file(landing: Path, name: str, content: IO[bytes]) -> int:
    place = (landing / name).resolve()
    if not place.is_relative_to(landing.resolve()):
        raise StoreMoveError("the archive names a file outside the landing")
    if place.exists():  # landing files are immutable: the same name is the same content
        return 0
    place.parent.mkdir(parents=True, exist_ok=True)
    partial = place.with_name(place.name + ".partial")
    with open(partial, "wb", opener=private_opener) as file:
        for piece in iter_pieces(content):
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
    partial.rename(place)
    return 1


def _check_manifest(connection: Connection, manifest: dict[str, Any]) -> None:
    known = schema_version(connection)
    found = int(manifest["schema_version"])
    if found > known or manifest["format"] > FORMAT:
        raise NewerSchemaError(found=found, known=known)


def _require_empty(connection: Connection) -> None:
    row = connection.execute(
        "SELECT EXISTS (SELECT FROM stream) OR EXISTS (SELECT FROM customer)"
    ).fetchone()
    if row and row[0]:
        raise StoreMoveError("the store to fill already holds data; give an empty database")


def _set_sequences(connection: Connection) -> None:
    """Let identity columns go on after the highest number that was copied."""
    rows = connection.execute(
        "SELECT c.relname, a.attname FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid "
        "WHERE a.attidentity <> '' AND c.relnamespace = 'public'::regnamespace"
    ).fetchall()
    for table, column in rows:
        connection.execute(
            sql.SQL(
                "SELECT setval(pg_get_serial_sequence({}, {}), "
                "(SELECT coalesce(max({}), 0) + 1 FROM {}), false)"
            ).format(
                sql.Literal(table),
                sql.Literal(column),
                sql.Identifier(column),
                sql.Identifier(table),
            )
        )
