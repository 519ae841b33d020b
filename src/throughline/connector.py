"""The connector interface: what a connector is given, and what it gives back.

A connector is found by the entry point `throughline.connectors`, whose value is a function
`open_connection(context: ConnectionContext) -> Connector`. Beside that function lies
`manifest.yaml` (title, channel, JSON Schema of the settings), read without importing the code.
Connectors import this module, `throughline.errors` and `throughline.counts`, nothing else of the
engine.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, runtime_checkable

import orjson
import pyarrow as pa

from throughline.errors import ConfigurationError, ThroughlineError
from throughline.private_files import spill_folder

if TYPE_CHECKING:
    import duckdb

PATH_NAME = re.compile(r'"((?:[^"]|"")+)"(?=\.|\Z)|[^.]+')

Cursor = Mapping[str, Any]
"""Where a connection's stream stands, as JSON; only its own connector reads what is in it."""

Place = Callable[[int], str]
"""Returns the place of a record in its origin, given its number there, counted from 0."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Deletion:
    """How a stream marks a record as deleted: `path` holds one of `values` (as text)."""

    path: str
    values: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamSpec:
    """One stream of source records.

    `key`, `version`, `group` and `deletion.path` are dotted paths in a record (`billing.email`);
    write a name that contains a dot in double quotes (`path_names` parses it).
    `key`: the paths that together identify a record in its stream. Several values are joined by
    `/`; a `/` or backslash in a value is escaped by a backslash.
    `version`: a value that grows with each change of a record, compared as text under COLLATE "C"
    (an ISO time, a zero-padded number); without it the latest delivery of a record counts.
    `group`: records with equal values belong together (the legs of one call).
    `rule`: the mapping rule file that reads the stream.
    """

    name: str
    key: tuple[str, ...]
    rule: str
    version: str | None = None
    group: str | None = None
    deletion: Deletion | None = None

    def __post_init__(self) -> None:
        if not self.key:
            raise ValueError(f"stream {self.name}: at least one path must name a record")


@dataclass(frozen=True, slots=True, kw_only=True)
class Raw:
    """What the source sent, unchanged; stored by content hash. `content` is bytes or a file."""

    name: str
    content: bytes | Path = field(repr=False)

    def sha256(self) -> str:
        """Return the content's SHA-256 in hexadecimal."""
        if isinstance(self.content, bytes):
            return hashlib.sha256(self.content).hexdigest()
        with self.content.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """Something received that is not a record at all: its position, and why it was refused.

    `reason` holds no personal data; `content` (cut to a few kilobytes) is for a person to look at.
    """

    position: str
    reason: str
    content: bytes = field(default=b"", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """Records that arrived together, and the cursor that is valid once they have landed.

    `records`: Arrow strings, each the JSON text of one record (an object). At most some 20,000
    records or 32 MB a page: pages bound memory.
    `deleted`: keys of records that are gone from the source; applied after the page's records.
    `sweep_complete`: this page ends a complete listing of the stream that was not resumed, so
    records that no page of this run held are deleted; unless something of the listing was refused,
    because that may be one of them.
    `origins`: what the records came from, such as files, to report refused records by. An entry
    (index, name, place) applies to the page's records from that index up to the next entry's.
    `place` is the line number of the first of them, if each is one line; or a function called with
    0 for the first of them, and only for refused ones, that returns `line 7` or `record 5` (no
    colon); or None if unknown.
    `anew`: names of origins that are read from their start, or single positions that are read again
    (`a.csv: line 7`). What was refused there before, and is not now, leaves quarantine when the
    stream has been read.
    """

    records: pa.Array = field(repr=False)
    cursor: Cursor | None = None
    raw: Sequence[Raw] = ()
    refused: Sequence[Refused] = ()
    deleted: Sequence[str] = ()
    origins: Sequence[tuple[int, str, int | Place | None]] = ()
    anew: Sequence[str] = ()
    sweep_complete: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionContext:
    """What a connector knows of the connection it serves. Settings may hold secrets: no repr.

    `settings` were checked against the manifest's schema and secrets are filled in. Paths are
    relative to `folder` (the home). `scratch` is a folder for temporary files. `streams`
    are the stream options of the connection's file, by stream name.
    """

    name: str
    settings: Mapping[str, Any] = field(repr=False)
    streams: Mapping[str, Mapping[str, Any]] = field(default_factory=dict, repr=False)
    folder: Path
    scratch: Path
    time_zone: str = "UTC"
    region: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One result of a check: what was checked, whether it is well, how to fix it if not.

    `note`: it is well enough to sync, but a person should read the message.
    `exit_code`: what `throughline check` exits with if it is not `ok`: the code of the error that a
    sync would end with.
    """

    subject: str
    ok: bool
    message: str
    note: bool = False
    exit_code: int = 1

    @classmethod
    def failed(cls, subject: str, error: ThroughlineError) -> Finding:
        """Return the finding for an error, with its text and its exit code."""
        return cls(subject=subject, ok=False, message=str(error), exit_code=error.exit_code)


class Connector(Protocol):
    """One connection to one system. Methods may raise ChannelUnavailableError or AccessError."""

    def streams(self) -> Sequence[StreamSpec]:
        """Return the streams that this connection reads, in the order in which to read them."""
        ...

    def check(self) -> Iterator[Finding]:
        """Check that the system is reachable, accepts the credentials, and streams are readable."""
        ...

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield what is new or changed since `cursor` (None: everything), oldest first.

        A record may come twice; none may be missed. The caller lands each page, cursor included,
        in one transaction before it asks for the next.
        """
        ...


@runtime_checkable
class HasColumns(Protocol):
    """An optional method of a connector, for streams whose records all have the same columns."""

    def columns(self, stream: str) -> Collection[str]:
        """Return all fields that a record of the stream can have; none if that isn't known."""
        ...


class OpenConnection(Protocol):
    """The function that an entry point names."""

    def __call__(self, context: ConnectionContext) -> Connector: ...


def path_names(path: str) -> list[str]:
    """Return the names of a dotted path; one in double quotes may hold dots, and `""` for a quote.

    `billing.email` is two names, `"billing.email"` is one.
    """
    found = PATH_NAME.finditer(path)
    return [one[0] if one[1] is None else one[1].replace('""', '"') for one in found]


def record_text(record: Mapping[str, Any]) -> str:
    """Return a record's JSON text, always the same for the same content: members are sorted.

    A lone surrogate is written as its escape, which the landing replaces with a quality note.
    """
    try:
        return orjson.dumps(record, option=orjson.OPT_SORT_KEYS).decode()
    except TypeError:
        return json.dumps(record, sort_keys=True)


def open_storage(setting: str, url: str, options: Mapping[str, Any]) -> tuple[Any, str]:
    """Return the fsspec file system that a URL names, and the place in it.

    ConfigurationError, with the name of the setting: the URL is of no known kind, or the package
    that reaches such places is not installed.
    """
    from fsspec.core import url_to_fs  # noqa: PLC0415  # many connectors don't need it

    try:
        system, place = url_to_fs(url, **options)
    except ImportError as error:
        raise ConfigurationError(
            f"{setting}: a package is missing; install it beside Throughline ({error})"
        ) from error
    except ValueError as error:
        raise ConfigurationError(
            f"{setting} names no kind of storage that is known here"
        ) from error
    return system, place.rstrip("/")


@cache
def text_engine() -> duckdb.DuckDBPyConnection:
    """Return this process's DuckDB for parsing and writing texts in bulk.

    It has no access to files or network; each user takes a session, `text_engine().cursor()`. It
    has no thread of its own, so that a process may fork after it is open.
    """
    import duckdb  # noqa: PLC0415  # many connectors don't need it

    database = duckdb.connect(
        config={"temp_directory": spill_folder(), "threads": "1", "async_threads": "0"}
    )
    database.execute("SET enable_external_access = false")  # then no folder can be named any more
    return database
