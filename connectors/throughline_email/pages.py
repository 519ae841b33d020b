"""Pages of records from parsed chunks: large enough to land quickly, small enough for memory."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import pyarrow as pa

from throughline.connector import Cursor, Page, Place, Raw, Refused
from throughline_email.chunks import Chunk, Records

MOST_RECORDS = 20_000
ENOUGH_RECORDS = 12_000
ENOUGH_BYTES = 16 * 1024 * 1024
MOST_BYTES = 32 * 1024 * 1024
MOST_REFUSED = 4096


@dataclass(slots=True, kw_only=True)
class _Gathered:
    records: list[Records] = field(default_factory=list)
    raw: list[Raw] = field(default_factory=list)
    refused: list[Refused] = field(default_factory=list)
    anew: list[str] = field(default_factory=list)
    origins: list[tuple[int, str, Place]] = field(default_factory=list)
    cursor: Cursor | None = None
    count: int = 0
    size: int = 0

    def fits(self, more: Records, size: int) -> bool:
        return (
            self.count + len(more.lengths) <= MOST_RECORDS
            and self.size + max(len(more.data), size) <= MOST_BYTES
        )

    def add(self, chunk: Chunk, records: Records, cursor: Cursor) -> None:
        self.records.append(records)
        self.raw.extend(chunk.raw())
        self.refused.extend(chunk.refused)
        self.anew.extend(chunk.anew)
        self.origins += [(self.count + at, name, place) for at, name, place in chunk.origins()]
        if records.refused:
            self.refused.append(
                Refused(
                    position=f"{chunk.name}: byte {chunk.offset}",
                    reason="no message begins here: the file is no mbox, or it was damaged",
                    content=chunk.content[: min(records.refused, MOST_REFUSED)],
                )
            )
        self.cursor = cursor
        self.count += len(records.lengths)
        self.size += max(len(records.data), chunk.size)

    def pages(self) -> Iterator[Page]:
        """Yield the gathered records; only the last page carries the cursor."""
        array = pa.concat_arrays([records.to_arrow() for records in self.records])
        raw, refused, anew = tuple(self.raw), tuple(self.refused), tuple(self.anew)
        for start in range(0, max(1, len(array)), MOST_RECORDS):
            last = start + MOST_RECORDS >= len(array)
            records = array.slice(start, MOST_RECORDS)
            cursor = self.cursor if last else None
            yield Page(
                records=records,
                raw=raw,
                refused=refused,
                anew=anew,
                origins=tuple((at - start, name, place) for at, name, place in self.origins),
                cursor=cursor,
            )
            raw, refused, anew = (), (), ()


def pages(
    parsed: Iterable[tuple[Chunk, Records, Cursor]],
    *,
    enough: int = ENOUGH_RECORDS,
    early: bool = False,
) -> Iterator[Page]:
    """Gather chunks into pages; a page's cursor is the one that came with its last chunk.

    `early`: the first chunk is a page by itself, for who wants to look at a few records only.
    """
    gathered = _Gathered()
    for chunk, records, cursor in parsed:
        if gathered.records and not gathered.fits(records, chunk.size):
            yield from gathered.pages()
            gathered = _Gathered()
        gathered.add(chunk, records, cursor)
        if early or gathered.count >= enough or gathered.size >= ENOUGH_BYTES:
            yield from gathered.pages()
            gathered, early = _Gathered(), False
    if gathered.records:
        yield from gathered.pages()
