"""E-mail addresses in a header field: names and addresses, as lists."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from email.utils import getaddresses

from throughline_email.direction import without_marks
from throughline_email.headers import BAD_HEADER, words

_ADDRESS = r'(?i:mailto:)?([^\s<>@,;:"()]++@[^\s<>@,;:"()]++)'
_PLAIN = re.compile(rf'(?:"([^"\\]*+)"\s*+|([^"<>@,;:()\[\]\\]*+))<\s*+{_ADDRESS}\s*+>|{_ADDRESS}')
_PART = re.compile(r'"(?>[^"\\]++|\\.?)*+(?:"|\Z)|\([^()]*+\)|<[^<>]*+>|[^"(<,;]++|.', re.DOTALL)
"""What a list of addresses consists of; it takes any text in one pass."""
_INSIDE = re.compile(_ADDRESS)
_BRACKETED = re.compile(rf"<\s*+{_ADDRESS}\s*+>")
_NOBODY = re.compile(r"[^:;,<>@\"]*:[\s;]*")
_NO_NAME = frozenset('"<>')
_MARKS = "'\"‘’“”„"
_STRICT = {"strict": False} if getattr(getaddresses, "__kwdefaults__", None) else {}

Address = dict[str, str | None]
"""`name` and `address`; what is not given is null, and what is no address stays in the name."""


def addresses(values: Sequence[str], flags: set[str]) -> list[Address]:
    """Return the addresses of header fields, in order; nothing that was written is left out.

    But for an empty group (`undisclosed-recipients:;`): it names nobody.
    """
    found: list[Address] = []
    for value in values:
        value = value.replace("\n", " ").strip()
        if plain := _plain(value, flags):
            found.append(plain)
        elif value and not _NOBODY.fullmatch(value):
            found.extend(_listed(value, flags))
    return found


def _plain(value: str, flags: set[str]) -> Address | None:
    """Read one address as it is usually written."""
    match = _PLAIN.fullmatch(value)
    if not match:
        return None
    quoted, name, inside, bare = match.groups()
    shown, address = words(quoted or name or "", flags), words(inside or bare, flags)
    return {"name": _name(shown, address), "address": address}


def _listed(value: str, flags: set[str]) -> list[Address]:
    grouped = ":" in value and ";" in value
    found: list[Address] = []
    for one in [value] if grouped else _split(value):
        plain = _plain(one, flags)
        found.extend([plain] if plain else _unusual(one, flags))
    if not any(one["address"] for one in found):
        flags.add(BAD_HEADER)
        return [{"name": words(value, flags), "address": None}]
    return found


def _split(value: str) -> Iterator[str]:
    """Yield the entries of a list.

    A comma before which no address stands belongs to a name: programs forget the quotation marks
    of `Li, Anna <anna@example.com>`.
    """
    parts: list[str] = []
    addressed = False
    for part in _PART.findall(value):
        if part in ",;" and addressed:
            yield "".join(parts).strip()
            parts, addressed = [], False
        else:
            parts.append(part)
            addressed = addressed or ("@" in part and part[0] not in '"(')
    if rest := "".join(parts).strip(" ,;"):
        yield rest


def _unusual(value: str, flags: set[str]) -> list[Address]:
    """Read an entry that is not plain; the standard library knows groups, comments and quoting."""
    name, _, inside = value.removesuffix(">").rpartition("<")
    address = _INSIDE.fullmatch(inside.strip()) if value.endswith(">") else None
    if address and _NO_NAME.isdisjoint(name):
        return [_address(name, address[1], flags)]
    if len(several := _BRACKETED.findall(value)) > 1:  # the library would give the first alone
        return [_address("", one, flags) for one in several]
    pairs = [(value, "")]
    if "@" in value:
        with suppress(IndexError, ValueError, RecursionError):
            pairs = getaddresses([value], **_STRICT)
    return [_address(name, address, flags) for name, address in pairs if name or address]


def _address(name: str, address: str, flags: set[str]) -> Address:
    shown = words(name, flags)
    local, at, host = address.rpartition("@")
    if at and local and host and " " not in host:
        return {"name": _name(shown, address), "address": words(address, flags)}
    flags.add(BAD_HEADER)
    return {"name": f"{shown} {words(address, flags)}".strip(), "address": None}


def _name(shown: str, address: str) -> str | None:
    """Return a display name; some programs put it in quotation marks, or repeat the address."""
    shown = without_marks(shown).strip()
    if shown[:1] in _MARKS and shown[-1:] in _MARKS:
        shown = shown.strip(_MARKS).strip()
    return shown if shown and shown.lower() != address.lower() else None
