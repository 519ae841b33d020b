"""Streams have keys, files and groups of the same names: what befalls one touches no other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.test_land import land
from tests.test_normalise import CALL_LEGS, ORDERS, SHOP, order, page, rows, run
from throughline.store import Connection, connect

RULES = "rules: [{record: order, set: {number: id}}]"
CALLS = """
rules:
  - record: interaction
    group_by: call
    set:
      channel: {value: telephone}
      kind: {value: call}
      direction: {value: inbound}
      occurred_at: {value: "2026-11-22T13:19:33Z"}
      duration_seconds: {sql: "count(*)"}
"""
OUTLET = replace(SHOP, name="outlet")
RETURNS = replace(ORDERS, name="returns")
STREAMS = [(SHOP, ORDERS), (SHOP, RETURNS), (OUTLET, ORDERS)]


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


def by_stream(store: Connection, query: str) -> list[tuple[Any, ...]]:
    """Return rows of a query on `t`, each behind the stream that it is of."""
    found = f"SELECT connection, name, {query} JOIN stream USING (stream_id) ORDER BY 1, 2, 3"
    return rows(store, found)


def test_a_complete_listing_deletes_nothing_of_another_stream(
    store: Connection, tmp_path: Path
) -> None:
    for connection, spec in STREAMS:
        both = page(order(1), order(2))
        run(store, tmp_path, both, spec=spec, rules=RULES, connection=connection)
    listing = page(order(1), sweep_complete=True)
    assert run(store, tmp_path, listing, rules=RULES)["deleted"] == 1
    assert by_stream(store, "t.key FROM record t") == [
        ("outlet", "orders", "1"),
        ("outlet", "orders", "2"),
        ("shop", "orders", "1"),
        ("shop", "returns", "1"),
        ("shop", "returns", "2"),
    ]


def test_what_each_of_two_streams_refuses_is_kept_and_mended_apart(
    store: Connection, tmp_path: Path
) -> None:
    torn = page('{"id": 1, "tot', origins=((0, "2026-11.ndjson", 7),))
    for connection, spec in STREAMS:
        run(store, tmp_path, torn, spec=spec, rules=RULES, connection=connection)
    refused = "t.position FROM quarantine t"
    everywhere = [(c.name, s.name, "2026-11.ndjson: line 7") for c, s in STREAMS]
    assert by_stream(store, refused) == sorted(everywhere)
    run(store, tmp_path, page(order(1), anew=("2026-11.ndjson",)), rules=RULES)
    assert by_stream(store, refused) == sorted(everywhere[1:])


def test_calls_of_two_telephone_systems_with_one_number_are_two_calls(
    store: Connection, tmp_path: Path
) -> None:
    legs = [{"uid": str(n), "call": "1764.1"} for n in range(3)]
    branch = replace(SHOP, name="branch")
    run(store, tmp_path, page(*legs), spec=CALL_LEGS, rules=CALLS)
    run(store, tmp_path, page(legs[0]), spec=CALL_LEGS, rules=CALLS, connection=branch)
    made = "t.doc->>'duration_seconds' FROM record t"
    assert by_stream(store, made) == [("branch", "calls", "1"), ("shop", "calls", "3")]
    moved = page({**legs[1], "call": "1764.2"}, {**legs[2], "call": "1764.2"})
    land(store, tmp_path, moved, spec=CALL_LEGS)
    more = page({**legs[0], "call": "1764.3"})  # normalised before what landed in the other one
    run(store, tmp_path, more, spec=CALL_LEGS, rules=CALLS, connection=branch)
    run(store, tmp_path, spec=CALL_LEGS, rules=CALLS)
    assert by_stream(store, made) == [
        ("branch", "calls", "1"),
        ("shop", "calls", "1"),
        ("shop", "calls", "2"),
    ]
