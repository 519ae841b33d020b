"""E-mail addresses in a header field: names and addresses, as lists."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress
from email.utils import getaddresses

from throughline_email.headers import BAD_HEADER, words

_PLAIN = re.compile(
    r"""\s*(?:"(?P<quoted>[^"\\]*)"|(?P<name>[^"<>@,;:()\[\]\\]*?))\s*<\s*(?P<in>[^\s<>@,;:"()]+@[^\s<>@,;:"()]+)\s*>\s*
    |\s*(?P<bare>[^\s<>@,;:"()]+@[^\s<>@,;:"()]+)\s*""",
    re.VERBOSE,
)
_ONE_WITH_COMMAS = re.compile(r'\s*([^<>@"]*[^<>@"\s])\s*<\s*([^\s<>@]+@[^\s<>@]+)\s*>\s*')
_MARKS = "'\"‘’“”„"
_STRICT = {"strict": False} if getattr(getaddresses, "__kwdefaults__", None) else {}

Address = dict[str, str | None]
"""`name` and `address`; what is not given is null, and what is no address stays in the name."""


def addresses(values: Sequence[str], flags: set[str]) -> list[Address]:
    """Return the addresses of header fields, in order; nothing that was written is left out."""
    found: list[Address] = []
    for value in values:
        match = _PLAIN.fullmatch(value)
        if match:
            quoted, name, inside, bare = match.group("quoted", "name", "in", "bare")
            shown = words(quoted or name or "", flags)
            address = words(inside or bare, flags)
            found.append({"name": _name(shown, address), "address": address})
        elif value.strip():
            found.extend(_by_library(value, flags))
    return found


def _by_library(value: str, flags: set[str]) -> list[Address]:
    """Read a list of addresses; the standard library knows groups, comments and quoting."""
    value = value.replace("\n", " ")
    match = _ONE_WITH_COMMAS.fullmatch(value)
    if match:  # `Li, Anna <anna@example.com>`: programs forget the quotation marks
        return [_address(match[1], match[2], flags)]
    pairs: list[tuple[str, str]] = []
    if "@" in value:
        with suppress(IndexError, ValueError, RecursionError):
            pairs = getaddresses([value], **_STRICT)
    found = [_address(name, address, flags) for name, address in pairs if name or address]
    if not any(one["address"] for one in found):
        flags.add(BAD_HEADER)
        return [{"name": words(value, flags), "address": None}]
    return found


def _address(name: str, address: str, flags: set[str]) -> Address:
    shown = words(name, flags)
    local, at, host = address.rpartition("@")
    if at and local and host and " " not in host:
        return {"name": _name(shown, address), "address": words(address, flags)}
    flags.add(BAD_HEADER)
    return {"name": f"{shown} {words(address, flags)}".strip(), "address": None}


def _name(shown: str, address: str) -> str | None:
    """Return a display name; some programs put it in quotation marks, or repeat the address."""
    if shown[:1] in _MARKS and shown[-1:] in _MARKS:
        shown = shown.strip(_MARKS).strip()
    return shown if shown and shown.lower() != address.lower() else None
