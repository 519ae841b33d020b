"""Read CSV rows one at a time, exactly: what closes a quote, where a row ends, what is broken."""

from __future__ import annotations

import re
from collections.abc import Iterator

LARGEST_ROW = 32 << 20
LOOKAHEAD = 64 << 20


class RowScanner:
    """The grammar of one dialect, as RFC 4180 has it, with an escape character where there is one.

    A quote inside an unquoted value is a character like any other. A value that begins with a
    quote ends with one, before a delimiter or a line end; where that fails, only the line in which
    it begins is broken, and reading goes on with the next line.
    """

    def __init__(self, delimiter: str, quote: str, escape: str | None) -> None:
        d, q, e = (re.escape(text.encode()) for text in (delimiter, quote, escape or ""))
        plain = rb"(?>[^%b\r\n%b]++%b)*+" % (d, e, rb"|" + e + rb"[\s\S]" if e else b"")
        inner = rb"(?>[^%b%b]++|%b%b%b)*+" % (q, e, q, q, rb"|" + e + rb"[\s\S]" if e else b"")
        quoted = rb"%b%b%b(?=%b|\r?\n|\r?\Z)" % (q, inner, q, d) if q else rb"(?!)"
        value = rb"(?:%b|(?!%b)%b)" % (quoted, q, plain) if q else plain
        row = rb"%b(?>%b%b)*+\r*(?:\n|\Z)" % (value, d, value)
        self._row, self._rows = re.compile(row), re.compile(rb"(?>%b)*+" % row)
        self._open = re.compile(rb"(?>%b%b)*+%b%b\Z" % (value, d, q, inner)) if q else None
        self._value = (
            re.compile(
                rb"(?:%b(%b)%b(?=%b|\r*\n|\r*\Z)|(%b))(%b|\r*\n|\r*\Z)" % (q, inner, q, d, plain, d)
            )
            if q
            else re.compile(rb"()(%b)(%b|\r*\n|\r*\Z)" % (plain, d))
        )
        self._quote, self._escape = quote.encode(), (escape or "").encode()
        self._escaped = re.compile(e + rb"([\s\S])") if e else None

    def is_whole(self, block: bytes) -> bool:
        """Say whether a block is rows throughout, none of them broken."""
        return self._rows.fullmatch(block) is not None

    def extent(self, data: bytes, start: int) -> int:
        """Return where the row at `start` ends; -1: it is broken; 0: more text may complete it."""
        if match := self._row.match(data, start):
            return match.end()
        if self._open and self._open.match(data, start) and len(data) - start < LOOKAHEAD:
            return 0
        return -1

    def split(self, data: bytes, start: int, end: int) -> list[bytes]:
        """Return the values of the row between `start` and `end`, its line end included."""
        line = data[start:end].rstrip(b"\r\n") if data[end - 1 : end] == b"\n" else data[start:end]
        values = []
        for match in self._value.finditer(line):
            quoted, plain, stop = match.groups()
            values.append(self._clean(quoted) if quoted is not None else self._plain(plain))
            if not stop or stop.startswith((b"\r", b"\n")):
                break
        return values

    def _plain(self, value: bytes) -> bytes:
        return self._escaped.sub(rb"\1", value) if self._escaped else value

    def _clean(self, value: bytes) -> bytes:
        doubled = self._quote + self._quote
        value = value.replace(doubled, self._quote) if doubled in value else value
        return self._plain(value)

    def rows(self, data: bytes) -> Iterator[list[bytes]]:
        """Yield the values of each row that can be read, passing over what can't."""
        start = 0
        while start < len(data):
            end = self.extent(data, start)
            if end > 0:
                yield self.split(data, start, end)
            else:
                end = line_end(data, start)
            start = end


def line_end(data: bytes, start: int) -> int:
    """Return the position behind the next line end, or the end of the data."""
    return data.find(b"\n", start) + 1 or len(data)
