"""Move Arrow tables into PostgreSQL and out of it by COPY, the quickest way both have in common."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa
from psycopg import sql
from pyarrow import csv

from throughline.store.connection import Connection

ROWS_A_WRITE = 20_000
ANALYZE_FROM = 5_000
_READ_AHEAD = 8 << 20


def copy_in(connection: Connection, table: str, columns: Sequence[str], rows: pa.Table) -> int:
    """Append `rows` to `table` and return their number; `columns` name both sides, in order.

    Strings go as they are (an empty one stays empty), nulls as NULL; uuid, json and array columns
    take their text form. Runs in the caller's transaction.
    """
    if rows.num_rows == 0:
        return 0
    command = sql.SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(
        sql.Identifier(table), sql.SQL(", ").join(map(sql.Identifier, columns))
    )
    options = csv.WriteOptions(include_header=False)
    with connection.cursor() as cursor, cursor.copy(command) as copy:
        for batch in rows.select(list(columns)).to_batches(max_chunksize=ROWS_A_WRITE):
            sink = pa.BufferOutputStream()
            csv.write_csv(batch, sink, options)
            copy.write(memoryview(sink.getvalue()))
    return int(rows.num_rows)


def stage(connection: Connection, name: str, definition: str, rows: pa.Table) -> None:
    """Make the temporary table `name` (dropped at commit) anew and fill it with `rows`.

    `definition` is the column list in SQL, `party_id uuid, doc json`; the table's columns are the
    columns of `rows`. A large one is analysed, so that joins with it are planned well.
    """
    connection.execute(
        sql.SQL(  # the caller's transaction may be a part of one that staged before
            "DROP TABLE IF EXISTS pg_temp.{0}; CREATE TEMP TABLE {0} ({1}) ON COMMIT DROP"
        ).format(sql.Identifier(name), sql.SQL(definition))
    )
    copy_in(connection, name, rows.column_names, rows)
    if rows.num_rows >= ANALYZE_FROM:
        connection.execute(sql.SQL("ANALYZE {}").format(sql.Identifier(name)))


def copy_out(
    connection: Connection,
    query: bytes,
    params: Mapping[str, Any] | None,
    schema: pa.Schema,
) -> pa.Table:
    """Return the query's result as one Arrow table of `schema` (columns in the query's order).

    NULL comes back as null and an empty string as an empty string.
    """
    chunks = bytearray()
    for chunk in _copied(connection, query, params):
        chunks += chunk
    return _parse(chunks, schema)


def copy_out_batches(
    connection: Connection,
    query: bytes,
    params: Mapping[str, Any] | None,
    schema: pa.Schema,
    *,
    size: int = _READ_AHEAD,
) -> Generator[pa.Table]:
    """Yield the query's result in tables of about `size` bytes of text each, in order.

    Whoever does not read to the end closes it, else the connection stays in the middle of a copy.
    """
    chunks = bytearray()
    for chunk in _copied(connection, query, params):
        chunks += chunk
        if len(chunks) >= size:
            yield _parse(chunks, schema)
            chunks = bytearray()
    if chunks:
        yield _parse(chunks, schema)


def _copied(
    connection: Connection, query: bytes, params: Mapping[str, Any] | None
) -> Iterator[memoryview]:
    """Yield the result as CSV text, whole rows a piece (the server sends one row a message)."""
    command = b"COPY (" + query.strip().rstrip(b";") + b"\n) TO STDOUT (FORMAT csv)"
    with connection.cursor() as cursor, cursor.copy(command, params) as copy:
        for piece in copy:
            yield memoryview(piece)


def _parse(text: bytearray, schema: pa.Schema) -> pa.Table:
    if not text:
        return schema.empty_table()
    return csv.read_csv(
        pa.BufferReader(text),
        read_options=csv.ReadOptions(column_names=schema.names, block_size=len(text) + 1),
        parse_options=csv.ParseOptions(newlines_in_values=True),
        convert_options=csv.ConvertOptions(
            column_types=schema,
            null_values=[""],
            true_values=["t"],
            false_values=["f"],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
