"""Find customers, and read what is known of one."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from throughline.provenance import explain
from throughline.store import Connection, statement

TRIMMED = " \t\r\n\xa0\u200b\ufeff"
"""What the transforms leave out at both ends of a text."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Customer:
    """A customer's golden record. `redirected_from` is the retired id that was asked for."""

    customer_id: UUID
    version: int
    created_at: datetime
    doc: Mapping[str, Any] = field(repr=False)
    provenance: Mapping[str, Any] = field(repr=False)
    redirected_from: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One party that is this customer, as its source knows it.

    `self` says that the source record itself is the party (an account, a partner).
    """

    connection: str
    stream: str
    key: str
    self: bool
    changed_at: datetime | None
    doc: Mapping[str, Any] = field(repr=False)


def current_id(connection: Connection, customer_id: UUID) -> UUID | None:
    """Follow the redirects of an id; None when it never was, or nothing is left of it."""
    row = connection.execute(
        statement("throughline.customers", "follow_redirects"), {"customer_id": customer_id}
    ).fetchone()
    return row[0] if row and row[1] is None else None


def customer(connection: Connection, customer_id: UUID) -> Customer | None:
    """Return the customer that an id stands for, following redirects.

    None when the id never was, when nothing is left of the customer, or when it is not merged yet.
    """
    found = current_id(connection, customer_id)
    if found is None:
        return None
    row = connection.execute(
        statement("throughline.customers", "golden_record"), {"customer_id": found}
    ).fetchone()
    if row is None:
        return None
    fingerprint = row[4]["rules"]
    return Customer(
        customer_id=row[0],
        created_at=row[1],
        version=row[2],
        doc=row[3],
        provenance=explain(row[4], {fingerprint: row[5] or {}}, row[3]),
        redirected_from=customer_id if found != customer_id else None,
    )


def find_customers(connection: Connection, contact: str) -> list[UUID]:
    """Return the customers whose golden record holds an e-mail address or telephone number.

    The value is compared as normalised: an e-mail address as the transform `email` leaves it, a
    number as `+49…`. Several customers may share one: a household, a company's switchboard.
    """
    value = _address(contact) if "@" in contact else "".join(contact.split())
    rows = connection.execute(
        statement("throughline.customers", "find_by_contact"), {"value": value}
    )
    return [row[0] for row in rows]


def _address(text: str) -> str:
    """Return the e-mail address in a text (`Ann <ann@x.example>`, `mailto:…`) as normalised."""
    named = re.search("<([^<>]*)>", text)
    composed = unicodedata.normalize("NFC", (named[1] if named else text).strip(TRIMMED))
    lower = "".join(letter.lower()[0] for letter in composed)  # as DuckDB does: one for one
    return lower.removeprefix("mailto:")


def sources(connection: Connection, customer_id: UUID) -> list[Source]:
    """Return the parties that are this customer, in order of connection, stream and key."""
    found = current_id(connection, customer_id)
    rows = connection.execute(statement("throughline.customers", "sources"), {"customer_id": found})
    names = ("connection", "stream", "key", "self", "changed_at", "doc")
    return [Source(**dict(zip(names, row, strict=True))) for row in rows]
