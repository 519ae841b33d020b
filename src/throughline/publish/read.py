"""Read the feed: events after a cursor, in order, as CloudEvents."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import orjson

from throughline.errors import CursorGoneError
from throughline.provenance import Rules, explain
from throughline.publish.cursor import Cursor
from throughline.publish.event import CloudEvent
from throughline.store import Connection, statement

DEFAULT_SOURCE = "throughline"
READ_AHEAD = 2_000


def feed_head(connection: Connection) -> Cursor:
    """Return the cursor after the last event."""
    row = connection.execute(statement("throughline.publish", "feed_head")).fetchone()
    assert row is not None
    return Cursor(epoch=row[0], position=row[1])


def read_feed(
    connection: Connection,
    after: Cursor | None = None,
    limit: int | None = None,
    *,
    source: str = DEFAULT_SOURCE,
) -> Iterator[CloudEvent]:
    """Yield events after a cursor (None: from the first), at most `limit`, in the feed's order.

    Ends after the last event that exists when it gets there. Raises CursorGoneError when the cursor
    belongs to another epoch, or lies beyond the feed's end.
    """
    head = feed_head(connection)
    place = check_cursor(after, head)
    rules = survivorship_rules(connection)
    left = limit if limit is not None else head.position - place
    while left > 0:
        rows = connection.execute(
            statement("throughline.publish", "read_feed"),
            {"after": place, "limit": min(left, READ_AHEAD)},
        ).fetchall()
        if not rows:
            return
        for row in rows:
            yield _event(row, head.epoch, source, rules)
        place, left = rows[-1][0], left - len(rows)


def check_cursor(after: Cursor | None, head: Cursor) -> int:
    """Return the position to read after; raise CursorGoneError if the feed can't go on from it."""
    if after is None:
        return 0
    if after.epoch != head.epoch or after.position > head.position:
        raise CursorGoneError(str(after), epoch=head.epoch)
    return after.position


def survivorship_rules(connection: Connection) -> Rules:
    """Return all survivorship rules that golden records were made by, by fingerprint."""
    return dict(
        connection.execute(statement("throughline.publish", "survivorship_rules")).fetchall()
    )


def _event(row: tuple[Any, ...], epoch: str, source: str, rules: Rules) -> CloudEvent:
    position, event_id, kind, customer, version, record, previous, time, data, *golden = row
    if record is not None:
        content = _record_data(customer, version, previous, orjson.loads(data))
    elif data is not None:
        content = {"customer": customer, "version": version, **orjson.loads(data)}
    else:
        content = _customer_data(customer, version, golden, rules)
    return CloudEvent(
        id=event_id,
        source=source,
        type=f"throughline.{kind}.v1",
        subject=f"{kind.partition('.')[0]}/{record or customer}",
        partition_key=customer,
        time=time,
        epoch=epoch,
        position=position,
        data=content,
    )


def _record_data(
    customer: str, version: int, previous: str | None, record: dict[str, Any]
) -> dict[str, Any]:
    moved = {"previous_customer": previous} if previous else {}
    return {"customer": customer, "version": version, **moved, "record": record}


def _customer_data(
    customer: str, version: int, golden: list[str | None], rules: Rules
) -> dict[str, Any]:
    content: dict[str, Any] = {"customer": customer, "version": version}
    doc, provenance, before = (orjson.loads(text) if text else None for text in golden)
    if before is not None and doc is not None:
        names = [*doc, *(name for name in before if name not in doc)]
        content["changed"] = [name for name in names if before.get(name) != doc.get(name)]
        content["before"] = before
    if doc is not None and provenance is not None:
        content["after"] = doc
        content["provenance"] = explain(provenance, rules, doc)
    return content
