"""Header fields of a message: where they end, how they are unfolded, and what their words say."""

from __future__ import annotations

import binascii
import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from throughline_email.charsets import decode

BAD_HEADER = "bad_header"

# A line of blanks is folded (RFC 5322) before another field or folded line; else it is empty.
# It begins with one certain byte, so that the search is quick; a `\r` before that stays outside.
_END = re.compile(rb"\n(?:\r?\n|[ \t]+\r?\n(?![!-9;-~]+[ \t]*:|[ \t]))")
_FIELD = re.compile(r"^([!-9;-~]+)[ \t]*:[ \t]*(.*)$", re.MULTILINE)
_WORD = re.compile(
    r"=\?([^?*\s]*)(?:\*[^?\s]*)?\?([bBqQ])\?((?>[^=?]++|=(?!\?[^=])|\?(?!=))*+)\?=", re.DOTALL
)
_NOT_BASE64 = re.compile(r"[^A-Za-z0-9+/]")


@dataclass(frozen=True, slots=True, kw_only=True)
class Headers:
    """A message's header fields by lower-case name, in order, still in their raw words."""

    fields: dict[str, list[str]] = field(repr=False)
    flags: tuple[str, ...] = ()

    def first(self, name: str) -> str:
        """Return the first field of a name, or an empty text."""
        values = self.fields.get(name)
        return values[0] if values else ""

    def all(self, name: str) -> list[str]:
        """Return all fields of a name, in order."""
        return self.fields.get(name, [])


def split(data: bytes) -> tuple[Headers, bytes]:
    """Split a message, or a part of one, into its header fields and its body."""
    if data[:1] in (b"\n", b"\r"):
        return Headers(fields={}), data.lstrip(b"\r\n") if data.strip() else b""
    end = _END.search(data)
    block, body = (data[: end.start()], data[end.end() :]) if end else (data, b"")
    text = block.removesuffix(b"\r").decode("ascii", "surrogateescape")
    if "\r" in text:
        text = text.replace("\r\n", "\n").replace("\r", " ")
    text = text.replace("\n\t", "\n ")
    unfolded = text.replace("\n ", " ") if "\n " in text else text
    found = _FIELD.findall(unfolded)
    if len(found) == unfolded.rstrip("\n").count("\n") + 1:
        return Headers(fields=_by_name(found)), body
    return _split_broken(unfolded, body, whole=data)


def _by_name(pairs: Iterable[tuple[str, str]]) -> dict[str, list[str]]:
    fields: dict[str, list[str]] = {}
    for name, value in pairs:
        fields.setdefault(name.lower(), []).append(value)
    return fields


def _split_broken(text: str, body: bytes, *, whole: bytes) -> tuple[Headers, bytes]:
    """Read a block in which some lines are no fields.

    Such a line goes on with the field before it; where no field follows, the body begins there.
    """
    lines = text.split("\n")
    known = [index for index, line in enumerate(lines) if _FIELD.match(line)]
    if not known:
        return Headers(fields={}, flags=(BAD_HEADER,)), whole
    found: list[tuple[str, list[str]]] = []
    for line in lines[: known[-1] + 1]:
        match = _FIELD.match(line)
        if match:
            found.append((match[1], [match[2]]))
        elif found:
            found[-1][1].append(line)
    pairs = [(name, " ".join(texts)) for name, texts in found]
    rest = "\n".join(lines[known[-1] + 1 :]).encode("ascii", "surrogateescape")
    separator = b"\n\n" if rest.strip() and body else b""
    kept = rest + separator + body if rest.strip() else body
    return Headers(fields=_by_name(pairs), flags=(BAD_HEADER,)), kept


def words(value: str, flags: set[str]) -> str:
    """Return what a header's text says: encoded words decoded, raw 8-bit bytes read.

    An encoded word that is broken stays as it was received, with a flag.
    """
    if "=?" not in value:
        return raw(value, flags) if not value.isascii() else value.strip()
    out: list[str] = []
    run: tuple[str, bytes] | None = None
    position = 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        position = match.end()
        if between.strip() or (run is None and between):
            _flush(run, out, flags)
            run = None
            out.append(raw(between, flags, strip=False))
        content = _word_bytes(match, flags)
        if content is None:
            _flush(run, out, flags)
            run = None
            out.append(raw(match[0], flags))
        elif run is not None and run[0] == match[1].lower():
            run = (run[0], run[1] + content)
        else:
            _flush(run, out, flags)
            run = (match[1].lower(), content)
    _flush(run, out, flags)
    out.append(raw(value[position:], flags, strip=False))
    return " ".join("".join(out).replace("\n", " ").split(" ")).strip()


def _flush(run: tuple[str, bytes] | None, out: list[str], flags: set[str]) -> None:
    """Decode a run of neighbouring words of one charset: letters may be cut between words."""
    if run is not None:
        text, _, found = decode(run[1], run[0])
        flags.update(found)
        out.append(text)


def _word_bytes(match: re.Match[str], flags: set[str]) -> bytes | None:
    content = match[3].encode("ascii", "surrogateescape")
    if match[2] in "qQ":
        return binascii.a2b_qp(content, header=True)
    letters = _NOT_BASE64.sub("", match[3])
    if len(letters) % 4 == 1:
        flags.add(BAD_HEADER)
        letters = letters[:-1]
    if not letters and match[3]:
        flags.add(BAD_HEADER)
        return None
    return binascii.a2b_base64(letters + "=" * (-len(letters) % 4))


def raw(value: str, flags: set[str], *, strip: bool = True) -> str:
    """Return a header's plain text; raw 8-bit bytes in it are read as UTF-8 or by a guess."""
    if not value.isascii():
        flags.add("raw_8bit_header")
        value, _, found = decode(value.encode("ascii", "surrogateescape"), None)
        flags.update(found)
    return value.strip() if strip else value
