"""What a stream's options in the connection's file say: which files, their format, their key."""

from __future__ import annotations

import codecs
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from throughline.connector import Deletion, StreamSpec
from throughline.errors import ConfigurationError

from .folder import ListedFile
from .json_text import Derive

FORMATS = ("csv", "jsonl", "json", "parquet")
ENDINGS = {"csv": "csv", "tsv": "csv", "txt": "csv", "jsonl": "jsonl", "ndjson": "jsonl"}
NEWEST_FILE, ALL_FILES = "newest_file", "all_files"
COMPRESSIONS = {"gz": "gzip", "bz2": "bz2", "zst": "zstd"}


@dataclass(frozen=True, slots=True, kw_only=True)
class CsvOptions:
    """How a CSV file is written. None: found out from the file's first bytes, and remembered.

    `columns` name the columns of a file without a header line. `layouts` name the columns of rows
    by their number of values, for files whose rows differ in width. `fill`: a row with too few
    values is taken, the missing ones left out, instead of refused.
    """

    delimiter: str | None = None
    quote: str = '"'
    escape: str | None = None
    columns: tuple[str, ...] | None = None
    skip_rows: int = 0
    fill: bool = False
    layouts: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class FileStream:
    """One stream of a files connection: its interface to the engine, and how its files are read.

    `complete`: what holds all that the system has, NEWEST_FILE or ALL_FILES; None: no file does.
    """

    spec: StreamSpec
    glob: str
    format: str | None = None
    csv: CsvOptions = field(default_factory=CsvOptions)
    encoding: str | None = None
    records: str | None = None
    complete: str | None = None
    keep_raw: bool = True
    derive: Derive | None = None

    def of(self, listed: list[ListedFile]) -> list[ListedFile]:
        """Return those of the files that match which are read; of natural order, newest last."""
        return listed[-1:] if self.complete == NEWEST_FILE else listed

    @property
    def fingerprint(self) -> str:
        """Return what the reading depends on: when it changes, the files are read anew."""
        spec = self.spec
        told = [spec.key, spec.version, spec.group, repr(spec.deletion)]
        how = [self.format, self.encoding, repr(self.csv), self.records]
        how += [self.complete] if self.complete else []
        text = json.dumps([*told, *how, self.derive and self.derive.__name__])
        return hashlib.sha256(text.encode()).hexdigest()[:16]


def file_streams(streams: Mapping[str, Mapping[str, Any]]) -> list[FileStream]:
    """Read every stream's options, in the order of the connection's file."""
    return [_file_stream(name, options) for name, options in streams.items()]


def _file_stream(name: str, options: Mapping[str, Any]) -> FileStream:
    deleted = options.get("deleted")
    csv = options.get("csv", {})
    return FileStream(
        spec=StreamSpec(
            name=name,
            key=_texts(options["key"]),
            rule=name,
            version=options.get("version"),
            group=options.get("group"),
            deletion=_deletion(deleted) if deleted else None,
        ),
        glob=options["files"],
        format=options.get("format"),
        encoding=_encoding(name, options.get("encoding") or csv.get("encoding")),
        records=options.get("records"),
        complete=options.get("complete"),
        keep_raw=options.get("keep_raw", True),
        csv=CsvOptions(
            delimiter=csv.get("delimiter"),
            quote=csv.get("quote", '"'),
            escape=csv.get("escape"),
            columns=_texts(csv["columns"]) if "columns" in csv else None,
            skip_rows=csv.get("skip_rows", 0),
            fill=csv.get("short_rows") == "fill",
        ),
    )


def _encoding(stream: str, name: str | None) -> str | None:
    """Return the encoding if it is one."""
    try:
        return codecs.lookup(name).name if name else None
    except LookupError:
        raise ConfigurationError(f"stream {stream}: no encoding is called `{name}`") from None


def format_of(name: str) -> str:
    """Return the format that a file name's ending stands for, the ending of packing apart."""
    endings = name.lower().split(".")
    if endings[-1] in COMPRESSIONS:
        endings.pop()
    return ENDINGS.get(endings[-1], endings[-1] if endings[-1] in FORMATS else "csv")


def _deletion(deleted: Mapping[str, Any]) -> Deletion:
    return Deletion(path=deleted["path"], values=tuple(deleted.get("values", ("true", "1"))))


def _texts(value: str | Sequence[str]) -> tuple[str, ...]:
    return (value,) if isinstance(value, str) else tuple(value)
