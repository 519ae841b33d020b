"""Hostile records and rules: each ends in the store or in quarantine, and holds nothing up."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest

from tests.test_normalise import CALL_LEGS, ORDERS, AConnection, order, page, rows, run
from tests.test_streams_apart import CALLS
from throughline.connector import Page
from throughline.land.stream import source_id
from throughline.normalise import Sandbox
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


def test_a_number_that_json_cannot_say_is_left_out_with_a_note(
    store: Connection, tmp_path: Path
) -> None:
    rules = """
rules:
  - record: party
    key: id
    set: {name: name, attributes: {set: {rate: {sql: "a::DOUBLE / b::DOUBLE"}}}}
  - record: order
    key: id
    set: {number: id}
    participants:
      - role: customer
        party: {set: {name: other, attributes: {set: {
          rate: {sql: "{'low': a::DOUBLE / b::DOUBLE, 'of': name}"}}}}}
"""
    whole = {"id": 1, "v": "1", "a": 3, "b": 2, "name": "NaN Infinity", "other": "Ann"}
    run(store, tmp_path, page({**whole, "id": 2, "b": 0, "other": "Bob"}, whole), rules=rules)
    assert rows(store, "SELECT doc FROM party WHERE self ORDER BY key") == [
        ({"kind": "person", "name": "NaN Infinity", "attributes": {"rate": 1.5}},),
        ({"kind": "person", "name": "NaN Infinity"},),
    ]
    assert rows(store, "SELECT doc FROM party WHERE NOT self ORDER BY doc->>'name'") == [
        (
            {
                "kind": "person",
                "name": "Ann",
                "attributes": {"rate": {"low": 1.5, "of": "NaN Infinity"}},
            },
        ),
        ({"kind": "person", "name": "Bob"},),
    ]
    assert rows(store, "SELECT path, reason FROM quality_note ORDER BY 1") == [
        ("$.attributes.rate", "its sql failed on this record"),
        ("$.participants[0].attributes.rate", "its sql failed on this record"),
    ]


@pytest.mark.parametrize("date", ["294247-01-10 04:00:54", "-290307-01-01 00:00:00", "infinity"])
def test_a_local_time_out_of_range_is_left_out_and_holds_nobody_up(
    store: Connection, tmp_path: Path, date: str
) -> None:
    rules = (
        "rules: [{record: order, set: {number: id, placed_at: {from: date, apply: [local_time]}}}]"
    )
    away = AConnection(time_zone="America/New_York")
    run(store, tmp_path, page(order(1, date=date), order(2)), rules=rules, connection=away)
    assert rows(store, "SELECT doc->>'placed_at' FROM record ORDER BY doc->>'number'") == [
        (None,),
        ("2026-11-22T18:19:33Z",),
    ]


def test_a_time_that_the_rule_takes_as_it_stands_holds_nobody_up(
    store: Connection, tmp_path: Path
) -> None:
    rules = """
rules:
  - {record: party, changed_at: u, set: {name: n}}
  - {record: order, key: {sql: "'o' || id"}, set: {number: id, placed_at: p}}
"""
    times = ("1760000001000", "9.10.2025", "2025-10-09T08:53:21Z", "2025-13-09T08:53:21Z")
    records = [{"id": n, "n": "Ann", "u": t, "p": times[2 + n % 2]} for n, t in enumerate(times)]
    run(store, tmp_path, page(*records), rules=rules)
    read = "SELECT changed_at IS NULL FROM party ORDER BY key"
    assert rows(store, read) == [(False,), (True,), (False,), (True,)]
    read = "SELECT occurred_at IS NULL FROM record ORDER BY key"
    assert rows(store, read) == [(False,), (True,), (False,), (True,)]
    noted = "SELECT path, reason, count(*)::int FROM quality_note GROUP BY 1, 2"
    assert rows(store, noted) == [("$.changed_at", "not a time", 2)]


@pytest.mark.parametrize("grouped", [False, True])
def test_a_record_on_which_duckdb_fails_is_refused_alone(
    store: Connection, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, grouped: bool
) -> None:
    def failing(sandbox: Sandbox) -> duckdb.DuckDBPyConnection:
        session = opened(sandbox)
        session.execute(
            "CREATE OR REPLACE MACRO tl_currency(x) AS CASE WHEN x = 'bad' THEN error(x) ELSE x END"
        )
        return session

    opened = Sandbox.session
    monkeypatch.setattr(Sandbox, "session", failing)
    spec = replace(ORDERS, group="call") if grouped else ORDERS
    by = "group_by: call, " if grouped else ""
    made = "{number: id, currency: {from: c, apply: [currency]}}"
    rules = f"rules: [{{record: order, {by}set: {made}}}]"
    records = [order(n, c="bad" if n in (3, 8) else "EUR", call=f"call {n}") for n in range(1, 10)]
    run(store, tmp_path, page(*records), spec=spec, rules=rules)
    numbers = rows(store, "SELECT doc->>'number' FROM record ORDER BY 1")
    assert numbers == [("1",), ("2",), ("4",), ("5",), ("6",), ("7",), ("9",)]
    assert (
        rows(store, "SELECT path, reason FROM quarantine")
        == [("$", "DuckDB can't run the rules on it")] * 2
    )
    monkeypatch.undo()
    run(store, tmp_path, spec=spec, rules=rules.replace("from: c", "from: other"))
    assert rows(store, "SELECT count(*) FROM record") == [(9,)]
    assert rows(store, "SELECT * FROM quarantine") == []


SAME_KEY = """
rules:
  - {record: order, key: number, set: {number: number, placed_at: {from: date, apply: [utc]}}}
  - {record: party, key: number, set: {name: name, emails: [{from: email, apply: [email]}]}}
"""


def twins() -> tuple[dict[str, Any], dict[str, Any]]:
    """Return two records that make one key; the second one's id is the smaller."""
    ids = sorted("123456", key=lambda one: source_id("shop", "orders", one), reverse=True)
    records = [
        {"id": one, "v": "1", "number": "same", "name": f"Ann {one}", "email": f"bad {one}"}
        for one in (ids[0], ids[-1])
    ]
    return records[0], records[1]


@pytest.mark.parametrize("split", [True, False])
@pytest.mark.parametrize("turned", [True, False])
def test_of_two_records_with_one_key_the_same_one_counts_however_they_arrive(
    store: Connection, tmp_path: Path, split: bool, turned: bool
) -> None:
    large, small = twins()
    arriving = [small, large] if turned else [large, small]
    pages = [page(one) for one in arriving] if split else [page(*arriving)]
    for one in pages:
        run(store, tmp_path, one, rules=SAME_KEY)
    name = f"Ann {small['id']}"
    assert rows(store, "SELECT doc->>'name' FROM party") == [(name,)]
    refused = (
        "SELECT s.key, q.rule, q.path FROM quarantine q JOIN source_record s USING (source_id)"
    )
    assert rows(store, f"{refused} ORDER BY 2") == [
        (large["id"], "order", "$.key"),
        (large["id"], "party", "$.key"),
    ]
    assert rows(store, "SELECT path FROM quality_note") == [("$.emails[0]",)]
    gone = page({**small, "v": "2", "gone": True})
    run(store, tmp_path, gone, rules=SAME_KEY)
    assert rows(store, "SELECT doc->>'name' FROM party") == [(f"Ann {large['id']}",)]
    assert rows(store, "SELECT count(*) FROM record") == [(1,)]
    assert rows(store, refused) == []


def test_what_two_records_make_alike_stays_when_the_one_that_made_it_first_goes(
    store: Connection, tmp_path: Path
) -> None:
    large, small = twins()
    alike = {**small, "name": large["name"], "email": large["email"]}
    for one in (large, alike, {**large, "v": "2", "gone": True}):
        run(store, tmp_path, page(one), rules=SAME_KEY)
    assert rows(store, "SELECT doc->>'name' FROM party") == [(large["name"],)]
    assert rows(store, "SELECT key FROM record") == [("same",)]


def test_a_record_whose_new_key_another_has_keeps_what_was_made_of_it(
    store: Connection, tmp_path: Path
) -> None:
    large, small = twins()
    for one in ({**large, "number": "own"}, small, {**large, "v": "2"}):
        run(store, tmp_path, page(one), rules=SAME_KEY)
    assert rows(store, "SELECT key FROM party ORDER BY 1") == [("own",), ("same",)]
    assert rows(store, "SELECT key FROM record ORDER BY 1") == [("own",), ("same",)]


def test_rules_of_groups_and_of_single_records_stand_in_one_file(
    store: Connection, tmp_path: Path
) -> None:
    rules = CALLS + "  - {record: party, key: number, set: {name: name}}\n"
    legs = [{"uid": n, "call": "one", "number": n, "name": f"Leg {n}"} for n in "abc"]
    made = "SELECT key FROM party ORDER BY 1"
    run(store, tmp_path, *(page(leg) for leg in legs), spec=CALL_LEGS, rules=rules)
    assert rows(store, made) == [("a",), ("b",), ("c",)]
    again = rules.replace("name: name", "name: name, family_name: name")
    run(store, tmp_path, spec=CALL_LEGS, rules=again)
    assert rows(store, made) == [("a",), ("b",), ("c",)]
    run(store, tmp_path, page({**legs[1], "number": "d"}), spec=CALL_LEGS, rules=again)
    assert rows(store, made) == [("a",), ("c",), ("d",)]
    run(store, tmp_path, Page(records=pa.array([], pa.string()), deleted=["a"]), spec=CALL_LEGS,
        rules=again)  # fmt: skip
    assert rows(store, made) == [("c",), ("d",)]
    assert rows(store, "SELECT doc->>'duration_seconds' FROM record") == [("2",)]


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


def test_a_group_of_which_a_leg_fails_the_condition_s_sql_is_refused(
    store: Connection, tmp_path: Path
) -> None:
    rules = "rules: [{record: order, group_by: call, when: 'n::INT > 3', set: {number: call}}]"
    legs = [("a", "5", "one"), ("b", "abc", "one"), ("c", "4", "two"), ("d", "1", "two")]
    records = [{"uid": uid, "n": n, "call": call} for uid, n, call in legs]
    run(store, tmp_path, page(*records), spec=CALL_LEGS, rules=rules)
    assert rows(store, "SELECT key FROM record") == [("two",)]
    assert rows(store, "SELECT path, reason FROM quarantine") == [
        ("$.when", "its sql failed on this record")
    ]
