"""Which mbox files there are, what is known of each, and from where each is to be read."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from throughline_email.mbox_format import is_separator

_BLOCK = 1 << 20
_ENDINGS = frozenset({".mbox", ".mbx", ".mboxrd", ".mboxo"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """How far a file was read: `read` bytes with checksum `sha256`; the last message at `last`."""

    size: int
    mtime_ns: int
    read: int
    last: int
    sha256: str

    @classmethod
    def from_json(cls, value: Mapping[str, Any]) -> Known:
        """Return what a cursor says of a file."""
        return cls(**{name: value[name] for name in cls.__slots__})

    def to_json(self) -> dict[str, Any]:
        """Return it as a cursor keeps it."""
        return asdict(self)


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """From where to read a file on, and the checksum of all before it."""

    offset: int
    hasher: hashlib._Hash


def find_files(path: Path) -> list[Path]:
    """Return the files that a path or pattern names, by name; hidden ones are left out.

    In a folder, files named like an mbox count, and those without an ending that begin like one.
    """
    if path.is_file():
        return [path]
    if path.is_dir():
        found = (one for one in path.rglob("*") if not _hidden(one.relative_to(path)))
        return sorted(one for one in found if one.is_file() and _is_named_or_looks_like(one))
    pattern = Path(os.path.normpath(path))
    matches = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
    return sorted(one for one in matches if one.is_file())


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_named_or_looks_like(path: Path) -> bool:
    if path.suffix.lower() in _ENDINGS:
        return True
    if path.suffix:
        return False
    with path.open("rb") as file:
        return is_separator(file.read(2000), 0) if file.read(5) == b"From " else False


def where_to_start(file: BinaryIO, size: int, known: Known | None) -> Start:
    """Return from where a file is read: after what is known and unchanged, else from its start.

    If what follows does not begin with a separator, the last message went on growing after it was
    read, and is read again.
    """
    fresh = Start(offset=0, hasher=hashlib.sha256())
    if known is None or size < known.read:
        return fresh
    hasher = hashlib.sha256()
    for block in _blocks(file, 0, known.last):
        hasher.update(block)
    at_last = hasher.copy()
    for block in _blocks(file, known.last, known.read):
        hasher.update(block)
    if hasher.hexdigest() != known.sha256:
        return fresh
    file.seek(max(0, known.read - 4))
    near = file.read(min(4, known.read) + 2000)
    if size == known.read or is_separator(near, min(4, known.read)):
        return Start(offset=known.read, hasher=hasher)
    return Start(offset=known.last, hasher=at_last)


def _blocks(file: BinaryIO, start: int, end: int) -> Iterator[bytes]:
    file.seek(start)
    while start < end:
        block = file.read(min(_BLOCK, end - start))
        if not block:
            return
        start += len(block)
        yield block
