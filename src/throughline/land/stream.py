"""Read one stream of a connection to its end, page by page."""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc

from throughline import mass_delete
from throughline.connector import Connector, Cursor, Page, Place, Refused, StreamSpec
from throughline.counts import Counts, OnCounts
from throughline.errors import MassDeleteError
from throughline.land.arrivals import Arrivals, PageReader
from throughline.land.landing import Landing
from throughline.land.writing import (
    STORED_NOTHING,
    Delivery,
    StreamRow,
    end_stream,
    ids_in_store,
    open_stream,
    refusal_id,
    stored_records,
    write,
)
from throughline.progress import Progress, silent
from throughline.store import Connection, connection_lock

GONE_A_BATCH = 20_000


class LandedConnection(Protocol):
    """What landing needs to know of a configured connection."""

    @property
    def name(self) -> str: ...
    @property
    def settings(self) -> Mapping[str, Any]: ...


def land_stream(
    connection: Connection,
    *,
    connection_config: LandedConnection,
    connector: Connector,
    stream: StreamSpec,
    landing: Landing,
    progress: Progress = silent,
    on_counts: OnCounts | None = None,
) -> Counts:
    """Land what is new since the stream's cursor, under the connection's lock.

    Each page is one transaction, cursor included, so a killed run goes on where it stopped; a
    complete listing that was stopped before its deletions is read again.
    Reading the same again changes nothing. A listing of which something was refused deletes
    nothing, because that may be any record. Raises MassDeleteError after the pages are landed.
    `on_counts` is called with each page's counts, so that an error does not lose them.
    """
    with connection_lock(connection, connection_config.name):
        row = open_stream(connection, connection_config.name, stream.name)
        reader = PageReader(connection_config.name, stream)
        counts, swept, refused, anew = Counts(), False, set[str](), set[str]()

        def add(more: Counts) -> None:
            nonlocal counts
            counts += more
            if on_counts is not None:
                on_counts(more)

        try:
            for page in connector.read(stream.name, row.cursor):
                delivery = _delivery(connection, row, reader, landing, page)
                refused.update(delivery.refused_ids)
                anew.update(page.anew)
                swept = page.sweep_complete and not refused
                if swept:  # until what is missing is gone, the next run is to list all again
                    delivery = replace(delivery, cursor=row.cursor)
                add(write(connection, row, landing, delivery))
                if swept:
                    add(_sweep(connection, row, reader, landing, connection_config, page.cursor))
                progress(f"{row.connection}.{row.name} landed", counts["received"], None)
        finally:
            reader.close()
        end_stream(connection, row, swept=swept, anew=anew, refused=refused)
    return counts


def _delivery(
    connection: Connection, stream: StreamRow, reader: PageReader, landing: Landing, page: Page
) -> Delivery:
    """Return what a page brings that is not stored yet."""
    raw = [(one.name, landing.write_raw(one)) for one in page.raw]
    arrivals = reader.read(page.records)
    known = reader.seen_before() if stream.new else arrivals.chosen["source_id"]
    changed = reader.changed(stored_records(connection, known.to_pylist()))
    unread = _refused(arrivals, page.origins)
    refused = {refusal_id(stream, one): one for one in (*page.refused, *unread)}
    quarantined = _quarantined(connection, list(refused))
    new = [one for number, one in refused.items() if number not in quarantined]
    return Delivery(
        received=arrivals.received + len(page.refused) + len(page.deleted),
        changed=changed,
        gone=_gone(connection, stream, page.deleted, changed),
        refused=new,
        refused_ids=tuple(refused),
        refused_again=len(page.refused) + len(unread) - len(new),
        raw=raw,
        cursor=page.cursor,
    )


def _refused(
    arrivals: Arrivals, origins: Sequence[tuple[int, str, int | Place | None]]
) -> list[Refused]:
    starts = [start for start, _, _ in origins]

    def position(place: int) -> str:
        """Return the record's place in its origin, or without one its number in the page."""
        at = bisect_right(starts, place) - 1
        if at < 0:
            return f"record {place + 1} of its page"
        start, name, where = origins[at]
        if where is None:
            return f"{name}: record {place - start + 1} of a page"
        if callable(where):
            return f"{name}: {where(place - start)}"
        return f"{name}: line {where + place - start}"

    return [
        Refused(
            position=position(row["position"]),
            reason=row["problem"],
            content=(row["record"] or "")[:4096].encode(),
        )
        for row in arrivals.refused.to_pylist()
    ]


def _quarantined(connection: Connection, ids: Sequence[str]) -> set[str]:
    """Return which of these refusals are in quarantine already."""
    if not ids:
        return set()
    return set(ids_in_store(connection, "known_refusals", {"ids": list(ids)}).to_pylist())


def _gone(
    connection: Connection, stream: StreamRow, keys: Sequence[str], changed: pa.Table
) -> list[str]:
    """Return the ids of those of these keys' records that exist, the page's own included."""
    ids = {source_id(stream.connection, stream.name, key) for key in keys}
    if not ids:
        return []
    arriving = changed.filter(pc.invert(changed["deleted"]))["source_id"].to_pylist()
    live = ids_in_store(connection, "live_records", {"ids": sorted(ids)}).to_pylist()
    return sorted(ids & {*arriving, *live})


def source_id(connection_name: str, stream: str, key: str) -> str:
    """Return the id of a source record, as DuckDB's `md5(concat_ws(chr(31), …))` gives it."""
    text = "\x1f".join((connection_name, stream, key))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


def _missing(
    connection: Connection,
    stream: StreamRow,
    reader: PageReader,
    connection_config: LandedConnection,
) -> list[str]:
    """Return the ids of what a complete listing did not hold, if they are few enough."""
    known = ids_in_store(connection, "live_in_stream", {"stream_id": stream.stream_id})
    missing: list[str] = reader.not_seen(known).to_pylist()
    if mass_delete.waits(connection_config.settings, gone=len(missing), known=len(known)):
        raise MassDeleteError(
            stream.connection, stream.name, missing=len(missing), known=len(known)
        )
    return missing


def _sweep(
    connection: Connection,
    stream: StreamRow,
    reader: PageReader,
    landing: Landing,
    connection_config: LandedConnection,
    cursor: Cursor | None,
) -> Counts:
    """Mark the missing records as gone, and move the cursor with the last of them."""
    missing = _missing(connection, stream, reader, connection_config)
    counts = Counts()
    for start in range(0, max(len(missing), 1), GONE_A_BATCH):
        gone = missing[start : start + GONE_A_BATCH]
        delivery = Delivery(
            received=len(gone),
            changed=_nothing(reader),
            gone=gone,
            cursor=cursor if start + GONE_A_BATCH >= len(missing) else None,
        )
        counts += write(connection, stream, landing, delivery)
    return counts


def _nothing(reader: PageReader) -> pa.Table:
    reader.read(pa.array([], pa.string()))
    return reader.changed(STORED_NOTHING)
