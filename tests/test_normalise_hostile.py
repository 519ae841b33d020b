from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.test_normalise import order, page, rows, run
from throughline.connector import Page
from throughline.store import Connection, connect


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


HOSTILE: dict[str, Any] = {
    "a late string in a numeric column": order(1, total="many", lines=[{"sku": 1, "n": "x"}]),
    "numbers as strings and strings as numbers": order("1", total=39.9, customer="0"),  # type: ignore[arg-type]
    "missing fields": {"id": 1},
    "null objects": order(1, billing=None, lines=None),
    "lists in place of objects": order(1, billing=[1, 2], lines={"a": 1}),
    "texts in place of lists": order(1, lines="none", billing="none"),
    "nulls and texts among the elements": order(1, lines=[None, "x", 3, {"sku": "a"}]),
    "NUL": json.dumps(order(1, total="1")).replace('"Ann"', '"A\\u0000nn"'),
    "half a surrogate pair": json.dumps(order(1)).replace('"Ann"', '"A\\ud800nn"'),
    "a raw NUL byte": json.dumps(order(1)).replace("Ann", "A\x00nn"),
    "a field of many megabytes": order(1, note="x" * 20_000_000),
    "a mapped field of many megabytes": order(
        1, billing={"first": "y" * 20_000_000, "email": "a@x.org"}
    ),
    "a record that is too large": order(1, note="x" * 50_000_000),
    "deep nesting": '{"id": 1, "date": "2026-01-01", "x": ' + "[" * 50_000 + "]" * 50_000 + "}",
    "deep nesting where a value is read": (
        '{"id": 1, "total": '
        + "[" * 5_000
        + "]" * 5_000
        + ', "lines": ['
        + "[" * 900
        + "]" * 901
        + "}"
    ),
    "a truncated record": '{"id": 1, "date": "20',
    "no object": "[1, 2]",
    "not JSON": "id,date",
    "an empty text": "",
    "an empty key": order(""),  # type: ignore[arg-type]
    "a key that is an object": order({"a": 1}),  # type: ignore[arg-type]
    "impossible dates": order(1, date="infinity"),
    "dates out of range": order(1, date="294247-01-10T04:00:54Z"),
    "years before our time": order(1, date="0001-01-01 (BC) 10:00:00"),
    "quotation marks and backslashes": order(1, billing={"first": 'A"\\n\n\t', "email": "a@x.org"}),
    "several lines": json.dumps(order(1), indent=2),
    "control characters": order(1, billing={"first": "A\x01\x1fB", "email": "a@x.org"}),
    "a number beyond any type": '{"id": 1, "total": 1e999, "customer": 12345678901234567890123}',
    "one name twice": '{"id": 1, "id": 2, "total": "1"}',
}


@pytest.mark.parametrize("record", HOSTILE.values(), ids=HOSTILE.keys())
def test_a_hostile_record_ends_in_store_or_quarantine_and_holds_nobody_up(
    store: Connection, tmp_path: Path, record: Any
) -> None:
    counts = run(store, tmp_path, page(record, order(7)))
    made = rows(store, "SELECT source_id FROM record UNION SELECT source_id FROM party")
    refused = rows(store, "SELECT path, reason FROM quarantine")
    assert len(made) + len(refused) >= 2, "each record ends somewhere"
    assert rows(store, "SELECT key FROM record WHERE key = '7'") == [("7",)]
    assert counts["received"] == 2
    for path, reason in refused:
        assert path.startswith("$")
        assert "Ann" not in reason and "x.org" not in reason


def test_replaced_characters_are_noted(store: Connection, tmp_path: Path) -> None:
    run(store, tmp_path, page(HOSTILE["half a surrogate pair"]))
    assert rows(store, "SELECT doc->>'given_name' FROM party") == [("A\ufffdnn",)]
    assert ("$",) in rows(store, "SELECT path FROM quality_note")


def test_escaped_backslashes_and_whole_pairs_are_left_alone(
    store: Connection, tmp_path: Path
) -> None:
    text = json.dumps(order(1)).replace('"Ann"', '"\\\\u0000 \\ud83d\\ude00"')
    run(store, tmp_path, page(text))
    assert rows(store, "SELECT doc->>'given_name' FROM party") == [("\\u0000 \U0001f600",)]
    assert rows(store, "SELECT * FROM quality_note") == []


def test_bytes_that_are_no_utf_8_are_replaced(store: Connection, tmp_path: Path) -> None:
    text = json.dumps(order(1)).encode().replace(b"Ann", b"A\xff")
    bad = pa.Array.from_buffers(
        pa.string(),
        1,
        [None, pa.array([0, len(text)], pa.int32()).buffers()[1], pa.py_buffer(text)],
    )
    run(store, tmp_path, Page(records=bad))
    assert rows(store, "SELECT doc->>'given_name' FROM party") == [("A\ufffd",)]


def test_a_refused_record_keeps_what_was_made_of_it(store: Connection, tmp_path: Path) -> None:
    rules = """
rules:
  - record: order
    set: {number: number, total: {from: total, apply: [decimal]}}
"""
    run(store, tmp_path, page({"id": 1, "v": "1", "number": "A"}), rules=rules)
    run(store, tmp_path, page({"id": 1, "v": "2", "total": "3"}), rules=rules)
    assert rows(store, "SELECT doc->>'number' FROM record") == [("A",)]
    assert rows(store, "SELECT path, reason FROM quarantine") == [
        ("$", '"number" is a required property')
    ]
    run(store, tmp_path, page({"id": 1, "v": "3", "number": "B"}), rules=rules)
    assert rows(store, "SELECT doc->>'number' FROM record") == [("B",)]
    assert rows(store, "SELECT * FROM quarantine") == []


def test_a_mended_rule_takes_records_out_of_quarantine(store: Connection, tmp_path: Path) -> None:
    wrong = "rules: [{record: order, set: {number: nummer}}]"
    right = "rules: [{record: order, set: {number: id}}]"
    run(store, tmp_path, page(order(1), order(2)), rules=wrong)
    assert len(rows(store, "SELECT * FROM quarantine")) == 2
    run(store, tmp_path, rules=right)
    assert rows(store, "SELECT * FROM quarantine") == []
    assert len(rows(store, "SELECT * FROM record")) == 2


def test_of_two_records_with_one_key_the_other_is_refused(
    store: Connection, tmp_path: Path
) -> None:
    rules = "rules: [{record: order, key: number, set: {number: number}}]"
    first, second = ({"id": n, "v": "1", "number": "same"} for n in (1, 2))
    run(store, tmp_path, page(first), page(second), rules=rules)
    assert len(rows(store, "SELECT * FROM record")) == 1
    assert rows(store, "SELECT path, reason FROM quarantine") == [
        ("$.key", "another record of this stream has this key")
    ]
