"""Build stores for tests of merge and feed: parties, records and customers without their sources.

What resolve would do (who is one customer, with its lineage and its dirty rows) is told here.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import closing
from typing import Any
from uuid import UUID

import uuid_utils

from throughline.counts import Counts
from throughline.merge import SurvivorshipRules, merge, rules_from
from throughline.publish import FoldedFeed, fold, read_feed
from throughline.store import Connection, connect

CHANNELS = {"mail": "email", "telephony": "telephony", "webshop": "webshop", "erp": "erp"}
STREAMS = {
    "mail": "messages",
    "telephony": "calls",
    "webshop": "customers",
    "erp": "partners",
}


def rules(fields: Mapping[str, Any] | None = None) -> SurvivorshipRules:
    """Return the shipped rules, or rules for these fields alone."""
    from importlib.resources import files

    import yaml

    text = files("throughline_rules").joinpath("survivorship.yaml").read_text("utf-8")
    document = yaml.safe_load(text)
    return rules_from({**document, **({"fields": fields} if fields else {})}, CHANNELS)


def new_id() -> UUID:
    """Return a customer id."""
    return UUID(str(uuid_utils.uuid7()))


def hashed(*parts: object) -> UUID:
    """Return the id that is made of these parts."""
    return UUID(hashlib.md5("\x1f".join(map(str, parts)).encode()).hexdigest())


class AStore:
    """A store to put things into; every method is one change, as normalise or resolve makes it."""

    def __init__(self, url: str) -> None:
        self.connection: Connection = connect(url)
        for connection, stream in STREAMS.items():
            self._run(
                "INSERT INTO stream (connection, name) VALUES (%s, %s) ON CONFLICT DO NOTHING",
                connection,
                stream,
            )

    def clear(self) -> None:
        """Take everything out again, but for the streams."""
        tables = (
            "party, record, participant, dirty_party, dirty_record, dirty_customer, customer,"
            " member, former_member, lineage, customer_version, record_customer, contact_point,"
            " feed_event, sink_position"
        )
        self._run(f"TRUNCATE {tables}")
        self._run("UPDATE feed_head SET position = 0")

    def close(self) -> None:
        """Close the session."""
        self.connection.close()

    def _run(self, query: str, *values: object) -> Any:
        return self.connection.execute(query.encode(), values)

    def rows(self, query: str, *values: object) -> list[tuple[Any, ...]]:
        """Return what a query finds."""
        found: list[tuple[Any, ...]] = self._run(query, *values).fetchall()
        return found

    def stream(self, connection: str) -> int:
        """Return the number of a connection's only stream."""
        return int(
            self.rows("SELECT stream_id FROM stream WHERE connection = %s", connection)[0][0]
        )

    def put_party(
        self, connection: str, key: str, changed_at: str | None = None, **fields: Any
    ) -> UUID:
        """Store a party, or change it; its customer, if it has one, becomes dirty."""
        party_id = hashed(connection, STREAMS[connection], key)
        doc = json.dumps({"kind": "person", **fields}, ensure_ascii=False)
        self._run(
            "INSERT INTO party (party_id, stream_id, key, self, doc, hash, changed_at)"
            " VALUES (%s, %s, %s, true, %s, %s, %s) ON CONFLICT (party_id) DO UPDATE"
            " SET doc = excluded.doc, hash = excluded.hash, changed_at = excluded.changed_at",
            *(party_id, self.stream(connection), key, doc, hashed(doc), changed_at),
        )
        self._run(
            "INSERT INTO dirty_customer SELECT customer_id FROM member WHERE party_id = %s",
            party_id,
        )
        return party_id

    def put_record(
        self,
        connection: str,
        key: str,
        principal: UUID | None,
        kind: str = "interaction",
        occurred_at: str | None = None,
        **fields: Any,
    ) -> UUID:
        """Store a record, or change it."""
        record_id = hashed(connection, STREAMS[connection], kind, key)
        doc = json.dumps(fields, ensure_ascii=False)
        self._run(
            "INSERT INTO record"
            " (record_id, type, stream_id, key, source_id, occurred_at, doc, hash)"
            " VALUES (%s, %s, %s, %s, %s, %s, %s, %s) ON CONFLICT (record_id) DO UPDATE"
            " SET doc = excluded.doc, hash = excluded.hash, occurred_at = excluded.occurred_at",
            *(record_id, kind, self.stream(connection), key, record_id, occurred_at, doc),
            hashed(doc, principal),
        )
        self._run("DELETE FROM participant WHERE record_id = %s", record_id)
        if principal is not None:
            self._run(
                "INSERT INTO participant VALUES (%s, 0, 'customer', %s, true)", record_id, principal
            )
        self._run("INSERT INTO dirty_record VALUES (%s)", record_id)
        return record_id

    def delete_record(self, record_id: UUID) -> None:
        """Delete a record, as a deletion at its source does."""
        self._run("DELETE FROM record WHERE record_id = %s", record_id)
        self._run("DELETE FROM participant WHERE record_id = %s", record_id)
        self._run("INSERT INTO dirty_record VALUES (%s)", record_id)

    def delete_party(self, party_id: UUID) -> None:
        """Delete a party; the customer of which nothing is left retires."""
        with self.connection.transaction():
            found = self.rows("SELECT customer_id FROM member WHERE party_id = %s", party_id)
            self._run("DELETE FROM party WHERE party_id = %s", party_id)
            self._move([party_id], None)
            for (customer_id,) in found:
                self._retire_if_empty(customer_id, None, [party_id])

    def put_customer(self, *parties: UUID) -> UUID:
        """Make a customer of parties that have none yet."""
        customer_id = new_id()
        with self.connection.transaction():
            self._run("INSERT INTO customer (customer_id) VALUES (%s)", customer_id)
            self._move(parties, customer_id)
        return customer_id

    def merge_customers(self, survivor: UUID, loser: UUID) -> None:
        """Let a customer's parties come to another; the loser redirects."""
        with self.connection.transaction():
            parties = self.parties(loser)
            self._run(
                "UPDATE member SET customer_id = %s WHERE customer_id = %s", survivor, loser
            )  # no dirty records: the merge tells of them
            self._retire_if_empty(loser, survivor, parties)
            self._run("INSERT INTO dirty_customer VALUES (%s), (%s)", survivor, loser)
            self._lineage("merged", survivor, [loser])

    def split_customer(self, customer: UUID, parties: Sequence[UUID]) -> UUID:
        """Let some of a customer's parties become a customer of their own."""
        with self.connection.transaction():
            part = new_id()
            self._run("INSERT INTO customer (customer_id) VALUES (%s)", part)
            self._move(parties, part)
            self._lineage("split", customer, [part])
        return part

    def revive_customer(self, retired: UUID, parties: Sequence[UUID]) -> None:
        """Undo a merge, or an end: the retired id lives again, with these parties."""
        with self.connection.transaction():
            self._run(
                "INSERT INTO dirty_record SELECT record_id FROM participant"
                " JOIN former_member USING (party_id) WHERE customer_id = %s",
                retired,
            )
            holders = self.rows(
                "SELECT DISTINCT customer_id FROM member WHERE party_id = ANY(%s)", list(parties)
            )
            self._run(
                "UPDATE customer SET redirect_to = NULL, retired_at = NULL WHERE customer_id = %s",
                retired,
            )
            self._run("DELETE FROM former_member WHERE customer_id = %s", retired)
            self._move(parties, retired)
            self._lineage("revived", retired, [holder for (holder,) in holders])

    def parties(self, customer: UUID) -> list[UUID]:
        """Return a customer's parties."""
        found = self.rows(
            "SELECT party_id FROM member WHERE customer_id = %s ORDER BY party_id", customer
        )
        return [row[0] for row in found]

    def _move(self, parties: Iterable[UUID], customer: UUID | None) -> None:
        for party_id in parties:
            self._run(
                "INSERT INTO dirty_customer SELECT customer_id FROM member WHERE party_id = %s",
                party_id,
            )
            self._run("DELETE FROM member WHERE party_id = %s", party_id)
            if customer is not None:
                self._run("INSERT INTO member VALUES (%s, %s, %s)", party_id, party_id, customer)
                self._run("INSERT INTO dirty_customer VALUES (%s)", customer)
            self._run(
                "INSERT INTO dirty_record SELECT record_id FROM participant WHERE party_id = %s",
                party_id,
            )

    def _retire_if_empty(
        self, customer: UUID, redirect_to: UUID | None, parties: Iterable[UUID]
    ) -> None:
        if self.parties(customer):
            return
        self._run(
            "UPDATE customer SET retired_at = now(), redirect_to = %s WHERE customer_id = %s",
            redirect_to,
            customer,
        )
        for party_id in parties:
            self._run("INSERT INTO former_member VALUES (%s, %s)", party_id, customer)

    def _lineage(self, kind: str, customer: UUID, others: list[UUID]) -> None:
        self._run(
            "INSERT INTO lineage (lineage_id, kind, customer_id, others) VALUES (%s, %s, %s, %s)",
            *(new_id(), kind, customer, others),
        )

    def merge(self, survivorship: SurvivorshipRules | None = None) -> Counts:
        """Run the stage."""
        return merge(self.connection, survivorship=survivorship or rules())

    def golden(self, customer: UUID) -> dict[str, Any]:
        """Return a customer's golden record as it stands."""
        found = self.rows(
            "SELECT doc FROM customer_version JOIN customer USING (customer_id, version)"
            " WHERE customer_id = %s",
            customer,
        )
        doc: dict[str, Any] = found[0][0]
        return doc

    def events(self) -> list[str]:
        """Return the types of all events, in order, without prefix and version."""
        return [
            event.type[len("throughline.") : -len(".v1")] for event in read_feed(self.connection)
        ]

    def folded(self) -> FoldedFeed:
        """Return what a consumer knows that read the whole feed."""
        return fold(read_feed(self.connection))

    def state(self) -> FoldedFeed:
        """Return what a consumer should know, read from the store's own tables."""
        known = FoldedFeed()
        for customer_id, doc in self.rows(
            "SELECT customer_id, doc FROM customer"
            " JOIN customer_version USING (customer_id, version) WHERE retired_at IS NULL"
        ):
            known.customers[str(customer_id)] = doc
        for record_id, customer_id in self.rows(
            "SELECT r.record_id, m.customer_id FROM record r"
            " JOIN participant p ON p.record_id = r.record_id AND p.principal"
            " JOIN member m USING (party_id)"
        ):
            known.owners[str(record_id)] = str(customer_id)
        return known


def a_store(url: str) -> closing[AStore]:
    """Open a store for the length of a `with` block."""
    return closing(AStore(url))
