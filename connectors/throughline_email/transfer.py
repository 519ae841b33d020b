"""Undo the transfer encodings of parts, as far as a damaged one can be undone."""

from __future__ import annotations

import binascii
import re

BAD_ENCODING = "bad_encoding"

_BAD_QUOTED = re.compile(rb"=(?![0-9A-Fa-f]{2}|[ \t]*\r?\n|[ \t]*$)")
_AFTER_PADDING = re.compile(rb"=\s*+[A-Za-z0-9+/]")
_BASE64_BLOCK = re.compile(rb"[A-Za-z0-9+/]+={0,2}")
_BASE64_BYTES = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_WORDS = re.compile(rb"\S[ \t]+\S")


def undo(encoding: str, data: bytes, flags: set[str]) -> bytes:
    """Return the bytes that were encoded; an encoding that is not known changes nothing."""
    if encoding == "base64":
        return from_base64(data, flags)
    if encoding == "quoted-printable":
        if _BAD_QUOTED.search(data):
            flags.add(BAD_ENCODING)
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "uue", "x-uue"):
        return from_uuencode(data, flags)
    if encoding not in ("", "7bit", "8bit", "binary"):
        flags.add(BAD_ENCODING)
    return data


def from_base64(data: bytes, flags: set[str]) -> bytes:
    if data.translate(None, _BASE64_BYTES):
        data = _without_footer(data, flags)
    try:
        if not _AFTER_PADDING.search(data, max(0, data.find(b"="))) or b"=" not in data:
            return binascii.a2b_base64(data)
    except binascii.Error:
        pass
    flags.add(BAD_ENCODING)
    pieces = []
    for block in _BASE64_BLOCK.findall(b"".join(data.split())):
        letters = block.rstrip(b"=")
        letters = letters[: len(letters) - (len(letters) % 4 == 1)]
        pieces.append(binascii.a2b_base64(letters + b"=" * (-len(letters) % 4)))
    return b"".join(pieces)


def _without_footer(data: bytes, flags: set[str]) -> bytes:
    """Leave out what a mailing list or a virus scanner wrote below, as if this were plain text."""
    lines = data.splitlines(keepends=True)
    end = len(lines)
    while end and not _BASE64_BLOCK.fullmatch(lines[end - 1].strip()):
        end -= 1
    if not end or not any(map(_WORDS.search, lines[end:])):
        return data
    flags.add(BAD_ENCODING)
    return b"".join(lines[:end])


def from_uuencode(data: bytes, flags: set[str]) -> bytes:
    pieces = []
    for line in data.splitlines():
        if line.startswith(b"begin ") or line in (b"end", b"", b"`"):
            continue
        try:
            pieces.append(binascii.a2b_uu(line))
        except binascii.Error:
            flags.add(BAD_ENCODING)
            pieces.append(line)
    return b"".join(pieces)
