"""What one entity leaves behind in the four channels, and the running numbers that name it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from throughline.demo_data.erp import Invoice, Partner
from throughline.demo_data.mail import Letter
from throughline.demo_data.people import Company, Person
from throughline.demo_data.telephony import Call

# connection, stream and source id: the crosswalk's key.
Key = tuple[str, str, str]


@dataclass(slots=True, kw_only=True)
class Numbers:
    """The next number of each kind; a call takes eight channel numbers."""

    account: int
    order: int
    partner: int
    invoice: int
    channel: int
    message: int

    def take(self, kind: str, count: int = 1) -> int:
        number: int = getattr(self, kind)
        setattr(self, kind, number + count)
        return number


def first_numbers(people: int = 0) -> Numbers:
    """Where the base delivery begins; given its size, where the delta begins: far beyond it."""
    gap = people * 32 + (100_000 if people else 0)
    return Numbers(
        account=1 + gap, order=1_001 + gap, partner=10_001 + gap, invoice=5_001 + gap,
        channel=101 + gap * 8, message=1 + gap,
    )  # fmt: skip


@dataclass(slots=True, kw_only=True)
class Trail:
    """All records of one person or company; `emails` and `phones` are those they gave away."""

    entity: Person | Company
    accounts: list[dict[str, Any]] = field(default_factory=list)
    orders: list[dict[str, Any]] = field(default_factory=list)
    partners: list[Partner] = field(default_factory=list)
    invoices: list[Invoice] = field(default_factory=list)
    calls: list[Call] = field(default_factory=list)
    letters: list[Letter] = field(default_factory=list)
    emails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)


def keys(trail: Trail) -> list[Key]:
    """The crosswalk keys of all records of a trail."""
    return [
        *(("webshop", "customers", str(account["id"])) for account in trail.accounts),
        *(("webshop", "orders", str(order["id"])) for order in trail.orders),
        *(("erp", "partners", str(partner.number)) for partner in trail.partners),
        *(("erp", "invoices", str(invoice.number)) for invoice in trail.invoices),
        *(("telephony", "calls", call.linkedid) for call in trail.calls),
        *(("mail", "messages", letter.key) for letter in trail.letters),
    ]
