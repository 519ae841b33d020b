"""Archives of a store that somebody else may have made, or may look at."""

from __future__ import annotations

import io
import tarfile
from pathlib import Path

import pytest
import zstandard

from throughline.errors import StoreMoveError
from throughline.store import connect, migrate
from throughline.store.backup import restore_backup, write_backup


def quiet(what: str, done: int, total: int | None) -> None:
    """Report progress to nobody."""


def an_archive(path: Path, name: str, columns: str, content: bytes) -> Path:
    """Write an archive with one member; return its path."""
    with zstandard.open(path, "wb") as file, tarfile.open(fileobj=file, mode="w|") as tar:
        member = tarfile.TarInfo(name)
        member.pax_headers = {"THROUGHLINE.columns": columns}
        member.size = len(content)
        tar.addfile(member, io.BytesIO(content))
    return path


@pytest.mark.parametrize(
    ("table", "columns", "row"),
    [
        ("pg_description", "objoid,classoid,objsubid,description", b"1255\t1255\t0\tours\n"),
        ("schema_migration", "version", b"1\n"),
    ],
)
def test_an_archive_fills_no_table_but_the_stores_own(
    empty_postgres_url: str, tmp_path: Path, table: str, columns: str, row: bytes
) -> None:
    archive = an_archive(tmp_path / "b.tar.zst", f"tables/{table}", columns, row)
    with connect(empty_postgres_url) as target:
        migrate(target)
        before = target.execute(f"SELECT count(*) FROM {table}".encode()).fetchone()
        with pytest.raises(StoreMoveError, match="none of a store's"):
            restore_backup(target, archive, landing=None, progress=quiet)
        assert target.execute(f"SELECT count(*) FROM {table}".encode()).fetchone() == before


@pytest.mark.parametrize("name", ["landing/../out", "../out", "landing/{}/out", "{}/out"])
def test_an_archive_puts_no_file_outside_the_landing(
    empty_postgres_url: str, tmp_path: Path, name: str
) -> None:
    landing = tmp_path / "landing"
    archive = an_archive(tmp_path / "b.tar.zst", name.format(tmp_path), "", b"x")
    with connect(empty_postgres_url) as target, pytest.raises(StoreMoveError):
        restore_backup(target, archive, landing=landing, progress=quiet)
    assert not (tmp_path / "out").exists()


def test_who_has_a_killed_backup_open_reads_nothing_of_the_next_one(
    postgres_url: str, tmp_path: Path
) -> None:
    left = tmp_path / "b.tar.zst.partial"
    left.touch(0o666)
    with left.open("rb") as opened, connect(postgres_url) as source:
        migrate(source)
        write_backup(source, tmp_path / "b.tar.zst", landing=None, progress=quiet)
        assert opened.read() == b""
    assert (tmp_path / "b.tar.zst").stat().st_mode & 0o777 == 0o600
