"""Files on their way into the store: other options of a stream, and what left quarantine."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import fsspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.file_landing import land_files
from throughline.counts import Counts
from throughline.errors import ConfigurationError
from throughline.land import Landing
from throughline.store import Connection, connect
from throughline.testing import context
from throughline_files import open_connection

OLD = time.time() - 1000
PARTNERS = "id,name,active,company,modified,created\n"


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


def write(file: Path, text: str, *, when: float = OLD) -> None:
    """Write a file and date it."""
    file.write_text(text)
    os.utime(file, (when, when))


def land(store: Connection, folder: Path, **options: Any) -> Counts:
    """Land the folder's CSV files as the stream `partners`."""
    streams = {"partners": {"files": "*.csv", "key": "id", **options}}
    connector = open_connection(context(folder, {"url": "."}, streams=streams))
    return land_files(store, folder, connector)


def rows(store: Connection) -> list[tuple[Any, ...]]:
    """Return key, version, group and whether it is there, of each record in the store."""
    return store.execute(
        "SELECT key, version, group_key, deleted_at IS NULL FROM source_record ORDER BY key"
    ).fetchall()


@pytest.mark.parametrize("version", [None, "modified"])
def test_records_follow_the_options_of_their_stream_when_these_change(
    store: Connection, tmp_path: Path, version: str | None
) -> None:
    row = {"1": "1,Ann,true,ACME,2026-02-01,2026-01-01\n", "2": "2,Bo,false,ACME,2026-02-02,\n"}
    write(tmp_path / "a.csv", PARTNERS + row["1"] + row["2"])
    options = {"version": version} if version else {}
    land(store, tmp_path, **options)
    deleted = {"path": "active", "values": ["false"]}
    land(store, tmp_path, deleted=deleted, **options)
    assert [there for *_, there in rows(store)] == [True, False]
    land(store, tmp_path, deleted={**deleted, "values": ["0"]}, **options)
    assert [there for *_, there in rows(store)] == [True, True]
    land(store, tmp_path, group="company", **options)
    assert [group for _, _, group, _ in rows(store)] == ["ACME", "ACME"]
    land(store, tmp_path, group="company", version="created")
    assert [version for _, version, *_ in rows(store)] == ["2026-01-01", ""]
    land(store, tmp_path, version="created")
    assert rows(store) == [("1", "2026-01-01", None, True), ("2", "", None, True)]
    assert land(store, tmp_path, version="created")["received"] == 0


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("customer.id", '"customer.id"'),
        ('size 5"', 'size 5"'),
        ('"a".b', '"""a"".b"'),
        ("\\", "\\"),
    ],
)
def test_a_key_can_be_a_column_of_any_name(
    store: Connection, tmp_path: Path, name: str, key: str
) -> None:
    quoted = name.replace('"', '""')
    write(tmp_path / "a.csv", f'"{quoted}",name\n7,Ann\n')
    land(store, tmp_path, key=key)
    assert [one for one, *_ in rows(store)] == ["7"]


def quarantine(store: Connection) -> list[str]:
    """Return where what is in quarantine stands."""
    found = store.execute("SELECT position FROM quarantine ORDER BY position").fetchall()
    return [position for (position,) in found]


def test_what_was_cut_off_leaves_quarantine_when_it_is_whole_and_nothing_else_does(
    store: Connection, tmp_path: Path
) -> None:
    rows_there = 'id,name\n1,Ann\n2,"Bob" Ray\n3,"Eve'
    write(tmp_path / "a.csv", rows_there)
    land(store, tmp_path)
    assert quarantine(store) == ["a.csv: line 3", "a.csv: line 4"]
    write(tmp_path / "a.csv", f"{rows_there} Lo", when=OLD + 9)
    land(store, tmp_path)
    assert quarantine(store) == ["a.csv: line 3", "a.csv: line 4"]
    write(tmp_path / "a.csv", f'{rows_there} Long"\n', when=OLD + 19)
    land(store, tmp_path)
    assert quarantine(store) == ["a.csv: line 3"]
    assert [key for key, *_ in rows(store)] == ["1", "3"]


def test_what_the_landing_refuses_of_a_file_is_told_with_its_line(
    store: Connection, tmp_path: Path
) -> None:
    write(tmp_path / "a.jsonl", '{"id": 1}\n{"id": \n')
    write(tmp_path / "b.csv", PARTNERS + "1,A,,,,\n,B,,,,\n")
    land(store, tmp_path, files="*.*")
    write(tmp_path / "a.jsonl", '{"id": 1}\n{"id": \n{"id": 2}\n{"no": 3}\n{"id": 4')
    write(tmp_path / "c.csv", PARTNERS + '1,"A\nB",,,,\n\n2,short\n,C,,,,\n')
    write(tmp_path / "d.jsonl", '{"id": 5}\n\n{"no": 6}\n')
    write(tmp_path / "e.json", '[{"id": 7},\n{"no": 8}]')
    pq.write_table(pa.table({"id": ["9", ""]}), tmp_path / "f.parquet")
    land(store, tmp_path, files="*.*")
    found = store.execute("SELECT position FROM quarantine ORDER BY 1").fetchall()
    lines = ["a.jsonl: line 2", "a.jsonl: line 4", "a.jsonl: line 5", "b.csv: line 3"]
    lines += ["c.csv: line 5", "c.csv: line 6", "d.jsonl: line 3", "e.json: record 2"]
    assert [row[0] for row in found] == [*lines, "f.parquet: record 2"]


def test_a_packed_file_that_was_cut_off_leaves_quarantine_when_it_is_whole(
    store: Connection, tmp_path: Path
) -> None:
    packed = gzip.compress(b"id,name\n" + b"".join(b"%d,%d\n" % (n, n**9) for n in range(9_000)))
    for content, refused in ((packed[:-9_000], 1), (packed, 0)):
        (tmp_path / "a.csv.gz").write_bytes(content)
        land(store, tmp_path, files="*.csv.gz")
        assert len(quarantine(store)) == refused
    assert len(rows(store)) == 9_000


@pytest.mark.parametrize(
    ("url", "told"),
    [("absent://bucket", "Install absentfs"), ("s4://bucket", "no kind of storage")],
)
def test_a_place_that_no_package_here_reaches_is_a_mistake_of_the_home(
    tmp_path: Path, url: str, told: str
) -> None:
    fsspec.register_implementation(
        "absent", "absentfs.FileSystem", clobber=True, errtxt="Install absentfs to reach it"
    )
    with pytest.raises(ConfigurationError, match=f"`landing.url`.*{told}"):
        Landing(url)
    with pytest.raises(ConfigurationError, match=f"`url`.*{told}"):
        open_connection(context(tmp_path, {"url": url}, streams={}))
