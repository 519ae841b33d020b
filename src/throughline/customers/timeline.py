"""The timeline: all that happened with a customer, whichever channel brought it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from throughline.customers.conversations import conversations
from throughline.customers.find import current_id
from throughline.store import Connection, statement


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One interaction, order or invoice of a customer.

    `conversation` is the record id of the first message of the same conversation; `title` is the
    subject, or the order's or invoice's number.
    """

    record_id: UUID
    type: str
    connection: str
    stream: str
    key: str
    occurred_at: datetime | None
    role: str
    channel: str | None
    direction: str | None
    title: str | None = field(repr=False)
    conversation: UUID | None
    doc: Mapping[str, Any] = field(repr=False)


def timeline(connection: Connection, customer_id: UUID) -> list[TimelineEntry]:
    """Return all records of the customer's parties in order of time, those without a time last.

    Redirects of a retired id are followed. Empty for an id that never was.
    """
    rows = connection.execute(
        statement("throughline.customers", "timeline"),
        {"customer_id": current_id(connection, customer_id)},
    ).fetchall()
    firsts = conversations([row[7] if row[1] == "interaction" else {} for row in rows])
    return [
        _entry(row, None if first is None else rows[first][0])
        for row, first in zip(rows, firsts, strict=True)
    ]


def _entry(row: tuple[Any, ...], conversation: UUID | None) -> TimelineEntry:
    record_id, kind, connection, stream, key, occurred_at, role, doc = row
    return TimelineEntry(
        record_id=record_id,
        type=kind,
        connection=connection,
        stream=stream,
        key=key,
        occurred_at=occurred_at,
        role=role,
        channel=doc.get("channel"),
        direction=doc.get("direction"),
        title=doc.get("subject") or doc.get("number"),
        conversation=conversation,
        doc=doc,
    )
