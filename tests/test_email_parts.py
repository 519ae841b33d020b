"""The parts of messages: transfer encodings, attachments, HTML, forwarded messages, any bytes."""

from __future__ import annotations

import base64
import hashlib
import json
from email.message import EmailMessage

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.email_builders import a_message, read, text_of
from throughline_email.bodies import Content
from throughline_email.headers import split
from throughline_email.message import message_json, message_record
from throughline_email.parts import parts

# --- transfer encodings ---


def test_quoted_printable_is_undone() -> None:
    given = {
        "content_type": "text/plain; charset=utf-8",
        "content_transfer_encoding": "Quoted-Printable",
    }
    assert text_of(b"Gr=C3=BC=\n=C3=9Fe\n", **given) == ("Grüße", [])
    assert text_of(b"100 =ZZ sure\n", **given) == ("100 =ZZ sure", ["bad_encoding"])


def test_a_flowed_text_has_a_paragraph_on_a_line() -> None:
    flowed = (
        b"You promised it \nfor today.\n\nYours \n\n-- \nAnna\n"
        b"\nOn 1 Jan 2024 at 9:00, Bo wrote:\n> It is \n> sent.\n>> Really? \n> Yes.\n"
    )
    record = read(a_message(flowed, content_type="text/plain; format=Flowed"))
    assert record["text"] == "You promised it for today.\n\nYours"
    assert record["signature"] == "-- \nAnna"
    assert record["quoted_text"].split("\n")[1:] == ["> It is sent.", ">> Really?", "> Yes."]
    chinese = "您的訂 \n單\n".encode()
    kind = "text/plain; charset=utf-8; format=flowed; delsp=yes"
    assert text_of(chinese, content_type=kind)[0] == "您的訂單"


def test_base64_is_undone_as_far_as_it_goes() -> None:
    given = {"content_transfer_encoding": "base64"}
    whole = base64.b64encode(b"Hello, this is a text.")
    assert text_of(whole, **given) == ("Hello, this is a text.", [])
    found, flags = text_of(whole[:-3], **given)
    assert found.startswith("Hello, this is a te")
    assert flags == ["bad_encoding"]
    again = whole + b"\n" + base64.b64encode(b"And more") + b"\n"
    assert text_of(again, **given) == ("Hello, this is a text.And more", ["bad_encoding"])


@pytest.mark.parametrize("footer", ["____\nA list\nlist@x.example", "Checked by a scanner"])
def test_a_footer_below_base64_is_no_part_of_it(footer: str) -> None:
    letters = base64.encodebytes("Grüße aus Köln, wir haben Fragen zur Bestellung.".encode() * 2)
    kind = {"content_type": "text/plain; charset=utf-8", "content_transfer_encoding": "base64"}
    found, flags = text_of(letters + b"\n" + footer.encode() + b"\n", **kind)
    assert (found, flags) == (base64.b64decode(letters).decode(), ["bad_encoding"])
    damaged = letters[:20] + b"* *" + letters[20:]
    assert text_of(damaged, **kind)[0].endswith("Bestellung.")


def test_uuencoded_text_is_read() -> None:
    body = b"begin 644 a.txt\n%2&5L;&\\\n`\nend\n"
    assert text_of(body, content_transfer_encoding="x-uuencode")[0] == "Hello"


# --- parts ---


def an_offer() -> EmailMessage:
    message = EmailMessage()
    message["From"] = "anna@example.com"
    message["Message-ID"] = "<1@example.com>"
    message.set_content("Here is the offer.")
    message.add_alternative("<p>Here is the <b>offer</b>.</p>", subtype="html")
    message.add_attachment(
        b"%PDF-1.4", maintype="application", subtype="pdf", filename="Angebot für Köln.pdf"
    )
    return message


def test_plain_text_is_taken_before_html_and_attachments_are_told() -> None:
    record = read(an_offer().as_bytes())
    assert record["text"] == "Here is the offer."
    assert "html_only" not in record
    assert record["attachments"] == [
        {
            "name": "Angebot für Köln.pdf",
            "media_type": "application/pdf",
            "bytes": 8,
            "sha256": hashlib.sha256(b"%PDF-1.4").hexdigest(),
            "reference": "raw:abc#2",
        }
    ]


def test_a_text_that_has_a_name_is_read_where_the_body_stands() -> None:
    plain = 'Content-Type: text/plain; name="body.txt"\n\nHello\n'
    html = 'Content-Type: text/html; name="body.html"\n\n<p>Hello</p>\n'
    notes = 'Content-Type: text/plain; name="notes.txt"\n\nMilk, bread\n'
    both = f"Content-Type: multipart/alternative; boundary=i\n\n--i\n{plain}--i\n{html}--i--\n"
    for body in (both, plain, html):
        message = f"--o\n{body}--o\n{notes}--o--\n".encode()
        record = read(a_message(message, content_type="multipart/mixed; boundary=o"))
        assert record["text"] == "Hello"
        assert [one["name"] for one in record["attachments"]] == ["notes.txt"]


def test_html_alone_becomes_text() -> None:
    html = "<html><head><style>p {}</style></head><body><p>Dear&nbsp;team,<br>yes</p></body>"
    record = read(a_message(html.encode(), content_type="text/html; charset=utf-8"))
    assert record["html_only"] is True
    assert record["text"].replace("\xa0", " ").split("\n")[0].strip() == "Dear team,"
    assert "<" not in record["text"]


@pytest.mark.parametrize("letters", [2_200_000, 6_000_000])
def test_a_large_picture_inside_html_is_no_text(letters: int) -> None:
    picture = f'<img src="data:image/png;base64,{"iVBORw0K" * (letters // 8)}" alt="logo">'
    html = f"<p>Please <b>call</b> me</p>{picture}<p>Anna</p>"
    found, flags = text_of(html.encode(), content_type="text/html")
    assert (found.split(), flags) == (["Please", "call", "me", "Anna"], [])


def test_a_quotation_in_html_is_told_from_the_reply() -> None:
    html = (
        "<p>Yes please.</p><p>On Mon, 1 Jan 2024 at 10:00 Bo &lt;bo@x.de&gt; wrote:</p>"
        "<blockquote><p>Shall we?</p></blockquote><p>Thanks!</p>"
    )
    record = read(a_message(html.encode(), content_type="text/html"))
    assert "Shall we?" in record["quoted_text"]
    assert "Shall we?" not in record["text"]
    assert "Yes please." in record["text"] and "Thanks!" in record["text"]


@pytest.mark.parametrize(
    ("field", "name"),
    [
        ("attachment; filename*=utf-8''Gr%C3%BC%C3%9Fe.txt", "Grüße.txt"),
        ("attachment; filename*0*=latin1''Gr%FC; filename*1*=%DFe; filename*2=.txt", "Grüße.txt"),
        ('attachment; filename="=?utf-8?Q?Gr=C3=BC=C3=9Fe.txt?="', "Grüße.txt"),
        ('attachment; filename="Grüße.txt"', "Grüße.txt"),
        ('attachment; filename="a\\"b.txt"', 'a"b.txt'),
    ],
)  # fmt: skip
def test_a_file_name_is_read_however_it_is_written(field: str, name: str) -> None:
    body = (
        f"--b\n\nHello\n--b\nContent-Type: text/plain\nContent-Disposition: {field}\n\nx\n--b--\n"
    )
    record = read(a_message(body.encode(), content_type="multipart/mixed; boundary=b"))
    assert record["attachments"][0]["name"] == name
    assert record["text"] == "Hello"


@pytest.mark.parametrize("data", ["Rechnung_Müller.pdf".encode(), b"Rechnung_M\xfcller.pdf"])
def test_raw_bytes_in_a_bare_parameter_are_read_and_marked(data: bytes) -> None:
    part = b"--b\nContent-Type: application/pdf; name=" + data + b"\n\n%PDF\n--b--\n"
    record = read(a_message(part, content_type="multipart/mixed; boundary=b"))
    assert record["attachments"][0]["name"] == "Rechnung_Müller.pdf"
    assert "raw_8bit_header" in record["flags"]
    assert text_of(b"Hello", content_type=b"text/plain; charset=" + data)[0] == "Hello"


def test_a_lone_surrogate_from_anywhere_is_replaced_and_marked() -> None:
    record = json.loads(message_json(a_message(), "raw:abc", (), lambda: "\ud800"))
    assert (record["date"], "undecodable_bytes" in record["flags"]) == ("\ufffd", True)


def test_a_truncated_multipart_is_read_to_its_end_and_marked() -> None:
    whole = an_offer().as_bytes()
    record = read(whole[: whole.index(b"<p>") + 12])
    assert record["text"] == "Here is the offer."
    assert "truncated" in record["flags"]


def test_a_multipart_without_parts_is_text() -> None:
    record = read(a_message(b"Hello\n", content_type="multipart/mixed; boundary=nowhere"))
    assert record["text"] == "Hello"
    assert "bad_multipart" in record["flags"]


def test_a_forwarded_message_is_kept_as_quoted_text_and_as_an_attachment() -> None:
    inner = an_offer()
    outer = EmailMessage()
    outer["Message-ID"] = "<2@example.com>"
    outer.set_content("See below.")
    outer.add_attachment(inner)
    record = read(outer.as_bytes())
    assert record["text"] == "See below."
    assert "From: anna@example.com" in record["quoted_text"]
    assert "Here is the offer." in record["quoted_text"]
    assert [(one["media_type"], one["reference"]) for one in record["attachments"]] == [
        ("message/rfc822", "raw:abc#2"),
        ("application/pdf", "raw:abc#2.2"),
    ]


def test_a_forwarded_message_that_was_encoded_is_read_too() -> None:
    inner = base64.encodebytes(a_message(b"inside\n", subject="In"))
    body = (
        b"--b\nContent-Type: message/rfc822\nContent-Transfer-Encoding: base64\n\n"
        + inner
        + b"--b--"
    )
    record = read(a_message(body, content_type="multipart/mixed; boundary=b"))
    assert "inside" in record["quoted_text"]


def test_parts_nested_without_end_are_marked() -> None:
    body = b"deep"
    for depth in range(200):
        mark = f"b{depth}".encode()
        body = b"--%s\nContent-Type: multipart/mixed; boundary=b%d\n\n%s\n--%s--" % (
            mark,
            depth - 1,
            body,
            mark,
        )
    record = read(a_message(body, content_type="multipart/mixed; boundary=b199"))
    assert "too_deep" in record["flags"]


def test_a_text_of_many_megabytes_is_cut_and_marked() -> None:
    found, flags = text_of(b"0123456789abcde\n" * 400_000)
    assert len(found) < 4_000_001
    assert flags == ["text_cut"]


def parts_by_the_library(message: EmailMessage) -> list[str]:
    return [
        str(part.get_content()).rstrip("\n")
        for part in message.walk()
        if part.get_content_type() == "text/plain"
    ]


@settings(max_examples=50, deadline=None)
@given(
    st.lists(
        st.text(st.characters(codec="utf-8", exclude_categories=["C"])), min_size=1, max_size=4
    ),
    st.sampled_from(["7bit", "quoted-printable", "base64", "8bit"]),
)  # fmt: skip
def test_our_reading_of_whole_messages_is_the_standard_librarys(
    texts: list[str], encoding: str
) -> None:
    message = EmailMessage()
    for text in texts:
        part = EmailMessage()
        part.set_content(text, cte=encoding if text.isascii() else "base64")
        if not message.is_multipart():
            message.make_mixed()
        message.attach(part)
    flags: set[str] = set()
    head, body = split(message.as_bytes())
    content = Content(reference="", flags=flags)
    content.add(parts(head, body, flags))
    assert [text.rstrip("\n") for text in content.texts] == parts_by_the_library(message)
    assert flags == set()


# --- any bytes at all ---

PIECES = st.sampled_from(
    [
        b"\n", b"\r\n", b"\n\n", b": ", b"Subject: ", b"From: ", b"Date: ", b"Message-ID: <", b">",
        b"Content-Type: ", b"text/html", b"text/plain; charset=", b"multipart/mixed; boundary=b",
        b"message/rfc822", b"--b", b"--b--", b"utf-7", b"gb2312", b"iso-2022-jp", b"hz", b"utf-16",
        b"Content-Transfer-Encoding: ", b"base64", b"quoted-printable", b"x-uuencode",
        b"=?utf-8?B?", b"=?gb2312?Q?", b"?=", b"=", b"\xff", b"\x00", b"\x1b$B", b"<blockquote>",
        b"<!--", b"&#x", b"Content-Disposition: attachment; filename*0*=", b"''%", b"+2AA-", b">",
        b"\xed\xa0\x80", b"; name=", b"; charset=\xfc",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.binary(), st.lists(st.one_of(PIECES, st.binary(max_size=8))).map(b"".join)))
def test_any_bytes_give_a_record(message: bytes) -> None:
    record = message_record(message, "raw:abc")
    kept = json.loads(message_json(message, "raw:abc"))
    assert kept["message_id"] and kept["size"] == len(message)
    assert isinstance(record["text"], str)
    assert kept == json.loads(json.dumps(record))
