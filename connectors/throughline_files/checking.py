"""Check a stream before it is read: do files match, does the first record hold its paths?"""

from __future__ import annotations

import difflib
import itertools
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import orjson

from throughline.connector import Finding, path_names

from .folder import Folder
from .options import FileStream
from .reading import read_file


def check_stream(folder: Folder, stream: FileStream, scratch: Path) -> Iterator[Finding]:
    """Yield what is well and what is not with one stream; only its first file is opened."""
    subject = f"stream {stream.spec.name}"
    listed = folder.glob(stream.glob)
    if not listed:
        message = f"no file matches `{stream.glob}`; the stream is empty until one does"
        yield Finding(subject=subject, ok=False, message=message)
        return
    size = sum(file.size for file in listed)
    counted = "1 file" if len(listed) == 1 else f"{len(listed)} files"
    message = f"{counted}, {size / 1e6:.1f} MB" if size > 1e6 else f"{counted}, {size / 1e3:.1f} kB"
    yield Finding(subject=subject, ok=True, message=message)
    for file in listed:
        if file.missing:
            message = f"{file.name} is a link to a file that is not there"
            yield Finding(subject=subject, ok=False, message=message)
    for file in listed:
        chunks = read_file(folder, file, stream, (), scratch)
        record = next((chunk.records[0].as_py() for chunk in chunks if len(chunk.records)), None)
        if record is not None:
            yield from check_paths(subject, file.name, stream, record)
            return
    yield Finding(subject=subject, ok=True, message="the files hold no records yet")


def check_paths(subject: str, file: str, stream: FileStream, text: str) -> Iterator[Finding]:
    """Yield a finding for each path of the stream that the record does not hold."""
    try:
        record = orjson.loads(text)
    except orjson.JSONDecodeError:
        record = None
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
    missing = [(name, path) for name, path in paths if not holds(record, path)]
    for name, path in missing:
        folded = {name.casefold(): name for name in members(record)}
        near = difflib.get_close_matches(path.casefold(), folded, n=1)
        hint = f"; did you mean `{folded[near[0]]}`?" if near else ""
        message = f"`{name}`: the first record of {file} has no `{path}`{hint}"
        yield Finding(subject=subject, ok=False, message=message)
    if not missing:
        yield Finding(
            subject=subject, ok=True, message="the first record holds what the options name"
        )


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
