"""Cut an mbox file into pieces of whole messages, of bounded size."""

from __future__ import annotations

from collections.abc import Iterator
from typing import BinaryIO

from throughline_email.mbox_format import last_separator

PIECE = 4 * 1024 * 1024
LARGEST_MESSAGE = 256 * 1024 * 1024
_LOOK_AHEAD = 2000


def pieces(file: BinaryIO, offset: int, end: int, *, size: int = PIECE) -> Iterator[bytes]:
    """Yield the file's bytes from `offset` to `end`, cut where messages begin.

    A piece is about `size` bytes, or one message if that is larger. What exceeds
    LARGEST_MESSAGE without a message beginning is cut there.
    """
    file.seek(offset)
    held = b""
    left = end - offset
    wanted = size
    while left or held:
        block = file.read(min(wanted, left))
        left = left - len(block) if block else 0
        held += block
        if not left:
            cut = len(held) if len(held) <= size else last_separator(held, size)
        else:
            cut = last_separator(held, len(held) - _LOOK_AHEAD)
        if not cut and left and len(held) < LARGEST_MESSAGE:
            wanted = len(held)
            continue
        cut = cut or len(held)
        yield held[:cut]
        held = held[cut:]
        wanted = size
