"""A chunk of raw content with messages in it, and the records that they become."""

from __future__ import annotations

import hashlib
from array import array
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from itertools import accumulate, islice
from typing import Any

import pyarrow as pa

from throughline.connector import Place, Raw, Refused
from throughline_email.dates import separator_date
from throughline_email.mbox_format import message_spans, unquote
from throughline_email.message import message_json


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """A message that came by itself: its name for people, its bytes, and when it arrived."""

    name: str
    content: bytes = field(repr=False)
    arrived: str | None = None

    def arrival(self) -> str | None:
        """Return when it arrived, as `message_record` asks for it."""
        return self.arrived


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Raw content: a piece of an mbox file in `content`, or `messages` that came one by one.

    `offset`: with which byte of the file `name` the piece begins.
    `mark` is what the connector wants to find again when the records come back. `flags` are put
    on each record. `refused` and `anew` go into the page, and mean what they mean there.
    """

    name: str
    content: bytes = field(default=b"", repr=False)
    offset: int = 0
    messages: Sequence[Message] | None = field(default=None, repr=False)
    flags: tuple[str, ...] = ()
    mark: Any = None
    refused: Sequence[Refused] = ()
    anew: Sequence[str] = ()

    @property
    def size(self) -> int:
        """Return the number of bytes in it."""
        return len(self.content) + sum(len(message.content) for message in self.messages or ())

    def raw(self) -> Iterator[Raw]:
        """Yield what is kept as received: the piece of the file, or each message."""
        if self.content:
            yield Raw(name=f"{self.name}@{self.offset}", content=self.content)
        for message in self.messages or ():
            yield Raw(name=message.name, content=message.content)

    def origins(self) -> Iterator[tuple[int, str, Place]]:
        """Yield what its records came from, as a page has it: bytes of a file, or messages."""
        if self.messages is None:
            yield 0, self.name, self._byte
        for number, message in enumerate(self.messages or ()):
            yield number, message.name, lambda _: "message"

    def _byte(self, number: int) -> str:
        begin, _, _ = next(islice(message_spans(self.content), number, None))
        return f"byte {self.offset + begin}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The records of a chunk: their JSON texts end to end, and the length of each.

    `last` is where an mbox's last message begins with its `From ` line; `refused` counts the
    bytes before the first one, which belong to no message.
    """

    lengths: array[int]
    data: bytes = field(repr=False)
    last: int = 0
    refused: int = 0

    def to_arrow(self) -> pa.Array:
        """Return the records as an Arrow array of strings; nothing is copied one by one."""
        offsets = array("i", accumulate(self.lengths, initial=0))
        buffers = [None, pa.py_buffer(offsets), pa.py_buffer(self.data)]
        return pa.Array.from_buffers(pa.string(), len(self.lengths), buffers)


def parse(chunk: Chunk) -> Records:
    """Return the records of a chunk's messages, in their order."""
    if chunk.messages is None:
        return _parse_mbox(chunk.content)
    return _records(
        message_json(one.content, _reference(one.content), chunk.flags, one.arrival)
        for one in chunk.messages
    )


def _parse_mbox(content: bytes) -> Records:
    """Parse a piece of an mbox; a reference tells where the message stands in the piece."""
    reference = _reference(content)
    found = list(message_spans(content))
    texts = [
        message_json(
            unquote(content[start : start + length]),
            f"{reference}@{start}+{length}",
            arrived=partial(separator_date, content[begin:start]),
        )
        for begin, start, length in found
    ]
    before = content[: found[0][0]] if found else content
    return _records(
        texts,
        last=found[-1][0] if found else 0,
        refused=len(before) if before.strip(b"\r\n\t \xef\xbb\xbf") else 0,
    )


def _reference(content: bytes) -> str:
    return f"raw:{hashlib.sha256(content).hexdigest()}"


def _records(texts: Iterable[bytes], *, last: int = 0, refused: int = 0) -> Records:
    texts = list(texts)
    lengths = array("i", map(len, texts))
    return Records(lengths=lengths, data=b"".join(texts), last=last, refused=refused)
