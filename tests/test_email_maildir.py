"""The Maildir connector: folders, flags that rename files, and what is new."""

from __future__ import annotations

import json
import mailbox
from pathlib import Path
from typing import Any

import pytest

from throughline.connector import ConnectionContext, Cursor, Page
from throughline.errors import ChannelUnavailableError
from throughline_email.maildir import open_connection
from throughline_email.maildir.connector import MaildirConnector


def a_message(number: int) -> bytes:
    return f"From: a@example.com\nMessage-ID: <{number}@example.com>\n\nHello {number}\n".encode()


def a_maildir(folder: Path, *numbers: int) -> mailbox.Maildir:
    made = mailbox.Maildir(str(folder / "Maildir"))
    for number in numbers:
        made.add(a_message(number))
    return made


def a_connection(folder: Path, **settings: Any) -> MaildirConnector:
    given = {"path": "Maildir", **settings}
    context = ConnectionContext(name="mail", settings=given, folder=folder, scratch=folder)
    return open_connection(context)


def read(connector: MaildirConnector, cursor: Cursor | None = None) -> list[Page]:
    return list(connector.read("messages", cursor))


def keys(pages: list[Page]) -> list[str]:
    found = [json.loads(text) for page in pages for text in page.records.to_pylist()]
    return sorted(record["message_id"].removesuffix("@example.com") for record in found)


def last_cursor(pages: list[Page]) -> Cursor:
    kept: Cursor = json.loads(json.dumps(pages[-1].cursor))
    return kept


def test_new_and_read_messages_are_found_with_their_bytes(tmp_path: Path) -> None:
    made = a_maildir(tmp_path, 1, 2)
    key = next(made.iterkeys())
    message = made[key]
    message.set_subdir("cur")
    message.add_flag("S")
    made[key] = message
    pages = read(a_connection(tmp_path))
    assert keys(pages) == ["1", "2"]
    assert {raw.content for page in pages for raw in page.raw} == {a_message(1), a_message(2)}


def test_a_message_whose_flags_change_is_not_read_again(tmp_path: Path) -> None:
    made = a_maildir(tmp_path, 1)
    cursor = last_cursor(read(a_connection(tmp_path)))
    for key in list(made.iterkeys()):
        message = made[key]
        message.set_subdir("cur")
        message.add_flag("RS")
        made[key] = message
    assert read(a_connection(tmp_path), cursor) == []


def test_only_what_is_new_is_read(tmp_path: Path) -> None:
    made = a_maildir(tmp_path, 1, 2)
    cursor = last_cursor(read(a_connection(tmp_path)))
    made.add(a_message(3))
    assert keys(read(a_connection(tmp_path), cursor)) == ["3"]


def test_subfolders_are_read_but_for_trash_and_junk(tmp_path: Path) -> None:
    made = a_maildir(tmp_path, 1)
    for number, name in enumerate(("Sent", "Trash", "Archive.2024", "Junk", "Drafts"), start=2):
        made.add_folder(name).add(a_message(number))
    assert keys(read(a_connection(tmp_path))) == ["1", "2", "4"]
    assert keys(read(a_connection(tmp_path, folders=[".Sent", ".Trash"]))) == ["2", "3"]


def test_a_message_moved_to_another_folder_keeps_its_key(tmp_path: Path) -> None:
    made = a_maildir(tmp_path, 1)
    first = read(a_connection(tmp_path))
    archive = made.add_folder("Archive")
    archive.add(a_message(1))
    made.clear()
    assert keys(read(a_connection(tmp_path), last_cursor(first))) == keys(first)


def test_a_run_stopped_after_any_page_goes_on_without_loss(tmp_path: Path) -> None:
    made = a_maildir(tmp_path, *range(5))
    for name in ("Sent", "Archive"):
        folder = made.add_folder(name)
        for number in range(5):
            folder.add(a_message(number + 10 * len(name)))
    whole = read(a_connection(tmp_path))
    assert len(whole) == 3
    for count in range(1, len(whole)):
        rest = read(a_connection(tmp_path), last_cursor(whole[:count]))
        assert sorted(keys(whole[:count]) + keys(rest)) == keys(whole)


def test_a_file_that_is_renamed_while_we_look_is_found_again(tmp_path: Path) -> None:
    a_maildir(tmp_path, 1)
    connector = a_connection(tmp_path)
    [file] = connector._list(".")
    place = Path(file.path)
    place.rename(place.parent.parent / "cur" / f"{place.name}:2,S")
    assert connector._content(file) == a_message(1)


def test_a_message_without_a_date_has_the_time_of_its_delivery(tmp_path: Path) -> None:
    a_maildir(tmp_path)
    (tmp_path / "Maildir" / "new" / "1704103200.M1P1.host").write_bytes(b"Subject: x\n\nHello\n")
    [page] = read(a_connection(tmp_path))
    assert json.loads(page.records.to_pylist()[0])["date"] == "2024-01-01T10:00:00Z"


def test_a_check_tells_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(ChannelUnavailableError, match="no Maildir"):
        read(a_connection(tmp_path))
    assert not next(iter(a_connection(tmp_path).check())).ok
    a_maildir(tmp_path, 1)
    assert all(finding.ok for finding in a_connection(tmp_path).check())
    finding = next(iter(a_connection(tmp_path, folders=[".Nowhere"]).check()))
    assert (finding.ok, ".Nowhere" in finding.message) == (False, True)


def test_a_check_counts_one_message_as_one(tmp_path: Path) -> None:
    a_maildir(tmp_path, 1)
    assert [one.message for one in a_connection(tmp_path).check()][-1] == "1 message"
    a_maildir(tmp_path, *range(2, 1002))
    assert [one.message for one in a_connection(tmp_path).check()][-1] == "1,001 messages"
