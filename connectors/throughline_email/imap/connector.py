"""The connector for IMAP: what is new in a mailbox's folders since a cursor."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain, islice
from typing import Any

from throughline.connector import ConnectionContext, Cursor, Finding, Page, Refused, StreamSpec
from throughline.errors import AccessError, ThroughlineError
from throughline_email.chunks import Chunk, Records
from throughline_email.imap.batches import batches
from throughline_email.imap.position import Position
from throughline_email.imap.session import Mailbox, Session, guarded, session
from throughline_email.pages import pages
from throughline_email.streams import MESSAGES
from throughline_email.workers import parse_here, parse_on_cores

_MANY = 5_000


def open_connection(context: ConnectionContext) -> ImapConnector:
    """Return the connector for the mailbox that a connection's settings name."""
    settings = context.settings
    security = str(settings.get("security", "tls"))
    ca_file = settings.get("ca_file")
    mailbox = Mailbox(
        connection=context.name,
        host=str(settings["host"]),
        port=int(settings.get("port") or (993 if security == "tls" else 143)),
        security=security,
        user=str(settings["user"]),
        password=settings.get("password"),
        access_token=settings.get("access_token"),
        ca_file=str(context.folder / ca_file) if ca_file else None,
        timeout=float(settings.get("timeout_seconds", 60)),
    )
    return ImapConnector(
        mailbox=mailbox,
        folders=tuple(settings.get("folders", ())),
        page_size=int(settings.get("page_size", 1000)),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class ImapConnector:
    """Reads the folders of one mailbox; `folders` empty: INBOX and the sent messages."""

    mailbox: Mailbox = field(repr=False)
    folders: tuple[str, ...] = ()
    page_size: int = 1000

    def streams(self) -> Sequence[StreamSpec]:
        """Return the one stream, `messages`."""
        return (MESSAGES,)

    def check(self) -> Iterator[Finding]:
        """Say whether the server answers, lets us in, and has the folders."""
        found: list[Finding] = []
        try:
            with session(self.mailbox) as opened:
                yield Finding(subject="reachable", ok=True, message="the server answers")
                yield Finding(subject="authorised", ok=True, message="the server lets us in")
                with guarded(self.mailbox):
                    found = [self._check_folder(opened, name) for name in self._names(opened)]
        except AccessError as error:
            yield Finding.failed("authorised", error)
        except ThroughlineError as error:
            yield Finding.failed("reachable", error)
        yield from found

    def _check_folder(self, opened: Session, name: str) -> Finding:
        if not opened.exists(name):
            message = f"the mailbox has no folder `{name}`: see `folders`"
            return Finding(subject=MESSAGES.name, ok=False, message=message)
        opened.select(name)
        return Finding(subject=MESSAGES.name, ok=True, message=f"`{name}` can be read")

    def _names(self, opened: Session) -> Sequence[str]:
        return self.folders or opened.default_folders()

    def read(self, stream: str, cursor: Cursor | None) -> Iterator[Page]:
        """Yield new messages folder by folder, by UID; messages of a re-created folder again."""
        state: dict[str, Any] = dict((cursor or {}).get("folders", {}))
        with session(self.mailbox) as opened:
            with guarded(self.mailbox):
                names = self._names(opened)
            for name in names:
                with guarded(self.mailbox):
                    folder = opened.select(name)
                    position = Position.of(folder, state.get(name))
                    listed = list(opened.uids(folder, position.look_from()))
                new, given = position.new_among(listed), position.still_among(listed)
                chunks = batches(
                    opened, self.mailbox, folder, new, given=given, most=self.page_size
                )
                rest = (parse_on_cores if len(new) > _MANY else parse_here)(chunks)
                parsed = chain(parse_here(islice(chunks, 1)), rest)
                told = _with_cursor(parsed, position, state)
                yield from pages(told, enough=self.page_size, early=not state)


def _with_cursor(
    parsed: Iterator[tuple[Chunk, Records]], position: Position, state: dict[str, Any]
) -> Iterator[tuple[Chunk, Records, Mapping[str, Any]]]:
    """Add to each chunk what the server did not give, and the cursor once it has landed.

    What was missed before is named as read anew, so that it leaves quarantine once it is read.
    """
    for chunk, records in parsed:
        done, missed = chunk.mark.done, chunk.mark.missed
        again = sorted({*done, *missed}.intersection(position.missed))
        position = position.after(done, missed)
        state[position.folder] = position.to_json()
        told = replace(
            chunk,
            refused=[_missed(position.folder, uid) for uid in missed],
            anew=[f"{position.folder}/{uid}" for uid in again],
        )
        yield told, records, {"folders": dict(state)}


def _missed(folder: str, uid: int) -> Refused:
    return Refused(
        position=f"{folder}/{uid}: message",
        reason="the server lists this message but does not give it; each run asks for it again",
    )
