"""One message as received (RFC 5322 bytes) becomes one record: JSON text, or its dictionary."""

from __future__ import annotations

import hashlib
import json
import re
from codecs import BOM_UTF8
from collections.abc import Callable, Mapping, Sequence, Set
from typing import Any

import orjson

from throughline_email import headers as fields
from throughline_email.addresses import Address, addresses
from throughline_email.bodies import Content
from throughline_email.charsets import UNDECODABLE
from throughline_email.dates import date_of, received_date
from throughline_email.headers import Headers, words
from throughline_email.parts import parts
from throughline_email.quotes import split_quotes

NO_DATE = "no_date"
BAD_DATE = "bad_date"
NO_MESSAGE_ID = "no_message_id"
SEVERAL_SENDERS = "several_senders"

_PEOPLE = (
    ("from", "from"),
    ("reply_to", "reply-to"),
    ("to", "to"),
    ("cc", "cc"),
    ("bcc", "bcc"),
)
Arrival = Callable[[], str | None]
"""Tells when the mailbox got a message, as RFC 3339 in UTC."""

_SURROGATE = re.compile("[\ud800-\udfff]")
_ID = re.compile(r"<([^<>]*)>")
_LONGEST_ID = 800
_LENGTH_OF_ORIGIN = 12
_BY_PROGRAMS = frozenset({"x-autoreply", "x-autorespond", "x-ricevuta"})
"""Fields that only programs write; the last is of receipts of Italian certified mail (PEC)."""
_PRECEDENCE = frozenset({"bulk", "list", "junk", "auto_reply"})


def message_json(
    data: bytes, reference: str, flags: Sequence[str] = (), arrived: Arrival | None = None
) -> bytes:
    """Return a message's record as JSON text; see `message_record`.

    A lone surrogate, which no JSON can carry, becomes U+FFFD and is flagged.
    """
    record = message_record(data, reference, flags, arrived)
    try:
        return orjson.dumps(record)
    except orjson.JSONEncodeError:
        record["flags"] = sorted({*record.get("flags", ()), UNDECODABLE})
        return _SURROGATE.sub("\ufffd", json.dumps(record, ensure_ascii=False)).encode()


def message_record(
    data: bytes, reference: str, flags: Sequence[str] = (), arrived: Arrival | None = None
) -> dict[str, Any]:
    """Return a message's record. Any bytes give a record; what can't be read is in `flags`.

    `reference` says where the bytes are kept; `arrived` is asked when the mailbox got a message
    that names no time itself.

    Fields without a value are absent, but for `message_id`, `origin`, `thread`, `date`, `subject`,
    `text`.
    """
    data = data.removeprefix(BOM_UTF8)
    head, body = fields.split(data)
    certified = "x-trasporto" in head.fields
    content = Content(reference=reference, certified=certified, flags={*flags, *head.flags})
    record = _identity(head, data, content.flags)
    record |= _time(head, content.flags, arrived)
    record |= _people(head, content.flags)
    record["origin"] = _origin(record, content.flags)
    record["subject"] = words(head.first("subject"), content.flags)
    content.add(parts(head, body, content.flags))
    record |= _said(content)
    record |= _automatic(head, content.flags)
    if certified:
        record["certified"] = True
    record["size"] = len(data)
    if content.flags:
        record["flags"] = sorted(content.flags)
    return record


def _people(head: Headers, flags: set[str]) -> dict[str, Any]:
    """Return who wrote to whom, and once more as rules like to have it.

    That is: sender, first recipient and where an answer to the sender is to go by themselves,
    `others` for all further recipients and copies; addresses in lower case. A mailing list that
    writes in its own name tells the sender in X-Original-From, or in Reply-To, maybe beside itself.
    """
    record: dict[str, Any] = {}
    for name, header in _PEOPLE:
        found = addresses(head.all(header), flags)
        if found:
            record[name] = found
    for name in ("from", "to"):
        if name in record:
            first = record[name][0]
            record |= {f"{name}_name": first["name"], f"{name}_address": _lower(first)}
    if len({_lower(one) for one in record.get("from", ()) if one["address"]}) > 1:
        flags.add(SEVERAL_SENDERS)
    told = [*addresses(head.all("x-original-from"), flags), *record.get("reply_to", ())]
    answers = [one for one in told if _lower(one) not in (None, record.get("from_address"))]
    if answers:
        record |= {"reply_name": answers[0]["name"], "reply_address": _lower(answers[0])}
    copied = [*record.get("to", ())[1:], *record.get("cc", ()), *record.get("bcc", ())]
    if copied:
        record["others"] = [{"name": one["name"], "address": _lower(one)} for one in copied]
    return record


def _lower(one: Address) -> str | None:
    return one["address"].lower() if one["address"] else None


def _identity(head: Headers, data: bytes, flags: set[str]) -> dict[str, Any]:
    own = _ids(head.first("message-id"), flags)
    if own and len(own[0]) <= _LONGEST_ID:
        message_id = own[0]
    else:
        flags.add(NO_MESSAGE_ID)
        kept = data.replace(b"\r\n", b"\n").rstrip(b"\n")
        message_id = f"digest:{hashlib.sha256(kept).hexdigest()}"
    replied = _ids(head.first("in-reply-to"), flags)
    references = _ids(" ".join(head.all("references")), flags)
    first = references[0] if references else replied[0] if replied else message_id
    record: dict[str, Any] = {"message_id": message_id, "thread": first}
    if replied:
        record["in_reply_to"] = replied[0]
    if references:
        record["references"] = references
    return record


def _origin(record: Mapping[str, Any], flags: Set[str]) -> str:
    """Return a digest of what all copies of a message share: when and from where it was sent.

    Together with the Message-ID it is the key: web forms, scanners and ticket systems give all
    their messages one Message-ID. Of a Date, only the time counts, for servers write it anew.
    """
    dated = flags.isdisjoint((NO_DATE, BAD_DATE))
    sent = record["date"] if dated else record.get("date_raw", "")
    written = f"{sent} {record.get('from_address') or ''}"
    digest = hashlib.sha256(written.encode("utf-8", "surrogatepass")).hexdigest()
    return digest[:_LENGTH_OF_ORIGIN]


def _ids(value: str, flags: set[str]) -> list[str]:
    """Return the message ids in a field, without angle brackets, in order, each once."""
    if not value:
        return []
    if "\n" in value or not value.isascii():
        value = fields.raw(value.replace("\n", ""), flags)
    found = _ID.findall(value) or [one for one in value.strip(" <>").split() if "@" in one]
    if not found and value.strip():
        found = [value.strip(" <>")]
    cleaned = ["".join(one.split()) for one in found]
    return list(dict.fromkeys(one for one in cleaned if one))


def _time(head: Headers, flags: set[str], arrived: Arrival | None) -> dict[str, Any]:
    written = head.first("date")
    date = date_of(written) if written else None
    if date is None:
        flags.add(BAD_DATE if written else NO_DATE)
        date = received_date(head.all("received")) or (arrived() if arrived else None)
    record: dict[str, Any] = {"date": date}
    if written:
        record["date_raw"] = fields.raw(written, flags)
    return record


def _said(content: Content) -> dict[str, Any]:
    texts = [text.replace("\r\n", "\n").replace("\r", "\n") for text in content.texts]
    body = split_quotes("\n".join(texts))
    record: dict[str, Any] = {"text": body.text}
    quoted = "\n\n".join(text for text in (body.quoted, *content.forwarded) if text)
    if quoted:
        record["quoted_text"] = quoted
    if body.signature:
        record["signature"] = body.signature
    if content.html and not content.plain:
        record["html_only"] = True
    if content.attachments:
        record["attachments"] = content.attachments
    if content.charset:
        record["charset"] = content.charset
    return record


def _automatic(head: Headers, flags: set[str]) -> dict[str, Any]:
    """Tell a program's message from a person's: auto-replies, bulk mail, lists, bounces."""
    names = head.fields
    list_id = ""
    if "list-id" in names:
        written = words(head.first("list-id"), flags)
        match = _ID.search(written)
        list_id = match[1].strip() if match else written
    submitted = head.first("auto-submitted").split(";")[0].strip().lower()
    automatic = (
        submitted not in ("", "no")
        or bool(list_id)
        or head.first("precedence").strip().lower() in _PRECEDENCE
        or not _BY_PROGRAMS.isdisjoint(names)
        or head.first("return-path").strip() == "<>"
        or head.first("content-type").lower().startswith("multipart/report")
    )
    record: dict[str, Any] = {"automatic": True} if automatic else {}
    if list_id:
        record["list_id"] = list_id
    return record
