"""Read the records of JSON documents: the elements of an array, found without parsing them."""

from __future__ import annotations

import dataclasses
import hashlib
import mmap
import re
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import pyarrow as pa

from throughline.connector import Place, Refused, path_names

from .blocks import PAGE_BYTES, PAGE_ROWS, SHOWN
from .lines import strings
from .position import Chunk, Position, resumed
from .rows import LARGEST_ROW

STRING = re.compile(rb'"(?>[^"\\]++|\\[\s\S])*+"')
BRACKET = re.compile(rb'(?>[^"\[\]{}]++|"(?>[^"\\]++|\\[\s\S])*+")*+([\[\]{}])')
SPACE = re.compile(rb"[\s,\xef\xbb\xbf]*")
SCALAR = re.compile(rb"[^\s,\]}]+")
KEY = re.compile(rb'[\s,]*"((?>[^"\\]++|\\[\s\S])*+)"\s*:\s*')
BREAK = re.compile(rb"\s*[\r\n]\s*")
UNBROKEN = re.compile(rb'(?>[^"]++|"(?>[^"\\\r\n]++|\\[^\r\n])*+")*+')
"""Text whose strings hold no raw line break, as JSON has it."""


class CutOffError(ValueError):
    """The document ends inside a value, or is none."""


def read_document(path: Path, read: Sequence[Position], records: str | None) -> Iterator[Chunk]:
    """Yield the elements of the array at the path `records` (None: the document's own)."""
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        where = resumed(sha256, read)
        if where.done or path.stat().st_size == 0:
            yield Chunk(
                records=strings(pa.array([], pa.binary())),
                position=dataclasses.replace(where, done=True),
            )
            return
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            yield from _chunks(data, where, records)


def _chunks(data: mmap.mmap, where: Position, records: str | None) -> Iterator[Chunk]:
    page: list[bytes] = []
    numbers: list[int] = []
    refused: list[Refused] = []
    size, number, anew = 0, 0, where.at == 0
    try:
        for number, (start, end) in enumerate(elements(data, records), 1):
            if number <= where.at:
                continue
            if end - start > LARGEST_ROW:
                reason = f"a record of {(end - start) >> 20} MB; {LARGEST_ROW >> 20} MB at most"
                refused.append(_refused(number, reason, data[start : start + SHOWN]))
            else:
                page.append(_one_line(data[start:end]))
                numbers.append(number)
            size += end - start
            if len(page) >= PAGE_ROWS or size >= PAGE_BYTES:
                where = dataclasses.replace(where, at=number)
                yield Chunk(
                    records=strings(pa.array(page, pa.binary())),
                    refused=tuple(refused),
                    position=where,
                    anew=anew,
                    where=_place(numbers),
                )
                page, numbers, refused, size = [], [], [], 0
    except CutOffError as error:
        refused.append(_refused(number + 1, str(error), b""))
    where = dataclasses.replace(where, at=number, done=True)
    yield Chunk(
        records=strings(pa.array(page, pa.binary())),
        refused=tuple(refused),
        position=where,
        anew=anew,
        where=_place(numbers),
    )


def _place(numbers: Sequence[int]) -> Place:
    """Return what tells which record of the document one of a chunk is."""
    return lambda place: f"record {numbers[place]}"


def _one_line(record: bytes) -> bytes:
    """Return a record as one line; one with a line break in a string is left to the landing."""
    if not BREAK.search(record) or not UNBROKEN.fullmatch(record):
        return record
    return BREAK.sub(b"", record)


def _refused(number: int, reason: str, content: bytes) -> Refused:
    return Refused(position=f"record {number}", reason=reason, content=content)


def elements(data: mmap.mmap | bytes, path: str | None) -> Iterator[tuple[int, int]]:
    """Yield where each element of the array at `path` begins and ends; an object is its own.

    Where several documents follow each other, as in JSON Lines, each gives its own.
    """
    names, at = path_names(path or ""), _space(data, 0)
    while True:
        for name in names:
            at = _member(data, at, name)
        at = yield from _document(data, at)
        at = _space(data, _closed(data, at, len(names)) if names else at)
        if at == len(data):
            return


def _document(data: mmap.mmap | bytes, at: int) -> Generator[tuple[int, int], None, int]:
    """Yield the elements of the array at `at`, or the object there; return where it ends."""
    if data[at : at + 1] == b"{":
        end = value_end(data, at)
        yield at, end
        return end
    if data[at : at + 1] != b"[":
        raise CutOffError(
            "neither an array of records nor an object here; `records` names its path"
        )
    at += 1
    while data[(at := _space(data, at)) : at + 1] != b"]":
        end = value_end(data, at)
        yield at, end
        at = end
    return at + 1


def value_end(data: mmap.mmap | bytes, start: int) -> int:
    """Return where the value at `start` ends, however deeply it is nested."""
    if data[start : start + 1] in (b"{", b"["):
        return _closed(data, start + 1, 1)
    match = (STRING if data[start : start + 1] == b'"' else SCALAR).match(data, start)
    if not match:
        raise CutOffError("the document is cut off, or is no JSON from here on")
    return match.end()


def _closed(data: mmap.mmap | bytes, at: int, depth: int) -> int:
    """Return where what is open `depth` times is closed."""
    while match := BRACKET.match(data, at):
        depth += 1 if match.group(1) in b"{[" else -1
        at = match.end()
        if depth == 0:
            return at
    raise CutOffError("the document is cut off inside this record, or behind the last one")


def _member(data: mmap.mmap | bytes, start: int, name: str) -> int:
    if data[start : start + 1] != b"{":
        raise CutOffError(f"no object here that could hold `{name}`")
    at = start + 1
    while match := KEY.match(data, at):
        if match.group(1).decode(errors="replace") == name:
            return match.end()
        at = value_end(data, match.end())
    raise CutOffError(f"the document holds no `{name}`")


def _space(data: mmap.mmap | bytes, at: int) -> int:
    match = SPACE.match(data, at)
    return match.end() if match else at
