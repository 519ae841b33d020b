"""The connector for Maildir folders: message files that were not read yet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from throughline.connector import ConnectionContext, Cursor, Finding, Page, StreamSpec
from throughline.counts import counted
from throughline.errors import AccessError, ChannelUnavailableError
from throughline_email.chunks import Chunk, Message, Records
from throughline_email.dates import epoch_date
from throughline_email.maildir.folders import (
    MessageFile,
    find_again,
    find_folders,
    message_files,
)
from throughline_email.maildir.seen import Seen
from throughline_email.pages import pages
from throughline_email.streams import MESSAGES
from throughline_email.workers import parse_here, parse_on_cores

_BATCH = 1000
_BATCH_BYTES = 4 * 1024 * 1024
_MANY = 4000


def open_connection(context: ConnectionContext) -> MaildirConnector:
    """Return the connector for the Maildir that a connection's settings name."""
    settings = context.settings
    return MaildirConnector(
        name=context.name,
        path=context.folder / str(settings["path"]),
        folders=tuple(settings.get("folders", ())),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class MaildirConnector:
    """Reads the folders of one Maildir."""

    name: str
    path: Path = field(repr=False)
    folders: tuple[str, ...] = ()

    def streams(self) -> Sequence[StreamSpec]:
        """Return the one stream, `messages`."""
        return (MESSAGES,)

    def check(self) -> Iterator[Finding]:
        """Say whether the Maildir is there and its folders can be listed."""
        found = find_folders(self.path, self.folders)
        missing = [name for name in self.folders if name not in found]
        there = bool(found) and not missing
        message = ", ".join(found) if there else f"no Maildir at {self.path}: see `path`"
        if missing:
            message = f"no folder {', '.join(missing)} in {self.path}: see `folders`"
        code = 1 if found else ChannelUnavailableError.exit_code
        yield Finding(subject="reachable", ok=there, message=message, exit_code=code)
        try:
            count = sum(1 for name in found for _ in message_files(self.path, name))
        except PermissionError as error:
            message = f"can't list {error.filename}: grant read access"
            yield Finding(
                subject="authorised", ok=False, message=message, exit_code=AccessError.exit_code
            )
            return
        yield Finding(subject="authorised", ok=True, message="folders can be listed")
        message = counted(count, "message", "messages")
        yield Finding(subject=MESSAGES.name, ok=there, message=message)

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield the messages of files that were not read yet, folder by folder, oldest first."""
        state = dict((cursor or {}).get("folders", {}))
        for name in self._list_folders():
            seen = Seen(state.get(name, ""))
            listed = self._list(name)
            seen.keep_only(file.unique for file in listed)
            new = [file for file in listed if file.unique not in seen]
            parsed = (parse_on_cores if len(new) > _MANY else parse_here)(self._chunks(new))
            yield from pages(_with_cursor(parsed, name, seen, state))

    def _list_folders(self) -> list[str]:
        found = find_folders(self.path, self.folders)
        if not found:
            raise ChannelUnavailableError(self.name, reason=f"no Maildir at {self.path}")
        return found

    def _list(self, folder: str) -> list[MessageFile]:
        try:
            return sorted(message_files(self.path, folder))
        except PermissionError as error:
            raise AccessError(self.name, f"can't list {folder}: grant read access") from error
        except OSError as error:
            raise ChannelUnavailableError(self.name, reason=str(error.strerror)) from error

    def _chunks(self, files: Sequence[MessageFile]) -> Iterator[Chunk]:
        """Yield the files' messages in batches, each marked with the names it settles."""
        messages: list[Message] = []
        done: list[str] = []
        total = 0
        for file in files:
            content = self._content(file)
            if content is None:
                continue
            if messages and (total + len(content) > _BATCH_BYTES or len(messages) >= _BATCH):
                yield Chunk(name=file.folder, messages=tuple(messages), mark=tuple(done))
                messages, done, total = [], [], 0
            name, arrived = f"{file.folder}/{file.unique}", epoch_date(file.delivered)
            messages.append(Message(name=name, content=content, arrived=arrived))
            done.append(file.unique)
            total += len(content)
        if messages:
            yield Chunk(name=files[0].folder, messages=tuple(messages), mark=tuple(done))

    def _content(self, file: MessageFile) -> bytes | None:
        """Return a file's bytes; None if it was deleted. It may be renamed while we look."""
        place: MessageFile | None = file
        for _ in range(3):
            if place is None:
                return None
            try:
                return Path(place.path).read_bytes()
            except FileNotFoundError:
                place = find_again(self.path, file)
            except PermissionError as error:
                raise AccessError(
                    self.name, f"can't open {file.folder}/{file.unique}: grant read access"
                ) from error
            except OSError as error:
                raise ChannelUnavailableError(self.name, reason=str(error.strerror)) from error
        return None


def _with_cursor(
    parsed: Iterator[tuple[Chunk, Records]], folder: str, seen: Seen, state: dict[str, Any]
) -> Iterator[tuple[Chunk, Records, Mapping[str, Any]]]:
    for chunk, records in parsed:
        seen.add(chunk.mark)
        state[folder] = seen.pack()
        yield chunk, records, {"folders": dict(state)}
