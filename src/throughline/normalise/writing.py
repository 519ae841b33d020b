"""Write a batch's mapped records into the store: only what is new, changed or gone."""

from __future__ import annotations

from collections.abc import Mapping, MutableMapping, MutableSequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa

from throughline import mass_delete
from throughline.counts import Counts
from throughline.normalise.mapping import DOUBLE, Mapped
from throughline.store import Connection, copy_in, stage, statement

PACKAGE = "throughline.normalise"

PARTY = (
    "party_id uuid, key text, source_id uuid, self boolean, doc json, hash uuid,"
    " changed_at timestamptz"
)
RECORD = (
    "record_id uuid, type text, key text, source_id uuid, occurred_at timestamptz, doc json,"
    " hash uuid"
)
PARTICIPANT = "record_id uuid, position smallint, role text, party_id uuid, principal boolean"
NOTE = "subject_id uuid, path text, reason text"
REFUSAL = "source_id uuid, rule text, path text, reason text, subject_id uuid"
STEPS = {
    "take_gone_parties": None,
    "take_gone_records": None,
    "write_parties": "parties",
    "changed_records": "records",
    "replace_participants": "records",
    "write_participants": "records",
    "write_records": "records",
    "take_orphans": None,
    "replace_notes": None,
    "write_notes": "notes",
    "forget_refusals": None,
    "write_refusals": "refusals",
}
"""The statements that write a batch, in order; each runs only if there are rows of its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Touched:
    """The source records (or groups) that a batch normalises.

    `first`: none of them has been normalised before, so rows go straight into their tables.
    """

    source_ids: pa.Array = field(repr=False)
    first: bool


def write_mapped(
    connection: Connection,
    stream_id: int,
    batch_id: int,
    mapped: Mapped,
    touched: Touched,
    unmade: MutableMapping[str, Counts] | None = None,
    emptied: MutableSequence[tuple[str, int]] | None = None,
) -> Counts:
    """Write in the caller's transaction; what a refused record gave before stays.

    `unmade` is added to: for party, record and principal, how many source records gave one before
    (known), and how many of those give none now (gone). `emptied` is appended to: fields that very
    many documents had and no changed one has any more, each with how many had it.
    """
    params = {"stream_id": stream_id, "batch_id": batch_id, "reason": DOUBLE}
    refused = len(set(mapped.refusals["source_id"].to_pylist()))
    if touched.first:
        _write_first(connection, stream_id, mapped)
        if mapped.refusals.num_rows:
            stage(connection, "new_refusal", REFUSAL, mapped.refusals)
            connection.execute(statement(PACKAGE, "write_refusals"), params)
    else:
        _stage(connection, mapped, touched)
        refused += _refuse_doubles(connection, mapped, params)
        if unmade is not None:
            for kind, known, gone in connection.execute(statement(PACKAGE, "unmade")).fetchall():
                unmade[kind] += Counts(known=known, gone=gone)
        if emptied is not None and len(touched.source_ids) > mass_delete.ROWS:
            rows = {"rows": mass_delete.ROWS}
            emptied += connection.execute(statement(PACKAGE, "emptied"), rows).fetchall()
        some = {
            "parties": mapped.parties.num_rows,
            "records": mapped.records.num_rows,
            "notes": mapped.notes.num_rows,
            "refusals": refused,
        }
        for name, of in STEPS.items():
            if of is None or some[of]:
                connection.execute(statement(PACKAGE, name), params)
    return Counts(
        normalised=len(touched.source_ids),
        parties=mapped.parties.num_rows,
        records=mapped.records.num_rows,
        refused=refused,
    )


def _refuse_doubles(connection: Connection, mapped: Mapped, params: Mapping[str, Any]) -> int:
    """Refuse parties and records that another source record makes; return how many those are."""
    refused = 0
    if mapped.parties.num_rows:
        refused += connection.execute(statement(PACKAGE, "refuse_double_parties"), params).rowcount
    if mapped.records.num_rows:
        refused += connection.execute(statement(PACKAGE, "refuse_double_records"), params).rowcount
    return refused


def _write_first(connection: Connection, stream_id: int, mapped: Mapped) -> None:
    own, inline = _split(mapped.parties)
    stream = pa.scalar(stream_id, pa.int32())
    for table, rows, number, dirty in (
        ("party", own, "party_id", "dirty_party"),
        ("record", mapped.records, "record_id", "dirty_record"),
    ):
        rows = rows.sort_by(number).append_column("stream_id", pa.repeat(stream, rows.num_rows))
        copy_in(connection, table, rows.column_names, rows)
        copy_in(connection, dirty, [number], rows.select([number]))
    for table, rows in (("participant", mapped.participants), ("quality_note", mapped.notes)):
        copy_in(connection, table, rows.column_names, rows)
    if inline.num_rows:
        stage(connection, "new_party", PARTY, inline)
        connection.execute(statement(PACKAGE, "write_parties"), {"stream_id": stream_id})


def _split(parties: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Return the parties with a source record, and those known from participants only."""
    known = parties["source_id"].is_valid()
    return parties.filter(known), parties.filter(parties["source_id"].is_null())


def _stage(connection: Connection, mapped: Mapped, touched: Touched) -> None:
    refused = set(mapped.refusals["source_id"].to_pylist())
    ids = touched.source_ids.to_pylist()
    kept = pa.array([one in refused for one in ids], pa.bool_())
    stage(
        connection,
        "touched",
        "source_id uuid, kept boolean",
        pa.table({"source_id": touched.source_ids, "kept": kept}),
    )
    stage(connection, "new_party", PARTY, mapped.parties)
    stage(connection, "new_record", RECORD, mapped.records)
    stage(connection, "new_participant", PARTICIPANT, mapped.participants)
    stage(connection, "new_note", NOTE, mapped.notes)
    stage(connection, "new_refusal", REFUSAL, mapped.refusals)
    stage(
        connection, "left_party", "party_id uuid", pa.table({"party_id": pa.array([], pa.string())})
    )
    subjects = pa.concat_arrays(
        [
            column.combine_chunks().cast(pa.string())
            for column in (mapped.parties["party_id"], mapped.records["record_id"])
        ]
    )
    stage(connection, "noted", "subject_id uuid", pa.table({"subject_id": subjects}))
