"""What the files connector does with JSON Lines, JSON documents, Parquet and packed files."""

from __future__ import annotations

import bz2
import datetime
import decimal
import gzip
import json
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import zstandard

from tests.test_files_csv import read, rows_of
from throughline.testing import assert_conforms, context
from throughline_files import open_connection

LINES = b'{"id":1,"a":"x"}\n{"id":2,"a":"y"}\n'

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gz": gzip.compress,
    "bz2": bz2.compress,
    "zst": zstandard.compress,
}


def lines(folder: Path, content: bytes, **options: Any) -> Any:
    """Write a JSON Lines file and read it."""
    return read(folder, content, "a.jsonl", **{"format": "jsonl", **options})


def test_a_line_is_a_record_to_the_byte(tmp_path: Path) -> None:
    text = '{"id": 1,  "a" : 1.10, "b":"\\u00fc 李"}'
    reading = lines(tmp_path, f"\ufeff{text}\r\n\n{text}\n".encode())
    assert [t for page in reading.pages for t in page.records.to_pylist()] == [text, text]


def test_a_last_line_cut_off_is_refused_and_one_without_line_end_is_read(tmp_path: Path) -> None:
    assert sorted(lines(tmp_path, LINES + b'{"id":3}').records) == ["1", "2", "3"]
    cut = lines(tmp_path, LINES + b'{"id":3,"a":"tru')
    assert sorted(cut.records) == ["1", "2"]
    assert [position for position, _ in cut.refused] == ["a.jsonl: line 3"]


def test_bytes_that_are_no_utf8_are_marked_for_the_landing(tmp_path: Path) -> None:
    reading = lines(tmp_path, LINES + "é".encode() * 9 + b'\n{"id":3,"a":"M\xfcller"}\n')
    assert reading.records["3"] == '{"id":3,"a":"M\\udcfcller"}'


def test_a_line_of_50_megabytes_is_refused_and_the_rest_is_read(tmp_path: Path) -> None:
    big = b'{"id":9,"a":"' + b"x" * (50 << 20) + b'"}\n'
    reading = lines(tmp_path, LINES[:17] + big + LINES[17:])
    assert sorted(reading.records) == ["1", "2"]
    assert [position for position, _ in reading.refused] == ["a.jsonl: line 2"]


def test_lone_surrogates_and_deep_nesting_are_left_to_the_landing(tmp_path: Path) -> None:
    deep = '{"id":4,"a":' + "[" * 50_000 + "]" * 50_000 + "}"
    reading = lines(tmp_path, LINES + b'{"id":3,"a":"\\ud800"}\n' + deep.encode() + b"\n")
    assert sum(len(page.records) for page in reading.pages) == 4


@pytest.mark.parametrize("ending", ["gz", "bz2", "zst"])
def test_packed_files_are_unpacked_by_their_ending(tmp_path: Path, ending: str) -> None:
    reading = read(tmp_path, PACK[ending](LINES), f"a.jsonl.{ending}", format="jsonl")
    assert sorted(reading.records) == ["1", "2"]
    assert [raw.name for page in reading.pages for raw in page.raw] == [f"a.jsonl.{ending}"]


@pytest.mark.parametrize("ending", ["gz", "bz2", "zst"])
def test_a_packed_file_cut_off_gives_what_it_holds_and_says_so(tmp_path: Path, ending: str) -> None:
    many = b"".join(b'{"id":%d,"a":"%d"}\n' % (i, i * 7919) for i in range(50_000))
    reading = read(tmp_path, PACK[ending](many)[:-200], f"a.jsonl.{ending}", format="jsonl")
    assert [reason for _, reason in reading.refused if "cut off" in reason]
    assert 25_000 < len(reading.records) < 50_000


def document(folder: Path, text: str | bytes, **options: Any) -> Any:
    """Write a JSON document and read it."""
    return read(folder, text, "a.json", **{"format": "json", **options})


def test_the_elements_of_an_array_are_records(tmp_path: Path) -> None:
    value = [{"id": 1, "a": ["]", {"b": '"}'}]}, {"id": 2}]
    assert rows_of(document(tmp_path, json.dumps(value))) == value
    pretty = document(tmp_path, json.dumps(value, indent=2))
    assert rows_of(pretty) == value
    assert not any("\n" in text for text in pretty.records.values())


def test_a_line_break_in_a_string_is_no_json_and_left_to_the_landing(tmp_path: Path) -> None:
    broken = '{\n"id": 1, "street": "Hauptstr. 5\r\n10827 Berlin"}'
    reading = document(tmp_path, f'[{broken},\n{{"id":2,\n"a":"\\"\\n"}}]')
    texts = [text for page in reading.pages for text in page.records.to_pylist()]
    assert texts == [broken, '{"id":2,"a":"\\"\\n"}']


def test_the_records_lie_where_the_options_say(tmp_path: Path) -> None:
    value = {"x": [1, {"items": 2}], "data": {"n": None, "items": [{"id": 1}, {"id": 2}]}}
    reading = document(tmp_path, json.dumps(value), records="data.items")
    assert rows_of(reading) == [{"id": 1}, {"id": 2}]
    dotted = document(tmp_path, '{"data.items":[{"id":3}]}', records='"data.items"')
    assert rows_of(dotted) == [{"id": 3}]
    accounts = '{"id":1,"contacts":[{"id":5},{"id":6}]}\n{"id":2,"contacts":[]}\n'
    people = document(tmp_path, accounts, records="contacts")
    assert rows_of(people) == [{"id": 5}, {"id": 6}]


@pytest.mark.parametrize(
    "text", ['[{"id":1},{"id":2,"a":"b', '[{"id":1},', '{"data":{}}', "nonsense"]
)
def test_a_document_that_ends_early_gives_what_it_holds(tmp_path: Path, text: str) -> None:
    reading = document(tmp_path, text, records="data.items" if "data" in text else None)
    assert reading.refused
    assert len(reading.records) == text.count("},")


@pytest.mark.parametrize(
    ("text", "records", "refused"),
    [
        ('{"id":1}\n{"id":2}\n{"id":3}\n', None, []),
        ('[{"id":1}]\n[{"id":2},\n{"id":3}]\n', None, []),
        ('{"a":{"x":[{"id":1}]},"n":"]"}\n{"a":{"x":[{"id":2},{"id":3}]}}', "a.x", []),
        ('[{"id":1},{"id":2},{"id":3}] oops {"id":4}', None, ["a.json: record 4"]),
        ('{"x":[{"id":1},{"id":2},{"id":3}],"n":', "x", ["a.json: record 4"]),
    ],
)
def test_all_documents_of_a_file_are_read_and_what_is_none_is_refused(
    tmp_path: Path, text: str, records: str | None, refused: list[str]
) -> None:
    reading = document(tmp_path, text, records=records)
    assert sorted(reading.records) == ["1", "2", "3"]
    assert [position for position, _ in reading.refused] == refused


def test_deep_nesting_in_a_document_is_passed_on(tmp_path: Path) -> None:
    deep = '{"id":1,"a":' + "[" * 99_000 + "]" * 99_000 + "}"
    reading = document(tmp_path, f'[{deep},{{"id":2}}]'.encode("utf-16"))
    assert sum(len(page.records) for page in reading.pages) == 2


def test_a_packed_document_cut_off_gives_what_it_holds(tmp_path: Path) -> None:
    packed = gzip.compress(json.dumps([{"id": n, "a": n * 7919} for n in range(9_000)]).encode())
    reading = read(tmp_path, packed[:-2_000], "a.json.gz", format="json")
    assert reading.refused
    assert len(reading.records) > 4_000


def parquet(folder: Path, rows: int = 3) -> None:
    """Write a Parquet file of several row groups."""
    table = pa.table(
        {
            "id": list(range(rows)),
            "when": pa.array([datetime.datetime(2026, 1, 2, 3, 4, 5)] * rows, pa.timestamp("us")),
            "amount": pa.array([decimal.Decimal("1.10")] * rows, pa.decimal128(10, 2)),
            "name": pa.array(["Jürgen", None, "李"] * (rows // 3)).dictionary_encode(),
            "lines": [[{"sku": "a", "n": 1}]] * rows,
        }
    )
    pq.write_table(table, folder / "a.parquet", row_group_size=7_000)


def test_parquet_keeps_decimals_and_times_exactly(tmp_path: Path) -> None:
    parquet(tmp_path)
    stream = {"files": "*.parquet", "key": "id"}
    connector = open_connection(context(tmp_path, {"url": "."}, streams={"s": stream}))
    (page,) = connector.read("s", None)
    assert json.loads(page.records[0].as_py()) == {
        "id": 0,
        "when": "2026-01-02T03:04:05.000000",
        "amount": "1.10",
        "name": "Jürgen",
        "lines": [{"sku": "a", "n": 1}],
    }


@pytest.mark.parametrize("kind", [pa.binary(), pa.large_binary(), pa.binary(16)])
def test_bytes_in_parquet_are_text_or_hexadecimal_each_by_itself(
    tmp_path: Path, kind: pa.DataType
) -> None:
    ids = [uuid.UUID(int=n << 64 | 0xFF).bytes for n in (1, 2, 3)]
    names = pa.array([b"\xff\xfe", "Jürgen".encode(), None], pa.binary())
    pq.write_table(pa.table({"id": pa.array(ids, kind), "name": names}), tmp_path / "a.parquet")
    rows = rows_of(read(tmp_path, (tmp_path / "a.parquet").read_bytes(), "a.parquet", format=None))
    assert [row["id"] for row in rows] == [one.hex() for one in ids]
    assert [row["name"] for row in rows] == ["fffe", "Jürgen", None]


def test_a_parquet_file_cut_off_is_refused(tmp_path: Path) -> None:
    reading = read(tmp_path, b"PAR1 and no more", "a.parquet", format="parquet")
    assert [position for position, _ in reading.refused] == ["a.parquet: record 1"]


def test_a_parquet_file_with_a_damaged_page_is_refused_from_there_on(tmp_path: Path) -> None:
    parquet(tmp_path, 42_000)
    content = bytearray((tmp_path / "a.parquet").read_bytes())
    start = pq.read_metadata(tmp_path / "a.parquet").row_group(4).column(0).dictionary_page_offset
    content[start : start + 20] = b"\xff" * 20
    reading = read(tmp_path, bytes(content), "a.parquet", format=None)
    assert [position for position, _ in reading.refused] == ["a.parquet: record 20001"]
    assert len(reading.records) == 20_000


def test_half_floats_in_parquet_are_numbers(tmp_path: Path) -> None:
    table = pa.table({"id": ["a"], "score": pa.array([1.5], pa.float16())})
    pq.write_table(table, tmp_path / "a.parquet")
    reading = read(tmp_path, (tmp_path / "a.parquet").read_bytes(), "a.parquet", format=None)
    assert rows_of(reading) == [{"id": "a", "score": 1.5}]


def test_every_format_conforms(tmp_path: Path) -> None:
    parquet(tmp_path, 24_000)
    many = b"".join(b'{"id":%d,"a":"%d"}\n' % (i, i * 7919) for i in range(24_000))
    (tmp_path / "a.jsonl").write_bytes(many)
    (tmp_path / "b.jsonl.gz").write_bytes(gzip.compress(many.replace(b'"id":', b'"id":9')))
    (tmp_path / "a.json").write_bytes(b"[" + many.replace(b"}\n", b"},\n")[:-2] + b"]")
    streams = {
        "lines": {"files": "*.jsonl*", "key": "id", "format": "jsonl"},
        "documents": {"files": "*.json", "key": "id"},
        "tables": {"files": "*.parquet", "key": "id"},
    }
    assert_conforms(lambda: open_connection(context(tmp_path, {"url": "."}, streams=streams)))
