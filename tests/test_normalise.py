"""Normalising: what rules make of what landed, and what goes when it goes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from tests.players import APlayer
from throughline.connector import Deletion, Page, StreamSpec
from throughline.counts import Counts
from throughline.errors import RulesDeleteError
from throughline.home.organisation import organisation_from
from throughline.land import Landing, land_stream
from throughline.normalise import Sandbox, load_rules, normalise_stream
from throughline.store import Connection, connect

RULES = """
rules:
  - record: order
    key: id
    set:
      number: id
      placed_at: {from: date, apply: [utc]}
      total: {from: total, apply: [decimal]}
      lines: {each: lines, set: {sku: sku, quantity: {from: n, apply: [integer]}}}
    participants:
      - {role: customer, principal: true, when: "customer <> '0'",
         party: {ref: {stream: customers, key: customer}}}
      - {role: customer, principal: true, when: "customer = '0'",
         party: {ref: {stream: orders, key: {sql: "'guest:' || id"}}}}
  - record: party
    when: "customer = '0'"
    key: {sql: "'guest:' || id"}
    set:
      given_name: {from: billing.first, apply: [name]}
      emails: [{from: billing.email, apply: [email]}]
      phones: [{from: billing.phone, apply: [phone]}]
"""

CALLS = """
rules:
  - record: interaction
    group_by: call
    order_by: seq
    set:
      channel: {value: telephone}
      kind: {value: call}
      occurred_at: {sql: "min(start)", apply: [local_time]}
      duration_seconds: {sql: "max(seconds::INT)"}
    participants:
      - role: caller
        principal: true
        party:
          set: {phones: [{from: src, apply: [phone]}], name: {from: clid, apply: [name]}}
      - role: callee
        principal: true
        party: {set: {phones: [{sql: "last(dst ORDER BY seq)", apply: [phone]}]}}
"""


@dataclass(frozen=True, kw_only=True)
class AConnection:
    name: str = "shop"
    settings: Mapping[str, Any] = field(default_factory=dict)
    time_zone: str = "Europe/Berlin"
    region: str | None = "DE"
    currency: str | None = "EUR"


SHOP = AConnection()
ORDERS = StreamSpec(
    name="orders",
    key=("id",),
    rule="orders",
    version="v",
    deletion=Deletion(path="gone", values=("true",)),
)
CALL_LEGS = StreamSpec(name="calls", key=("uid",), rule="calls", group="call")
OURS = organisation_from({"domains": ["acme.example"], "extensions": ["2XX"]})


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


def page(*records: Any, **more: Any) -> Page:
    texts = [r if isinstance(r, str) else json.dumps(r) for r in records]
    return Page(records=pa.array(texts, pa.string()), **more)


def order(number: int, **more: Any) -> dict[str, Any]:
    return {
        "id": number,
        "v": "1",
        "date": "2026-11-22T13:19:33",
        "total": "39.90",
        "customer": 0,
        "lines": [{"sku": "a", "n": "2"}],
        "billing": {"first": "Ann", "email": f"a{number}@x.org", "phone": "030 1234567"},
        **more,
    }


def run(
    store: Connection,
    folder: Path,
    *pages: Page,
    spec: StreamSpec = ORDERS,
    rules: str = RULES,
    connection: AConnection = SHOP,
) -> Counts:
    (folder / "rules").mkdir(exist_ok=True)
    (folder / "rules" / f"{spec.rule}.yaml").write_text(rules)
    landing = Landing(str(folder / "landing"))
    landed = land_stream(
        store,
        connection_config=connection,
        connector=APlayer(spec=spec, pages=pages),
        stream=spec,
        landing=landing,
    )
    return landed + normalise_stream(
        store,
        connection_config=connection,
        stream=spec,
        rules=load_rules(folder / "rules"),
        sandbox=Sandbox(OURS),
        landing=landing,
    )


def rows(store: Connection, query: str) -> list[tuple[Any, ...]]:
    return store.execute(query).fetchall()


def docs(store: Connection, table: str) -> list[Any]:
    return [row[0] for row in rows(store, f"SELECT doc FROM {table} ORDER BY key")]


def test_an_order_becomes_a_record_a_guest_and_a_participant(
    store: Connection, tmp_path: Path
) -> None:
    run(store, tmp_path, page(order(1), order(2, customer=7)))
    assert docs(store, "record")[0] == {
        "number": "1",
        "placed_at": "2026-11-22T13:19:33Z",
        "total": "39.90",
        "lines": [{"sku": "a", "quantity": 2}],
    }
    assert docs(store, "party") == [
        {
            "kind": "person",
            "given_name": "Ann",
            "emails": ["a1@x.org"],
            "phones": ["+49301234567"],
        }
    ]
    joined = rows(
        store, "SELECT role, principal, key FROM participant LEFT JOIN party USING (party_id)"
    )
    assert sorted(joined, key=str) == [("customer", True, "guest:1"), ("customer", True, None)]


def test_running_again_touches_nothing(store: Connection, tmp_path: Path) -> None:
    run(store, tmp_path, page(order(1)))
    store.execute("TRUNCATE dirty_party, dirty_record")
    counts = run(store, tmp_path, page(order(1)))
    assert counts["normalised"] == 0
    assert rows(store, "SELECT * FROM dirty_party") == []


def test_a_deleted_record_takes_its_party_along(store: Connection, tmp_path: Path) -> None:
    run(store, tmp_path, page(order(1), order(2)))
    store.execute("TRUNCATE dirty_party, dirty_record")
    run(store, tmp_path, page(order(1, v="2", gone=True)))
    assert [doc["number"] for doc in docs(store, "record")] == ["2"]
    assert len(docs(store, "party")) == 1
    assert len(rows(store, "SELECT * FROM dirty_party")) == 1
    assert len(rows(store, "SELECT * FROM dirty_record")) == 1


def test_legs_of_a_call_become_one_call(store: Connection, tmp_path: Path) -> None:
    legs = [
        {
            "uid": "1",
            "call": "c",
            "seq": 1,
            "start": "2026-11-22 10:00:00",
            "seconds": "5",
            "src": "030 1234567",
            "clid": "Ann",
            "dst": "201",
        },
        {
            "uid": "2",
            "call": "c",
            "seq": 2,
            "start": "2026-11-22 10:00:05",
            "seconds": "60",
            "src": "030 1234567",
            "clid": "Ann",
            "dst": "202",
        },
    ]
    run(store, tmp_path, page(legs[0]), spec=CALL_LEGS, rules=CALLS)
    run(store, tmp_path, page(legs[1]), spec=CALL_LEGS, rules=CALLS)
    assert docs(store, "record") == [
        {
            "channel": "telephone",
            "kind": "call",
            "direction": "inbound",
            "occurred_at": "2026-11-22T09:00:00Z",
            "duration_seconds": 60,
            "participants": [
                {"role": "caller", "name": "Ann", "address": "+49301234567"},
                {"role": "callee", "address": "202"},
            ],
        }
    ]
    assert len(docs(store, "party")) == 1


def test_rules_that_forget_very_many_records_wait_for_a_person(
    store: Connection, tmp_path: Path
) -> None:
    for start in (0, 50, 100):
        run(store, tmp_path, page(*(order(number) for number in range(start, start + 50))))
    before = docs(store, "party"), docs(store, "record")
    mistyped = RULES.replace(
        """when: "customer = '0'"\n    key""", """when: "custmer = '0'"\n    key"""
    )
    for rules, told in (
        (mistyped, "make no party"),
        (
            RULES.replace("    key: id\n", """    when: "total = '1'"\n    key: id\n"""),
            "make no record",
        ),
        (RULES.replace("'guest:' || id\"}}}}", "'guest:' || ident\"}}}}"), "name no customer"),
    ):
        with pytest.raises(RulesDeleteError, match=f"{told} any more of 150 of 150"):
            run(store, tmp_path, rules=rules)
        assert (docs(store, "party"), docs(store, "record")) == before
    renamed = RULES.replace("'guest:' || id", "'visitor:' || id")
    run(store, tmp_path, rules=renamed)
    assert len(docs(store, "party")) == 150, "another key forgets nobody"
    run(store, tmp_path, rules=RULES)
    meant = AConnection(settings={"allow_mass_delete": True})
    run(store, tmp_path, rules=mistyped, connection=meant)
    assert docs(store, "party") == []
    run(store, tmp_path, rules=RULES)
    assert (docs(store, "party"), docs(store, "record")) == before


def test_rules_may_forget_a_few_records(store: Connection, tmp_path: Path) -> None:
    run(store, tmp_path, page(*(order(number) for number in range(150))))
    few = RULES.replace("""when: "customer = '0'"\n    key""", """when: "id::INT >= 29"\n    key""")
    run(store, tmp_path, rules=few)
    assert len(docs(store, "party")) == 121


def test_a_quality_note_lasts_as_long_as_what_it_is_on(store: Connection, tmp_path: Path) -> None:
    rules = """
rules:
  - {record: order, key: id, set: {number: id, total: {from: total, apply: [decimal]}}}
  - {record: party, key: id, set: {kind: k, name: name, emails: [{from: email, apply: [email]}]}}
"""
    ann = {"id": 1, "v": "1", "k": "person", "name": "Ann", "total": "many", "email": "n/a"}
    noted = "SELECT path FROM quality_note ORDER BY 1"
    run(store, tmp_path, page(ann), rules=rules)
    assert rows(store, noted) == [("$.emails[0]",), ("$.total",)]
    replaced = json.dumps({**ann, "v": "2"}).replace("Ann", "Ann\\ud800")
    run(store, tmp_path, page(replaced), rules=rules)
    assert rows(store, noted) == [("$",), ("$.emails[0]",), ("$.total",)]
    run(store, tmp_path, page({**ann, "v": "3", "total": "1"}), rules=rules)
    assert rows(store, noted) == [("$.emails[0]",)]
    refused = page({**ann, "v": "4", "k": "robot"})
    assert run(store, tmp_path, refused, rules=rules)["refused"] == 1
    assert rows(store, noted) == [("$.emails[0]",), ("$.total",)]
    run(store, tmp_path, page({**ann, "v": "5", "gone": True}), rules=rules)
    assert rows(store, noted) == []


def test_a_party_of_which_the_time_of_change_alone_is_another_is_work(
    store: Connection, tmp_path: Path
) -> None:
    rules = "rules: [{record: party, changed_at: u, set: {name: name}}]"
    for version, day in (("1", "2026-01-01"), ("2", "2026-02-01")):
        ann = {"id": 1, "v": version, "u": f"{day}T08:00:00Z", "name": "Ann"}
        run(store, tmp_path, page(ann), rules=rules)
        assert rows(store, "SELECT changed_at::date::text FROM party") == [(day,)]
        assert len(rows(store, "DELETE FROM dirty_party RETURNING *")) == 1


def test_an_order_of_which_the_participants_alone_are_others_is_changed(
    store: Connection, tmp_path: Path
) -> None:
    rules = """
rules:
  - record: order
    set: {number: id}
    participants:
      - {role: customer, principal: true, party: {ref: {stream: customers, key: buyer}}}
      - {role: recipient, principal: false, party: {ref: {stream: customers, key: receiver}}}
"""
    bought = {"id": 1, "v": "1", "buyer": "7", "receiver": "8"}
    turned = rules.replace("true", "neither").replace("false", "true").replace("neither", "false")
    deliveries = [
        (page(bought), rules),
        (page({**bought, "v": "2", "buyer": "9"}), rules),
        (page(), turned),
        (page(), turned.replace("role: customer", "role: payer")),
    ]
    told = []
    for delivery, these in deliveries:
        run(store, tmp_path, delivery, rules=these)
        told.append(rows(store, "SELECT role, principal, party_id FROM participant ORDER BY 1, 2"))
        assert len(rows(store, "DELETE FROM dirty_record RETURNING *")) == 1
    assert [[row[:2] for row in one] for one in told[1:]] == [
        [("customer", True), ("recipient", False)],
        [("customer", False), ("recipient", True)],
        [("payer", False), ("recipient", True)],
    ]
    assert told[0][0][2] != told[1][0][2]
