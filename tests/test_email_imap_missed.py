"""Messages that an IMAP server lists but does not give: told, passed by, and asked for again."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any, cast

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from throughline.connector import Page
from throughline.errors import ChannelUnavailableError
from throughline_email.imap.batches import batches
from throughline_email.imap.connector import _with_cursor
from throughline_email.imap.position import Position
from throughline_email.imap.session import Folder, Mailbox, Session
from throughline_email.pages import pages
from throughline_email.workers import parse_here

Answer = Callable[[int, bytes], Any]
MAILBOX = Mailbox(
    connection="mail", host="localhost", port=143, security="none", user="anna", password="x",
    access_token=None, ca_file=None, timeout=1,
)  # fmt: skip
FOLDER = Folder(name="INBOX", uid_validity=1, uid_next=100)


class Server:
    """Answers for the UIDs that it lists; what a message's items are, a function says."""

    def __init__(self, listed: Sequence[int], answer: Answer) -> None:
        self.listed, self.answer = listed, answer

    def search(self, criteria: Sequence[str]) -> list[int]:
        return [uid for uid in self.listed if str(uid) in criteria[1].split(",")]

    def fetch(self, uids: Sequence[int], items: Sequence[str]) -> Mapping[int, Mapping[bytes, Any]]:
        key = b"RFC822.SIZE" if items == ["RFC822.SIZE"] else b"BODY[]"
        told = b"BODY[]<0>" if "<" in items[0] else key
        return {uid: {told: self.answer(uid, key)} for uid in uids if uid in self.listed}


def whole(uid: int, item: bytes) -> Any:
    return 100 if item == b"RFC822.SIZE" else b"Message-ID: <%d@x>\r\n\r\nhi" % uid


def without_body(uid: int, item: bytes) -> Any:
    return None if (uid, item) == (2, b"BODY[]") else whole(uid, item)


def without_size(uid: int, item: bytes) -> Any:
    return None if uid == 2 else whole(uid, item)


def saying_no(uid: int, item: bytes) -> Any:
    if uid == 2:
        raise IMAPClientError("fetch failed: [SERVERBUG] Internal error occurred")
    return whole(uid, item)


def read(server: Server, known: Mapping[str, Any] | None = None) -> Page:
    position = Position.of(FOLDER, known)
    new = position.new_among(server.listed)
    session = Session(client=cast("IMAPClient", server))
    given = position.still_among(server.listed)
    chunks = batches(session, MAILBOX, FOLDER, new, given=given, most=100)
    parsed = parse_here(chunks)
    [page] = pages(_with_cursor(parsed, position, {}))
    return page


def ids(page: Page) -> list[str]:
    return [json.loads(text)["message_id"] for text in page.records.to_pylist()]


def cursor_of(page: Page) -> dict[str, Any]:
    assert page.cursor is not None
    kept: dict[str, Any] = json.loads(json.dumps(page.cursor["folders"]["INBOX"]))
    return kept


@pytest.mark.parametrize("answer", [without_body, without_size, saying_no])
def test_a_message_that_is_not_given_is_told_and_asked_for_again(answer: Answer) -> None:
    first = read(Server([1, 2, 3], answer))
    assert ids(first) == ["1@x", "3@x"]
    assert [one.position for one in first.refused] == ["INBOX/2: message"]
    again = read(Server([1, 2, 3], answer), cursor_of(first))
    assert (ids(again), [one.position for one in again.refused]) == ([], ["INBOX/2: message"])
    mended = read(Server([1, 2, 3], whole), cursor_of(again))
    assert (ids(mended), mended.refused, mended.anew) == (["2@x"], (), ("INBOX/2",))
    assert Position.of(FOLDER, cursor_of(mended)).new_among([1, 2, 3]) == []


def test_a_missed_message_is_asked_for_however_many_came_after_it() -> None:
    cursor = cursor_of(read(Server(range(1, 300), without_body)))
    position = Position.of(FOLDER, cursor)
    assert position.look_from() > 2
    assert position.new_among(range(position.look_from(), 300)) == [2]


def test_a_missed_message_that_is_deleted_is_done() -> None:
    cursor = cursor_of(read(Server([1, 2, 3], without_body)))
    gone = read(Server([1, 3], whole), cursor)
    assert (ids(gone), gone.refused, gone.anew) == ([], (), ("INBOX/2",))
    assert Position.of(FOLDER, cursor_of(gone)).new_among([1, 3]) == []


@pytest.mark.parametrize("answer", [without_body, without_size, saying_no])
def test_many_missed_messages_fail_no_run_while_the_server_gives_others(answer: Answer) -> None:
    def damaged(uid: int, item: bytes) -> Any:
        return answer(2 if 20 <= uid < 40 else uid + 1000, item)

    cursor = cursor_of(read(Server(range(10, 60), damaged)))
    again = read(Server(range(10, 60), damaged), cursor)
    assert [one.position for one in again.refused] == [f"INBOX/{n}: message" for n in range(20, 40)]
    assert cursor_of(again) == cursor
    with pytest.raises(ChannelUnavailableError):
        read(Server(range(10, 60), lambda uid, item: answer(2, item)), cursor)


def test_a_server_that_refuses_all_messages_is_a_matter_of_waiting() -> None:
    def refuse(uid: int, item: bytes) -> Any:
        raise IMAPClientError("fetch failed: [UNAVAILABLE] Try later")

    with pytest.raises(ChannelUnavailableError, match="`INBOX`"):
        read(Server(range(1, 1000), refuse))


def test_a_folder_of_nothing_but_damaged_messages_is_told_and_read_on() -> None:
    def damaged(uid: int, item: bytes) -> Any:
        return without_body(2 if uid < 21 else uid, item)

    emptied = cursor_of(read(Server([100], whole)))
    first = read(Server(range(1, 21), damaged), emptied)
    assert [one.position for one in first.refused] == [f"INBOX/{n}: message" for n in range(1, 21)]
    again = read(Server(range(1, 21), damaged), cursor_of(first))
    assert again.refused == first.refused
    more = read(Server(range(1, 22), damaged), cursor_of(again))
    assert (ids(more), len(more.refused)) == (["21@x"], 20)
    mended = read(Server(range(1, 22), whole), cursor_of(more))
    assert (len(ids(mended)), mended.refused) == (20, ())


def test_a_batch_of_damaged_messages_holds_up_none_after_it() -> None:
    def damaged(uid: int, item: bytes) -> Any:
        return without_body(2 if uid < 101 else uid, item)

    page = read(Server(range(1, 121), damaged))
    assert (len(ids(page)), len(page.refused)) == (20, 100)
