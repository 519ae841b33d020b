"""Why a customer's records are one, and who was refused: the links that resolving identity kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from throughline.customers.find import current_id
from throughline.store import Connection, statement


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkEnd:
    """A party that was compared, for the `equal` others with the same evidence too.

    `key` is None for one that is known from participants only, as a caller is.
    """

    connection: str
    stream: str
    key: str | None
    equal: int
    customer_id: UUID
    doc: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """What was found of two parties. `one` is the customer's; `other` may be somebody else's.

    `decision` is match, attach, possible or refused, `rule` what decided (`score`: the sum of
    weights), and `reasons` the level of each field: `{"email": "same", "given": "different"}`.
    """

    decision: str
    rule: str
    score: float
    reasons: Mapping[str, str]
    one: LinkEnd
    other: LinkEnd


def links(connection: Connection, customer_id: UUID) -> list[Link]:
    """Return the links among a customer's parties, then those to others, best first.

    Redirects of a retired id are followed. Parties with the same evidence have no link.
    """
    found = current_id(connection, customer_id)
    rows = connection.execute(statement("throughline.customers", "links"), {"customer_id": found})
    names = ("connection", "stream", "key", "equal", "customer_id", "doc")
    return [
        Link(
            decision=decision,
            rule=rule,
            score=score,
            reasons=reasons,
            one=LinkEnd(**dict(zip(names, ends[:6], strict=True))),
            other=LinkEnd(**dict(zip(names, ends[6:], strict=True))),
        )
        for decision, rule, score, reasons, *ends in rows
    ]
