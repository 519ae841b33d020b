"""How the files connector finds new, changed, grown and moved files; and how it is checked."""

from __future__ import annotations

import json
import os
import time
import zipfile
from pathlib import Path
from typing import Any

import fsspec
import pytest
import yaml

from throughline.connector import Connector, Cursor
from throughline.errors import AccessError, ChannelUnavailableError
from throughline.testing import context, manifest_mistakes, read_all
from throughline_files import open_connection

MANIFEST = Path(__file__).parents[1] / "connectors" / "throughline_files" / "manifest.yaml"
OLD = time.time() - 1000


def connector(folder: Path, **options: Any) -> Connector:
    """Open the folder with one stream `s` of JSON Lines."""
    stream = {"files": "*.jsonl*", "format": "jsonl", "key": "id", **options}
    return open_connection(context(folder, {"url": "."}, streams={"s": stream}))


def write(file: Path, *ids: int, when: float = OLD, mode: str = "w", note: str = "") -> None:
    """Write one record a line, and date the file."""
    with file.open(mode) as opened:
        opened.writelines(f'{{"id":{i},"a":"{note}{i}"}}\n' for i in ids)
    os.utime(file, (when, when))


def test_files_that_did_not_change_are_not_opened_again(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    (tmp_path / "a.jsonl").write_bytes(b"*" * (tmp_path / "a.jsonl").stat().st_size)
    os.utime(tmp_path / "a.jsonl", (OLD, OLD))
    assert read_all(connector(tmp_path), "s", first.cursor).pages == ()


def test_a_new_file_alone_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    write(tmp_path / "b.jsonl", 3)
    assert sorted(read_all(connector(tmp_path), "s", first.cursor).records) == ["3"]


def test_a_changed_file_is_read_anew(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    write(tmp_path / "a.jsonl", 1, 3, when=OLD + 9)
    assert sorted(read_all(connector(tmp_path), "s", first.cursor).records) == ["1", "3"]


def test_of_a_file_that_grew_the_end_alone_is_read(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    write(tmp_path / "a.jsonl", 3, 4, mode="a", when=OLD + 9)
    second = read_all(connector(tmp_path), "s", first.cursor)
    assert sorted(second.records) == ["3", "4"]
    assert second.pages[0].raw[0].content == b'{"id":3,"a":"3"}\n{"id":4,"a":"4"}\n'


def test_a_new_file_is_read_in_its_own_encoding_whatever_the_others_have(tmp_path: Path) -> None:
    names = {"a.csv": ("Ann", "ascii"), "b.csv": ("Käthe", "utf-8"), "c.csv": ("Jürgen", "cp1252")}
    names |= {"d.csv": ("Bob", "ascii"), "e.csv": ("Zoë", "utf-16"), "f.csv": ("Gößl", "cp1252")}
    cursor: Cursor | None = None
    found: dict[str, str] = {}
    for file, (name, encoding) in names.items():
        (tmp_path / file).write_bytes(f"id;name\n{file};{name}\n".encode(encoding))
        reading = read_all(connector(tmp_path, files="*.csv", format="csv"), "s", cursor)
        cursor, found = reading.cursor, {**found, **reading.records}
    assert {json.loads(text)["name"] for text in found.values()} == {n for n, _ in names.values()}


def test_a_plain_file_that_grows_shows_its_encoding_then(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_bytes(b"id;name\n1;Ann\n")
    first = read_all(connector(tmp_path, files="*.csv", format="csv"), "s")
    with (tmp_path / "a.csv").open("ab") as file:
        file.write("2;Jürgen\n".encode("cp1252"))
    second = read_all(connector(tmp_path, files="*.csv", format="csv"), "s", first.cursor)
    assert [json.loads(text) for text in second.records.values()] == [{"id": "2", "name": "Jürgen"}]
    with (tmp_path / "a.csv").open("ab") as file:
        file.write("3;Käthe\n".encode("cp1252"))
    third = read_all(connector(tmp_path, files="*.csv", format="csv"), "s", second.cursor)
    assert [json.loads(text)["name"] for text in third.records.values()] == ["Käthe"]


def test_what_is_read_from_its_start_is_named_unless_files_may_have_moved(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    write(tmp_path / "b.jsonl", 3)
    first = read_all(connector(tmp_path), "s")
    assert first.pages[0].origins[:1] == ((0, "a.jsonl", 1),)
    assert (2, "b.jsonl", 1) in first.pages[0].origins
    write(tmp_path / "a.jsonl", 4, when=OLD + 9)
    write(tmp_path / "b.jsonl", 5, mode="a", when=OLD + 9)
    second = read_all(connector(tmp_path), "s", first.cursor)
    assert [page.anew for page in second.pages] == [("a.jsonl",)], "b was read on"
    (tmp_path / "a.jsonl").rename(tmp_path / "a.jsonl.1")
    write(tmp_path / "a.jsonl", 6)
    third = read_all(connector(tmp_path), "s", second.cursor)
    assert [page.anew for page in third.pages] == [()], "what a held is in another file now"


def test_a_touched_file_gives_no_records_and_is_known_afterwards(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    os.utime(tmp_path / "a.jsonl", (OLD + 5, OLD + 5))
    second = read_all(connector(tmp_path), "s", first.cursor)
    assert not second.records
    assert read_all(connector(tmp_path), "s", second.cursor).pages == ()


def test_a_moved_file_is_not_read_again(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    (tmp_path / "a.jsonl").rename(tmp_path / "a.jsonl.1")
    write(tmp_path / "a.jsonl", 3)
    assert sorted(read_all(connector(tmp_path), "s", first.cursor).records) == ["3"]


def test_a_change_within_the_clock_s_grain_is_found(tmp_path: Path) -> None:
    now = time.time()
    write(tmp_path / "a.jsonl", 1, 2, when=now)
    first = read_all(connector(tmp_path), "s")
    write(tmp_path / "a.jsonl", 1, 3, when=now)
    assert "3" in read_all(connector(tmp_path), "s", first.cursor).records


def test_a_line_that_was_cut_off_is_read_when_it_is_whole(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl").write_text('{"id":1}\n{"id":2,"a":"x')
    first = read_all(connector(tmp_path), "s")
    with (tmp_path / "a.jsonl").open("a") as file:
        file.write('yz"}\n{"id":3}\n')
    second = read_all(connector(tmp_path), "s", first.cursor)
    assert second.records == {"2": '{"id":2,"a":"xyz"}', "3": '{"id":3}'}


def csv_steps(file: Path, *contents: tuple[str, float]) -> list[list[str]]:
    """Write a CSV file again and again, and return the records that each reading gave."""
    cursor, found = None, []
    for content, when in contents:
        file.write_text(content)
        os.utime(file, (when, when))
        reading = read_all(connector(file.parent, files="*.csv", format="csv"), "s", cursor)
        assert not reading.refused
        cursor = reading.cursor
        found.append(list(reading.records.values()))
    return found


def test_a_row_without_its_line_end_waits_until_its_file_rests(tmp_path: Path) -> None:
    head, now = "name,id\nOtto,12\n", time.time()
    found = csv_steps(
        tmp_path / "a.csv",
        (f"{head}John,1", now),
        (f"{head}John,134\nEve,1", now),
        (f"{head}John,134\nEve,15", OLD),
    )
    ids = [[json.loads(text)["id"] for text in texts] for texts in found]
    assert ids == [["12"], ["134"], ["15"]]


def test_a_header_without_its_line_end_is_read_again(tmp_path: Path) -> None:
    found = csv_steps(tmp_path / "a.csv", ("id,na", OLD), ("id,name,x\n1,Ann,y\n", OLD + 9))
    assert found == [[], ['{"id":"1","name":"Ann","x":"y"}']]


def test_other_options_lead_to_a_reading_from_the_start(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    second = read_all(connector(tmp_path, key=["id", "a"]), "s", first.cursor)
    assert sorted(second.records) == ["1/1", "2/2"]


def test_files_are_read_in_the_natural_order_of_their_names(tmp_path: Path) -> None:
    for number in (10, 9, 1):
        write(tmp_path / f"part-{number}.jsonl", 1, note=f"{number}:")
    assert read_all(connector(tmp_path), "s").records["1"].endswith('"10:1"}')


def test_a_link_is_read_as_what_it_points_to_and_changes_with_it(tmp_path: Path) -> None:
    folder = tmp_path / "exports [2026]"
    folder.mkdir()
    write(tmp_path / "customers-11.jsonl", 1)
    (folder / "latest.jsonl").symlink_to(tmp_path / "customers-11.jsonl")
    first = read_all(connector(folder), "s")
    assert sorted(first.records) == ["1"]
    assert read_all(connector(folder), "s", first.cursor).pages == ()
    write(tmp_path / "customers-11.jsonl", 2, mode="a", when=OLD + 9)
    assert sorted(read_all(connector(folder), "s", first.cursor).records) == ["2"]


def test_a_link_to_nothing_is_told_until_its_file_is_there(tmp_path: Path) -> None:
    (tmp_path / "exports").mkdir()
    opened = connector(tmp_path / "exports")
    (tmp_path / "exports" / "latest.jsonl").symlink_to(tmp_path / "customers.jsonl")
    message = "latest.jsonl is a link to a file that is not there"
    assert message in [finding.message for finding in opened.check() if not finding.ok]
    first = read_all(opened, "s")
    assert [position for position, _ in first.refused] == ["latest.jsonl: file"]
    write(tmp_path / "customers.jsonl", 1)
    second = read_all(opened, "s", first.cursor)
    assert sorted(second.records) == ["1"]
    assert second.pages[0].anew == ("latest.jsonl",)


def test_a_workbook_is_told_for_what_it_is_and_holds_up_no_other_file(tmp_path: Path) -> None:
    stream = {"files": "*.xls*", "key": "id", "format": "csv"}
    opened = open_connection(context(tmp_path, {"url": "."}, streams={"s": stream}))
    with zipfile.ZipFile(tmp_path / "kunden.xlsx", "w") as workbook:
        workbook.writestr("xl/worksheets/sheet1.xml", "<worksheet/>")
    (tmp_path / "named-only.xls").write_bytes(b"id\tname\r\n1\tAnn\r\n")
    message = "kunden.xlsx is a spreadsheet program's workbook; save its table as CSV, in UTF-8"
    assert message in [finding.message for finding in opened.check() if not finding.ok]
    reading = read_all(opened, "s")
    assert sorted(reading.records) == ["1"]
    assert [position for position, _ in reading.refused] == ["kunden.xlsx: file"]


def test_small_files_share_a_page(tmp_path: Path) -> None:
    for number in range(300):
        write(tmp_path / f"{number}.jsonl", number)
    assert len(read_all(connector(tmp_path), "s").pages) == 1


def test_a_url_of_fsspec_is_read_like_a_folder(tmp_path: Path) -> None:
    memory = fsspec.filesystem("memory")
    memory.pipe("/shop/a.jsonl", b'{"id":1}\n')
    memory.pipe("/shop/b.csv", b"id;a\n2;x\n")
    memory.pipe("/shop/c.json", b'[{"id":3}]')
    streams = {kind: {"files": f"*.{kind}", "key": "id"} for kind in ("jsonl", "csv", "json")}
    opened = open_connection(context(tmp_path, {"url": "memory://shop"}, streams=streams))
    assert [sorted(read_all(opened, kind).records) for kind in streams] == [["1"], ["2"], ["3"]]


def test_a_folder_that_is_not_there_is_found_by_the_check(tmp_path: Path) -> None:
    opened = open_connection(context(tmp_path, {"url": "nowhere"}, streams={}))
    (finding,) = opened.check()
    assert not finding.ok


def test_a_folder_that_is_not_there_is_no_empty_folder(tmp_path: Path) -> None:
    stream = {"files": "*.jsonl", "key": "id"}
    opened = open_connection(context(tmp_path, {"url": "nowhere"}, streams={"s": stream}))
    with pytest.raises(ChannelUnavailableError):
        list(opened.read("s", None))


def test_a_system_that_refuses_us_is_an_access_error(tmp_path: Path) -> None:
    folder = refusing_folder()
    opened = open_connection(
        context(tmp_path, {"url": folder}, streams={"s": {"files": "*.csv", "key": "id"}})
    )
    with pytest.raises(AccessError):
        list(opened.read("s", None))


def test_the_check_names_the_nearest_column(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1)
    (tmp_path / "b.csv").write_text("id;modified_at\n1;2\n")
    messages = [f.message for f in connector(tmp_path, key="Id").check() if not f.ok]
    assert messages == ["`key`: the first record of a.jsonl has no `Id`; did you mean `id`?"]
    opened = connector(tmp_path, files="*.csv", format="csv", version="modified")
    assert "did you mean `modified_at`?" in next(f.message for f in opened.check() if not f.ok)


def test_the_check_wants_the_path_of_deletion_where_every_record_must_have_it(
    tmp_path: Path,
) -> None:
    (tmp_path / "a.jsonl").write_text('{"id": 1, "is_deleted": false}\n')
    (tmp_path / "b.csv").write_text("id;removed\n1;0\n")
    for files, path, ok, near in (
        ("b.csv", "deleted", False, None),
        ("b.csv", "removd", False, "removed"),
        ("a.jsonl", "deleted", True, "is_deleted"),
        ("a.jsonl", "gone", True, None),
    ):
        deleted = {"path": path, "values": ["1"]}
        kind = files.split(".")[1]
        opened = connector(tmp_path, files=files, format=kind, deleted=deleted)
        found = list(opened.check())[-1]
        assert (found.ok, found.note) == (ok, ok and near is not None)
        assert (f"did you mean `{near}`?" in found.message) == (near is not None)


def test_the_check_puts_a_name_with_a_dot_in_quotes(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("customer.id;name\n1;Ann\n")
    opened = connector(tmp_path, files="*.csv", format="csv", key="customer.id")
    assert any('did you mean `"customer.id"`?' in finding.message for finding in opened.check())
    assert all(
        f.ok for f in connector(tmp_path, files="b.csv", key='"customer.id"', format="csv").check()
    )


def test_the_check_says_when_no_file_matches(tmp_path: Path) -> None:
    assert [finding.ok for finding in connector(tmp_path).check()] == [True, False]


def test_every_setting_and_option_is_documented() -> None:
    manifest = yaml.safe_load(MANIFEST.read_text("utf-8"))
    page = (MANIFEST.parents[2] / "docs" / "files.md").read_text("utf-8")
    options = manifest["stream_options"]["properties"]
    names = [*manifest["settings"]["properties"], *options, *options["csv"]["properties"]]
    assert [name for name in names if f"`{name}" not in page] == []


def test_the_manifest_describes_every_setting() -> None:
    assert manifest_mistakes(MANIFEST, {"url": "x"}) == []


def refusing_folder() -> str:
    """Return the URL of a file system that lets nobody in."""

    class Refusing(fsspec.AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
        protocol = "refusing"

        def isdir(self, path: str) -> bool:
            return True

        def glob(self, path: str, **options: Any) -> Any:
            raise PermissionError(path)

    fsspec.register_implementation("refusing", Refusing, clobber=True)
    return "refusing://folder"


def test_a_file_that_is_mended_while_a_new_one_comes_is_named_too(tmp_path: Path) -> None:
    write(tmp_path / "a.jsonl", 1, 2)
    first = read_all(connector(tmp_path), "s")
    write(tmp_path / "a.jsonl", 1, 3, when=OLD + 9)
    write(tmp_path / "b.jsonl", 4)
    second = read_all(connector(tmp_path), "s", first.cursor)
    assert [page.anew for page in second.pages] == [("a.jsonl", "b.jsonl")]
