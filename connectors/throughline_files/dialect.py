"""Find out from a file's first bytes how it is written: encoding, and the CSV delimiter."""

from __future__ import annotations

import codecs
import re
from collections import Counter
from contextlib import suppress

from .rows import RowScanner

FIRST = 1 << 18
PLAIN = "ascii"
"""The encoding of a text that tells none, for no letter of it needs one."""
DELIMITERS = (";", ",", "\t", "|")
BOMS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
MULTIBYTE = re.compile(
    rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
HIGH_PAIRS = re.compile(rb"[\x81-\xfe][\xa1-\xfe]")
COMMON_PAIR = re.compile(rb"[\xa1-\xa3\xb0-\xd7]")
"""How the punctuation and the 3,755 common characters of GB 2312 begin; "öß" does not."""
HIGH = re.compile(rb"[\x80-\xff]")


def encoding_of(first: bytes) -> str:
    """Return the encoding of a text by its first bytes.

    A byte order mark decides; then UTF-8 if most bytes above ASCII form its sequences; GB18030 if
    most of them stand in pairs, most of these common characters, which Western text hardly has;
    Windows-1252 else. PLAIN if there are none.
    """
    for mark, encoding in BOMS:
        if first.startswith(mark):
            return encoding
    if (len(first) > 3 and not first.isascii()) or b"\0" in first:
        zeros = [first[:1024:2].count(0), first[1:1024:2].count(0)]
        if max(zeros) > len(first[:1024]) // 4 and 8 * min(zeros) < max(zeros):
            return "utf-16-be" if zeros[0] > zeros[1] else "utf-16-le"
    if first.isascii():
        return PLAIN
    with suppress(UnicodeDecodeError):
        codecs.getincrementaldecoder("utf-8")().decode(first)  # its last letter may be cut
        return "utf-8"
    high = len(HIGH.findall(first))
    if sum(map(len, MULTIBYTE.findall(first))) >= 0.7 * high:
        return "utf-8"
    pairs = HIGH_PAIRS.findall(first)
    common = sum(1 for pair in pairs if COMMON_PAIR.match(pair))
    chinese = 2 * len(pairs) >= 0.8 * high and common >= 0.6 * len(pairs)
    return "gb18030" if chinese else "windows-1252"


def ends_in_cr(first: bytes, quote: str) -> bool:
    """Say whether lines end in a carriage return alone, as on old Macs; in quotes none ends."""
    mark = re.escape(quote.encode())
    bare = re.sub(rb"%b[^%b]*+%b" % (mark, mark, mark), b"", first) if quote else first
    return b"\r" in bare.rstrip() and b"\n" not in bare


def from_first_high(text: bytes) -> bytes:
    """Return a text from its first byte above ASCII on."""
    found = HIGH.search(text)
    return text[found.start() :] if found else b""


def delimiter_of(first: bytes, quote: str, escape: str | None, skip_rows: int) -> str:
    """Return the delimiter that splits the first lines into most equal rows of several values."""
    lines = first.split(b"\n")[skip_rows : skip_rows + 200]
    sample = b"\n".join(lines[: max(1, len(lines) - 1)])
    best, best_score = ",", 0.0
    for delimiter in DELIMITERS:
        scanner = RowScanner(delimiter, quote, escape)
        widths = Counter(len(row) for row in scanner.rows(sample) if len(row) > 1 or row[0])
        if not widths:
            continue
        width, count = max(widths.items(), key=lambda item: (item[1], item[0]))
        score = 0.0 if width == 1 else count / sum(widths.values()) + width / 10_000
        if score > best_score:
            best, best_score = delimiter, score
    return best
