"""The tryton connector: everything at first and at times, and what changed in between."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from throughline.connector import (
    ConnectionContext,
    Cursor,
    Finding,
    Page,
    Raw,
    StreamSpec,
    record_text,
)
from throughline.errors import ConfigurationError, ThroughlineError
from throughline_erp.web import Web

from .models import STREAMS, Root
from .server import RestServer, Row, RpcServer, Server
from .values import EPOCH, as_text, from_text, moment, plain
from .windows import PAGE, Walk, Window

MANY = 1_000_000
RULES = {"parties": "tryton_parties", "sales": "tryton_sales", "invoices": "tryton_invoices"}


class TrytonConnection:
    """One Tryton database.

    The cursor: `{"since": time, "runs": n}` between readings; `{"full": {"after": id, "began":
    time}}` within a reading of everything; `"window"` added within a reading of what changed.
    """

    def __init__(self, context: ConnectionContext, web: Web | None = None) -> None:
        settings = context.settings
        self._name = context.name
        self._wanted: Sequence[str] = settings.get("streams") or list(STREAMS)
        self._overlap = datetime.timedelta(seconds=settings.get("overlap_seconds", 600))
        self._sweep: int = settings.get("sweep", 24)
        self._server = open_server(context, web or Web(context.name))

    def streams(self) -> Sequence[StreamSpec]:
        """Return the streams, parties first."""
        return [
            StreamSpec(name=name, key=("id",), rule=RULES[name])
            for name in STREAMS
            if name in self._wanted
        ]

    def check(self) -> Iterator[Finding]:
        """Look whether the server answers, lets us in, and shows each model."""
        try:
            self._server.now()
        except ThroughlineError as error:
            yield Finding.failed("server", error)
            return
        yield Finding(subject="server", ok=True, message="answers, and lets the user in")
        for spec in self.streams():
            root, subject = STREAMS[spec.name], f"stream {spec.name}"
            try:
                self._server.search(root.model, [], [("id", "ASC")], 1, root.fields)
            except ConfigurationError as error:
                yield Finding.failed(subject, error)
            else:
                yield Finding(subject=subject, ok=True, message=f"{root.model} can be read")

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield everything at first and every `sweep` runs, else what changed since."""
        root, now = STREAMS[stream], self._server.now()
        if cursor is None or "full" in cursor:
            yield from self._read_all(root, now, (cursor or {}).get("full"))
        elif "window" not in cursor and 0 < self._sweep <= cursor["runs"] + 1:
            yield from self._read_all(root, now, None)
        else:
            yield from self._read_changes(root, now, cursor)

    def _read_all(
        self, root: Root, now: datetime.datetime, underway: Mapping[str, Any] | None
    ) -> Iterator[Page]:
        """List all rows by id: rows that come meanwhile have greater ids, or are in the window."""
        began = from_text(underway["began"]) if underway else now
        after = underway["after"] if underway else 0
        while True:
            page, ids = self._page(root, [["id", ">", after]])
            after = ids[-1] if ids else after
            if len(ids) < PAGE:
                done = {"since": as_text(began), "runs": 0}
                yield dataclasses.replace(page, cursor=done, sweep_complete=underway is None)
                return
            full = {"after": after, "began": as_text(began)}
            yield dataclasses.replace(page, cursor={"full": full})

    def _read_changes(self, root: Root, now: datetime.datetime, cursor: Cursor) -> Iterator[Page]:
        """Read the records of which a row, or a child's row, changed in the window.

        The window begins before the last one ended: a transaction that was open then has dated
        its rows with its start.
        """
        underway = cursor.get("window")
        end = from_text(underway["end"]) if underway else now
        start = max(from_text(cursor["since"]) - self._overlap, EPOCH)
        window, seen = Window(start=start, end=end), set[int]()
        for number, walk in enumerate(walks(root)):
            if underway and number < underway["walk"]:
                continue
            after = None
            if underway and number == underway["walk"]:
                after = (from_text(underway["after"][0]), underway["after"][1])
            for rows in walk.pages(self._server, window, after):
                ids = sorted({row[walk.parent] for row in rows if row[walk.parent]} - seen)
                seen |= set(ids)
                last = [as_text(moment(rows[-1][walk.date])), rows[-1]["id"]]
                place = {"end": as_text(end), "walk": number, "after": last}
                page, _ = self._page(root, [["id", "in", ids]])
                yield dataclasses.replace(page, cursor={**cursor, "window": place})
        runs = cursor["runs"] + 1
        done = {"since": as_text(end), "runs": runs}
        yield Page(records=pa.array([], pa.string()), cursor=done)

    def _page(self, root: Root, domain: Sequence[Any]) -> tuple[Page, list[int]]:
        """Read a page of records with their children; return it with the records' ids."""
        found = self._server.search(root.model, domain, [("id", "ASC")], PAGE, root.fields)
        raw = [Raw(name=root.model, content=found.content)]
        records = {row["id"]: plain(row) for row in found.rows}
        for child in root.children if records else ():
            of_these = [[child.parent, "in", list(records)]]
            fields = (*child.fields, child.parent)
            below = self._server.search(child.model, of_these, [("id", "ASC")], MANY, fields)
            raw.append(Raw(name=child.model, content=below.content))
            _attach(records, child.member, child.parent, below.rows)
        texts = [record_text(record) for record in records.values()]
        return Page(records=pa.array(texts, pa.string()), raw=tuple(raw)), list(records)


def _attach(records: dict[int, Row], member: str, parent: str, rows: Sequence[Row]) -> None:
    for record in records.values():
        record[member] = []
    for row in rows:
        below = plain(row)
        owner = below.pop(parent)
        records[owner["id"] if isinstance(owner, dict) else owner][member].append(below)


def walks(root: Root) -> list[Walk]:
    """Return the walks that together find every record with a change."""
    models = [(root.model, "id"), *((child.model, child.parent) for child in root.children)]
    return [
        Walk(model=model, parent=parent, date=date)
        for model, parent in models
        for date in ("write_date", "create_date")
    ]


def open_server(context: ConnectionContext, web: Web) -> Server:
    """Return the server that the settings name, by key or by login."""
    settings = context.settings
    url = f"{settings['url'].rstrip('/')}/{settings['database']}"
    if "key" in settings:
        return RestServer(web, context.name, url, settings["key"])
    return RpcServer(web, context.name, url, settings["user"], settings["password"])
