"""Fold the feed: the reference for what a consumer knows after a sequence of events."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from throughline.publish.event import CloudEvent


@dataclass(slots=True, kw_only=True)
class FoldedFeed:
    """What a consumer knows: golden records, where retired ids lead, and each record's customer."""

    customers: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    redirects: dict[str, str] = field(default_factory=dict)
    records: dict[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    owners: dict[str, str] = field(default_factory=dict)
    told: set[str] = field(default_factory=set, repr=False)

    def take(self, event: CloudEvent) -> None:
        """Take one event; one that was taken before (by its id) changes nothing.

        Raises KeyError for an event of a customer that no earlier event created.
        """
        if event.id in self.told:
            return
        self.told.add(event.id)
        subject, _, verb = (
            event.type.removeprefix("throughline.").removesuffix(".v1").partition(".")
        )
        if subject == "customer":
            self._take_customer(verb, event.data)
        else:
            self._take_record(verb, event.data)

    def current(self, customer: str) -> str | None:
        """Return the customer that an id leads to; None when nothing is left of it."""
        while customer in self.redirects:
            customer = self.redirects[customer]
        return customer if customer in self.customers else None

    def _take_customer(self, verb: str, data: Mapping[str, Any]) -> None:
        customer = data["customer"]
        if verb == "created":
            self.customers[customer] = data["after"]
            self.redirects.pop(customer, None)
        elif verb == "updated":
            self._known(customer)
            self.customers[customer] = data["after"]
        elif verb == "merged":
            self._merge(data["survivor"], data["losers"])
        elif verb == "split":
            for known in (data["divided"], *data["into"]):
                self._known(known)
        elif verb == "deleted":
            del (self.redirects if customer in self.redirects else self.customers)[customer]

    def _merge(self, survivor: str, losers: Iterable[str]) -> None:
        """Retire the losers, or let retired ones lead elsewhere; their records follow."""
        self._known(survivor)
        gone = set(losers)
        for loser in gone:
            self.customers.pop(loser, None)
            self.redirects[loser] = survivor
        for record, owner in self.owners.items():
            if owner in gone:
                self.owners[record] = survivor

    def _take_record(self, verb: str, data: Mapping[str, Any]) -> None:
        record = data["record"]["id"]
        self._known(data["customer"])
        if verb == "recorded":
            self.records[record] = data["record"]
            self.owners[record] = data["customer"]
        elif verb == "deleted":
            del self.records[record], self.owners[record]

    def _known(self, customer: str) -> None:
        if customer not in self.customers:
            raise KeyError(customer)


def fold(events: Iterable[CloudEvent]) -> FoldedFeed:
    """Return what a consumer knows that took these events in order."""
    folded = FoldedFeed()
    for event in events:
        folded.take(event)
    return folded
