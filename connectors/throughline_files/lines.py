"""Read JSON Lines: each line is a record as it stands, without looking into it."""

from __future__ import annotations

from collections.abc import Iterator

import orjson
import pyarrow as pa
import pyarrow.compute as pc

from throughline.connector import Refused

from .blocks import SHOWN, Taken, page_end
from .rows import LARGEST_ROW


class LineParser:
    """Splits text into lines. Whether a line is JSON is for the landing to find out."""

    def take(self, data: bytes, line: int, *, final: bool) -> Taken:
        """Take the lines of a page; at the end of the file, the last line too if it is whole."""
        if final and b"\n" not in data:
            return self._take_last(data, line)
        used = page_end(data)
        block = data[:used]
        if used > LARGEST_ROW:
            return self._take_long(block, line)
        if b"\r" in block:
            block = block.replace(b"\r\n", b"\n")
        lines = pc.split_pattern(pa.array([block[:-1]], pa.binary()), b"\n").values
        empty = b"\n\n" in block or block.startswith(b"\n")
        return Taken(records=strings(without_empty(lines) if empty else lines), used=used)

    def lines(self, data: bytes, line: int) -> Iterator[int]:
        """Yield the number of each line that is a record."""
        for number, one in enumerate(data.replace(b"\r\n", b"\n").split(b"\n"), line):
            if one and len(one) <= LARGEST_ROW:
                yield number

    def _take_long(self, block: bytes, line: int) -> Taken:
        """Take a block that holds a line larger than a record may be."""
        lines = block.replace(b"\r\n", b"\n").split(b"\n")[:-1]
        kept = [one for one in lines if one and len(one) <= LARGEST_ROW]
        refused = _too_long(lines, line)
        return Taken(records=strings(pa.array(kept, pa.binary())), used=len(block), refused=refused)

    def _take_last(self, data: bytes, line: int) -> Taken:
        text = data.strip()
        records = strings(pa.array([text] if text else [], pa.binary()))
        refused: tuple[Refused, ...] = ()
        if text and not _is_json(records[0].as_py()):
            reason = "the file's last line is cut off; it is read again when the file has grown"
            refused = (Refused(position=f"line {line}", reason=reason, content=text[:SHOWN]),)
            records = pa.array([], pa.string())
        return Taken(records=records, used=len(data), refused=refused)


def without_empty(lines: pa.Array) -> pa.Array:
    """Return the lines that hold anything."""
    return lines.filter(pc.greater(pc.binary_length(lines), 0))


def strings(lines: pa.Array) -> pa.Array:
    """Return lines as Arrow strings; a byte that is no UTF-8 becomes a lone surrogate's escape.

    The landing replaces such an escape and leaves a quality note, so nothing is altered unseen.
    """
    try:
        return lines.cast(pa.string())
    except pa.ArrowInvalid:
        return pa.array([_escaped(line) for line in lines.to_pylist()], pa.string())


def _escaped(line: bytes) -> str:
    text = line.decode("utf-8", "surrogateescape")
    return text if text.isascii() else "".join(_escape(character) for character in text)


def _escape(character: str) -> str:
    return f"\\u{ord(character):04x}" if "\ud800" <= character <= "\udfff" else character


def _is_json(text: str) -> bool:
    try:
        orjson.loads(text)
    except orjson.JSONDecodeError:
        return text.startswith("{") and text.endswith("}")  # whole, if odd: the landing says why
    return True


def _too_long(lines: list[bytes], line: int) -> tuple[Refused, ...]:
    return tuple(
        Refused(
            position=f"line {line + index}",
            reason=f"a record of {len(one) >> 20} MB; {LARGEST_ROW >> 20} MB at most",
            content=one[:SHOWN],
        )
        for index, one in enumerate(lines)
        if len(one) > LARGEST_ROW
    )
