"""Read one file from a position: its dialect, its format, its records chunk by chunk."""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow as pa

from throughline.connector import Refused

from .blocks import Driver, Parser
from .delimited import CsvParser, Layout
from .dialect import FIRST, PLAIN, delimiter_of, encoding_of, ends_in_cr, from_first_high
from .documents import read_document
from .folder import Folder, ListedFile
from .json_text import JsonWriter
from .lines import LineParser
from .names import unique_names
from .options import CsvOptions, FileStream, format_of
from .position import Chunk, Position
from .rows import RowScanner
from .tables import read_parquet
from .text import BOM, DAMAGED, Text, is_of_the_disk, is_plain, unpacked

LINE_END = "line_end"
"""What a dialect names only where lines end in a carriage return alone."""
CUT_OFF = "the packed file is cut off or damaged; what stands behind this can't be read"

WORKBOOKS = (".xlsx", ".xlsm", ".xls", ".ods")
WORKBOOK_SIGNS = (b"PK\x03\x04", b"\xd0\xcf\x11\xe0")


def read_file(
    folder: Folder,
    file: ListedFile,
    stream: FileStream,
    read: Sequence[Position],
    scratch: Path,
) -> Iterator[Chunk]:
    """Yield what the file holds behind the first position of `read` that is true for it.

    A position is true if the part before it has the position's checksum; without one all is read.
    The last chunk's position is done.
    """
    if reason := unreadable(folder, file):
        refused = Refused(position="file", reason=reason)
        done = Position(done=True)
        yield Chunk(records=pa.array([], pa.string()), position=done, refused=(refused,), anew=True)
        return
    if stream.format is None:
        stream = dataclasses.replace(stream, format=format_of(file.name))
    source = SourceFile(folder, file, stream, scratch)
    with folder.reachable(f"the file {file.name}"):
        if stream.format in ("csv", "jsonl"):
            yield from source.text_chunks(read)
        elif stream.format == "parquet":
            yield from source.with_file(read_parquet(source.local(), read))
        else:
            yield from source.with_file(source.document_chunks(read))


def unreadable(folder: Folder, file: ListedFile) -> str | None:
    """Return what a file is instead of one that can be read; None if it is none of these.

    Many a program calls a table of text `.xls`: only what begins as a workbook is one.
    """
    if file.missing:
        return "a link to a file that is not there"
    if file.name.lower().endswith(WORKBOOKS):
        with folder.reachable(f"the file {file.name}"), folder.open(file) as opened:
            if opened.read(4) in WORKBOOK_SIGNS:
                return "a spreadsheet program's workbook; save its table as CSV, in UTF-8"
    return None


class SourceFile:
    """One file, opened as often as its reading needs."""

    def __init__(self, folder: Folder, file: ListedFile, stream: FileStream, scratch: Path) -> None:
        self._folder, self._file, self._stream = folder, file, stream
        self._scratch = scratch
        self._local: Path | None = None

    def local(self) -> Path:
        """Return a local path to the file as it is."""
        self._local = self._local or self._folder.local(self._file, self._scratch)
        return self._local

    def with_file(self, chunks: Iterator[Chunk]) -> Iterator[Chunk]:
        """Yield the chunks, the last of them with the file itself, which is to be kept whole."""
        for chunk in chunks:
            keep = self._stream.keep_raw and chunk.position.done
            yield dataclasses.replace(chunk, files=(self.local(),)) if keep else chunk

    def text_chunks(self, read: Sequence[Position]) -> Iterator[Chunk]:
        """Yield the chunks of lines or rows; of a packed file what it holds until it is damaged."""
        last = Position()
        try:
            for chunk in self._behind(read):
                last = chunk.position
                yield chunk
        except DAMAGED as error:
            if is_of_the_disk(error):
                raise
            refused = Refused(position=f"line {last.lines + 1}", reason=CUT_OFF)
            yield Chunk(
                records=pa.array([], pa.string()),
                position=dataclasses.replace(last, done=True, tail=(refused.position,)),
                refused=(refused,),
            )

    def _behind(self, read: Sequence[Position]) -> Iterator[Chunk]:
        """Yield the chunks behind the first true position, with the dialect it was read in.

        A position within a line stands behind a header that had no end yet, so it counts for none.
        """
        for position in read:
            if position.at and position.dialect:
                dialect = self._continued(position)
                with self._text(dialect) as text:
                    checksum = text.pass_over(position.at)
                    if checksum.hexdigest() == position.sha256 and not text.in_line:
                        parser, _, _ = self._parser(dialect)
                        start = dataclasses.replace(position, dialect=dialect, tail=())
                        for chunk in self._driven(text, parser, start, checksum):
                            yield dataclasses.replace(chunk, again=position.tail)
                        return
        dialect = self.dialect()
        parser, head, lines = self._parser(dialect)
        with self._text(dialect) as text:
            checksum = text.pass_over(head)
            start = Position(at=head, lines=lines, sha256=checksum.hexdigest(), dialect=dialect)
            for chunk in self._driven(text, parser, start, checksum):
                yield dataclasses.replace(chunk, anew=True)

    @contextmanager
    def _text(self, dialect: Mapping[str, str]) -> Iterator[Text]:
        with self._folder.open(self._file) as opened:
            packed = unpacked(opened, self._file.name)
            yield Text(packed, dialect["encoding"], cr=LINE_END in dialect)

    def _parser(self, dialect: Mapping[str, str]) -> tuple[Parser, int, int]:
        first = self.head(dialect["encoding"])
        first = first.replace(b"\r", b"\n") if LINE_END in dialect else first
        return parser_of(self._stream, dialect, first)

    def _driven(
        self, text: Text, parser: Parser, start: Position, checksum: hashlib._Hash
    ) -> Iterator[Chunk]:
        plain = is_plain(self._file.name, start.dialect["encoding"])
        plain = plain and LINE_END not in start.dialect
        keep = plain and self._stream.keep_raw
        whole = not (self._file.growing and self._stream.format == "csv")
        chunks = Driver(text, parser, start, checksum, raw=keep, whole=whole).chunks()
        return chunks if plain else self.with_file(chunks)

    def document_chunks(self, read: Sequence[Position]) -> Iterator[Chunk]:
        """Return the chunks of a JSON document."""
        encoding = self._stream.encoding or self._encoding()
        path = self.local()
        if not is_plain(self._file.name, encoding):
            self._scratch.mkdir(parents=True, exist_ok=True)
            path = self._scratch / "document.json"
            with self._folder.open(self._file) as opened, path.open("wb") as copy:
                copy.writelines(self._whole(opened, encoding))
        return read_document(path, read, self._stream.records)

    def _whole(self, opened: IO[bytes], encoding: str) -> Iterator[bytes]:
        """Yield the text; of a packed file that is cut off, as much as it holds."""
        text = Text(unpacked(opened, self._file.name), encoding)
        try:
            while block := text.next():
                yield block
        except DAMAGED as error:
            if is_of_the_disk(error):
                raise

    def head(self, encoding: str | None) -> bytes:
        """Return the file's first bytes, unpacked; as UTF-8 if an encoding is given."""
        head = b""
        with self._folder.open(self._file) as opened:
            for block in self._whole(opened, encoding or "utf-8"):
                head += block
                if len(head) >= FIRST:
                    break
        return head if encoding else head[:FIRST]

    def dialect(self) -> dict[str, str]:
        """Find out encoding, line end and delimiter, where the options don't name them."""
        encoding = self._stream.encoding or self._encoding()
        dialect = {"encoding": encoding}
        if self._stream.format == "csv":
            csv, first = self._stream.csv, self.head(encoding).removeprefix(BOM)
            if ends_in_cr(first, csv.quote):
                dialect[LINE_END] = "cr"
                first = first.replace(b"\r", b"\n")
            dialect["delimiter"] = csv.delimiter or delimiter_of(
                first[:FIRST], csv.quote, csv.escape, csv.skip_rows
            )
        return dialect

    def _continued(self, position: Position) -> Mapping[str, str]:
        """Return the dialect of a position; what was plain so far may tell its encoding now."""
        if self._stream.encoding or position.dialect["encoding"] != PLAIN:
            return position.dialect
        return {**position.dialect, "encoding": self._encoding(position.at)}

    def _encoding(self, start: int = 0) -> str:
        """Return the encoding by the first bytes that tell it; up to `start` none does."""
        if start == 0:
            head = self.head(None)
            encoding, start = encoding_of(head), len(head)
            if encoding != PLAIN or start < FIRST:
                return encoding
        with self._folder.open(self._file) as opened:
            if is_plain(self._file.name, PLAIN):
                opened.seek(start)
            blocks = self._whole(opened, PLAIN)
            for block in blocks:
                if not block.isascii():
                    return encoding_of(from_first_high(block + next(blocks, b""))[:FIRST])
        return PLAIN


def parser_of(
    stream: FileStream, dialect: Mapping[str, str], first: bytes
) -> tuple[Parser, int, int]:
    """Return the parser of a file, and how many bytes and lines lie before its first record."""
    start = len(BOM) if first.startswith(BOM) else 0
    if stream.format == "jsonl":
        return LineParser(), start, 0
    for _ in range(stream.csv.skip_rows):
        start = first.find(b"\n", start) + 1 or len(first)
    layout, start = layout_of(stream.csv, dialect["delimiter"], first, start)
    return CsvParser(layout, JsonWriter(stream.derive)), start, first.count(b"\n", 0, start)


def layout_of(csv: CsvOptions, delimiter: str, first: bytes, start: int) -> tuple[Layout, int]:
    """Return a CSV file's layout, and where its first row of values begins."""
    scanner = RowScanner(delimiter, csv.quote, csv.escape)
    end = max(scanner.extent(first, start), start)
    head = [value.decode(errors="replace") for value in scanner.split(first, start, end)]
    if csv.columns is None:
        columns, start = unique_names(head), end
    else:
        columns = csv.layouts.get(len(head), csv.columns)
    layout = Layout(
        delimiter=delimiter,
        quote=csv.quote,
        escape=csv.escape,
        columns=columns,
        fill=csv.fill,
        others=csv.layouts,
    )
    return layout, start
