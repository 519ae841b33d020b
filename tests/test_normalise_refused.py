"""Refused records: what they keep, whom they make known, and which refusals last."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.test_normalise import page, rows, run
from tests.test_normalise_hostile import twins
from throughline.store import Connection, connect

RULES = """
rules:
  - {record: order, key: number, set: {number: label}}
  - {record: party, key: number, set: {kind: k, name: name}}
"""
BUYERS = """
rules:
  - record: order
    key: number
    set: {number: number}
    participants:
      - {role: customer, principal: true, party: {set: {name: name}}}
      - {role: recipient, party: {set: {name: recipient}}}
"""


@pytest.fixture
def store(postgres_url: str) -> Iterator[Connection]:
    with connect(postgres_url) as connection:
        yield connection


def test_another_cannot_take_over_what_a_refused_record_keeps(
    store: Connection, tmp_path: Path
) -> None:
    large, small = ({**one, "k": "person", "label": "A-17"} for one in twins())
    run(store, tmp_path, page(small), rules=RULES)
    run(store, tmp_path, page({**small, "v": "2", "k": "robot", "label": None}, large), rules=RULES)
    for table in ("party", "record"):
        maker = f"SELECT s.key FROM {table} JOIN source_record s USING (source_id)"
        assert rows(store, maker) == [(small["id"],)]


def test_whom_a_refused_record_alone_names_is_nobody_known(
    store: Connection, tmp_path: Path
) -> None:
    large, small = twins()
    run(store, tmp_path, page(small), rules=BUYERS)
    double = {**large, "name": "Carl Voss", "recipient": "Dora Voss"}
    other = {"id": "7", "v": "1", "number": "own", "name": "Dora Voss"}
    run(store, tmp_path, page(double, other), rules=BUYERS)
    known = rows(store, "SELECT doc->>'name' AS name FROM party ORDER BY name")
    assert known == [(small["name"],), ("Dora Voss",)]


def test_each_rule_s_refusal_lasts_until_that_rule_accepts_the_record(
    store: Connection, tmp_path: Path
) -> None:
    good = {"id": 1, "v": "3", "label": "A-17", "k": "person", "name": "Ann"}
    sent = [{**good, "v": "1", "label": None, "k": "robot"}, {**good, "v": "2", "k": "robot"}]
    rules = RULES.replace("key: number", "key: id")
    quarantined = []
    for record in (*sent, good):
        run(store, tmp_path, page(record), rules=rules)
        quarantined.append(rows(store, "SELECT path FROM quarantine ORDER BY 1"))
    assert quarantined == [[("$",), ("$.kind",)], [("$.kind",)], []]


def test_a_stream_of_which_all_was_refused_leaves_quarantine_when_it_is_replayed(
    store: Connection, tmp_path: Path
) -> None:
    ann = {"id": 1, "v": "1", "label": "A-17", "k": "person", "name": "Ann", "number": "A-17"}
    wrong = RULES.replace("label", "lable").replace("kind: k", "kind: kynd")
    run(store, tmp_path, page(ann), rules=wrong)
    assert rows(store, "SELECT path FROM quarantine") == [("$",), ("$",)]
    store.execute("UPDATE batch SET normalised_with = NULL")
    run(store, tmp_path, rules=RULES)
    assert rows(store, "SELECT * FROM quarantine") == []
