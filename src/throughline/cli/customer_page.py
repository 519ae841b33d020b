"""One customer on the screen: who it is, how we know, and what happened when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import TYPE_CHECKING, Any
from uuid import UUID

from throughline.cli.show import table
from throughline.customers import (
    Customer,
    Link,
    LinkEnd,
    TimelineEntry,
    customer,
    links,
    sources,
    timeline,
)
from throughline.errors import UnknownNameError
from throughline.store import Connection

if TYPE_CHECKING:
    from rich.console import Console

MOST_ROWS = 100
"""More than a person reads; what is left out is said, and `--json` has all of it."""
LABELS = {
    "name": "name",
    "native_name": "in own script",
    "organisation": "organisation",
    "emails": "e-mail",
    "phones": "telephone",
    "addresses": "address",
    "identifiers": "identifier",
    "birth_date": "born on",
    "language": "language",
}


def as_json(connection: Connection, customer_id: UUID, *, why: bool = False) -> dict[str, Any]:
    """Return a customer's page as JSON values; `why`: with its links."""
    one = _customer(connection, customer_id)
    found = {"links": [asdict(link) for link in links(connection, customer_id)]} if why else {}
    return {
        "customer_id": str(one.customer_id),
        "redirected_from": str(one.redirected_from) if one.redirected_from else None,
        "version": one.version,
        "golden_record": one.doc,
        "provenance": one.provenance,
        "sources": [asdict(source) for source in sources(connection, customer_id)],
        "timeline": [asdict(entry) for entry in timeline(connection, customer_id)],
        **found,
    }


def print_page(
    screen: Console, connection: Connection, customer_id: UUID, *, why: bool = False
) -> None:
    """Print a customer's page; `why`: with its links."""
    from rich.text import Text  # noqa: PLC0415  # slow to load

    one = _customer(connection, customer_id)
    screen.print(Text(title(one.doc), style="bold"), Text(f"  {one.customer_id}", style="dim"))
    if one.redirected_from is not None:
        screen.print(f"{one.redirected_from} is retired; it became this customer")
    shown = table("", "value", "from")
    for name, label in LABELS.items():
        values = _values(one.doc.get(name))
        for at, value in enumerate(values[:MOST_ROWS]):
            came = came_from(one.provenance.get(name), at)
            shown.add_row(label if at == 0 else "", Text(value), Text(came, style="dim"))
        if len(values) > MOST_ROWS:
            shown.add_row("", f"and {len(values) - MOST_ROWS:,} more")
    screen.print(shown)
    known = sources(connection, customer_id)
    shown = table("known to", "stream", "as")
    for source in known[:MOST_ROWS]:
        shown.add_row(source.connection, source.stream, Text(title(source.doc)))
    screen.print(shown)
    _print_rest(screen, len(known))
    if why:
        print_links(screen, links(connection, customer_id))
    print_timeline(screen, timeline(connection, customer_id))


def print_links(screen: Console, found: Sequence[Link]) -> None:
    """Print what was found of the customer's records and those that are like them."""
    from rich.text import Text  # noqa: PLC0415  # slow to load

    if not found:
        screen.print("no other record is enough like it to be compared, but for equal ones\n")
        return
    shown = table("decision", "score", "record", "and", "because", numbers=("score",))
    for link in found[:MOST_ROWS]:
        levels = ", ".join(f"{field} {level}" for field, level in link.reasons.items())
        because = levels if link.rule == "score" else f"rule {link.rule}: {levels}"
        other = "\nanother customer" if link.other.customer_id != link.one.customer_id else ""
        row = (Text(_end(link.one)), Text(_end(link.other) + other), because)
        shown.add_row(link.decision, f"{link.score:+.1f}", *row)
    screen.print(shown)
    _print_rest(screen, len(found))
    others = {link.other.customer_id: title(link.other.doc) for link in found}
    others.pop(found[0].one.customer_id, None)
    for one, name in list(others.items())[:MOST_ROWS]:
        screen.print(Text(f"another customer: {one} {name}"))


def _end(end: LinkEnd) -> str:
    same = f"\nand {end.equal:,} with the same evidence" if end.equal else ""
    return f"{end.connection} {end.stream} {end.key or ''}".rstrip() + f"\n{title(end.doc)}{same}"


def _print_rest(screen: Console, rows: int) -> None:
    if rows > MOST_ROWS:
        screen.print(f"and {rows - MOST_ROWS:,} more, which --json has\n")


def print_timeline(screen: Console, entries: Sequence[TimelineEntry]) -> None:
    """Print what happened, oldest first; of very much, the newest."""
    from rich.text import Text  # noqa: PLC0415  # slow to load

    if len(entries) > MOST_ROWS:
        screen.print(f"{len(entries) - MOST_ROWS:,} earlier ones, which --json has, and then")
    shown = table("when (UTC)", "channel", "what", "")
    for entry in entries[-MOST_ROWS:]:
        moment = f"{entry.occurred_at:%Y-%m-%d %H:%M}" if entry.occurred_at else ""
        shown.add_row(moment, entry.connection, what(entry), Text(about(entry)))
    screen.print(shown)


def title(doc: Mapping[str, Any]) -> str:
    """Return what a person or company is called, or how it can be reached."""
    parts = [doc.get("given_name"), doc.get("family_name")]
    whole = " ".join(part for part in parts if part)
    name = doc.get("name") or whole or doc.get("organisation")
    reach = [*(doc.get("emails") or []), *(doc.get("phones") or [])]
    return str(name or next(iter(reach), "unnamed"))


def what(entry: TimelineEntry) -> str:
    """Say in two words what kind of thing happened."""
    if entry.type != "interaction":
        return entry.type
    kind = {"message": "e-mail"}.get(entry.doc.get("kind", ""), entry.doc.get("kind", ""))
    return f"{kind} {({'inbound': 'in', 'outbound': 'out'}).get(entry.direction or '', '')}".strip()


def about(entry: TimelineEntry) -> str:
    """Say in one line what it was about."""
    doc = entry.doc
    if entry.type == "interaction" and doc.get("kind") == "call":
        seconds = doc.get("talk_seconds") or doc.get("duration_seconds") or 0
        talked = f"{seconds // 60}:{seconds % 60:02d} min" if seconds else ""
        parts = [doc.get("outcome"), talked, _partner(doc)]
        return ", ".join(str(part) for part in parts if part)
    money = f"{doc['total']} {doc.get('currency', '')}".strip() if doc.get("total") else ""
    parts = [entry.title, money, doc.get("status"), _partner(doc)]
    return ", ".join(str(part) for part in parts if part)


def _partner(doc: Mapping[str, Any]) -> str:
    """Return our own side of a call or message, as far as it is told."""
    inbound = doc.get("direction") != "outbound"
    roles = ("recipient", "callee") if inbound else ("sender", "caller")
    for participant in doc.get("participants") or []:
        if participant.get("role") in roles:
            name = participant.get("name") or participant.get("address")
            return f"{'to' if inbound else 'from'} {name}" if name else ""
    return ""


def _customer(connection: Connection, customer_id: UUID) -> Customer:
    one = customer(connection, customer_id)
    if one is None:
        raise UnknownNameError("customer with the id", str(customer_id))
    return one


def _values(value: Any) -> list[str]:
    if value is None:
        return []
    return [_text(item) for item in value] if isinstance(value, list) else [_text(value)]


def _text(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "scheme" in value:
        return f"{value['scheme']} {value.get('value', '')}"
    place = " ".join(filter(None, (value.get("postal_code"), value.get("city"))))
    parts = (value.get("street"), place, value.get("region"), value.get("country"))
    return ", ".join(part for part in parts if part)


def came_from(origin: Any, at: int) -> str:
    """Say which source gave a value, and by which rule it was chosen."""
    if isinstance(origin, list):
        origin = origin[at] if at < len(origin) else None
    if not isinstance(origin, dict) or "connection" not in origin:
        return ""
    rule = f", {origin['rule'].replace('_', ' ')}" if origin.get("rule") else ""
    return f"{origin['connection']} {origin['stream']} {origin['key']}"[:40] + rule
