"""Build parties as normalise leaves them, resolve them, and tell who is one customer."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from throughline.counts import Counts
from throughline.resolve import IdentityRules, load_identity_rules, resolve
from throughline.store import Connection, connect

Document = Mapping[str, Any]
HOME = {"street": "Lindenweg 7", "postal_code": "20144", "city": "Hamburg", "country": "DE"}


def party_id(key: str) -> UUID:
    """Return the id of the party that tests call by this key."""
    return UUID(hashlib.md5(key.encode()).hexdigest())


def a_person(given: str, family: str, **more: Any) -> Document:
    """Return a person's document; `email` and `phone` are short for lists of one."""
    document: dict[str, Any] = {"kind": "person", "given_name": given, "family_name": family}
    for one, many in (("email", "emails"), ("phone", "phones"), ("address", "addresses")):
        if one in more:
            document[many] = [more.pop(one)]
    return {**document, **more}


def a_company(name: str, **more: Any) -> Document:
    """Return a company's document; `vat` is short for its identifier."""
    document = dict(a_person("", "", **more))
    vat = document.pop("vat", None)
    identifiers = [{"scheme": "vat", "value": vat}] if vat else []
    return {
        **{name: value for name, value in document.items() if value},
        **{"kind": "organisation", "name": name, "identifiers": identifiers},
    }


@dataclass(slots=True, kw_only=True)
class Parties:
    """A store with parties that tests put and remove by key."""

    connection: Connection
    rules: IdentityRules

    @classmethod
    def at(cls, url: str, **changes: Any) -> Parties:
        """Open the store with the shipped rules, some of their members changed."""
        rules = replace(load_identity_rules(), **changes)
        connection = connect(url)
        for stream in ("accounts", "calls"):
            connection.execute(
                "INSERT INTO stream (connection, name) VALUES ('shop', %s)", [stream]
            )
        return cls(connection=connection, rules=rules)

    def put(self, key: str, document: Document, *, account: bool = False) -> None:
        """Store a party, or change it, and mark it as work; accounts are of stream 1."""
        text = json.dumps(document, ensure_ascii=False)
        row = [party_id(key), 1 if account else 2, key, account, text]
        self.connection.execute(
            "INSERT INTO party (party_id, stream_id, key, self, doc, hash) "
            "VALUES (%s, %s, %s, %s, %s, gen_random_uuid()) ON CONFLICT (party_id) DO UPDATE "
            "SET doc = excluded.doc, hash = excluded.hash, self = excluded.self, "
            "stream_id = excluded.stream_id",
            row,
        )
        self.connection.execute("INSERT INTO dirty_party VALUES (%s)", [party_id(key)])

    def remove(self, key: str) -> None:
        """Delete a party and mark it as work."""
        self.connection.execute("DELETE FROM party WHERE party_id = %s", [party_id(key)])
        self.connection.execute("INSERT INTO dirty_party VALUES (%s)", [party_id(key)])

    def resolve(self) -> Counts:
        """Run the stage."""
        return resolve(self.connection, rules=self.rules)

    def customers(self) -> dict[str, UUID]:
        """Return each party's customer, by key."""
        return dict(
            self.connection.execute(
                "SELECT key, customer_id FROM party JOIN member USING (party_id)"
            ).fetchall()
        )

    def together(self, *keys: str) -> bool:
        """Tell whether these parties are one customer."""
        customers = self.customers()
        return len({customers[key] for key in keys}) == 1

    def partition(self) -> list[list[str]]:
        """Return the keys of each customer's parties, in order."""
        groups: dict[UUID, list[str]] = {}
        for key, customer in self.customers().items():
            groups.setdefault(customer, []).append(key)
        return sorted(sorted(keys) for keys in groups.values())

    def links(self) -> list[tuple[Any, ...]]:
        """Return all stored links, in order."""
        return self.connection.execute(
            "SELECT left_id, right_id, decision, rule, score, reasons::text FROM link ORDER BY 1, 2"
        ).fetchall()

    def rows(self, table: str) -> list[Any]:
        """Return the only column of a work table, and empty it."""
        rows = self.connection.execute(f"DELETE FROM {table} RETURNING *".encode()).fetchall()
        return [one for (one,) in rows]

    def clear(self) -> None:
        """Forget everything."""
        self.connection.execute(
            "TRUNCATE party, dirty_party, profile, blocking_key, link, customer, member, "
            "former_member, lineage, dirty_customer, dirty_record, identity_state"
        )
