"""Check a stream before it is read: do files match, does the first record hold its paths?"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Collection, Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from throughline.connector import Finding, path_names
from throughline.counts import counted
from throughline.errors import ConfigurationError

from .folder import Folder, ListedFile
from .options import NEWEST_FILE, FileStream, format_of
from .reading import read_file, unreadable


def check_stream(folder: Folder, stream: FileStream, scratch: Path) -> Iterator[Finding]:
    """Yield what is well and what is not with one stream; only its first file is opened."""
    subject = f"stream {stream.spec.name}"
    listed = folder.glob(stream.glob)
    if not listed:
        message = f"no file matches `{stream.glob}`; the stream is empty until one does"
        yield Finding(subject=subject, ok=False, message=message)
        return
    number, listed = len(listed), stream.of(listed)
    size = sum(file.size for file in listed)
    how_large = f"{size / 1e6:.1f} MB" if size > 1e6 else f"{size / 1e3:.1f} kB"
    message = f"{counted(number, 'file', 'files')}, {how_large}"
    if stream.complete == NEWEST_FILE:
        message = f"{counted(number, 'file', 'files')}; {listed[0].name} counts, {how_large}"
    yield Finding(subject=subject, ok=True, message=message)
    for file in listed:
        if reason := unreadable(folder, file):
            yield Finding(subject=subject, ok=False, message=f"{file.name} is {reason}")
    for file in listed:
        record = _first(folder, file, stream, scratch)
        if record is not None:
            yield from check_paths(subject, file.name, stream, record)
            return
    yield Finding(subject=subject, ok=True, message="the files hold no records yet")


def columns(folder: Folder, stream: FileStream, scratch: Path) -> Collection[str]:
    """Return the columns of a stream's first and last file; none if one of them has no columns.

    Those of the last, too: a system that is developed further writes new columns.
    """
    found: dict[str, None] = {}
    listed = stream.of(folder.glob(stream.glob))
    for file in dict.fromkeys([*listed[:1], *listed[-1:]]):
        if not has_columns(stream, file.name):
            return ()
        record = _first(folder, file, stream, scratch)
        found |= dict.fromkeys(record if isinstance(record, Mapping) else ())
    return found


def has_columns(stream: FileStream, file: str) -> bool:
    """Say whether all records of a file have the same fields."""
    ragged = stream.csv.layouts or stream.csv.fill
    return (stream.format or format_of(file)) in ("csv", "parquet") and not ragged


def _first(folder: Folder, file: ListedFile, stream: FileStream, scratch: Path) -> Any:
    """Return a file's first record, whatever it is; None if it has none."""
    chunks = read_file(folder, file, stream, (), scratch)
    text = next((chunk.records[0].as_py() for chunk in chunks if len(chunk.records)), None)
    try:
        return None if text is None else orjson.loads(text)
    except orjson.JSONDecodeError:
        return text


def check_paths(subject: str, file: str, stream: FileStream, record: Any) -> Iterator[Finding]:
    """Yield a finding for each path of the stream that the record does not hold.

    Only records that are gone may have the path that tells deletion: where there are no columns,
    it is told if it looks misspelt, as a note.
    """
    if not isinstance(record, Mapping):
        yield Finding(
            subject=subject,
            ok=False,
            message=f"the first record of {file} is no JSON object; is `format` right?",
        )
        return
    spec = stream.spec
    paths = [("key", path) for path in spec.key]
    paths += [
        (name, path) for name, path in (("version", spec.version), ("group", spec.group)) if path
    ]
    paths += [("deleted", spec.deletion.path)] if spec.deletion else []
    missing = [(name, path) for name, path in paths if not holds(record, path)]
    told = [_missing(subject, file, stream, record, name, path) for name, path in missing]
    well = Finding(subject=subject, ok=True, message="the first record holds what the options name")
    yield from [one for one in told if one is not None] or [well]


def _missing(
    subject: str, file: str, stream: FileStream, record: Mapping[str, Any], name: str, path: str
) -> Finding | None:
    note = name == "deleted" and not has_columns(stream, file)
    folded = {name.casefold(): name for name in members(record)}
    near = difflib.get_close_matches(path.casefold(), folded, n=1, cutoff=0.8 if note else 0.6)
    if note and not near:
        return None
    hint = f"; did you mean `{folded[near[0]]}`?" if near else ""
    message = f"`{name}`: the first record of {file} has no `{path}`{hint}"
    code = ConfigurationError.exit_code
    return Finding(subject=subject, ok=note, note=note, message=message, exit_code=code)


def holds(record: Any, path: str) -> bool:
    """Say whether a record has a member at a dotted path."""
    for name in path_names(path):
        if not isinstance(record, Mapping) or name not in record:
            return False
        record = record[name]
    return True


def members(record: Mapping[str, Any]) -> list[str]:
    """Return a record's dotted paths, two levels deep."""
    inner = (
        [f"{_quoted(name)}.{_quoted(below)}" for below in value]
        for name, value in record.items()
        if isinstance(value, Mapping)
    )
    return [*map(_quoted, record), *itertools.chain.from_iterable(inner)]


def _quoted(name: str) -> str:
    """Return a name as a path has it: in double quotes where it would be read as another."""
    doubled = name.replace('"', '""')
    return name if path_names(name) == [name] else f'"{doubled}"'
