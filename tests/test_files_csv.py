"""What the files connector does with CSV: dialects, encodings, and rows that are none."""

from __future__ import annotations

import csv
import gzip
import io
import json
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from throughline.testing import Reading, assert_conforms, context, read_all
from throughline_files import open_connection
from throughline_files.dialect import FIRST


def rows_of(reading: Reading) -> list[Any]:
    """Return the records of a reading, in the order of arrival."""
    return [json.loads(text) for page in reading.pages for text in page.records.to_pylist()]


def read(folder: Path, content: bytes | str, name: str = "a.csv", **options: Any) -> Reading:
    """Write one file, as if long ago, and read it as the stream `s`."""
    folder.mkdir(exist_ok=True)
    (folder / name).write_bytes(content.encode() if isinstance(content, str) else content)
    os.utime(folder / name, (1.7e9, 1.7e9))
    stream = {"files": name, "key": "id", "format": "csv", **options}
    return read_all(open_connection(context(folder, {"url": "."}, streams={"s": stream})), "s")


def test_every_column_is_text_and_a_missing_value_is_empty(tmp_path: Path) -> None:
    reading = read(tmp_path, "id,name,zip\n1,,01067\n2,x,1e5\n")
    assert rows_of(reading) == [
        {"id": "1", "name": "", "zip": "01067"},
        {"id": "2", "name": "x", "zip": "1e5"},
    ]


@pytest.mark.parametrize("delimiter", [";", ",", "\t", "|"])
def test_the_delimiter_is_found_in_the_first_lines(tmp_path: Path, delimiter: str) -> None:
    lines = [["id", "name", "note"], ["1", "Müller", "a b"], ["2", "李", '"x; y, z|\tw"']]
    reading = read(tmp_path, "\n".join(delimiter.join(line) for line in lines) + "\n")
    assert [row["name"] for row in rows_of(reading)] == ["Müller", "李"]
    assert rows_of(reading)[1]["note"] == "x; y, z|\tw"


@pytest.mark.parametrize(
    ("encoding", "name"),
    [
        ("utf-8", "Jürgen 李 🙂"),
        ("utf-8-sig", "Jürgen 李 🙂"),
        ("utf-16", "Jürgen 李 🙂"),
        ("utf-16-le", "Jürgen Müller, Straße"),
        ("windows-1252", "Jürgen Müller – 5 €"),
        ("windows-1252", "Viele Grüße, Gößl"),
        ("gb18030", "张伟，南京东路一百号"),
    ],
)
def test_the_encoding_is_found_in_the_first_bytes(tmp_path: Path, encoding: str, name: str) -> None:
    text = "id;name\n" + "".join(f"{i};{name}\n" for i in range(5))
    reading = read(tmp_path, text.encode(encoding))
    assert [row["name"] for row in rows_of(reading)] == [name] * 5


@pytest.mark.parametrize("packed", [False, True])
def test_an_encoding_is_found_however_late_it_shows(tmp_path: Path, packed: bool) -> None:
    plain = "".join(f"{i};somebody without any umlaut\n" for i in range(20_000))
    text = f"id;name\n{plain}20000;Jürgen Groß – 5 €\n".encode("windows-1252")
    assert len(text) > 2 * FIRST
    name = "a.csv.gz" if packed else "a.csv"
    reading = read(tmp_path, gzip.compress(text) if packed else text, name)
    assert rows_of(reading)[-1]["name"] == "Jürgen Groß – 5 €"


def test_a_block_of_nul_behind_the_rows_makes_no_other_encoding(tmp_path: Path) -> None:
    reading = read(tmp_path, b"id,name\n1,Ann\n2,J\xc3\xbcrgen\n" + bytes(200))
    assert [row["name"] for row in rows_of(reading)] == ["Ann", "Jürgen"]
    assert [position for position, _ in reading.refused] == ["a.csv: line 4"]


def test_an_encoding_that_is_named_is_taken(tmp_path: Path) -> None:
    reading = read(tmp_path, "id;name\n1;Łódź\n".encode("iso-8859-2"), encoding="iso-8859-2")
    assert rows_of(reading) == [{"id": "1", "name": "Łódź"}]


def test_quotes_and_line_ends_inside_values_are_kept(tmp_path: Path) -> None:
    reading = read(tmp_path, 'id,name\r\n1,"a ""b"" c"\r\n2,"two\nlines"\r\n3,5" disk\r\n')
    assert [row["name"] for row in rows_of(reading)] == ['a "b" c', "two\nlines", '5" disk']
    assert not reading.refused


def test_lines_that_end_as_on_old_macs_are_read(tmp_path: Path) -> None:
    content = 'id;name\r1;"Löwe\nIna"\r2;Bo\r3;"a";b\r'
    reading = read(tmp_path, content.encode("windows-1252"))
    assert rows_of(reading) == [{"id": "1", "name": "Löwe\nIna"}, {"id": "2", "name": "Bo"}]
    assert [position for position, _ in reading.refused] == ["a.csv: line 5"]
    assert [raw.name for page in reading.pages for raw in page.raw] == ["a.csv"]
    content += "4;Cy\r"
    (tmp_path / "a.csv").write_bytes(content.encode("windows-1252"))
    os.utime(tmp_path / "a.csv", (1.8e9, 1.8e9))
    stream = {"files": "a.csv", "key": "id", "format": "csv"}
    connection = open_connection(context(tmp_path, {"url": "."}, streams={"s": stream}))
    assert rows_of(read_all(connection, "s", reading.cursor)) == [{"id": "4", "name": "Cy"}]


def test_a_carriage_return_in_a_value_ends_no_line(tmp_path: Path) -> None:
    reading = read(tmp_path, 'id,name\n1,"a\rb\rc\rd"\n')
    assert rows_of(reading) == [{"id": "1", "name": "a\rb\rc\rd"}]


def test_an_escape_character_is_heeded(tmp_path: Path) -> None:
    dialect = {"escape": "\\", "delimiter": ","}
    reading = read(tmp_path, 'id,name\n1,"a \\"b\\", c"\n2,x\\,y\n', csv=dialect)
    assert [row["name"] for row in rows_of(reading)] == ['a "b", c', "x,y"]


@pytest.mark.parametrize("neighbour", ["", '3;a "b" c;z\n', '3;"x;y\n', "3;x\n"])
def test_a_row_without_a_value_is_passed_over_whatever_the_neighbours_are(
    tmp_path: Path, neighbour: str
) -> None:
    blank = ';;\n\n ; ;\n   \n;\n;;;\n"";"";""\n'
    for content in (f"{neighbour}{blank};x;\n", f"{blank};x;\n{neighbour}"):
        reading = read(tmp_path, f"id;name;zip\n1;x;y\n{content}")
        assert [row["id"] for row in rows_of(reading) if row["id"] != "3"] == ["1", ""]
        assert len(reading.refused) <= 1
    assert [row["id"] for row in rows_of(read(tmp_path, "id;a\n;\n1;x\n;\n;y\n"))] == ["1", ""]


def test_a_ragged_row_is_refused_with_its_line_and_the_others_are_read(tmp_path: Path) -> None:
    reading = read(tmp_path, "id,a,b\n1,x,y\n2,x\n3,x,y,z\n4,x,y,,\n\n5,x,y\n")
    assert sorted(reading.records) == ["1", "4", "5"]
    assert {position for position, _ in reading.refused} == {"a.csv: line 3", "a.csv: line 4"}


def test_short_rows_are_filled_where_the_options_say_so(tmp_path: Path) -> None:
    reading = read(tmp_path, "id,a,b\n1,x\n2,x,y\n", csv={"short_rows": "fill"})
    assert rows_of(reading) == [{"id": "1", "a": "x"}, {"id": "2", "a": "x", "b": "y"}]


def test_a_quote_never_closed_costs_its_own_line_only(tmp_path: Path) -> None:
    reading = read(tmp_path, 'id,a\n1,x\n2,"open\n3,"fine"\n4,y\n')
    assert sorted(reading.records) == ["1", "3", "4"]
    assert [position for position, _ in reading.refused] == ["a.csv: line 3"]


def test_a_quote_open_at_the_end_costs_its_own_line_only(tmp_path: Path) -> None:
    reading = read(tmp_path, 'id,a\n1,x\n2,"open\n3,y\n4,z\n')
    assert sorted(reading.records) == ["1", "3", "4"]
    assert len(reading.refused) == 1


def test_many_rows_around_a_stray_quote_are_all_read(tmp_path: Path) -> None:
    lines = [f'{i},"name ""{i}""",{i * "é"}' for i in range(70)] * 700
    lines = [f"{n}{line[line.index(',') :]}" for n, line in enumerate(lines)]
    lines[30_000] = '30000,"stray,x'
    reading = read(tmp_path, "id,a,b\n" + "\n".join(lines) + "\n")
    assert len(reading.records) == 48_999
    assert [position for position, _ in reading.refused] == ["a.csv: line 30002"]


def test_nul_and_bytes_of_no_encoding_are_marked_for_the_landing(tmp_path: Path) -> None:
    reading = read(tmp_path, b"id,name\n1,a\0b\n2,J\xc3\xbcrgen\n3,M\xfcller\n4,\xe4\xbd\xa0\n")
    assert [row["name"] for row in rows_of(reading)] == ["a\0b", "Jürgen", "M\0ller", "你"]
    assert sum(text.count("\\u0000") for text in reading.records.values()) == 2


def test_columns_of_one_name_and_without_a_name_are_told_apart(tmp_path: Path) -> None:
    reading = read(tmp_path, "id,name,Name,name,\n1,a,b,c,d\n")
    assert rows_of(reading) == [
        {"id": "1", "name": "a", "Name_2": "b", "name_3": "c", "column_5": "d"}
    ]


@pytest.mark.parametrize("content", ["", "id,name\n", "id,name", "\n\n", "\ufeff"])
def test_a_file_without_rows_gives_no_records(tmp_path: Path, content: str) -> None:
    reading = read(tmp_path, content)
    assert not reading.records
    assert not reading.refused


def test_columns_and_skipped_lines_come_from_the_options(tmp_path: Path) -> None:
    dialect = {"columns": ["id", "name"], "skip_rows": 2}
    reading = read(tmp_path, "# made by\n# an ERP\n1;a\n2;b\n", csv=dialect)
    assert rows_of(reading) == [{"id": "1", "name": "a"}, {"id": "2", "name": "b"}]


def test_a_field_of_50_megabytes_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    big = "x" * (50 << 20)
    reading = read(tmp_path, f'id,a\n1,x\n2,{big}\n3,"{big}"\n4,"y\nz"\n')
    assert sorted(reading.records) == ["1", "4"]
    assert len(reading.refused) == 2
    assert all("50 MB" in reason for _, reason in reading.refused)


def test_a_row_reads_alike_whether_or_not_its_neighbours_are_broken(tmp_path: Path) -> None:
    row = '7,"a ""b""\t\x01/\\ é 李","c\nd"'
    whole = read(tmp_path, f"id,a,b\n{row}\n")
    broken = read(tmp_path, f"id,a,b\n{row}\n8,short\n")
    assert whole.records["7"] == broken.records["7"]


@pytest.mark.parametrize("value", ['""Hotel Adler"" Berlin', '""', '"""" Berlin', '5" disk'])
def test_a_quote_out_of_place_is_seen_whatever_the_neighbours_are(
    tmp_path: Path, value: str
) -> None:
    alone = read(tmp_path, f"id,a\n7,{value}\n")
    beside = read(tmp_path, f"id,a\n7,{value}\n8,short,2,3\n")
    assert alone.records == beside.records
    assert len(alone.refused) == len(beside.refused) - 1 == ("B" in value)


VALUES = st.text(st.sampled_from('abé李"";,\t|\\\n\r /\x01\u2028\U0001f642 \''), max_size=8)


@settings(
    max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None
)
@given(
    rows=st.lists(st.tuples(VALUES, VALUES), min_size=1, max_size=12),
    delimiter=st.sampled_from(",;|\t"),
    everything=st.booleans(),
    broken=st.booleans(),
)
def test_what_a_csv_writer_wrote_is_read_as_it_was(
    tmp_path: Path, rows: list[tuple[str, str]], delimiter: str, everything: bool, broken: bool
) -> None:
    text = io.StringIO()
    if everything:
        writer = csv.writer(text, delimiter=delimiter, quoting=csv.QUOTE_ALL, lineterminator="\n")
    else:  # Python's writer leaves a bare carriage return unquoted
        rows = [(a.replace("\r", ""), b.replace("\r", "")) for a, b in rows]
        writer = csv.writer(text, delimiter=delimiter, lineterminator="\n")
    writer.writerows([("id", "a", "b"), *((n, *row) for n, row in enumerate(rows))])
    short = "short\n" if broken else ""
    reading = read(tmp_path, text.getvalue() + short, csv={"delimiter": delimiter})
    expected = [{"id": str(n), "a": a, "b": b} for n, (a, b) in enumerate(rows)]
    assert rows_of(reading) == expected
    assert len(reading.refused) == broken


def test_csv_of_every_kind_conforms(tmp_path: Path) -> None:
    rows = "".join(f'{i};Müller {i};"Straße\n{i}"\n' for i in range(25_000))
    (tmp_path / "a.csv").write_text("id;name;street\n" + rows)
    (tmp_path / "b.csv").write_bytes(f"id;name;street\n{rows[:900]}".encode("utf-16"))
    options = {"files": "*.csv", "key": "id"}
    assert_conforms(
        lambda: open_connection(context(tmp_path, {"url": "."}, streams={"s": options}))
    )
