"""The connector for mbox files: what is new in them since a cursor, as pages of messages."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import BinaryIO

from throughline.connector import ConnectionContext, Cursor, Finding, Page, StreamSpec
from throughline.counts import counted
from throughline.errors import AccessError, ChannelUnavailableError
from throughline_email.chunks import Chunk, Records
from throughline_email.mbox.files import Known, find_files, left_out, where_to_start
from throughline_email.mbox.pieces import pieces
from throughline_email.mbox_format import is_separator
from throughline_email.pages import pages
from throughline_email.streams import MESSAGES
from throughline_email.workers import parse_here, parse_on_cores

_LITTLE = 6 * 1024 * 1024


def open_connection(context: ConnectionContext) -> MboxConnector:
    """Return the connector for the files that a connection's settings name."""
    return MboxConnector(
        name=context.name,
        path=context.folder / str(context.settings["path"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MboxConnector:
    """Reads the mbox files of one connection."""

    name: str
    path: Path = field(repr=False)

    def streams(self) -> Sequence[StreamSpec]:
        """Return the one stream, `messages`."""
        return (MESSAGES,)

    def check(self) -> Iterator[Finding]:
        """Say whether the files are there, can be opened, and begin like an mbox."""
        files = self._files()
        message = f"no mbox file at {self.path}: see `path`"
        if files:
            message = counted(len(files), "file", "files")
        others = [str(file.relative_to(self.path)) for file in left_out(self.path)]
        if others:
            more = f" and {len(others) - 10} more" if len(others) > 10 else ""
            message += f"; no mbox, left out: {', '.join(others[:10])}{more}"
        code = 1 if self.path.is_dir() else ChannelUnavailableError.exit_code
        yield Finding(subject="reachable", ok=bool(files), message=message, exit_code=code)
        if not files:
            return
        refused = [file for file in files if not _can_be_read(file)]
        yield Finding(
            subject="authorised",
            ok=not refused,
            message="; ".join(f"can't open {file}" for file in refused[:10]) or "files can be read",
            exit_code=AccessError.exit_code,
        )
        strange = [file for file in files if file not in refused and not _begins_well(file)]
        yield Finding(
            subject=MESSAGES.name,
            ok=not strange,
            message="; ".join(f"{file} is no mbox file" for file in strange[:10])
            or "files begin like an mbox",
        )

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the messages of new files, and of files that grew or changed, by file name."""
        known = {
            name: Known.from_json(value) for name, value in (cursor or {}).get("files", {}).items()
        }
        changed = self._changed(known)
        little = sum(file.stat().st_size for file, _ in changed) < _LITTLE
        state = {name: one for name, one in known.items() if (self._root() / name).exists()}
        parsed = (parse_here if little else parse_on_cores)(self._chunks(changed, known))
        yield from pages(_with_cursor(parsed, state))

    def _root(self) -> Path:
        return self.path if self.path.is_dir() else Path("/")

    def _files(self) -> list[Path]:
        try:
            return find_files(self.path)
        except PermissionError as error:
            raise AccessError(self.name, "a folder can't be listed: grant read access") from error
        except OSError as error:
            raise ChannelUnavailableError(self.name, reason=str(error.strerror)) from error

    def _changed(self, known: Mapping[str, Known]) -> list[tuple[Path, str]]:
        """Return the files to look into, with their names in the cursor."""
        files = self._files()
        if not files and not self.path.is_dir():
            raise ChannelUnavailableError(self.name, reason=f"no file at {self.path}")
        found = []
        for file in files:
            name = str(file.relative_to(self._root()))
            stat, before = file.stat(), known.get(name)
            if before is None or (stat.st_size, stat.st_mtime_ns) != (before.size, before.mtime_ns):
                found.append((file, name))
        return found

    def _chunks(
        self, changed: Sequence[tuple[Path, str]], known: Mapping[str, Known]
    ) -> Iterator[Chunk]:
        for path, name in changed:
            try:
                with path.open("rb") as file:
                    yield from _pieces_of(file, name, known.get(name))
            except PermissionError as error:
                raise AccessError(self.name, f"can't open {path}: grant read access") from error
            except OSError as error:
                raise ChannelUnavailableError(self.name, reason=str(error.strerror)) from error


def _pieces_of(file: BinaryIO, name: str, known: Known | None) -> Iterator[Chunk]:
    """Yield what is new in a file; at least one piece, so that the cursor knows the file."""
    stat = os.fstat(file.fileno())
    start = where_to_start(file, stat.st_size, known)
    hasher, position = start.hasher, start.offset
    for content in pieces(file, position, stat.st_size):
        hasher.update(content)
        end = position + len(content)
        done = end == stat.st_size
        mark = Known(
            size=end,
            mtime_ns=stat.st_mtime_ns if done else 0,
            read=end,
            last=position,
            sha256=hasher.hexdigest(),
        )
        yield Chunk(name=name, content=content, offset=position, mark=(name, mark))
        position = end
    if position == start.offset:
        last = known.last if known and position else 0
        mark = Known(
            size=position,
            mtime_ns=stat.st_mtime_ns,
            read=position,
            last=last,
            sha256=hasher.hexdigest(),
        )
        yield Chunk(name=name, offset=position, mark=(name, mark))


def _with_cursor(
    parsed: Iterable[tuple[Chunk, Records]], state: dict[str, Known]
) -> Iterator[tuple[Chunk, Records, Cursor]]:
    """Add to each parsed chunk the cursor that is true once it has landed."""
    for chunk, records in parsed:
        name, known = chunk.mark
        state[name] = replace(known, last=known.last + records.last)
        files = {one: state[one].to_json() for one in sorted(state)}
        yield chunk, records, {"files": files}


def _can_be_read(file: Path) -> bool:
    return os.access(file, os.R_OK)


def _begins_well(file: Path) -> bool:
    with file.open("rb") as opened:
        content = opened.read(2000).lstrip(b"\r\n\t \xef\xbb\xbf")
    return not content or is_separator(content, 0)
