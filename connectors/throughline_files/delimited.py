"""Read CSV: blocks of rows by Arrow, and row by row where a block is not as it should be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

from throughline.connector import Refused

from .blocks import PAGE_ROWS, SHOWN, Taken, page_end
from .json_text import JsonWriter, one_array
from .rows import LARGEST_ROW, RowScanner, line_end


@dataclass(frozen=True, slots=True, kw_only=True)
class Layout:
    """How a file's rows are written and what their columns are called.

    `others`: the names for rows of other widths. `fill`: too few values are no reason to refuse.
    """

    delimiter: str
    quote: str
    escape: str | None
    columns: tuple[str, ...]
    fill: bool = False
    others: Mapping[int, tuple[str, ...]] = field(default_factory=dict)


class CsvParser:
    """Turns rows into JSON objects of text; a missing value is "", a byte unknown to it NUL."""

    def __init__(self, layout: Layout, writer: JsonWriter) -> None:
        self._layout, self._writer = layout, writer
        self._scanner = RowScanner(layout.delimiter, layout.quote, layout.escape)

    def take(self, data: bytes, line: int, *, final: bool) -> Taken:
        """Take the rows of a page."""
        if not final and b"\n" not in data:
            return Taken(records=pa.array([], pa.string()), used=0)
        used = self._cut(data)
        if used and (table := self._parse(data[:used])) is not None:
            names, table = self._layout.columns, without_blank(table)
            records = self._writer.write(names, [one_array(column) for column in table.columns])
            return Taken(records=records, used=used)
        return self._take_exactly(data, line, final=final)

    def _cut(self, data: bytes) -> int:
        """Return the end of a page's last line that ends outside of quotes; 0: none does."""
        end = page_end(data)
        quote, odd = self._layout.quote.encode(), 0
        if self._layout.escape or not quote:
            return end if not self._layout.escape else 0
        odd = data.count(quote, 0, end) % 2
        for _ in range(100):
            if end == 0 or not odd:
                return end
            earlier = data.rfind(b"\n", 0, end - 1) + 1
            odd = (odd + data.count(quote, earlier, end)) % 2
            end = earlier
        return 0

    def _parse(self, block: bytes) -> pa.Table | None:
        """Parse a block the quick way; None if any of its rows is not plainly right."""
        if not self._is_plain(block):
            return None
        layout, ragged = self._layout, []

        def note(_row: pa.csv.InvalidRow) -> str:
            ragged.append(1)
            return "skip"

        read = pa.csv.ReadOptions(
            column_names=[str(i) for i in range(len(layout.columns))],
            use_threads=False,
            block_size=len(block) + 1,
        )
        parse = pa.csv.ParseOptions(
            delimiter=layout.delimiter,
            quote_char=layout.quote or False,
            escape_char=False,
            newlines_in_values=True,
            invalid_row_handler=note,
        )
        convert = pa.csv.ConvertOptions(
            column_types={name: pa.string() for name in read.column_names},
            strings_can_be_null=False,
        )
        try:
            table = pa.csv.read_csv(pa.BufferReader(block), read, parse, convert)
        except pa.ArrowInvalid:
            return None
        return None if ragged else table

    def _is_plain(self, block: bytes) -> bool:
        """Say whether it is whole rows of UTF-8, and each line ends alike."""
        if self._layout.escape:
            return False
        if b"\r" in block and block.count(b"\r") != block.count(b"\r\n"):
            return False
        if not is_utf8_text(block):
            return False
        quote = self._layout.quote.encode()
        return not quote or quote not in block or self._scanner.is_whole(block)

    def _take_exactly(self, data: bytes, line: int, *, final: bool) -> Taken:
        rows: list[list[bytes]] = []
        refused: list[Refused] = []
        used = 0
        for row, number, start, end, fault in self._rows(data, line, final=final):
            if fault is not None:
                content = data[start : min(end, start + SHOWN)]
                refused.append(Refused(position=f"line {number}", reason=fault, content=content))
            elif row:
                rows.append(row)
            used = end
            if len(rows) + len(refused) == PAGE_ROWS:
                break
        return Taken(records=self._write(rows), used=used, refused=tuple(refused))

    def lines(self, data: bytes, line: int) -> Iterator[int]:
        """Yield the number of the line in which each row that is a record begins."""
        for row, number, _, _, fault in self._rows(data, line, final=True):
            if row and fault is None:
                yield number

    def _rows(
        self, data: bytes, line: int, *, final: bool
    ) -> Iterator[tuple[list[bytes], int, int, int, str | None]]:
        """Yield each row's values (none: it is blank), its line, where it is, and its fault."""
        start = 0
        while start < len(data):
            end = self._scanner.extent(data, start)
            if not final and (end == 0 or (end == len(data) and data[-1:] != b"\n")):
                return
            broken, row = end <= 0, list[bytes]()
            end = line_end(data, start) if broken else end
            if not final and broken and data[end - 1 : end] != b"\n":
                return
            if not broken:
                row = self._scanner.split(data, start, end)
            fault = self._fault(row, broken=broken, size=end - start)
            yield row if any(map(bytes.strip, row)) else [], line, start, end, fault
            line += data.count(b"\n", start, end)
            start = end

    def _fault(self, row: Sequence[bytes], *, broken: bool, size: int) -> str | None:
        """Return why a row can't be a record, None if it can."""
        if broken:
            return "a quote stands where it opens or closes no value, or a value is never closed"
        if size > LARGEST_ROW:
            return f"a row of {size >> 20} MB; {LARGEST_ROW >> 20} MB at most"
        width, names = len(row), self._layout.columns
        if width == len(names) or width in self._layout.others or not any(map(bytes.strip, row)):
            return None
        if width > len(names):
            return f"{width} values for {len(names)} columns" if any(row[len(names) :]) else None
        if self._layout.fill:
            return None
        hint = "" if self._layout.others else "; `short_rows: fill` would take it"
        return f"{width} values for {len(names)} columns{hint}"

    def _write(self, rows: Sequence[Sequence[bytes]]) -> pa.Array:
        """Write rows as JSON, in their order, each with the names for its width."""
        places: dict[tuple[str, ...], list[int]] = {}
        for place, row in enumerate(rows):
            places.setdefault(self._names(len(row)), []).append(place)
        parts = [pa.array([], pa.string())]
        for names, chosen in places.items():
            columns = [[text(rows[place][i]) for place in chosen] for i in range(len(names))]
            arrays = [pa.array(values, pa.string()) for values in columns]
            parts.append(self._writer.write(names, arrays))
        order = [place for chosen in places.values() for place in chosen]
        written = pa.concat_arrays(parts)
        if order == sorted(order):
            return written
        back = sorted(range(len(order)), key=order.__getitem__)
        return written.take(pa.array(back, pa.int64()))

    def _names(self, width: int) -> tuple[str, ...]:
        return self._layout.others.get(width) or self._layout.columns[:width]


def without_blank(table: pa.Table) -> pa.Table:
    """Return the rows that hold more than delimiters and blanks."""
    blank: Any = pa.scalar(value=True)
    for values in table.columns:
        blank = pc.and_(blank, pc.equal(pc.ascii_trim_whitespace(values), ""))
        if not pc.any(blank).as_py():
            return table
    return table.filter(pc.invert(blank))


def is_utf8_text(block: bytes) -> bool:
    """Say whether a block is UTF-8 throughout."""
    try:
        pa.array([block], pa.binary()).cast(pa.string())
    except pa.ArrowInvalid:
        return False
    return True


def text(value: bytes) -> str:
    """Return a value as text; a byte that is no UTF-8 becomes NUL, which the landing marks."""
    try:
        return value.decode()
    except UnicodeDecodeError:
        decoded = value.decode("utf-8", "surrogateescape")
        return "".join("\0" if "\udc80" <= one <= "\udcff" else one for one in decoded)
