"""Complete listings in files: what is missing in them is deleted, and only when they are whole."""

from __future__ import annotations

import gzip
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import throughline_files.connection as files
from tests.file_landing import land_files
from throughline.connector import Connector
from throughline.counts import Counts
from throughline.errors import MassDeleteError
from throughline.store import Connection, connect
from throughline.testing import context, read_all
from throughline_files import open_connection, reading

OLD = time.time() - 1000


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


def write(file: Path, *keys: int, rows: str = "", when: float = OLD) -> None:
    """Write a CSV file with a row of each key, and date it."""
    file.write_text("id,name\n" + "".join(f"{key},Ann {key}\n" for key in keys) + rows)
    os.utime(file, (when, when))


def partners(folder: Path, complete: str | None, **options: Any) -> Connector:
    """Open the folder with the one stream `partners`."""
    listing = {"complete": complete} if complete else {}
    stream = {"files": "*.csv*", "format": "csv", "key": "id", **listing, **options}
    return open_connection(context(folder, {"url": "."}, streams={"partners": stream}))


def land(store: Connection, folder: Path, complete: str | None, **settings: Any) -> Counts:
    """Land what is new in the folder."""
    return land_files(store, folder, partners(folder, complete), **settings)


def there(store: Connection) -> list[int]:
    """Return the keys of the records that are not deleted."""
    query = "SELECT key::int FROM source_record WHERE deleted_at IS NULL ORDER BY 1"
    return [key for (key,) in store.execute(query).fetchall()]


def test_a_record_that_the_replaced_file_lacks_is_deleted(
    store: Connection, tmp_path: Path
) -> None:
    write(tmp_path / "partners.csv", 1, 2, 3)
    land(store, tmp_path, "newest_file")
    write(tmp_path / "partners.csv", 1, 3, 4, when=OLD + 9)
    counts = land(store, tmp_path, "newest_file")
    assert there(store) == [1, 3, 4]
    assert counts["deleted"] == 1
    assert land(store, tmp_path, "newest_file")["received"] == 0, "it is not read again"
    write(tmp_path / "partners.csv", 1, 2, 3, when=OLD + 18)
    land(store, tmp_path, "newest_file")
    assert there(store) == [1, 2, 3], "what comes back is there again"


def test_of_dated_files_the_last_one_alone_counts(store: Connection, tmp_path: Path) -> None:
    write(tmp_path / "partners-9.csv", 1, 2, 3)
    write(tmp_path / "partners-10.csv", 2, 3)
    land(store, tmp_path, "newest_file")
    assert there(store) == [2, 3]
    write(tmp_path / "partners-11.csv", 3, 4)
    (tmp_path / "partners-9.csv").unlink()
    land(store, tmp_path, "newest_file")
    assert there(store) == [3, 4]


def test_files_that_are_complete_together_are_read_together(
    store: Connection, tmp_path: Path
) -> None:
    write(tmp_path / "a.csv", 1, 2)
    write(tmp_path / "b.csv", 3, 4)
    land(store, tmp_path, "all_files")
    write(tmp_path / "b.csv", 4, when=OLD + 9)
    land(store, tmp_path, "all_files")
    assert there(store) == [1, 2, 4]
    (tmp_path / "a.csv").unlink()
    land(store, tmp_path, "all_files")
    assert there(store) == [4]
    (tmp_path / "b.csv").unlink()
    land(store, tmp_path, "all_files")
    assert there(store) == [4], "no file is no listing"


def test_a_stream_becomes_complete_when_its_option_says_so(
    store: Connection, tmp_path: Path
) -> None:
    write(tmp_path / "1.csv", 1, 2)
    write(tmp_path / "2.csv", 2, 3)
    land(store, tmp_path, None)
    assert there(store) == [1, 2, 3]
    land(store, tmp_path, "newest_file")
    assert there(store) == [2, 3]


@pytest.mark.parametrize("why", ["growing", "empty", "refused", "cut off"])
def test_a_listing_that_may_lack_something_deletes_nothing(
    store: Connection, tmp_path: Path, why: str
) -> None:
    file = tmp_path / "partners.csv"
    write(file, 1, 2, 3)
    if why == "cut off":
        whole, file = gzip.compress(file.read_bytes()), tmp_path / "partners.csv.gz"
        (tmp_path / "partners.csv").unlink()
        file.write_bytes(whole)
    land(store, tmp_path, "newest_file")
    if why == "growing":
        write(file, 1, when=time.time())
    elif why == "empty":
        file.write_bytes(b"")
        os.utime(file, (OLD + 9, OLD + 9))
    elif why == "refused":
        write(file, 1, rows='2,"Ann\n', when=OLD + 9)
    else:
        file.write_bytes(whole[:-9])
        os.utime(file, (OLD + 9, OLD + 9))
    land(store, tmp_path, "newest_file")
    assert there(store) == [1, 2, 3]
    (tmp_path / "partners.csv.gz").unlink(missing_ok=True)
    write(tmp_path / "partners.csv", 1, 3, when=OLD + 18)
    land(store, tmp_path, "newest_file")
    assert there(store) == [1, 3], "and then it is whole"


def test_a_file_of_a_header_alone_is_an_empty_listing(store: Connection, tmp_path: Path) -> None:
    write(tmp_path / "partners.csv", 1, 2)
    land(store, tmp_path, "newest_file")
    write(tmp_path / "partners.csv", when=OLD + 9)
    land(store, tmp_path, "newest_file")
    assert there(store) == []


def test_a_file_that_is_written_while_it_is_read_deletes_nothing(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / "partners.csv", 1, 2, 3)
    land(store, tmp_path, "newest_file")
    write(tmp_path / "partners.csv", 1, 2, 4, when=OLD + 9)
    read = reading.read_file

    def cut_meanwhile(*args: Any) -> Any:
        write(tmp_path / "partners.csv", 1, when=OLD + 10)
        return read(*args)

    with monkeypatch.context() as patch:
        patch.setattr(files, "read_file", cut_meanwhile)
        land(store, tmp_path, "newest_file")
    assert there(store) == [1, 2, 3]
    write(tmp_path / "partners.csv", 1, 2, 4, when=OLD + 18)
    land(store, tmp_path, "newest_file")
    assert there(store) == [1, 2, 4]


def test_a_listing_that_lacks_very_many_is_held_until_a_person_confirms_it(
    store: Connection, tmp_path: Path
) -> None:
    write(tmp_path / "partners.csv", *range(300))
    land(store, tmp_path, "newest_file")
    write(tmp_path / "partners.csv", *range(190, 310), when=OLD + 9)
    for _ in range(2):
        with pytest.raises(MassDeleteError):
            land(store, tmp_path, "newest_file")
        assert there(store) == list(range(310)), "what is new landed all the same"
    land(store, tmp_path, "newest_file", allow_mass_delete=True)
    assert there(store) == list(range(190, 310))


def test_a_listing_of_several_pages_moves_the_cursor_with_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(files, "PAGE_ROWS", 2)
    for file in ("a.csv", "b.csv", "c.csv"):
        write(tmp_path / file, *range(2))
    pages = read_all(partners(tmp_path, "all_files"), "partners").pages
    assert [page.sweep_complete for page in pages] == [False, False, True]
    assert [page.cursor is None for page in pages] == [True, True, False]
    assert len(pages[-1].cursor["files"]) == 3  # type: ignore[index]  # asserted above


def test_a_check_tells_which_file_counts(tmp_path: Path) -> None:
    write(tmp_path / "partners-9.csv", 1)
    write(tmp_path / "partners-10.csv", 2)
    told = [finding.message for finding in partners(tmp_path, "newest_file").check()]
    assert told[1] == "2 files; partners-10.csv counts, 0.0 kB"
