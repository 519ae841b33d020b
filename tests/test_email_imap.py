"""The IMAP connector, against a real Dovecot."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.fix_dovecot import Mailbox
from throughline.connector import ConnectionContext, Cursor, Page
from throughline.errors import AccessError, ChannelUnavailableError, UnknownNameError
from throughline_email.imap import open_connection
from throughline_email.imap.connector import ImapConnector
from throughline_email.imap.session import session


def a_message(number: int, text: str = "Hello") -> bytes:
    return (
        f"From: Anna <anna{number}@example.com>\r\nTo: sales@shop.example\r\n"
        f"Subject: Order {number}\r\nDate: Mon, 1 Jan 2024 10:00:00 +0100\r\n"
        f"Message-ID: <{number}@example.com>\r\n\r\n{text}\r\n"
    ).encode()


def a_connection(mailbox: Mailbox, folder: Path, **settings: Any) -> ImapConnector:
    given = {
        "host": "localhost",
        "port": mailbox.tls_port,
        "ca_file": str(mailbox.server.certificate),
        "user": mailbox.user,
        "password": mailbox.password,
        **settings,
    }
    return open_connection(
        ConnectionContext(name="mail", settings=given, folder=folder, scratch=folder)
    )


def keys(pages: list[Page]) -> list[str]:
    return [json.loads(text)["message_id"] for page in pages for text in page.records.to_pylist()]


def read(connector: ImapConnector, cursor: Cursor | None = None) -> list[Page]:
    return list(connector.read("messages", cursor))


def last_cursor(pages: list[Page]) -> Cursor:
    cursor = pages[-1].cursor
    assert cursor is not None
    kept: Cursor = json.loads(json.dumps(cursor))
    return kept


def flags(mailbox: Mailbox) -> list[Any]:
    with mailbox.log_in() as session:
        session.select("INBOX", readonly=True)
        return list(session.uid("FETCH", "1:*", "(FLAGS)")[1])


def test_messages_come_with_what_they_say(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(a_message(1, "Where is my order?"))
    [page] = read(a_connection(dovecot, tmp_path))
    [record] = [json.loads(text) for text in page.records.to_pylist()]
    assert record["message_id"] == "1@example.com"
    assert record["text"] == "Where is my order?"
    assert [raw.content for raw in page.raw] == [a_message(1, "Where is my order?")]


def test_a_second_run_brings_only_what_is_new(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(a_message(1), a_message(2))
    connector = a_connection(dovecot, tmp_path)
    cursor = last_cursor(read(connector))
    assert read(connector, cursor) == []
    dovecot.append(a_message(3))
    assert keys(read(connector, cursor)) == ["3@example.com"]


def test_a_run_stopped_after_any_page_goes_on_without_loss(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    dovecot.append(*(a_message(number) for number in range(7)))
    dovecot.append(*(a_message(number) for number in range(7, 10)), folder="Sent")
    connector = a_connection(dovecot, tmp_path, page_size=2, folders=["INBOX", "Sent"])
    whole = read(connector)
    assert len(whole) == 6
    assert sorted(keys(whole)) == sorted(f"{number}@example.com" for number in range(10))
    for count in range(1, len(whole)):
        rest = read(connector, last_cursor(whole[:count]))
        assert keys(whole[:count]) + keys(rest) == keys(whole)


def test_reading_leaves_messages_unseen(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(a_message(1))
    before = flags(dovecot)
    read(a_connection(dovecot, tmp_path))
    assert flags(dovecot) == before
    assert b"\\Seen" not in before[0]


def test_a_recreated_folder_is_read_again_under_the_same_keys(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    dovecot.append(a_message(1), a_message(2))
    connector = a_connection(dovecot, tmp_path)
    first = read(connector)
    dovecot.change_uid_validity()
    again = read(connector, last_cursor(first))
    assert keys(again) == keys(first)
    assert [page.records.to_pylist() for page in again] == [
        page.records.to_pylist() for page in first
    ]
    assert read(connector, last_cursor(again)) == []


def test_the_folder_of_sent_messages_is_read_without_being_named(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    dovecot.append(a_message(1))
    dovecot.append(a_message(2), folder="Sent")
    assert keys(read(a_connection(dovecot, tmp_path))) == ["1@example.com", "2@example.com"]


def test_a_message_that_shows_late_below_the_cursor_is_read(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    dovecot.append(*(a_message(number) for number in range(1, 6)))
    connector = a_connection(dovecot, tmp_path)
    pages = read(connector)
    cursor = last_cursor(pages)
    inbox = cursor["folders"]["INBOX"]
    late = {"folders": {"INBOX": {**inbox, "recent": [1, 2, 4, 5]}}}
    found = read(connector, late)
    assert keys(found) == ["3@example.com"]
    assert last_cursor(found)["folders"]["INBOX"] == inbox


def test_the_last_message_does_not_come_again_and_again(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(a_message(1))
    connector = a_connection(dovecot, tmp_path)
    cursor = last_cursor(read(connector))
    dovecot.delete(1)
    assert read(connector, cursor) == []


def test_a_server_tells_which_messages_are_still_there(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(*(a_message(number) for number in range(1, 5)))
    dovecot.delete(2)
    with session(a_connection(dovecot, tmp_path).mailbox) as opened:
        opened.select("INBOX")
        assert opened.still_listed([1, 2, 4, 9]) == {1, 4}


def test_a_message_without_a_date_has_the_time_of_its_arrival(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    dovecot.append(b"From: a@example.com\r\n\r\nhello\r\n")
    [page] = read(a_connection(dovecot, tmp_path))
    record = json.loads(page.records.to_pylist()[0])
    assert record["flags"] == ["no_date", "no_message_id"]
    assert record["date"].endswith("Z")


def test_a_large_message_comes_whole(dovecot: Mailbox, tmp_path: Path) -> None:
    text = "x" * 70 + "\r\n"
    dovecot.append(a_message(1), a_message(2, text * 130_000), a_message(3))
    pages = read(a_connection(dovecot, tmp_path))
    assert keys(pages) == ["1@example.com", "2@example.com", "3@example.com"]


def test_who_looks_at_the_first_page_only_waits_for_one_batch(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    text = "x" * 70 + "\r\n"
    dovecot.append(*(a_message(number, text * 30_000) for number in range(4)))
    read_on = a_connection(dovecot, tmp_path).read("messages", None)
    assert [len(page.records) for page in read_on] == [1, 3]


@pytest.mark.parametrize("security", ["tls", "starttls", "none"])
def test_each_kind_of_security_lets_us_in(dovecot: Mailbox, tmp_path: Path, security: str) -> None:
    port = dovecot.tls_port if security == "tls" else dovecot.port
    connector = a_connection(dovecot, tmp_path, security=security, port=port)
    assert all(finding.ok for finding in connector.check())


def test_a_folder_named_in_another_script_is_read(dovecot: Mailbox, tmp_path: Path) -> None:
    dovecot.append(a_message(1), folder="&ZeVnLIqe-")
    assert keys(read(a_connection(dovecot, tmp_path, folders=["日本語"]))) == ["1@example.com"]


def test_a_wrong_password_asks_for_new_credentials(dovecot: Mailbox, tmp_path: Path) -> None:
    connector = a_connection(dovecot, tmp_path, password="not-this-one")
    with pytest.raises(AccessError) as caught:
        read(connector)
    assert "not-this-one" not in str(caught.value)
    assert dovecot.user not in str(caught.value)
    assert [finding.ok for finding in connector.check()] == [False]


def test_an_untrusted_certificate_is_told(dovecot: Mailbox, tmp_path: Path) -> None:
    given = a_connection(dovecot, tmp_path, ca_file=None)
    with pytest.raises(AccessError, match="ca_file"):
        read(given)


def test_a_server_that_does_not_answer_is_a_matter_of_waiting(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    connector = a_connection(dovecot, tmp_path, port=1)
    with pytest.raises(ChannelUnavailableError):
        read(connector)
    assert [finding.ok for finding in connector.check()] == [False]


def test_a_folder_that_does_not_exist_is_told(dovecot: Mailbox, tmp_path: Path) -> None:
    connector = a_connection(dovecot, tmp_path, folders=["INBOX", "Nowhere"])
    assert [finding.ok for finding in connector.check()] == [True, True, True, False]
    with pytest.raises(UnknownNameError, match="Nowhere"):
        read(connector)


def test_a_connection_lost_between_pages_keeps_the_cursor_true(
    dovecot: Mailbox, tmp_path: Path
) -> None:
    dovecot.append(*(a_message(number) for number in range(6)))
    connector = a_connection(dovecot, tmp_path, page_size=2)
    pages: Iterator[Page] = connector.read("messages", None)
    first = next(pages)
    sessions_end(dovecot)
    with pytest.raises(ChannelUnavailableError):
        list(pages)
    rest = read(connector, last_cursor([first]))
    assert keys([first]) + keys(rest) == [f"{number}@example.com" for number in range(6)]


def sessions_end(mailbox: Mailbox) -> None:
    """End all sessions of the user, as a server that is restarted does."""
    import subprocess

    configuration = mailbox.server.place.folder / "dovecot.conf"
    subprocess.run(["doveadm", "-c", configuration, "kick", mailbox.user], check=False)
