"""What a message's header fields and text become, in every character set, whole and broken."""

from __future__ import annotations

import time
from codecs import BOM_UTF8

import pytest

from tests.email_builders import a_message, read, text_of

# --- who, when, and in which thread ---


def test_a_message_knows_its_thread_by_the_first_reference() -> None:
    record = read(a_message(references="<0@x> <1@x>\n <2@x>", in_reply_to="<2@x>"))
    assert record["references"] == ["0@x", "1@x", "2@x"]
    assert (record["in_reply_to"], record["thread"]) == ("2@x", "0@x")


def test_a_thread_is_what_is_replied_to_else_the_message_itself() -> None:
    assert read(a_message(in_reply_to="Your letter <2@x> of Monday"))["thread"] == "2@x"
    assert read(a_message())["thread"] == "1@example.com"


def test_a_message_without_an_id_is_known_by_its_bytes() -> None:
    for name in ("", "<>", "  "):
        record = read(a_message(message_id=name))
        assert record["message_id"].startswith("digest:")
        assert "no_message_id" in record["flags"]
    first, second = a_message(b"one", message_id=""), a_message(b"two", message_id="")
    assert read(first)["message_id"] != read(second)["message_id"]


def test_the_digest_is_the_same_however_lines_end() -> None:
    message = a_message(b"one\ntwo\n", message_id="")
    assert read(message)["message_id"] == read(message.replace(b"\n", b"\r\n"))["message_id"]


def test_copies_of_a_message_have_one_origin_and_other_messages_of_its_id_another() -> None:
    date = "Mon, 1 Jan 2024 10:00:00 +0100"
    order = {"message_id": "<form@shop.example>", "from": "anna@x.example", "date": date}
    sent = read(a_message(b"Two lamps\n", **order))
    copy = order | {
        "from": "Anna <Anna@x.example>",
        "date": "Mon, 1 Jan 2024 09:00:00 +0000",
        "received": "from a by b; Mon, 1 Jan 2024 09:00:07 +0000",
    }
    assert read(a_message(b"Two lamps\n-- \na list\n", **copy))["origin"] == sent["origin"]
    others = [
        order | {"from": "bert@y.example"},
        order | {"date": "Mon, 1 Jan 2024 10:00:01 +0100"},
        {"message_id": "<form@shop.example>", "from": "anna@x.example"},
    ]
    origins = {read(a_message(b"Two lamps\n", **other))["origin"] for other in others}
    assert len(origins - {sent["origin"]}) == 3
    assert sent["thread"] == sent["message_id"] == "form@shop.example"


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("Mon, 1 Jan 2024 10:00:00 +0100", "2024-01-01T09:00:00Z"),
        ("Mon, 01 Jan 2024 10:00:00 GMT", "2024-01-01T10:00:00Z"),
        ("1 Jan 2024 10:00 -0330 (NST)", "2024-01-01T13:30:00Z"),
        ("Mon, 1 Jan 24 10:00:00 EST", "2024-01-01T15:00:00Z"),
        ("Mon, 31 Dec 2023 23:59:60 +0000", "2023-12-31T23:59:59Z"),
        ("Mon Jan  1 10:00:00 2024", "2024-01-01T10:00:00Z"),
        ("Mon Jan  1 10:00:00 CET 2024", "2024-01-01T09:00:00Z"),
        ("Mon, 1 Jan 2024 10:00:00 +01:00", "2024-01-01T09:00:00Z"),
        ("Mon, 1 Jan 2024 10:00:00 GMT+0100", "2024-01-01T09:00:00Z"),
        ("Mon, 1 Jan 2024 10:00:00 UTC-5", "2024-01-01T15:00:00Z"),
        ("Mon, 1 Jan 2024 10:00:00 MEZ", "2024-01-01T09:00:00Z"),
        ("Sat, 1 Jun 2024 10:00:00 CEST", "2024-06-01T08:00:00Z"),
        ("Mon, 1 Jan 2024 10:00:00 PM +0100", "2024-01-01T21:00:00Z"),
        ("Mon, 01-Jan-24 12:00:00 AM GMT", "2024-01-01T00:00:00Z"),
        ("2024-01-01T10:00:00+01:00", "2024-01-01T09:00:00Z"),
        ("2024-01-01 10:00:00.250", "2024-01-01T10:00:00Z"),
    ],
)
def test_a_date_is_told_in_utc(written: str, meant: str) -> None:
    record = read(a_message(date=written))
    assert (record["date"], record["date_raw"]) == (meant, written)


def test_a_date_that_says_nothing_gives_way_to_when_it_was_received() -> None:
    received = "from a by b; Tue, 2 Jan 2024 08:00:00 +0000"
    record = read(a_message(date="gestern", received=received))
    assert (record["date"], record["flags"]) == ("2024-01-02T08:00:00Z", ["bad_date"])
    assert read(a_message(received=received))["flags"] == ["no_date"]
    assert read(a_message())["date"] is None


@pytest.mark.parametrize("zone", ["IST", "W. Europe Standard Time", "+0100 or so", "(" * 50_000])
def test_a_zone_that_is_not_understood_gives_way_to_when_it_was_received(zone: str) -> None:
    received = "from a by b; Mon, 1 Jan 2024 08:59:00 +0000"
    record = read(a_message(date=f"Mon, 1 Jan 2024 10:00:00 {zone}", received=received))
    assert (record["date"], record["flags"]) == ("2024-01-01T08:59:00Z", ["bad_date"])


@pytest.mark.parametrize("zone", ["+9999", "+2400", "-9900"])
def test_an_impossible_time_zone_is_a_bad_date(zone: str) -> None:
    assert "bad_date" in read(a_message(date=f"Mon, 1 Jan 2024 10:00:00 {zone}"))["flags"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("anna@example.com", [(None, "anna@example.com")]),
        ("Anna Müller <anna@example.com>", [("Anna Müller", "anna@example.com")]),
        ('"Müller, Anna" <anna@example.com>', [("Müller, Anna", "anna@example.com")]),
        ("=?utf-8?Q?M=C3=BCller=2C_Anna?= <a@example.com>", [("Müller, Anna", "a@example.com")]),
        ('"=?utf-8?B?TcO8bGxlcg==?=" <a@example.com>', [("Müller", "a@example.com")]),
        ("a@example.com (Anna)", [("Anna", "a@example.com")]),
        ("Anna <a@example.com>, <b@x.de>", [("Anna", "a@example.com"), (None, "b@x.de")]),
        ("Team: a@example.com, b@x.de;", [(None, "a@example.com"), (None, "b@x.de")]),
        ("'Anna' <a@example.com>", [("Anna", "a@example.com")]),
        ("Li, Anna <a@example.com>", [("Li, Anna", "a@example.com")]),
        ("Li & Co., Ltd. <a@example.com>", [("Li & Co., Ltd.", "a@example.com")]),
        ("Li, A <a@x.de>, Bo <b@x>; c@d", [("Li, A", "a@x.de"), ("Bo", "b@x"), (None, "c@d")]),
        ("Li, A (HR, Ulm) <a@x.de>, Bo", [("Li, A (HR, Ulm)", "a@x.de"), ("Bo", None)]),
        ("=?utf-8?Q?L=C3=AD,_A?= <a@x.de>, b@x.de", [("Lí, A", "a@x.de"), (None, "b@x.de")]),
        ('"A@example.com" <a@example.com>', [(None, "a@example.com")]),
        ("a@x.de <b@y.de>", [("a@x.de", "b@y.de")]),
        ("info@ <info@example.de>", [("info@", "info@example.de")]),
        ("<mailto:a@x.de>, Bo <MAILTO:b@x.de>", [(None, "a@x.de"), ("Bo", "b@x.de")]),
        ("\u202bAnna\u202c \u200e<a@x.de>", [("Anna", "a@x.de")]),
        ("Anna Müller", [("Anna Müller", None)]),
    ],
)  # fmt: skip
def test_addresses_are_names_and_addresses(
    written: str, meant: list[tuple[str | None, str | None]]
) -> None:
    found = read(a_message(to=written))["to"]
    assert [(one["name"], one["address"]) for one in found] == meant


@pytest.mark.parametrize("written", ["undisclosed-recipients:;", "Undisclosed recipients: ;"])
def test_an_empty_group_names_nobody(written: str) -> None:
    record = read(a_message(to=written, date="Mon, 1 Jan 2024 10:00:00 +0000"))
    assert not {"to", "to_name", "flags"}.intersection(record)


@pytest.mark.parametrize("written", [" ", ",", ", ", "a,", "<", "(", '"\\', "=?a?q?x "])
def test_a_long_run_in_a_field_of_addresses_takes_no_time(written: str) -> None:
    message = a_message(to=f"a{written * (100_000 // len(written))}b <a@x.de>")
    start = time.process_time()
    read(message)
    assert time.process_time() - start < 1


def test_all_fields_of_addresses_are_told() -> None:
    record = read(a_message(to="b@x.de", cc="c@x.de", bcc="d@x.de", reply_to="E@x.de"))
    for name, address in (("to", "b@x.de"), ("cc", "c@x.de"), ("bcc", "d@x.de")):
        assert record[name] == [{"name": None, "address": address}]
    assert record["reply_address"] == "e@x.de"
    assert [one["address"] for one in record["others"]] == ["c@x.de", "d@x.de"]


# --- header fields ---


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("=?utf-8?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?R3LDvMOfZQ==?=", "Grüße"),
        ("=?iso-8859-1?q?Gr=FC=DFe?= aus =?utf-8?q?K=C3=B6ln?=", "Grüße aus Köln"),
        ("=?utf-8?B?R3LD?= =?utf-8?B?vMOfZQ==?=", "Grüße"),
        ("=?utf-8?Q?one?=\n =?utf-8?Q?_two?=", "one two"),
        ("=?gb2312?B?xOO6w6Osgk8=?=", "你好，侽"),
        ("=?utf-8*de?Q?Gr=C3=BC=C3=9Fe?=", "Grüße"),
        ("=?utf-8?B?R3LDvMOfZQ?=", "Grüße"),
        ("=?utf-8?Q?a b?=", "a b"),
        ("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本"),
        ("a =?utf-8?Q?half", "a =?utf-8?Q?half"),
    ],
)
def test_encoded_words_are_decoded(written: str, meant: str) -> None:
    assert read(a_message(subject=written))["subject"] == meant


def test_a_field_that_is_folded_with_a_tab_reads_with_a_blank() -> None:
    record = read(a_message(subject="Order\n\tNo. 5", to="Anna\n\tLi <a@x.de>"))
    assert (record["subject"], record["to_name"]) == ("Order No. 5", "Anna Li")


def test_an_encoded_word_of_an_unknown_charset_is_marked() -> None:
    record = read(a_message(subject="=?x-klingon?Q?=FC?="))
    assert "charset_unknown" in record["flags"]


def test_raw_bytes_in_a_header_are_read_and_marked() -> None:
    for data in ("Grüße".encode(), "Grüße".encode("windows-1252")):
        record = read(a_message(subject=data))
        assert record["subject"] == "Grüße"
        assert "raw_8bit_header" in record["flags"]


def test_a_header_line_that_lost_its_indent_goes_on_with_the_field_before() -> None:
    message = b"Subject: a long\nsubject\nFrom: a@example.com\n\nHello\n"
    record = read(message)
    assert record["subject"] == "a long subject"
    assert record["from_address"] == "a@example.com"
    assert record["text"] == "Hello"
    assert "bad_header" in record["flags"]


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_a_folded_line_of_blanks_does_not_end_the_header(end: str) -> None:
    message = "Subject: a long\n \n\t\n subject\n  \nFrom: a@example.com\n\n \nNote: hello\n"
    record = read(message.replace("\n", end).encode())
    assert " ".join(record["subject"].split()) == "a long subject"
    assert (record["from_address"], record["text"].strip()) == ("a@example.com", "Note: hello")
    assert "bad_header" not in record["flags"]


def test_a_line_of_blanks_before_the_text_ends_the_header() -> None:
    record = read(b"Subject: hi\n  \nDear team, here: the order.\n\nmore\n")
    assert (record["subject"], record["text"]) == ("hi", "Dear team, here: the order.\n\nmore")


def test_a_message_without_header_fields_is_all_text() -> None:
    record = read(b"just some words\nand more\n")
    assert record["text"] == "just some words\nand more"


def test_a_byte_order_mark_before_a_message_is_passed_over() -> None:
    for message in (a_message(), a_message(message_id="")):
        assert read(BOM_UTF8 + message) == read(message)


def test_a_missing_blank_line_loses_no_text() -> None:
    record = read(b"Subject: hi\nthe text\n\nmore\n")
    assert (record["subject"], record["text"]) == ("hi", "the text\n\nmore")


@pytest.mark.parametrize(
    "fields",
    [
        {"auto_submitted": "auto-replied"},
        {"precedence": "bulk"},
        {"list_id": "News <news.example.com>"},
        {"return_path": "<>"},
    ],
)
def test_what_a_program_sent_is_marked(fields: dict[str, str]) -> None:
    assert read(a_message(b"Hello\n", **fields))["automatic"] is True
    assert "automatic" not in read(a_message(auto_submitted="no"))


def test_a_mailing_list_is_named() -> None:
    assert read(a_message(list_id='"News" <news.example.com>'))["list_id"] == "news.example.com"


# --- character sets ---


@pytest.mark.parametrize(
    ("label", "codec", "text"),
    [
        ("utf-8", "utf-8", "Grüße €"),
        ("iso-8859-1", "windows-1252", "“Grüße” €"),
        ("gb2312", "gb18030", "镕䶮你好"),
        ("gbk", "gb18030", "你好"),
        ("big5", "big5", "你好"),
        ("shift_jis", "cp932", "①日本"),
        ("iso-2022-jp", "iso-2022-jp", "日本語"),
        ("ks_c_5601-1987", "cp949", "안녕하세요"),
        ("koi8-r", "koi8-r", "Привет"),
        ("windows-1251", "windows-1251", "Привет"),
        ("iso-8859-2", "iso-8859-2", "Dziękuję"),
        ("utf-7", "utf-7", "Grüße"),
        ("utf-16", "utf-16", "Grüße"),
        ('"UTF8"', "utf-8", "Grüße"),
    ],
)
def test_each_charset_is_read(label: str, codec: str, text: str) -> None:
    found, flags = text_of(text.encode(codec), content_type=f"text/plain; charset={label}")
    assert (found, flags) == (text, [])


def test_japanese_as_windows_writes_it_is_read() -> None:
    data = b"\x1b$B-!F|K\\\x1b(B NEC\x1b$B-j\x1b(B \x1b(I1\x1b(J. \x1b$(D0!\x1b(B\x1b[0m?"
    found, flags = text_of(data, content_type="text/plain; charset=ISO-2022-JP")
    assert (found, flags) == ("①日本 NEC㈱ ｱ. 丂\x1b[0m?", [])
    record = read(a_message(subject="=?ISO-2022-JP?B?GyRCLSEbKEI=?="))
    assert record["subject"] == "①"


@pytest.mark.parametrize("label", [None, "unknown-8bit", "x-unknown", "us-ascii", "iso-8859-1"])
def test_utf8_under_another_name_is_read(label: str | None) -> None:
    kind = {"content_type": f"text/plain; charset={label}"} if label else {}
    assert text_of("Grüße".encode(), **kind)[0] == "Grüße"


def test_windows_1252_labelled_utf8_is_read_and_marked() -> None:
    data = "Grüße “aus” Köln".encode("windows-1252")
    found, flags = text_of(data, content_type="text/plain; charset=utf-8")
    assert (found, flags) == ("Grüße “aus” Köln", ["charset_mislabelled"])


def test_chinese_without_a_label_is_guessed_and_marked() -> None:
    text = "您好，我想查询一下我的订单什么时候可以发货，谢谢您的帮助。" * 2
    found, flags = text_of(text.encode("gb18030"))
    assert (found, flags) == (text, ["charset_guessed"])


def test_an_unknown_charset_is_marked() -> None:
    found, flags = text_of("Grüße".encode(), content_type="text/plain; charset=x-klingon")
    assert (found, flags) == ("Grüße", ["charset_unknown"])


def test_bytes_that_mean_nothing_are_marked_and_the_rest_is_read() -> None:
    data = "Grüße ".encode() + b"\xff\xfe" + " aus Köln".encode()
    found, flags = text_of(data, content_type="text/plain; charset=utf-8")
    assert found.startswith("Grüße ") and found.endswith(" aus Köln")
    assert flags == ["undecodable_bytes"]


@pytest.mark.parametrize("label", ["rot13", "zlib", "unicode_escape", "idna", "base64", "a\x00b"])
def test_a_charset_that_is_no_charset_does_nothing(label: str) -> None:
    kind = f"text/plain; charset={label}"
    assert text_of(b"Gr\xc3\xbc\\u0041", content_type=kind)[0] == "Grü\\u0041"
