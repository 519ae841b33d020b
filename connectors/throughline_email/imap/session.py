"""A session with an IMAP server: logged in, reading only; foreign errors become ours here."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError, LoginError, ProtocolError
from imapclient.imapclient import SENT

from throughline.errors import AccessError, ChannelUnavailableError, UnknownNameError

Fetched = tuple[bytes, str | None]
"""A message's bytes, and when the server got it (RFC 3339, UTC)."""

Answer = Mapping[bytes, Any]
"""What the server tells of a message, by item."""

_NOT_NOW = ("[UNAVAILABLE]", "[INUSE]", "[LIMIT]", "[SERVERBUG]", "[OVERQUOTA]")
_WINDOW = 50_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Mailbox:
    """Where a mailbox is, and how to get in."""

    connection: str
    host: str
    port: int
    security: str
    user: str = field(repr=False)
    password: str | None = field(repr=False)
    access_token: str | None = field(repr=False)
    ca_file: str | None
    timeout: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder:
    """A selected folder. UIDs mean something only together with its UIDVALIDITY."""

    name: str
    uid_validity: int
    uid_next: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """A logged-in session; its methods are called inside `guarded`."""

    client: IMAPClient = field(repr=False)

    def default_folders(self) -> list[str]:
        """Return INBOX and, where there is one, the folder of sent messages."""
        sent = self.client.find_special_folder(SENT)
        return ["INBOX", *([str(sent)] if sent and str(sent).upper() != "INBOX" else [])]

    def exists(self, name: str) -> bool:
        """Tell whether the server has a folder of this name."""
        return name.upper() == "INBOX" or bool(self.client.folder_exists(name))

    def select(self, name: str) -> Folder:
        """Open a folder for reading only: no flag of a message changes."""
        if not self.exists(name):
            raise UnknownNameError("folder", name)
        answer = self.client.select_folder(name, readonly=True)
        next_uid = answer.get(b"UIDNEXT")
        return Folder(
            name=name,
            uid_validity=int(answer[b"UIDVALIDITY"]),
            uid_next=int(next_uid) if next_uid else None,
        )

    def uids(self, folder: Folder, first: int) -> Iterator[int]:
        """Yield the UIDs from `first` on, ascending.

        The server is asked window by window, for one answer on all of a large folder is longer
        than a line may be. `n:*` names the last message even if it lies before n.
        """
        if folder.uid_next is None:
            found = self.client.search(["UID", f"{first}:*"])
            yield from sorted(uid for uid in found if uid >= first)
            return
        for start in range(first, folder.uid_next, _WINDOW):
            end = min(start + _WINDOW, folder.uid_next) - 1
            found = self.client.search(["UID", f"{start}:{end}"])
            yield from sorted(uid for uid in found if start <= uid <= end)

    def sizes(self, uids: Sequence[int]) -> Mapping[int, int]:
        """Return the messages' sizes in bytes by UID, where the server tells them."""
        answer = self._fetch(uids, ["RFC822.SIZE"])
        return {uid: int(one[b"RFC822.SIZE"]) for uid, one in answer.items() if _has_size(one)}

    def messages(self, uids: Sequence[int]) -> Mapping[int, Fetched]:
        """Return messages as received, by UID, without marking them as seen."""
        return self._bodies(uids, "BODY.PEEK[]", b"BODY[]")

    def start_of_message(self, uid: int, length: int) -> Mapping[int, Fetched]:
        """Return the first bytes of a message that is too large to be fetched whole."""
        return self._bodies([uid], f"BODY.PEEK[]<0.{length}>", b"BODY[]<0>")

    def gives_any(self, uids: Sequence[int]) -> bool:
        """Tell whether the server gives one of these messages, by asking for their first bytes."""
        return bool(uids and self._bodies(uids, "BODY.PEEK[]<0.1>", b"BODY[]<0>"))

    def _bodies(self, uids: Sequence[int], item: str, key: bytes) -> Mapping[int, Fetched]:
        answer = self._fetch(uids, [item, "INTERNALDATE"])
        return {
            uid: (one[key], _utc(one.get(b"INTERNALDATE")))
            for uid, one in answer.items()
            if isinstance(one.get(key), bytes)
        }

    def still_listed(self, uids: Sequence[int]) -> frozenset[int]:
        """Return those of a few UIDs whose messages were not deleted."""
        found = self.client.search(["UID", ",".join(map(str, uids))])
        return frozenset(uids).intersection(found)

    def _fetch(self, uids: Sequence[int], items: Sequence[str]) -> dict[int, Answer]:
        """Ask for messages; after a refusal singly, so that one does not keep the others.

        What is refused by itself is absent.
        """
        try:
            return dict(self.client.fetch(uids, items))
        except IMAPClientError as error:
            if isinstance(error, IMAPClient.AbortError):
                raise
            found: dict[int, Answer] = {}
            for uid in uids if len(uids) > 1 else ():
                found |= self._fetch([uid], items)
            return found


def _utc(moment: datetime | None) -> str | None:
    if moment is None or moment.tzinfo is None:
        return None
    return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")


def _has_size(answer: Mapping[bytes, Any]) -> bool:
    return isinstance(answer.get(b"RFC822.SIZE"), int)


@contextmanager
def session(mailbox: Mailbox) -> Iterator[Session]:
    """Connect, log in, and log out at the end."""
    with guarded(mailbox):
        client = connect(mailbox)
    try:
        with guarded(mailbox):
            log_in(mailbox, client)
        yield Session(client=client)
    finally:
        with suppress(IMAPClientError, OSError):
            client.logout()


def connect(mailbox: Mailbox) -> IMAPClient:
    """Return a connection to the server, encrypted as the settings ask."""
    context = None
    if mailbox.security != "none":
        context = ssl.create_default_context(cafile=mailbox.ca_file)
    client = IMAPClient(
        mailbox.host,
        port=mailbox.port,
        ssl=mailbox.security == "tls",
        ssl_context=context,
        timeout=mailbox.timeout,
    )
    client.normalise_times = False
    if mailbox.security == "starttls":
        client.starttls(context)
    return client


def log_in(mailbox: Mailbox, client: IMAPClient) -> None:
    """Log in by token, else by password."""
    if mailbox.access_token is not None:
        client.oauth2_login(mailbox.user, mailbox.access_token)
    elif (mailbox.user + (mailbox.password or "")).isascii():
        client.login(mailbox.user, mailbox.password or "")
    else:
        client.plain_login(mailbox.user, mailbox.password or "")


def _refusal(mailbox: Mailbox) -> str:
    if mailbox.access_token is None:
        return "the server refused user and password; renew them"
    return (
        "the server refused user and access token; put a fresh token where `access_token` names it,"
        " since one is good for an hour or so"
    )


@contextmanager
def guarded(mailbox: Mailbox) -> Iterator[None]:
    """Turn the errors of network and protocol into ours; the server's words may hold a name."""
    name = mailbox.connection
    try:
        yield
    except LoginError as error:
        if any(code in str(error).upper() for code in _NOT_NOW):
            raise ChannelUnavailableError(name, reason="the server lets nobody in now") from None
        raise AccessError(name, _refusal(mailbox)) from None
    except ssl.SSLCertVerificationError as error:
        raise AccessError(
            name, f"the server's certificate is not trusted ({error.verify_message}); see `ca_file`"
        ) from error
    except (IMAPClientError, ProtocolError) as error:
        reason = f"the server's answer was not what IMAP allows: {type(error).__name__}"
        raise ChannelUnavailableError(name, reason=reason) from error
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ChannelUnavailableError(name, reason=reason) from error
