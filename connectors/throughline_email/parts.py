"""The parts that a message is made of: their types, names, bytes, and their places in the tree."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from throughline_email.headers import BAD_HEADER, Headers, split
from throughline_email.mime_fields import Field, read_field
from throughline_email.transfer import BAD_ENCODING, undo

TRUNCATED = "truncated"
BAD_MULTIPART = "bad_multipart"
TOO_DEEP = "too_deep"

_DEEPEST = 30
_MOST_PARTS = 2000
_LINE_FEED = 0x0A
_DELIMITER_END = re.compile(rb"(--)?[ \t]*(?:\r?\n|\Z)")
_TYPE = re.compile(r"[a-z0-9.+_-]+/[a-z0-9.+_-]+")
_PLAIN = Field(value="text/plain")
_NOTHING = Field()


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part; `number` counts as IMAP does (`2.1` is the first part of the second).

    A forwarded message has one child, and its own header fields in `headers`. `flowed` and
    `delete_blank` are `format=flowed` and `delsp=yes` of a text.
    """

    number: str
    media_type: str
    charset: str | None = None
    flowed: bool = False
    delete_blank: bool = False
    encoding: str = ""
    name: str | None = field(default=None, repr=False)
    attached: bool = False
    encoded: bytes = field(default=b"", repr=False)
    children: Sequence[Part] = ()
    headers: Headers | None = field(default=None, repr=False)

    def content(self, flags: set[str]) -> bytes:
        """Return the part's bytes with the transfer encoding undone, as far as it can be."""
        return undo(self.encoding, self.encoded, flags)


def parts(
    headers: Headers, body: bytes, flags: set[str], *, prefix: str = "", depth: int = 0
) -> Part:
    """Return the tree of a message's (or, by `prefix`, of a nested message's) parts."""
    kind = _kind(headers, flags)
    many = kind.value.startswith("multipart/")
    number = prefix.rstrip(".") if many else f"{prefix}1"
    return _part(kind, headers, body, number=number, flags=flags, depth=depth)


def _kind(headers: Headers, flags: set[str]) -> Field:
    text = headers.first("content-type")
    if not text:
        return _PLAIN
    kind = read_field(text)
    flags.update(kind.flags)
    if _TYPE.fullmatch(kind.value):
        return kind
    flags.add(BAD_HEADER)
    return Field(value="text/plain", parameters=kind.parameters)


def _part(
    kind: Field, headers: Headers, body: bytes, *, number: str, flags: set[str], depth: int
) -> Part:
    written = headers.first("content-disposition")
    disposition = read_field(written) if written else _NOTHING
    flags.update(disposition.flags)
    encoding = _encoding(headers.first("content-transfer-encoding"))
    media_type = kind.value
    children: tuple[Part, ...] = ()
    inner: Headers | None = None
    if media_type.startswith("multipart/"):
        children = _multipart(kind, encoding, body, number=number, flags=flags, depth=depth)
        if not children:
            flags.add(BAD_MULTIPART)
            media_type, number = "text/plain", number or "1"
    elif media_type in ("message/rfc822", "message/global") and depth < _DEEPEST:
        if encoding in ("base64", "quoted-printable"):
            flags.add(BAD_ENCODING)
        inner, inside = split(undo(encoding, body, flags).lstrip(b"\r\n"))
        child = parts(inner, inside, flags, prefix=f"{number}.", depth=depth + 1)
        children = (child,)
    return Part(
        number=number,
        media_type=media_type,
        charset=kind.parameters.get("charset"),
        flowed=kind.parameters.get("format", "").lower() == "flowed",
        delete_blank=kind.parameters.get("delsp", "").lower() == "yes",
        encoding=encoding,
        name=disposition.parameters.get("filename") or kind.parameters.get("name") or None,
        attached=disposition.value == "attachment",
        encoded=b"" if media_type.startswith("multipart/") else body,
        children=children,
        headers=inner,
    )


def _encoding(value: str) -> str:
    if value in ("7bit", "8bit", "base64", "quoted-printable"):
        return value
    return value.split("(", maxsplit=1)[0].split(";", maxsplit=1)[0].strip(" \t\"'").lower()


def _multipart(
    kind: Field, encoding: str, body: bytes, *, number: str, flags: set[str], depth: int
) -> tuple[Part, ...]:
    boundary = kind.parameters.get("boundary", "").rstrip()
    if depth >= _DEEPEST:
        flags.add(TOO_DEEP)
        return ()
    if not boundary:
        return ()
    line = b"--" + boundary.encode("utf-8", "surrogateescape")
    if encoding in ("base64", "quoted-printable") and line not in body:
        flags.add(BAD_ENCODING)
        body = undo(encoding, body, flags)
    digest = kind.value == "multipart/digest"
    children = []
    prefix = f"{number}." if number else ""
    for index, content in enumerate(_between(line, body, flags), start=1):
        headers, inside = split(content)
        flags.update(headers.flags)
        child = _kind(headers, flags)
        if digest and "content-type" not in headers.fields:
            child = Field(value="message/rfc822")
        place = f"{prefix}{index}"
        children.append(_part(child, headers, inside, number=place, flags=flags, depth=depth + 1))
    return tuple(children)


def _between(line: bytes, body: bytes, flags: set[str]) -> list[bytes]:
    """Return what stands between a multipart's delimiter lines."""
    found: list[bytes] = []
    start: int | None = None
    place = body.find(line)
    while place >= 0 and len(found) < _MOST_PARTS:
        rest = _DELIMITER_END.match(body, place + len(line))
        if rest and (place == 0 or body[place - 1] == _LINE_FEED):
            if start is not None:
                found.append(_without_line_end(body[start:place]))
            start = None if rest[1] else rest.end()
            if rest[1]:
                break
        place = body.find(line, place + len(line))
    if start is not None:
        flags.add(TRUNCATED if len(found) < _MOST_PARTS else BAD_MULTIPART)
        found.append(body[start:])
    return found


def _without_line_end(content: bytes) -> bytes:
    """Return a part without its last line's end, which belongs to the delimiter after it."""
    if content.endswith(b"\r\n"):
        return content[:-2]
    return content[:-1] if content.endswith(b"\n") else content
