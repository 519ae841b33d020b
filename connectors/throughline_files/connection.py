"""The files connector: find new and changed files, read them, tell how far it got."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import pyarrow as pa

from throughline.connector import (
    ConnectionContext,
    Cursor,
    Finding,
    Page,
    Place,
    Raw,
    Refused,
    StreamSpec,
)
from throughline.errors import ChannelUnavailableError

from .checking import check_stream, columns
from .folder import Folder, ListedFile
from .options import FileStream
from .position import Chunk, Entry, Position, entry_from
from .reading import read_file

PAGE_ROWS = 20_000
PAGE_BYTES = 28 << 20


class FilesConnection:
    """One folder of files. The cursor holds each listed file's size, mark, checksum, position.

    `setting` is the one that names the folder.
    """

    def __init__(
        self,
        context: ConnectionContext,
        streams: Sequence[FileStream],
        url: str,
        storage_options: Mapping[str, Any] | None = None,
        *,
        setting: str = "url",
    ) -> None:
        self._setting = setting
        self._scratch = context.scratch
        self._streams = {stream.spec.name: stream for stream in streams}
        self._folder = Folder(
            context.name,
            url,
            home=context.folder,
            storage_options=storage_options or {},
            setting=setting,
        )

    def streams(self) -> Sequence[StreamSpec]:
        """Return the configured streams."""
        return [stream.spec for stream in self._streams.values()]

    def check(self) -> Iterator[Finding]:
        """Look whether the folder is there, and what each stream's first record holds."""
        there = self._folder.exists()
        missing = f"not found; `{self._setting}` in the connection's settings names it"
        yield Finding(
            subject="folder",
            ok=there,
            message="found" if there else missing,
            exit_code=ChannelUnavailableError.exit_code,
        )
        if there:
            for stream in self._streams.values():
                yield from check_stream(self._folder, stream, self._scratch)

    def columns(self, stream: str) -> Collection[str]:
        """Return the columns of a stream's CSV or Parquet files; none if there are others."""
        return columns(self._folder, self._streams[stream], self._scratch)

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the records of new and changed files, in the natural order of the files' names.

        A complete listing is read whole when anything in it has changed.
        """
        options = self._streams[stream]
        entries = known_entries(options, cursor)
        listed = options.of(self._folder.glob(options.glob))
        if options.complete:
            yield from self._listing(options, listed, entries)
            return
        todo = [file for file in listed if not is_read(file, entries.get(file.name))]
        names = {file.name for file in listed}
        moved = left_behind(todo, entries, names)
        entries = {name: entry for name, entry in entries.items() if name in names}
        pages = Pages(options, entries)
        for file in todo:
            entry = entries.get(file.name)
            tried = [entry.position] if entry else moved
            for chunk in read_file(self._folder, file, options, tried, self._scratch):
                yield from pages.add(file, chunk)
        yield from pages.rest()

    def _listing(
        self, options: FileStream, listed: Sequence[ListedFile], entries: Mapping[str, Entry]
    ) -> Iterator[Page]:
        """Yield a complete listing unless it is the one of the last run; its last page ends it.

        What is being written meanwhile, and an empty file, may lack anything: then nothing is
        ended, and what it has become is read later.
        """
        names = {file.name for file in listed}
        if names == entries.keys() and all(is_read(one, entries[one.name]) for one in listed):
            return
        pages = Pages(options, {})
        for file in listed:
            for chunk in read_file(self._folder, file, options, (), self._scratch):
                for page in pages.add(file, chunk):
                    yield dataclasses.replace(page, cursor=None)
        whole = all(file.size and not file.growing for file in listed)
        whole = whole and listed == options.of(self._folder.glob(options.glob))
        for page in pages.rest():
            yield dataclasses.replace(page, sweep_complete=whole)


def known_entries(options: FileStream, cursor: Cursor | None) -> dict[str, Entry]:
    """Return the cursor's files; none if the stream's options have changed since."""
    if not cursor or cursor.get("options") != options.fingerprint:
        return {}
    return {name: entry_from(value) for name, value in cursor["files"].items()}


def is_read(file: ListedFile, entry: Entry | None) -> bool:
    """Say whether the listing alone tells that the file holds nothing new."""
    return (
        entry is not None
        and entry.position.done
        and entry.size == file.size
        and entry.mark == file.mark != ""
    )


def left_behind(
    todo: Sequence[ListedFile], entries: Mapping[str, Entry], listed: set[str]
) -> list[Position]:
    """Return how far files were read that are gone or changed: a new name may hold their text."""
    changed = {file.name for file in todo}
    return [
        entry.position
        for name, entry in entries.items()
        if entry.position.at and (name in changed or name not in listed)
    ]


class Pages:
    """Gathers chunks of several files into pages, each with the cursor that is true behind it.

    The last page names the files that are read from their start; none if a file of a new name goes
    on where another was left: what was refused in that one may be in this one, and is not read.
    """

    def __init__(self, options: FileStream, entries: dict[str, Entry]) -> None:
        self._options, self._entries = options, entries
        self._from_start: dict[str, None] = {}
        self._text_moved = False
        self._records: list[pa.Array] = []
        self._origins: list[tuple[int, str, int | Place | None]] = []
        self._anew: dict[str, None] = {}
        self._raw: list[Raw] = []
        self._refused: list[Refused] = []
        self._rows = self._count = self._bytes = 0
        self._moved = False

    def add(self, file: ListedFile, chunk: Chunk) -> Iterator[Page]:
        """Take a chunk; yield a page if it would not fit into the one being gathered."""
        rows = len(chunk.records) + len(chunk.refused)
        size = chunk.records.nbytes + len(chunk.raw)
        if self._rows and (self._rows + rows > PAGE_ROWS or self._bytes + size > PAGE_BYTES):
            yield self._page()
        self._rows, self._bytes = self._rows + rows, self._bytes + size
        self._origins.append((self._count, file.name, chunk.where))
        self._records.append(chunk.records)
        self._count += len(chunk.records)
        if chunk.anew:
            self._from_start[file.name] = None
        elif file.name not in self._entries:
            self._text_moved = True
        self._anew |= {f"{file.name}: {place}": None for place in chunk.again}
        self._refused += [
            dataclasses.replace(one, position=f"{file.name}: {one.position}")
            for one in chunk.refused
        ]
        if chunk.raw:
            self._raw.append(Raw(name=file.name, content=chunk.raw))
        self._raw += [Raw(name=file.name, content=path) for path in chunk.files]
        mark = file.mark if file.settled else ""
        self._entries[file.name] = Entry(size=file.size, mark=mark, position=chunk.position)
        self._moved = True

    def rest(self) -> Iterator[Page]:
        """Yield the last page, if anything was read at all."""
        if self._moved:
            if not self._text_moved:
                self._anew |= self._from_start
            yield self._page()

    def _page(self) -> Page:
        files: dict[str, Any] = {name: entry.as_json() for name, entry in self._entries.items()}
        page = Page(
            records=pa.concat_arrays([pa.array([], pa.string()), *self._records]),
            cursor={"options": self._options.fingerprint, "files": files},
            raw=tuple(self._raw),
            refused=tuple(self._refused),
            origins=tuple(self._origins),
            anew=tuple(self._anew),
        )
        self._records, self._raw, self._refused = [], [], []
        self._origins, self._anew = [], {}
        self._rows = self._count = self._bytes = 0
        self._moved = False
        return page
