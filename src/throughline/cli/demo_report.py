"""What the demo shows: what came in, what was refused, who is who, one customer, the feed."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from throughline.cli.customer_page import came_from, print_timeline, title
from throughline.cli.show import console, number, table
from throughline.cli.sync_report import sentence
from throughline.customers import customer, sources, timeline
from throughline.home import Home
from throughline.publish import Cursor, feed_head, read_feed
from throughline.store import Connection, statement
from throughline.sync import SyncReport

if TYPE_CHECKING:
    from rich.console import Console

PACKAGE = "throughline.cli"
LAST_EVENTS = 5


def show_demo(home: Home, connection: Connection, report: SyncReport) -> None:
    """Print the whole page."""
    screen = console()
    _brought(screen, connection, report)
    _refused(screen, connection)
    _identities(screen, connection)
    found = _one(connection, "find_example")
    if found is not None:
        _example(screen, connection, found)
    _events(screen, home, connection)
    _next(screen, home, connection, found)


def _head(screen: Console, words: str) -> None:
    from rich.rule import Rule  # noqa: PLC0415  # slow to load

    screen.print(Rule(words, align="left", style="dim"))


def _brought(screen: Console, connection: Connection, report: SyncReport) -> None:
    """Say what each connection brought: in this run and in all."""
    _head(screen, "What each connection brought")
    shown = table(
        *("connection", "stream", "this run", "in store", "become"),
        numbers=("this run", "in store"),
    )
    now = {(one.name, stream): c for one in report.connections for stream, c in one.streams.items()}
    for name, stream, records, made in connection.execute(statement(PACKAGE, "read_brought")):
        counts = now.get((name, stream))
        landed = counts["landed"] + counts["deleted"] if counts else 0
        shown.add_row(name, stream, number(landed), number(records), made or "")
    screen.print(shown)
    for one in report.connections:
        if one.error is not None:
            screen.print(f"{one.name} failed: {one.error}", style="red")
    screen.print(sentence(report))
    screen.print()


def _refused(screen: Console, connection: Connection) -> None:
    _head(screen, "What was refused, and what was left out")
    which = {"connection": None, "stream": None}
    refused = connection.execute(statement(PACKAGE, "count_quarantine"), which).fetchall()
    notes = connection.execute(statement(PACKAGE, "count_notes")).fetchall()
    if not refused and not notes:
        screen.print("nothing")
    shown = table("", "stream", "what", "why", numbers=("",))
    for name, stream, _rule, path, reason, count in refused:
        shown.add_row(number(count), f"{name} {stream}", "record refused", f"{path}: {reason}")
    for name, stream, reason, count in notes:
        shown.add_row(number(count), f"{name} {stream}", "value left out", reason)
    if shown.row_count:
        screen.print(shown)
    screen.print()


def _identities(screen: Console, connection: Connection) -> None:
    _head(screen, "Who is who")
    row = connection.execute(statement(PACKAGE, "read_identities")).fetchone()
    if row is None:
        return
    customers, parties, several, most = row
    screen.print(
        f"{parties:,} senders, callers, accounts and partners are {customers:,} customers; "
        f"{several:,} of them are known to several channels, {most:,} to all four."
    )
    screen.print()


def _example(screen: Console, connection: Connection, customer_id: Any) -> None:
    from rich.text import Text  # noqa: PLC0415  # slow to load

    one = customer(connection, customer_id)
    if one is None:
        return
    _head(screen, "One customer, seen in all four channels")
    screen.print(Text(title(one.doc), style="bold"), Text(str(one.customer_id), style="dim"))
    shown = table("", "value", "came from")
    for name, label in (("emails", "e-mail"), ("phones", "telephone")):
        for at, value in enumerate(one.doc.get(name) or []):
            origin = came_from(one.provenance.get(name), at)
            shown.add_row(label if at == 0 else "", Text(str(value)), Text(origin, style="dim"))
    names = sorted(
        {(source.connection, title(source.doc)) for source in sources(connection, one.customer_id)}
    )
    for at, (name, called) in enumerate(names):
        shown.add_row("called" if at == 0 else "", Text(called), Text(name, style="dim"))
    screen.print(shown)
    print_timeline(screen, timeline(connection, one.customer_id))
    screen.print()


def _events(screen: Console, home: Home, connection: Connection) -> None:
    head = feed_head(connection)
    _head(screen, f"The last events of the feed (it stands at {head.position:,})")
    start = Cursor(epoch=head.epoch, position=max(0, head.position - LAST_EVENTS))
    shown = table("position", "event", "customer", numbers=("position",))
    for event in read_feed(connection, start, source=home.feed.source):
        kind = event.type.removeprefix("throughline.")
        shown.add_row(number(event.position), kind, event.partition_key)
    screen.print(shown)


def _next(screen: Console, home: Home, connection: Connection, found: Any) -> None:
    _head(screen, "Next")
    program = _program()
    folder = os.path.relpath(home.folder)
    one = customer(connection, found) if found is not None else None
    emails = one.doc.get("emails") if one else None
    who = f"--email {emails[0]}" if emails else f"--id {found}"
    for words in (
        f"customer {who}",
        "export crosswalk --out crosswalk.csv",
        f"feed --after {max(0, feed_head(connection).position - LAST_EVENTS)}",
    ):
        screen.print(f"  {program} --home {folder} {words}", soft_wrap=True)


def _program() -> str:
    """Return how the command is called from here: by its name if it is on the path."""
    import shutil  # noqa: PLC0415  # only here
    import sys  # noqa: PLC0415
    from pathlib import Path  # noqa: PLC0415

    if shutil.which("throughline"):
        return "throughline"
    return os.path.relpath(Path(sys.executable).parent / "throughline")


def _one(connection: Connection, name: str) -> Any:
    row = connection.execute(statement(PACKAGE, name)).fetchone()
    return row[0] if row else None
