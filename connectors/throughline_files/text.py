"""The text of a file as UTF-8 bytes: unpacked, decoded, from its start or from a position."""

from __future__ import annotations

import bz2
import codecs
import gzip
import hashlib
import itertools
import zlib
from collections.abc import Iterator
from typing import IO

import zstandard

from .options import COMPRESSIONS

READ = 4 << 20
UTF8 = ("utf-8", "utf8", "utf-8-sig", "ascii", "us-ascii")
BOM = codecs.BOM_UTF8
DAMAGED = (EOFError, zlib.error, zstandard.ZstdError, OSError)
"""What unpacking raises, unless the error is of the disk."""
MARKS = (
    codecs.BOM_UTF16_LE,
    codecs.BOM_UTF16_BE,
    codecs.BOM_UTF32_BE,
)  # UTF-32-LE begins like UTF-16


def is_of_the_disk(error: Exception) -> bool:
    """Tell an error of disk or network from a damaged file, whose OSError has no number."""
    return isinstance(error, OSError) and error.errno is not None


def unpacked(file: IO[bytes], name: str) -> IO[bytes]:
    """Return the stream of a file's content, unpacked as the name's ending says."""
    packing = COMPRESSIONS.get(name.lower().rpartition(".")[2])
    if packing == "gzip":
        return gzip.GzipFile(fileobj=file)  # type: ignore[return-value]  # it reads like one
    if packing == "bz2":
        return bz2.BZ2File(file)
    if packing == "zstd":
        return zstandard.ZstdDecompressor().stream_reader(file, read_across_frames=True)
    return file


def is_plain(name: str, encoding: str) -> bool:
    """Say whether the text's bytes are the file's bytes, so that a position in one is in both."""
    return name.lower().rpartition(".")[2] not in COMPRESSIONS and is_utf8(encoding)


def is_utf8(encoding: str) -> bool:
    """Say whether text of this encoding needs no decoding."""
    return encoding.lower().replace("_", "-") in UTF8


class Text:
    """Reads the text block by block; knows how much was read, and its checksum.

    A byte that the encoding doesn't know stays as it is: the text is UTF-8 with stray bytes.
    `cr`: carriage returns are line ends.
    """

    def __init__(self, file: IO[bytes], encoding: str, *, cr: bool = False) -> None:
        self._file = file
        self._blocks = self._read() if is_utf8(encoding) else self._decode(encoding)
        if cr:
            self._blocks = (block.replace(b"\r", b"\n") for block in self._blocks)
        self._left = b""
        self.in_line = False
        """Whether what was passed over ends within a line."""

    def _read(self) -> Iterator[bytes]:
        """Yield blocks of one size; of a packed file that is cut off, what it holds comes first."""
        read, pieces, size = getattr(self._file, "read1", self._file.read), list[bytes](), 0
        try:
            while piece := read(READ):
                pieces.append(piece)
                size += len(piece)
                if size >= READ:
                    yield b"".join(pieces)
                    pieces, size = [], 0
        except DAMAGED:
            yield b"".join(pieces)
            raise
        yield b"".join(pieces)

    def _decode(self, encoding: str) -> Iterator[bytes]:
        blocks = self._read()
        first = next(blocks, b"")
        wide = encoding.lower().replace("_", "-").startswith(("utf-16", "utf-32"))
        if wide and not encoding.lower().endswith(("le", "be")) and not first.startswith(MARKS):
            encoding += "-le"  # without a mark the codec refuses the whole text
        decoder = codecs.getincrementaldecoder(encoding)("replace" if wide else "surrogateescape")
        for block in itertools.chain([first], blocks):
            yield decoder.decode(block).encode("utf-8", "surrogateescape")
        yield decoder.decode(b"", final=True).encode("utf-8", "surrogateescape")

    def pass_over(self, size: int) -> hashlib._Hash:
        """Pass over the first bytes, as many as there are; return their running checksum."""
        checksum = hashlib.sha256()
        while size > 0 and (block := self.next()):
            checksum.update(block[:size])
            self.in_line = not block[:size].endswith(b"\n")
            self._left = block[size:]
            size -= min(size, len(block))
        return checksum

    def next(self) -> bytes:
        """Return the next block, empty at the end."""
        if self._left:
            block, self._left = self._left, b""
            return block
        return next((block for block in self._blocks if block), b"")
