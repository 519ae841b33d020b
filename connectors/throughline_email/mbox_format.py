"""Where one message ends and the next begins in an mbox file, and how its lines are unquoted."""

from __future__ import annotations

import re
from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import pairwise

_DATED = re.compile(
    rb"From [^\n]*?(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,?\s|\d{1,2}\s)"
    rb"[^\n]*\d{1,2}:\d{2}[^\n]*\r?\n"
)
_FIELD = re.compile(rb"\r?\n|[!-9;-~]{1,80}:")
_KNOWN_FIELD = re.compile(
    rb"(?i)(?:return-path|delivered-to|received|message-id|from|to|subject|date|mime-version"
    rb"|content-type|envelope-to|reply-to|sender|status|x-[a-z0-9-]+):"
)
_QUOTED_FROM = re.compile(rb"(?m)^>(>*From )")
_BEGINNING = frozenset({b"", b"\n", b"\r\n", BOM_UTF8})
_LINE = 1000


def is_separator(content: bytes, start: int) -> bool:
    """Tell whether the `From ` at the start of a line begins a message.

    Before it stands a blank line, or the content begins (a byte order mark may); it names a time,
    and a header field or nothing follows. Of programs that leave out the blank line or the time,
    one fault is forgiven.
    """
    before = content[max(0, start - 4) : start]
    blank = before.endswith((b"\n\n", b"\n\r\n")) or before in _BEGINNING
    end = content.find(b"\n", start, start + _LINE) + 1
    if end == 0:
        return blank and len(content) - start < _LINE
    dated = _DATED.match(content, start, end) is not None
    if blank and dated:
        return start == 0 or end >= len(content) or bool(_FIELD.match(content, end))
    if blank:
        return bool(_KNOWN_FIELD.match(content, end))
    return dated and bool(_KNOWN_FIELD.match(content, end))


def separators(content: bytes) -> Iterator[int]:
    """Yield the places at which messages begin with their `From ` line."""
    start = len(BOM_UTF8) if content.startswith(BOM_UTF8) else 0
    if content.startswith(b"From ", start) and is_separator(content, start):
        yield start
    place = content.find(b"\nFrom ")
    while place >= 0:
        if is_separator(content, place + 1):
            yield place + 1
        place = content.find(b"\nFrom ", place + 1)


def last_separator(content: bytes, end: int) -> int:
    """Return the last place after the first byte, and before `end`, at which a message begins.

    0 if there is none. What follows `end` is looked at, to be sure of the last one.
    """
    place = content.rfind(b"\nFrom ", 0, end)
    while place >= 0:
        if is_separator(content, place + 1):
            return place + 1
        place = content.rfind(b"\nFrom ", 0, place + 5)
    return 0


def message_spans(content: bytes) -> Iterator[tuple[int, int, int]]:
    """Yield for each message where its `From ` line starts, where it starts itself, its length.

    A separator with nothing behind it is no message.
    """
    starts = [*separators(content), len(content)]
    for begin, end in pairwise(starts):
        start = content.find(b"\n", begin, end) + 1 or end
        if content[start:end].strip():
            yield begin, start, end - start


def unquote(message: bytes) -> bytes:
    """Take one `>` off lines that begin with `>From `, `>>From ` …, and the last blank line."""
    if b">From " in message:
        message = _QUOTED_FROM.sub(rb"\1", message)
    if message.endswith(b"\r\n\r\n"):
        return message[:-2]
    return message[:-1] if message.endswith(b"\n\n") else message
