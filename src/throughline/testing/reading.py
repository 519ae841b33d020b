"""Read a stream to its end, as the engine would, and look at its records by key."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import orjson

from throughline.connector import Connector, Cursor, Page, StreamSpec, path_names


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """What one reading of a stream gave.

    `records`: the JSON text that counts for each key, `refused`: position and reason, both
    without order; `cursor`: where it ended.
    """

    records: dict[str, str] = field(repr=False)
    deleted: frozenset[str]
    refused: frozenset[tuple[str, str]]
    pages: tuple[Page, ...] = field(repr=False)
    cursor: Cursor | None = field(repr=False)

    def hashes(self) -> dict[str, str]:
        """Return the checksum of each key's record."""
        return {key: hashlib.md5(text.encode()).hexdigest() for key, text in self.records.items()}


def spec_of(connector: Connector, stream: str) -> StreamSpec:
    """Return the description of a stream."""
    return next(spec for spec in connector.streams() if spec.name == stream)


def read_all(connector: Connector, stream: str, cursor: Cursor | None = None) -> Reading:
    """Read a stream from a cursor to its end."""
    return gather(spec_of(connector, stream), connector.read(stream, cursor), cursor)


def gather(spec: StreamSpec, pages: Iterator[Page], cursor: Cursor | None = None) -> Reading:
    """Put pages together; of several deliveries of one key the greatest version counts."""
    records: dict[str, str] = {}
    versions: dict[str, str] = {}
    read: list[Page] = []
    for page in pages:
        for key, version, text in keys_of(spec, page):
            if version >= versions.get(key, ""):
                records[key], versions[key] = text, version
        read.append(page)
        cursor = page.cursor if page.cursor is not None else cursor
        json.dumps(cursor)
    return Reading(
        records=records,
        deleted=frozenset(key for page in read for key in page.deleted),
        refused=frozenset((one.position, one.reason) for page in read for one in page.refused),
        pages=tuple(read),
        cursor=cursor,
    )


def keys_of(spec: StreamSpec, page: Page) -> Iterator[tuple[str, str, str]]:
    """Yield key, version and text of each record that has a key."""
    for text in page.records.to_pylist():
        record = parsed(text)
        parts = [text_at(record, path) for path in spec.key]
        if all(parts):
            version = text_at(record, spec.version) if spec.version else ""
            yield "/".join(parts), version, text


def parsed(text: str) -> Any:
    """Return a record; None if it is no JSON. Lone surrogates, which the landing mends, pass."""
    with suppress(orjson.JSONDecodeError):
        return orjson.loads(text)
    with suppress(ValueError, RecursionError):
        return json.loads(text)
    return None


def text_at(record: Any, path: str) -> str:
    """Return the value at a dotted path as text, empty if there is none."""
    for name in path_names(path):
        if not isinstance(record, dict):
            return ""
        record = record.get(name)
    if record is None or isinstance(record, dict | list):
        return ""
    return record if isinstance(record, str) else json.dumps(record)
