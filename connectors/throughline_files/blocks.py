"""Drive a parser over the text of a file: whole rows at a time, never more than a page's worth."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import islice
from typing import Protocol

import pyarrow as pa

from throughline.connector import Place, Refused

from .position import Chunk, Position
from .rows import LARGEST_ROW
from .text import Text

PAGE_ROWS = 20_000
PAGE_BYTES = 8 << 20
SHOWN = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """What a parser took from the head of the data: `used` bytes became records and refusals."""

    records: pa.Array = field(repr=False)
    used: int
    refused: tuple[Refused, ...] = ()


class Parser(Protocol):
    """Reads whole rows from the head of some text; `line` is the number of its first line."""

    def take(self, data: bytes, line: int, *, final: bool) -> Taken:
        """Take at most a page of rows; use nothing if more text is needed. `final`: all of it."""
        ...

    def lines(self, data: bytes, line: int) -> Iterator[int]:
        """Yield the first line of each record in whole rows that were taken before."""
        ...


class Driver:
    """Reads a text by a parser, keeping position and checksum. `whole`: it ends with its end."""

    def __init__(
        self,
        text: Text,
        parser: Parser,
        position: Position,
        checksum: hashlib._Hash,
        *,
        raw: bool,
        whole: bool,
    ) -> None:
        self._text, self._parser, self._raw, self._whole = text, parser, raw, whole
        self._position, self._checksum = position, checksum
        self._data = b""

    def chunks(self) -> Iterator[Chunk]:
        """Yield the text's records; the last chunk's position is done.

        What stands behind the last line end is read if the text is whole, but the position stays
        before it: the line may yet grow.
        """
        while block := self._text.next():
            self._data += block
            yield from self._take_rows()
            if len(self._data) > LARGEST_ROW and b"\n" not in self._data:
                yield self._refuse_line()
        yield from self._take_rows()
        taken: list[Taken] = []
        self._data = self._data if self._whole else b""
        rest, line = self._data, self._position.lines + 1
        while rest:
            taken.append(self._parser.take(rest, line, final=True))
            line += rest.count(b"\n", 0, taken[-1].used)
            rest = rest[taken[-1].used :]
        refused = tuple(refused for one in taken for refused in one.refused)
        tail = tuple(one.position for one in refused)
        records = pa.concat_arrays([pa.array([], pa.string()), *(t.records for t in taken)])
        yield Chunk(
            records=records,
            refused=refused,
            position=dataclasses.replace(self._position, done=True, tail=tail),
            raw=self._data if self._raw else b"",
            where=self._where(records, self._data, self._position.lines + 1),
        )

    def _take_rows(self) -> Iterator[Chunk]:
        start = 0
        while start < len(self._data):
            window = self._data[start : start + 2 * PAGE_BYTES] if start else self._data
            taken = self._parser.take(window, self._position.lines + 1, final=False)
            if not taken.used and start and len(window) < len(self._data) - start:
                self._data, start = self._data[start:], 0
                continue
            if not taken.used:
                break
            used = window[: taken.used]
            start += taken.used
            where = self._where(taken.records, used, self._position.lines + 1)
            self._advance(used)
            yield Chunk(
                records=taken.records,
                refused=taken.refused,
                position=self._position,
                raw=used if self._raw else b"",
                where=where,
            )
        self._data = self._data[start:]

    def _where(self, records: pa.Array, used: bytes, line: int) -> int | Place:
        """Return the first line, where each is a record, else what finds a record's line."""
        if len(records) == used.count(b"\n") + (not used.endswith(b"\n")):
            return line
        return lambda place: f"line {next(islice(self._parser.lines(used, line), place, None))}"

    def _advance(self, used: bytes) -> None:
        self._checksum.update(used)
        self._position = dataclasses.replace(
            self._position,
            at=self._position.at + len(used),
            lines=self._position.lines + used.count(b"\n"),
            sha256=self._checksum.hexdigest(),
            done=False,
        )

    def _refuse_line(self) -> Chunk:
        """Refuse a line that is too long for a record, and pass over the rest of it."""
        line, first, size = self._position.lines + 1, self._data[:SHOWN], 0
        while self._data and b"\n" not in self._data:
            size += len(self._data)
            self._advance(self._data)
            self._data = self._text.next()
        rest = self._data[: self._data.find(b"\n") + 1]
        self._advance(rest)
        self._data = self._data[len(rest) :]
        reason = (
            f"a line of {(size + len(rest)) >> 20} MB; a record has {LARGEST_ROW >> 20} at most"
        )
        return Chunk(
            records=pa.array([], pa.string()),
            refused=(Refused(position=f"line {line}", reason=reason, content=first),),
            position=self._position,
        )


def page_end(data: bytes, rows: int = PAGE_ROWS, size: int = PAGE_BYTES) -> int:
    """Return the position behind the last line end within a page's worth, else the first one.

    Where the lines are too many, the place is guessed from their mean length.
    """
    end = min(len(data), size)
    while (lines := data.count(b"\n", 0, end)) > rows:
        end = min(end - 1, end * rows // lines)
    return data.rfind(b"\n", 0, end) + 1 or data.find(b"\n", end) + 1
