"""Bring one page into the store: its file first, then one transaction for everything it changes."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from throughline.connector import Cursor, Refused
from throughline.counts import Counts
from throughline.land.landing import LandedFile, Landing
from throughline.store import Connection, copy_in, copy_out, stage, statement

PACKAGE = "throughline.land"
KEPT_BYTES = 4096
RECORD_COLUMNS = [
    "source_id",
    "stream_id",
    "key",
    "batch_id",
    "line",
    "hash",
    "version",
    "group_key",
    "deleted_at",
]
ARRIVAL = (
    "source_id uuid, stream_id integer, key text, batch_id bigint, line integer, hash uuid,"
    " version text, group_key text, deleted_at timestamptz"
)
STORED = pa.schema(
    [
        ("source_id", pa.string()),
        ("hash", pa.string()),
        ("version", pa.string()),
        ("group_key", pa.string()),
        ("deleted", pa.bool_()),
    ]
)
STORED_NOTHING = STORED.empty_table()
ONE_ID = pa.schema([("id", pa.string())])


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamRow:
    """A stream as the store knows it."""

    stream_id: int
    connection: str
    name: str
    cursor: Cursor | None = field(repr=False)
    new: bool = False
    """Nothing of it was in the store when it was opened."""

    @property
    def folder(self) -> str:
        """The folder below the landing URL that keeps the stream's records."""
        return f"records/{_plain(self.connection)}/{_plain(self.name)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What one page brings that is not stored yet, ready to be written."""

    received: int
    changed: pa.Table = field(repr=False)
    gone: Sequence[str] = field(default=(), repr=False)
    refused: Sequence[Refused] = field(default=(), repr=False)
    refused_ids: Sequence[str] = ()
    """The quarantine ids of all that was refused, known before or not."""
    raw: Sequence[tuple[str, LandedFile]] = ()
    cursor: Cursor | None = field(default=None, repr=False)
    refused_again: int = 0


def open_stream(connection: Connection, connection_name: str, name: str) -> StreamRow:
    """Return the stream's row and its cursor; a new stream gets a row."""
    row = connection.execute(
        statement(PACKAGE, "open_stream"), {"connection": connection_name, "name": name}
    ).fetchone()
    if row is None:
        return open_stream(connection, connection_name, name)
    cursor = json.loads(row[1]) if row[1] is not None else None
    return StreamRow(
        stream_id=row[0], connection=connection_name, name=name, cursor=cursor, new=row[2]
    )


def stored_records(connection: Connection, ids: Sequence[str]) -> pa.Table:
    """Return what the store knows of these source records."""
    if not ids:
        return STORED_NOTHING
    return copy_out(connection, statement(PACKAGE, "stored_records"), {"ids": list(ids)}, STORED)


def ids_in_store(connection: Connection, name: str, params: dict[str, Any]) -> pa.Array:
    """Return the ids that a one-column statement of this package finds."""
    found = copy_out(connection, statement(PACKAGE, name), params, ONE_ID)["id"]
    return found.combine_chunks().cast(pa.string())


def storable(name: str) -> str:
    """Return a name as the store accepts it: bytes of a file's name that are no UTF-8 escaped."""
    return name.encode("utf-8", "backslashreplace").decode()


def refusal_id(stream: StreamRow, refused: Refused) -> str:
    """Return the quarantine id of a refusal; the same content with the same reason has the same."""
    parts = (stream.connection, stream.name, "landing", refused.reason)
    content = refused.content or storable(refused.position).encode()
    digest = hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False)
    digest.update(b"\x1f" + content)
    return digest.hexdigest()


def end_stream(
    connection: Connection,
    stream: StreamRow,
    *,
    swept: bool,
    anew: Collection[str],
    refused: Collection[str],
) -> None:
    """Note that a read of the stream ended well; `swept`: it was a complete listing.

    What was refused in an origin that was now read again (`anew`), and is not now, leaves
    quarantine.
    """
    this = {"stream_id": stream.stream_id}
    if anew:
        mended = {**this, "names": sorted(map(storable, anew)), "refused": sorted(refused)}
        connection.execute(statement(PACKAGE, "forget_mended"), mended)
    connection.execute(statement(PACKAGE, "end_stream"), {**this, "swept": int(swept)})


def write(
    connection: Connection, stream: StreamRow, landing: Landing, delivery: Delivery
) -> Counts:
    """Write a delivery's file, then its rows and cursor in one transaction.

    A delivery that changes nothing writes nothing, not even a batch; a cursor that moved is kept.
    """
    changed = delivery.changed
    gone = pc.any(changed["deleted"]).as_py()
    bodies = changed.filter(pc.invert(changed["deleted"])) if gone else changed
    landed, deleted = bodies.num_rows, changed.num_rows - bodies.num_rows + len(delivery.gone)
    refused = len(delivery.refused)
    counts = Counts(
        received=delivery.received,
        landed=landed,
        unchanged=delivery.received - landed - deleted - refused - delivery.refused_again,
        deleted=deleted,
        refused=refused + delivery.refused_again,
    )
    file = landing.write_records(stream.folder, bodies["record"]) if landed else None
    with connection.transaction():
        for name, raw in delivery.raw:
            connection.execute(
                statement(PACKAGE, "add_raw"),
                {
                    "sha256": raw.sha256,
                    "name": storable(name),
                    "path": raw.path,
                    "bytes": raw.bytes,
                },
            )
        if landed or deleted or refused:
            batch_id = _add_batch(connection, stream, file, counts, delivery)
            _write_records(connection, stream, batch_id, changed)
            _write_gone(connection, batch_id, delivery.gone)
            _write_refused(connection, stream, batch_id, delivery.refused)
        if delivery.cursor is not None:
            cursor = json.dumps(delivery.cursor, sort_keys=True)  # ASCII: see `storable`
            connection.execute(
                statement(PACKAGE, "move_cursor"),
                {"stream_id": stream.stream_id, "cursor": cursor},
            )
    return counts


def _add_batch(
    connection: Connection,
    stream: StreamRow,
    file: LandedFile | None,
    counts: Counts,
    delivery: Delivery,
) -> int:
    row = connection.execute(
        statement(PACKAGE, "add_batch"),
        {
            **counts,
            "stream_id": stream.stream_id,
            "path": file.path if file else None,
            "raw": [raw.sha256 for _, raw in delivery.raw],
        },
    ).fetchone()
    assert row is not None
    return int(row[0])


def _write_records(
    connection: Connection, stream: StreamRow, batch_id: int, changed: pa.Table
) -> None:
    if changed.num_rows == 0:
        return
    rows = _rows(stream, batch_id, changed)
    known = rows["known"]
    fresh = rows.filter(pc.invert(known)).sort_by("source_id")
    copy_in(connection, "source_record", RECORD_COLUMNS, fresh.select(RECORD_COLUMNS))
    renewed = rows.filter(known).select(RECORD_COLUMNS)
    if renewed.num_rows:
        stage(connection, "arrival", ARRIVAL, renewed)
        connection.execute(statement(PACKAGE, "mark_stale_groups"), {"stream_id": stream.stream_id})
        connection.execute(statement(PACKAGE, "change_records"))
        connection.execute(
            statement(PACKAGE, "forget_notes"), {"ids": renewed["source_id"].to_pylist()}
        )
    mended = rows.filter(rows["mended"])["source_id"].to_pylist()
    if mended:
        connection.execute(statement(PACKAGE, "add_notes"), {"ids": mended})


def _rows(stream: StreamRow, batch_id: int, changed: pa.Table) -> pa.Table:
    """Return `changed` with the columns of source_record; bodies count their lines in order."""
    size = changed.num_rows
    deleted = changed["deleted"].combine_chunks()
    bodies = pc.cumulative_sum(pc.cast(pc.invert(deleted), pa.int32()))
    now = pa.scalar(datetime.now(UTC), pa.timestamp("us", "UTC"))
    columns = {
        "stream_id": pa.repeat(pa.scalar(stream.stream_id, pa.int32()), size),
        "batch_id": pa.repeat(pa.scalar(batch_id, pa.int64()), size),
        "line": pc.if_else(deleted, -1, pc.subtract(bodies, 1)),
        "deleted_at": pc.if_else(deleted, now, pa.scalar(None, now.type)),
    }
    for name, values in columns.items():
        changed = changed.append_column(name, values)
    return changed


def _write_gone(connection: Connection, batch_id: int, gone: Sequence[str]) -> None:
    if gone:
        connection.execute(
            statement(PACKAGE, "delete_records"), {"ids": list(gone), "batch_id": batch_id}
        )


def _write_refused(
    connection: Connection, stream: StreamRow, batch_id: int, refused: Sequence[Refused]
) -> None:
    rows = [
        {
            "quarantine_id": refusal_id(stream, one),
            "stream_id": stream.stream_id,
            "batch_id": batch_id,
            "position": storable(one.position),
            "reason": one.reason,
            "content": one.content[:KEPT_BYTES],
        }
        for one in refused
    ]
    if rows:
        connection.cursor().executemany(statement(PACKAGE, "add_refusal"), rows)


def _plain(name: str) -> str:
    return "".join(letter if letter.isalnum() or letter in "-_" else "_" for letter in name)
