"""Grouped and ungrouped streams end in the same rows, whatever the order and split."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.fix_postgres import PostgresServer
from tests.test_normalise import ORDERS, page, run
from throughline.connector import Page, StreamSpec
from throughline.store import Connection, connect

MAIL = """
rules:
  - record: interaction
    set:
      channel: {value: email}
      kind: {value: message}
      occurred_at: {from: date, apply: [utc]}
    participants:
      - role: sender
        principal: true
        party: {set: {name: {from: name, apply: [name]}, emails: [{from: sender, apply: [email]}]}}
      - role: recipient
        principal: true
        each: to
        party: {set: {emails: [{from: ".", apply: [email]}]}}
  - record: party
    when: "card = 'true'"
    key: {sql: "'card:' || id"}
    set: {emails: [{from: sender, apply: [email]}]}
"""
LEGS = """
rules:
  - record: interaction
    group_by: call
    order_by: [seq, id]
    set:
      channel: {value: telephone}
      kind: {value: call}
      occurred_at: {value: "2026-01-01T00:00:00Z"}
      duration_seconds: {sql: "sum(seq::INT)"}
    participants:
      - role: caller
        principal: true
        party: {set: {name: {from: name, apply: [name]}, phones: [{from: src, apply: [phone]}]}}
"""
TWINS = """
rules:
  - record: order
    key: number
    set: {number: number, placed_at: {from: date, apply: [utc]}}
    participants: [{role: customer, principal: true, party: {set: {name: name}}}]
  - {record: party, key: number, set: {name: name, emails: [{from: sender, apply: [email]}]}}
"""
MESSAGES = StreamSpec(
    name="orders", key=("id",), rule="orders", version="v", deletion=ORDERS.deletion
)
CALLS = StreamSpec(
    name="orders",
    key=("id",),
    rule="orders",
    version="v",
    group="call",
    deletion=ORDERS.deletion,
)
ADDRESS = st.sampled_from(["a@x.org", "b@x.org", "me@acme.example", "n/a"])
COMMON = {"id": st.integers(1, 4), "v": st.sampled_from("abc"), "gone": st.booleans()}
MESSAGE = st.fixed_dictionaries(
    {
        **COMMON,
        "date": st.sampled_from(["2026-01-01", "2026-02-02 10:00:00"]),
        "name": st.sampled_from(["Ann", "", "n/a"]),
        "sender": ADDRESS,
        "to": st.lists(ADDRESS, max_size=2),
        "card": st.booleans(),
    }
)
LEG = st.fixed_dictionaries(
    {
        **COMMON,
        "call": st.sampled_from(["c", "d"]),
        "seq": st.integers(1, 3),
        "name": st.sampled_from(["Ann", "Bob", ""]),
        "src": st.sampled_from(["030 1234567", "0171 7654321", "201", "anonymous"]),
    }
)

STATE = (
    "SELECT party_id, key, source_id, self, doc::text, hash FROM party ORDER BY party_id",
    "SELECT record_id, key, source_id, occurred_at, doc::text, hash FROM record ORDER BY record_id",
    "SELECT * FROM participant ORDER BY record_id, position",
    "SELECT * FROM quality_note ORDER BY subject_id, path, reason",
    "SELECT source_id, rule, path, reason, subject_id FROM quarantine ORDER BY 1, 2",
)


def state(store: Connection) -> list[Any]:
    return [store.execute(query.encode()).fetchall() for query in STATE]


def ended(
    server: PostgresServer, runs: Sequence[Sequence[Page]], spec: StreamSpec, rules: str
) -> list[Any]:
    """Return the store's state after some runs, and check that one more changes nothing."""
    with (
        server.database(migrated=True) as url,
        connect(url) as store,
        TemporaryDirectory() as folder,
    ):
        for pages in runs:
            run(store, Path(folder), *pages, spec=spec, rules=rules)
        found = state(store)
        store.execute("TRUNCATE dirty_party, dirty_record")
        run(store, Path(folder), *runs[-1], spec=spec, rules=rules)
        dirty = store.execute("SELECT FROM dirty_party UNION ALL SELECT FROM dirty_record")
        assert dirty.fetchall() == [], "running again touches no row"
        store.execute("UPDATE batch SET normalised_with = NULL")
        run(store, Path(folder), spec=spec, rules=rules)
        dirty = store.execute("SELECT FROM dirty_party UNION ALL SELECT FROM dirty_record")
        assert dirty.fetchall() == [], "normalising all again touches no row"
        assert state(store) == found
        return found


def assert_order_is_nothing(
    server: PostgresServer,
    records: list[dict[str, Any]],
    chance: Random,
    size: int,
    spec: StreamSpec,
    rules: str,
) -> None:
    shuffled = records[:]
    chance.shuffle(shuffled)
    pages = [page(*shuffled[at : at + size]) for at in range(0, len(shuffled), size)]
    whole = ended(server, [[page(*records)]], spec, rules)
    assert ended(server, [pages], spec, rules) == whole
    assert ended(server, [[one] for one in pages], spec, rules) == whole


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MESSAGE, min_size=1, max_size=7), st.randoms(), st.integers(1, 4))
def test_any_order_and_split_of_messages_ends_in_the_same_rows(
    embedded_template: PostgresServer, records: list[dict[str, Any]], chance: Random, size: int
) -> None:
    assert_order_is_nothing(embedded_template, records, chance, size, MESSAGES, MAIL)


@settings(max_examples=3, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(LEG, min_size=1, max_size=7), st.randoms(), st.integers(1, 4))
def test_any_order_and_split_of_call_legs_ends_in_the_same_rows(
    embedded_template: PostgresServer, records: list[dict[str, Any]], chance: Random, size: int
) -> None:
    assert_order_is_nothing(embedded_template, records, chance, size, CALLS, LEGS)


def test_a_leg_deleted_in_another_group_than_its_last_leaves_that_group(
    embedded_template: PostgresServer,
) -> None:
    leg = {"v": "a", "gone": False, "seq": 1, "name": "Ann", "src": "030 1234567"}
    first, second = {"id": 1, "call": "d", **leg}, {"id": 2, "call": "d", **leg}
    gone = {**first, "call": "c", "gone": True}
    pages = [[page(first, second)], [page(gone)]]
    whole = ended(embedded_template, [[page(gone, second)]], CALLS, LEGS)
    assert ended(embedded_template, pages, CALLS, LEGS) == whole


@settings(max_examples=6, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(MESSAGE, min_size=2, max_size=7), st.randoms(), st.integers(1, 4))
def test_which_of_two_records_makes_a_key_depends_on_no_order_of_arrival(
    embedded_template: PostgresServer, records: list[dict[str, Any]], chance: Random, size: int
) -> None:
    twins = [{**record, "number": f"n{record['id'] % 2}"} for record in records]
    assert_order_is_nothing(embedded_template, twins, chance, size, MESSAGES, TWINS)
