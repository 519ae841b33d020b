"""Read Parquet files by row groups: each row becomes a JSON object."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Sequence
from contextlib import suppress
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from throughline.connector import Place, Refused

from .blocks import PAGE_ROWS
from .json_text import JsonWriter
from .names import unique_names
from .position import Chunk, Position, resumed
from .text import is_of_the_disk


def read_parquet(path: Path, read: Sequence[Position]) -> Iterator[Chunk]:
    """Yield the file's rows; all of them again if the file has changed."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
    where = resumed(sha256, read)
    anew = where.at == 0 and not where.done
    if not where.done:
        writer = JsonWriter()
        try:
            for batch, at in _batches(path, where.at):
                where = dataclasses.replace(where, at=at)
                yield Chunk(
                    records=write(batch, writer),
                    position=where,
                    anew=anew,
                    where=_place(at - batch.num_rows),
                )
        except (pa.ArrowInvalid, OSError) as error:
            if is_of_the_disk(error):
                raise
            reason = "not a Parquet file, or cut off or damaged from here on"
            refused = Refused(position=f"record {where.at + 1}", reason=reason)
            yield Chunk(records=pa.array([], pa.string()), position=where, refused=(refused,))
    done = dataclasses.replace(where, done=True)
    yield Chunk(records=pa.array([], pa.string()), position=done, anew=anew)


def _place(before: int) -> Place:
    return lambda place: f"record {before + place + 1}"


def _batches(path: Path, skip: int) -> Iterator[tuple[pa.RecordBatch, int]]:
    import pyarrow.parquet as pq  # noqa: PLC0415  # slow to load, and few files are of this kind

    with pq.ParquetFile(path) as parquet:
        at = 0
        for batch in parquet.iter_batches(batch_size=PAGE_ROWS, use_threads=False):
            start, at = max(skip - at, 0), at + batch.num_rows
            if start < batch.num_rows:
                yield batch.slice(start), at


def write(batch: pa.RecordBatch, writer: JsonWriter) -> pa.Array:
    """Return a batch's rows as JSON text: times in ISO 8601, decimals as text, exactly."""
    return writer.write(unique_names(batch.schema.names), [_plain(c) for c in batch.columns])


def _plain(column: pa.Array) -> pa.Array:
    kind = column.type
    if pa.types.is_dictionary(kind):
        return _plain(column.cast(kind.value_type))
    if pa.types.is_timestamp(kind):
        return pc.replace_substring(column.cast(pa.string()), " ", "T")
    if pa.types.is_float16(kind):
        return column.cast(pa.float32())
    if pa.types.is_decimal(kind) or pa.types.is_temporal(kind):
        return column.cast(pa.string())
    if pa.types.is_binary(kind) or pa.types.is_large_binary(kind):
        return _text(column)
    if pa.types.is_fixed_size_binary(kind):
        return pa.array([value and value.hex() for value in column.to_pylist()], pa.string())
    return column


def _text(column: pa.Array) -> pa.Array:
    """Return bytes as text: as UTF-8 where a value is that, without NUL, else in hexadecimal."""
    with suppress(pa.ArrowInvalid):
        text = column.cast(pa.string())
        if not pc.any(pc.match_substring(text, "\0")).as_py():
            return text
    return pa.array([_readable(value) for value in column.to_pylist()], pa.string())


def _readable(value: bytes | None) -> str | None:
    if value is None:
        return None
    with suppress(UnicodeDecodeError):
        text = value.decode()
        if "\0" not in text:
            return text
    return value.hex()
