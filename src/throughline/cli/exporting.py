"""Stream a query's result to a file: CSV, JSON Lines or Parquet; memory does not grow with it."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import IO, Any, Protocol

import pyarrow as pa
import pyarrow.compute as pc
from psycopg import sql
from pyarrow import parquet

from throughline.errors import ConfigurationError
from throughline.private_files import private_opener
from throughline.store import Connection, copy_out_batches, statement

PACKAGE = "throughline.cli"

TEXT, NUMBER = pa.string(), pa.int32()

COLUMNS: dict[str, dict[str, pa.DataType]] = {
    "crosswalk": dict.fromkeys(("connection", "stream", "source_id", "customer_id"), TEXT),
    "customers": {
        "customer_id": TEXT,
        "version": NUMBER,
        **dict.fromkeys(
            (
                *("kind", "name", "given_name", "family_name", "organisation", "emails", "phones"),
                *("street", "postal_code", "city", "country", "birth_date", "gender", "language"),
            ),
            TEXT,
        ),
    },
    "parties": dict.fromkeys(
        (
            *("party_id", "connection", "stream", "source_id", "customer_id", "kind", "name"),
            *("given_name", "family_name", "organisation", "emails", "phones"),
            *("street", "postal_code", "city", "country", "birth_date", "gender", "language"),
        ),
        TEXT,
    ),
    "interactions": {
        **dict.fromkeys(
            (
                *("record_id", "connection", "stream", "source_id", "customer_id", "channel"),
                *("kind", "direction", "occurred_at", "subject", "text", "thread", "outcome"),
            ),
            TEXT,
        ),
        "duration_seconds": NUMBER,
    },
    "orders": dict.fromkeys(
        (
            *("record_id", "connection", "stream", "source_id", "customer_id", "number"),
            *("placed_at", "status", "currency", "total", "lines"),
        ),
        TEXT,
    ),
    "invoices": dict.fromkeys(
        (
            *("record_id", "connection", "stream", "source_id", "customer_id", "number"),
            *("issued_on", "due_on", "status", "currency", "net", "tax", "total"),
        ),
        TEXT,
    ),
}
"""The columns of each export in CSV and Parquet, as the statements name them; money is text."""

DOCUMENT = {"document": TEXT}
"""The column in which each statement gives a row whole, as one JSON object."""

RECORD_TYPES = {"interactions": "interaction", "orders": "order", "invoices": "invoice"}
"""The subjects that are records of one type, which one statement gives."""


class Writer(Protocol):
    """Takes tables and ends."""

    def write_table(self, table: pa.Table) -> None: ...
    def close(self) -> None: ...


def write_export(connection: Connection, subject: str, form: str, out: Path | None) -> int:
    """Write one export and return its number of rows; the file appears when it is whole."""
    if out is None and form == "parquet":
        raise ConfigurationError("Parquet is no text: name a file with --out")
    with _opened(out) as file:
        if form == "csv":
            return _write_csv(connection, subject, file)
        return _write_tables(connection, subject, form, file)


def _write_csv(connection: Connection, subject: str, file: IO[bytes]) -> int:
    """Pass PostgreSQL's own CSV through: a header, and quotes only where they are needed."""
    query, params = _query(subject, COLUMNS[subject])
    command = b"COPY (" + query + b") TO STDOUT (FORMAT csv, HEADER)"
    rows = -1  # the header
    with connection.cursor() as cursor, cursor.copy(command, params) as copy:
        for piece in copy:
            file.write(piece)
            rows += 1
    return rows


def _write_tables(connection: Connection, subject: str, form: str, file: IO[bytes]) -> int:
    json_lines = form == "jsonl"
    columns = DOCUMENT if json_lines else COLUMNS[subject]
    schema = pa.schema(columns)
    writer: Writer = (
        _Lines(file) if json_lines else parquet.ParquetWriter(file, schema, compression="zstd")
    )
    query, params = _query(subject, columns)
    rows = 0
    with closing(copy_out_batches(connection, query, params, schema)) as tables:
        for table in tables:
            writer.write_table(table)
            rows += table.num_rows
    writer.close()
    return rows


def _query(subject: str, columns: Iterable[str]) -> tuple[bytes, dict[str, str]]:
    """Return the subject's one query, cut down to these of its columns, and its parameters."""
    record_type = RECORD_TYPES.get(subject)
    name = "export_records" if record_type else f"export_{subject}"
    chosen = sql.SQL(", ").join(map(sql.Identifier, columns)).as_bytes(None)
    query = b"SELECT " + chosen + b" FROM (" + statement(PACKAGE, name) + b") AS subject"
    return query, {"type": record_type} if record_type else {}


class _Lines:
    """Writes a table's one column of JSON texts as lines."""

    def __init__(self, file: IO[bytes]) -> None:
        self.file = file

    def write_table(self, table: pa.Table) -> None:
        for chunk in table.column(0).chunks:
            lines = pc.binary_join_element_wise(chunk, "", "\n").to_pylist()
            self.file.write("".join(lines).encode())

    def close(self) -> None:
        self.file.flush()


@contextmanager
def _opened(out: Path | None) -> Iterator[IO[Any]]:
    if out is None:
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
        return
    part = out.with_name(f".{out.name}.{os.getpid()}.part")
    try:
        with open(part, "xb", opener=private_opener) as file:
            yield file
        part.replace(out)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError):
            raise ConfigurationError(f"{out} can't be written ({error.strerror})") from None
        raise
