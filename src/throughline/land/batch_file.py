"""The format of a batch file: JSON lines in zstd frames, with a table of where each frame lies.

It is Zstandard's seekable format, so `zstd -d` reads it like any other file. A frame holds
LINES_A_FRAME lines: a few lines of a large batch are read without unpacking the rest.
"""

from __future__ import annotations

import struct
from collections.abc import Sequence
from itertools import accumulate
from typing import BinaryIO

import pyarrow as pa
import pyarrow.compute as pc
import zstandard

COMPRESSION_LEVEL = 1
LINES_A_FRAME = 512
_SKIPPABLE, _SEEKABLE = 0x184D2A5E, 0x8F92EAB1
_NONE = pa.array([], pa.string())
_HEAD, _ENTRY, _FOOT = struct.Struct("<II"), struct.Struct("<II"), struct.Struct("<IBI")


class DamagedError(ValueError):
    """This is no batch file, or not a whole one."""


def pack(records: pa.Array) -> bytes:
    """Return the file of these JSON texts, one a line; none may hold a newline."""
    compressor = zstandard.ZstdCompressor(level=COMPRESSION_LEVEL, write_checksum=True)
    frames, table = [], []
    for start in range(0, len(records), LINES_A_FRAME):
        lines = _lines(records.slice(start, LINES_A_FRAME))
        frame = compressor.compress(lines)
        frames.append(frame)
        table.append(_ENTRY.pack(len(frame), len(lines)))
    size = len(table) * _ENTRY.size + _FOOT.size
    head, foot = _HEAD.pack(_SKIPPABLE, size), _FOOT.pack(len(table), 0, _SEEKABLE)
    return b"".join([*frames, head, *table, foot])


def unpack_lines(file: BinaryIO, lines: pa.Array) -> pa.Array:
    """Return the records at these lines (counted from 0, int32), in the order of `lines`."""
    ends = _ends(file)
    wanted = pc.unique(lines).sort()
    runs = pc.run_end_encode(pc.divide(wanted, LINES_A_FRAME))
    found, start = [_NONE], 0
    for frame, end in zip(runs.values.to_pylist(), runs.run_ends.to_pylist(), strict=True):
        places = pc.subtract(wanted[start:end], pa.scalar(frame * LINES_A_FRAME, pa.int32()))
        found.append(_frame(file, ends, frame).take(places))
        start = end
    records = pa.concat_arrays(found)
    return records if lines.equals(wanted) else records.take(pc.index_in(lines, wanted))


def _ends(file: BinaryIO) -> list[int]:
    """Return where each frame ends."""
    try:
        file.seek(-_FOOT.size, 2)
        count, _, magic = _FOOT.unpack(file.read(_FOOT.size))
        if magic != _SEEKABLE:
            raise DamagedError
        file.seek(-_FOOT.size - count * _ENTRY.size, 2)
        table = file.read(count * _ENTRY.size)
        return list(accumulate(size for size, _ in _ENTRY.iter_unpack(table)))
    except (OSError, struct.error):  # shorter than its own table
        raise DamagedError from None


def _frame(file: BinaryIO, ends: Sequence[int], frame: int) -> pa.Array:
    """Return the records of one frame."""
    start = ends[frame - 1] if frame else 0
    file.seek(start)
    try:
        text = zstandard.ZstdDecompressor().decompress(file.read(ends[frame] - start))
    except zstandard.ZstdError:
        raise DamagedError from None
    lines = pc.split_pattern(pa.array([text], pa.large_binary()), "\n").flatten()
    return lines.slice(0, len(lines) - 1).cast(pa.large_string()).cast(pa.string())


def _lines(records: pa.Array) -> memoryview:
    """Return the texts as lines without making a Python string of any."""
    texts = pc.cast(records, pa.large_string())
    nothing, newline = (pa.scalar(text, pa.large_string()) for text in ("", "\n"))
    joined = pc.binary_join_element_wise(texts, nothing, newline)
    offsets = joined.buffers()[1]
    start, end = (
        int.from_bytes(offsets[place * 8 : place * 8 + 8].to_pybytes(), "little")
        for place in (joined.offset, joined.offset + len(joined))
    )
    return memoryview(joined.buffers()[2])[start:end]
