"""What a store holds, as lines that name no id that chance gave; and what its feed tells."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Any

from throughline.publish import fold, read_feed
from throughline.publish.event import CloudEvent
from throughline.store import Connection, connect

Picture = dict[str, set[str]]
"""The lines of each part."""

CANONICAL = {
    "parties": "SELECT p.party_id, p.source_id, self, doc::text, changed_at FROM party p",
    "records": "SELECT record_id, type, key, source_id, occurred_at, doc::text FROM record",
    "participants": "SELECT record_id, position, role, party_id, principal FROM participant",
    "quality notes": "SELECT subject_id, path, reason FROM quality_note",
    "quarantine": "SELECT connection, name, source_id, rule, path, reason, subject_id, content"
    " FROM quarantine JOIN stream USING (stream_id)",
    "profiles": "SELECT profile_id, ARRAY(SELECT unnest(keys) ORDER BY 1), name,"
    " regexp_replace(guards::text, 'source [0-9]+', 'source') FROM profile",
    "links": "SELECT left_id, right_id, decision, rule, score, reasons::text FROM link",
    "work that is left": "SELECT 'party', party_id FROM dirty_party"
    " UNION ALL SELECT 'record', record_id FROM dirty_record"
    " UNION ALL SELECT 'customer', customer_id FROM dirty_customer"
    " UNION ALL SELECT 'lineage', lineage_id FROM lineage WHERE NOT told",
}
NAMES = """
SELECT customer_id,
    string_agg(concat_ws('/', connection, name, key), ' + '
        ORDER BY connection, name, key COLLATE "C")
FROM member JOIN party USING (party_id) JOIN stream USING (stream_id) GROUP BY customer_id
"""
GOLDEN = """
SELECT customer_id, doc, provenance
FROM customer JOIN customer_version USING (customer_id, version) WHERE retired_at IS NULL
"""
OWNERS = """
SELECT record_id, customer_id
FROM participant JOIN record USING (record_id) JOIN member USING (party_id) WHERE principal
"""


def picture(url: str) -> Picture:
    """Return all that the store holds, having held the feed to it."""
    with connect(url) as connection:
        found = {
            part: {str(row) for row in rows(connection, query)} for part, query in CANONICAL.items()
        }
        names = dict(rows(connection, NAMES))
        golden = {customer: both for customer, *both in rows(connection, GOLDEN)}
        owners = dict(rows(connection, OWNERS))
        contacts = rows(connection, "SELECT key, customer_id FROM contact_point")
        assert golden.keys() == names.keys(), "each customer has parties and a golden record"
        hold_feed_to_store(connection, {one: doc for one, (doc, _) in golden.items()}, owners)
    found["customers"] = set(names.values())
    found["golden records"] = {f"{names[one]}: {json.dumps(both)}" for one, both in golden.items()}
    found["whose records"] = {f"{record}: {names[owner]}" for record, owner in owners.items()}
    found["contact points"] = {f"{key}: {names[customer]}" for key, customer in contacts}
    return found


def feed_position(url: str) -> Any:
    """Return how many events the feed has told."""
    with connect(url) as connection:
        return rows(connection, "SELECT position FROM feed_head")


def rows(connection: Connection, query: str) -> list[Any]:
    """Return what the store answers."""
    return connection.execute(query.encode()).fetchall()


def hold_feed_to_store(
    connection: Connection, golden: Mapping[Any, Any], owners: Mapping[Any, Any]
) -> None:
    """Check that the folded feed is the store, and each event in itself."""
    events = list(read_feed(connection))
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert len({event.id for event in events}) == len(events), "an event id comes twice"
    check_names(events)
    folded = fold(events)
    assert folded.customers == {str(customer): doc for customer, doc in golden.items()}
    assert folded.owners == {str(record): str(owner) for record, owner in owners.items()}
    for record_id, doc in rows(connection, "SELECT record_id::text, doc FROM record"):
        if record_id in folded.records:
            told = folded.records[record_id]
            assert all(told[name] == value for name, value in doc.items() if name in told)


def check_names(events: Iterable[CloudEvent]) -> None:
    """Check that no event names a customer that no earlier event created."""
    created: set[str] = set()
    for event in events:
        data = event.data
        if event.type == "throughline.customer.created.v1":
            created.add(data["customer"])
        one = [data.get(name) for name in ("customer", "survivor", "divided", "previous_customer")]
        named = {*filter(None, one), *data.get("losers", []), *data.get("into", [])}
        assert named <= created, f"{event.type} at {event.position} names a stranger"


def differences(one: Picture, other: Picture, in_one: str, in_other: str) -> list[str]:
    """Return the lines that only one of two pictures has, by part, and in which one it is."""
    return [
        f"{part}, {where}: {line}"
        for part in one
        for where, lines in ((in_one, one[part] - other[part]), (in_other, other[part] - one[part]))
        for line in sorted(lines)
    ]
