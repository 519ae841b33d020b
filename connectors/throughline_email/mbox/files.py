"""Which mbox files there are, what is known of each, and from where each is to be read."""

from __future__ import annotations

import hashlib
import os
from codecs import BOM_UTF8
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from throughline_email.mbox_format import is_separator

_BLOCK = 1 << 20
_ENDINGS = frozenset({".mbox", ".mbx", ".mboxrd", ".mboxo"})
_OTHERS = frozenset({".msf", ".lock", ".tmp", ".part", ".gz", ".bz2", ".xz", ".zst", ".zip"})


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

    In a folder, files named like an mbox count, and others that begin like one: many mailboxes
    are named like a person, an address or a year (`anna.schmidt`, `Archive.2023`).
    """
    if path.is_file():
        return [path]
    if path.is_dir():
        return [one for one in _files_below(path) if _is_named_or_looks_like(one)]
    pattern = Path(os.path.normpath(path))
    matches = Path(pattern.anchor).glob(str(pattern.relative_to(pattern.anchor)))
    return sorted(one for one in matches if one.is_file())


def left_out(path: Path) -> list[Path]:
    """Return the files of a folder that are taken for something else than an mbox, by name."""
    if not path.is_dir():
        return []
    return [one for one in _files_below(path) if not _is_named_or_looks_like(one)]


def _files_below(folder: Path) -> list[Path]:
    found = (one for one in folder.rglob("*") if not _hidden(one.relative_to(folder)))
    return sorted(one for one in found if one.is_file())


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


def _is_named_or_looks_like(path: Path) -> bool:
    if path.suffix.lower() in _ENDINGS:
        return True
    if path.suffix.lower() in _OTHERS or not os.access(path, os.R_OK):
        return False
    with path.open("rb") as file:
        head = file.read(2000).removeprefix(BOM_UTF8)
    return head.startswith(b"From ") and is_separator(head, 0)


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
