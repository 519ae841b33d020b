"""The mbox connector: files that are new, grow, change; separators and quoting; pages."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tracemalloc
from codecs import BOM_UTF8
from pathlib import Path
from typing import Any

import psutil
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from throughline.connector import ConnectionContext, Cursor, Page
from throughline.errors import ChannelUnavailableError
from throughline_email.chunks import Chunk, parse
from throughline_email.mbox import open_connection
from throughline_email.mbox.connector import MboxConnector
from throughline_email.mbox.pieces import pieces
from throughline_email.workers import parse_here, parse_on_cores

SEPARATOR = b"From anna@example.com Mon Jan  1 10:00:00 2024\n"


def a_message(number: int, text: str = "Hello") -> bytes:
    return (
        f"From: anna@example.com\nSubject: Order {number}\nDate: Mon, 1 Jan 2024 10:00:00 +0000\n"
        f"Message-ID: <{number}@example.com>\n\n{text}\n"
    ).encode()


def an_mbox(*messages: bytes) -> bytes:
    return b"".join(SEPARATOR + message + b"\n" for message in messages)


def a_connection(path: Path) -> MboxConnector:
    context = ConnectionContext(
        name="mail", settings={"path": str(path)}, folder=path.parent, scratch=path.parent
    )
    return open_connection(context)


def read(path: Path, cursor: Cursor | None = None) -> list[Page]:
    return list(a_connection(path).read("messages", cursor))


def records(pages: list[Page]) -> list[dict[str, Any]]:
    return [json.loads(text) for page in pages for text in page.records.to_pylist()]


def keys(pages: list[Page]) -> list[str]:
    return [record["message_id"].removesuffix("@example.com") for record in records(pages)]


def last_cursor(pages: list[Page]) -> Cursor:
    kept: Cursor = json.loads(json.dumps(pages[-1].cursor))
    return kept


def messages_of(content: bytes) -> list[dict[str, Any]]:
    parsed = parse(Chunk(name="x", content=content))
    return [json.loads(text) for text in parsed.to_arrow().to_pylist()]


# --- what is new ---


def test_a_second_run_reads_nothing(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    file.write_bytes(an_mbox(a_message(1), a_message(2)))
    pages = read(file)
    assert keys(pages) == ["1", "2"]
    assert read(file, last_cursor(pages)) == []


def test_a_file_that_grew_is_read_from_where_it_stopped(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    file.write_bytes(an_mbox(a_message(1), a_message(2)))
    first = read(file)
    with file.open("ab") as opened:
        opened.write(an_mbox(a_message(3)))
    second = read(file, last_cursor(first))
    assert keys(second) == ["3"]
    assert [raw.content for page in second for raw in page.raw] == [an_mbox(a_message(3))]
    assert read(file, last_cursor(second)) == []


def test_a_file_that_was_changed_before_its_end_is_read_again(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    file.write_bytes(an_mbox(a_message(1), a_message(2)))
    cursor = last_cursor(read(file))
    file.write_bytes(an_mbox(a_message(7), a_message(2), a_message(3)))
    assert keys(read(file, cursor)) == ["7", "2", "3"]


def test_a_file_that_was_only_touched_is_not_read_again(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    file.write_bytes(an_mbox(a_message(1)))
    cursor = last_cursor(read(file))
    os.utime(file, ns=(1, 1))
    touched = read(file, cursor)
    assert keys(touched) == []
    assert read(file, last_cursor(touched)) == []


def test_new_files_in_a_folder_are_found(tmp_path: Path) -> None:
    (tmp_path / "inbox-0001.mbox").write_bytes(an_mbox(a_message(1)))
    (tmp_path / "notes.txt").write_bytes(b"not mail")
    (tmp_path / ".hidden.mbox").write_bytes(an_mbox(a_message(9)))
    first = read(tmp_path)
    assert keys(first) == ["1"]
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "Sent").write_bytes(an_mbox(a_message(2)))
    (tmp_path / "inbox-0002.mbox").write_bytes(an_mbox(a_message(3)))
    assert keys(read(tmp_path, last_cursor(first))) == ["2", "3"]


def test_files_named_like_people_and_years_are_found_and_others_are_told(tmp_path: Path) -> None:
    names = ["Archive.2023", "Inbox", "anna.schmidt", "sales@example.com"]
    for number, name in enumerate(names):
        (tmp_path / name).write_bytes(an_mbox(a_message(number)))
    (tmp_path / "Inbox.msf").write_bytes(b"// <!-- <mdb:mork:z v='1.4'/> -->")
    (tmp_path / "anna.schmidt.lock").write_bytes(an_mbox(a_message(9)))
    (tmp_path / "notes.txt").write_bytes(b"From Monday on we open at 10.\nTell Bo.\n")
    assert keys(read(tmp_path)) == ["0", "1", "2", "3"]
    finding = next(iter(a_connection(tmp_path).check()))
    assert finding.ok
    assert finding.message == (
        "4 files; no mbox, left out: Inbox.msf, anna.schmidt.lock, notes.txt"
    )


def test_a_pattern_names_files(tmp_path: Path) -> None:
    for name in ("a.mbox", "b.mail"):
        (tmp_path / name).write_bytes(an_mbox(a_message(ord(name[0]))))
    assert keys(read(tmp_path / "*.mail")) == ["98"]
    assert keys(read(tmp_path / ".." / tmp_path.name / "**" / "*.mbox")) == ["97"]


def test_a_message_cut_short_is_read_again_when_the_file_goes_on(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    whole = an_mbox(a_message(1), a_message(2, "first\nsecond\nthird"))
    file.write_bytes(whole[: whole.index(b"second")])
    first = read(file)
    assert records(first)[1]["text"] == "first"
    file.write_bytes(whole + an_mbox(a_message(3)))
    second = read(file, last_cursor(first))
    assert keys(second) == ["2", "3"]
    assert records(second)[0]["text"] == "first\nsecond\nthird"


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_file_that_grows_by_any_bytes_gives_the_same_messages(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    file = tmp_path_factory.mktemp("mail") / "inbox.mbox"
    whole = an_mbox(*(a_message(number, "line\n" * number) for number in range(5)))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=5)))
    found: dict[str, Any] = {}
    cursor: Cursor | None = None
    for cut in [*cuts, len(whole)]:
        file.write_bytes(whole[:cut])
        for page in read(file, cursor):
            found |= {record["message_id"]: record["text"] for record in records([page])}
            cursor = page.cursor or cursor
    complete = {record["message_id"]: record["text"] for record in messages_of(whole)}
    assert complete.items() <= found.items()


def test_a_run_stopped_after_any_page_goes_on_without_loss(tmp_path: Path) -> None:
    for number in range(3):
        messages = (a_message(number * 100 + one, "x" * 200_000) for one in range(45))
        (tmp_path / f"{number}.mbox").write_bytes(an_mbox(*messages))
    whole = read(tmp_path)
    assert len(whole) >= 2
    for count in range(1, len(whole)):
        rest = read(tmp_path, last_cursor(whole[:count]))
        assert keys(whole[:count]) + keys(rest) == keys(whole)


# --- where messages begin and end ---


def test_a_line_that_begins_with_from_is_no_separator() -> None:
    text = "Dear all,\n\nFrom now on we ship on Mondays.\nFrom Monday on, at 10:00.\n"
    [record] = messages_of(an_mbox(a_message(1, text)))
    assert record["text"] == text.strip()


def test_quoted_from_lines_lose_one_mark() -> None:
    text = ">From here\n>>From there\n> From a quotation"
    [record] = messages_of(an_mbox(a_message(1, text)))
    assert "From here" in record["text"].split("\n")
    assert ">From there" in record["quoted_text"].split("\n")


@pytest.mark.parametrize(
    "line",
    [
        b"From - Mon Jan  1 10:00:00 2024",
        b"From MAILER-DAEMON Fri Jul  8 12:08:34 2011",
        b"From ???@??? Mon Jan 01 10:00:00 2024",
        b"From 1590142352@xxx Tue Jul 07 10:00:00 +0000 2020",
        b"From anna@example.com Mon, 1 Jan 2024 10:00:00 +0100",
        b'From "anna b"@example.com Mon Jan  1 10:00 2024',
        b"From anna@example.com",
    ],
)
def test_separators_of_many_programs_are_known(line: bytes) -> None:
    content = b"".join(line + b"\n" + a_message(number) + b"\n" for number in range(3))
    assert [one["subject"] for one in messages_of(content)] == ["Order 0", "Order 1", "Order 2"]
    crlf = content.replace(b"\n", b"\r\n")
    assert [one["text"] for one in messages_of(crlf)] == ["Hello"] * 3


def test_a_missing_blank_line_before_a_separator_is_forgiven() -> None:
    content = SEPARATOR + a_message(1) + SEPARATOR + a_message(2)
    assert len(messages_of(content)) == 2


def test_a_message_without_a_date_has_that_of_its_separator() -> None:
    [record] = messages_of(SEPARATOR + b"Subject: x\n\nHello\n")
    assert record["date"] == "2024-01-01T10:00:00Z"
    assert "no_date" in record["flags"]


def test_an_empty_last_message_is_none() -> None:
    assert len(messages_of(an_mbox(a_message(1)) + SEPARATOR)) == 1
    assert messages_of(b"") == []


def test_a_byte_order_mark_at_the_start_of_a_file_is_passed_over(tmp_path: Path) -> None:
    file = tmp_path / "Inbox"
    file.write_bytes(BOM_UTF8 + an_mbox(a_message(1), a_message(2)))
    [page] = read(tmp_path)
    assert (keys([page]), page.refused) == (["1", "2"], ())
    file.write_bytes(file.read_bytes() + an_mbox(a_message(3)))
    assert keys(read(tmp_path, page.cursor)) == ["3"]


def test_what_is_no_mbox_is_refused_and_told(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    file.write_bytes(b"PK\x03\x04 a zip file\n")
    [page] = read(file)
    assert len(page.records) == 0
    [refused] = page.refused
    assert "no mbox" in refused.reason
    assert refused.position.endswith(": byte 0")
    assert [finding.ok for finding in a_connection(file).check()] == [True, True, False]
    assert read(file, page.cursor) == []


def test_a_record_s_message_is_told_by_its_file_and_byte(tmp_path: Path) -> None:
    sales = tmp_path / "sales.mbox"
    sales.write_bytes(an_mbox(a_message(1), a_message(2)))
    pages = read(tmp_path)
    sales.write_bytes(content := an_mbox(*map(a_message, range(1, 5))))
    [page] = read(tmp_path, last_cursor(pages))
    [(_, name, place)] = page.origins
    assert callable(place)
    begins = [content.index(a_message(int(key))) - len(SEPARATOR) for key in keys([page])]
    told = [f"{name}: {place(number)}" for number in range(len(page.records))]
    assert told == [f"sales.mbox: byte {begin}" for begin in begins]
    assert len(told) >= 2


def test_an_attachment_is_found_by_its_reference(tmp_path: Path) -> None:
    body = "--b\nContent-Type: application/pdf\n\n%PDF\n--b--\n"
    kind = b"Content-Type: multipart/mixed; boundary=b\n"
    file = tmp_path / "inbox.mbox"
    file.write_bytes(an_mbox(a_message(1), kind + a_message(2, body)))
    [page] = read(file)
    [raw] = page.raw
    reference = records([page])[1]["attachments"][0]["reference"]
    content, _, number = reference.partition("#")
    sha256, _, place = content.removeprefix("raw:").partition("@")
    start, length = map(int, place.split("+"))
    assert (sha256, number) == (raw.sha256(), "1")
    assert isinstance(raw.content, bytes)
    assert raw.content[start : start + length].startswith(kind)


# --- sizes ---


@settings(max_examples=40, deadline=None)
@given(lengths=st.lists(st.integers(0, 60), min_size=1, max_size=30), size=st.integers(200, 4000))
def test_pieces_put_together_are_the_file(
    tmp_path_factory: pytest.TempPathFactory, lengths: list[int], size: int
) -> None:
    content = an_mbox(*(a_message(index, "x\n" * many) for index, many in enumerate(lengths)))
    file = tmp_path_factory.mktemp("mail") / "inbox.mbox"
    file.write_bytes(content)
    with file.open("rb") as opened:
        found = list(pieces(opened, 0, len(content), size=size))
    assert b"".join(found) == content
    assert sum(len(messages_of(piece)) for piece in found) == len(lengths)


def test_a_message_of_50_megabytes_comes_within_bounds(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    kind = b"Content-Type: application/zip\nContent-Transfer-Encoding: base64\n"
    with file.open("wb") as opened:
        opened.write(an_mbox(a_message(1)) + SEPARATOR + kind)
        opened.write(b"Message-ID: <2@example.com>\n\n")
        for _ in range(50):
            opened.write(b"QUJD" * 18 + b"\n" + (b"QUJD" * 19 + b"\n") * 13_600)
        opened.write(b"\n" + an_mbox(a_message(3)))
    tracemalloc.start()
    pages = read(file)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert keys(pages) == ["1", "2", "3"]
    assert records(pages)[1]["attachments"][0]["bytes"] > 38_000_000
    assert peak < 400_000_000


def test_processes_and_this_one_give_the_same_records() -> None:
    chunks = [
        Chunk(name=str(one), content=an_mbox(*(a_message(one * 10 + two) for two in range(5))))
        for one in range(7)
    ]
    here = [(chunk.name, records.data) for chunk, records in parse_here(chunks)]
    there = [(chunk.name, records.data) for chunk, records in parse_on_cores(chunks)]
    assert here == there


def test_no_process_is_left_when_a_run_is_given_up() -> None:
    chunks = (Chunk(name=str(one), content=an_mbox(a_message(one))) for one in range(1000))
    before = set(psutil.Process().children())  # servers of other tests
    parsed = parse_on_cores(chunks)
    next(parsed)
    children = set(psutil.Process().children()) - before
    assert children
    parsed.close()  # type: ignore[attr-defined]  # it is a generator
    assert not any(child.is_running() for child in children)


READER = """
import sys, time
from pathlib import Path
from throughline_email.chunks import Chunk
from throughline_email.workers import parse_on_cores
chunks = (Chunk(name="x", content=Path(sys.argv[1]).read_bytes()) for _ in range(1000))
parsed = parse_on_cores(chunks)
next(parsed)
print("reading", flush=True)
time.sleep(600)
"""


def test_no_process_outlives_a_run_that_is_killed(tmp_path: Path) -> None:
    file = tmp_path / "inbox.mbox"
    file.write_bytes(an_mbox(a_message(1)))
    command = [sys.executable, "-c", READER, str(file)]
    with subprocess.Popen(command, stdout=subprocess.PIPE) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        children = psutil.Process(reader.pid).children()
        assert children
        reader.kill()
    gone, alive = psutil.wait_procs(children, timeout=20)
    assert (len(gone), alive) == (len(children), [])


# --- settings ---


def test_a_path_without_files_is_told(tmp_path: Path) -> None:
    with pytest.raises(ChannelUnavailableError, match="no file"):
        read(tmp_path / "nothing.mbox")
    assert not next(iter(a_connection(tmp_path / "nothing").check())).ok
    assert read(tmp_path) == []
