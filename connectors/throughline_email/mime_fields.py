"""Content-Type and Content-Disposition: the value and the parameters, however written."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.message import Message
from email.utils import unquote
from functools import lru_cache

from throughline_email.charsets import decode
from throughline_email.headers import BAD_HEADER, words

_PARAMETER = r';\s*([A-Za-z-]+)=(?:"([^"\\]*)"|([^\s;"()]+))\s*'
_USUAL = re.compile(rf"\s*([A-Za-z0-9.+_-]+(?:/[A-Za-z0-9.+_-]+)?)\s*(?:{_PARAMETER})*;?\s*")
_PARAMETERS = re.compile(_PARAMETER)
_LONGEST = 8_192
"""Characters that are read of a field: the library takes the square of its length."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """A field's lower-case value, and its parameters by lower-case name, decoded."""

    value: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict, repr=False)
    flags: frozenset[str] = frozenset()


def read_field(text: str) -> Field:
    """Read a field as it is usually written; the standard library reads the others."""
    return _read(text[:_LONGEST])


@lru_cache(maxsize=512)
def _read(text: str) -> Field:
    match = _USUAL.fullmatch(text) if text.isascii() and "=?" not in text else None
    if not match:
        return _by_library(text)
    pairs = _PARAMETERS.findall(text, match.end(1))
    parameters = {name.lower(): quoted or bare for name, quoted, bare in reversed(pairs)}
    return Field(value=match[1].lower(), parameters=parameters)


def _by_library(text: str) -> Field:
    """Have the standard library read a field: RFC 2231, comments, continuations."""
    flags: set[str] = set()
    message = Message()
    latin = text.replace("\n", " ").encode("ascii", "surrogateescape").decode("latin-1")
    message["Content-Type"] = latin
    try:
        pairs = message.get_params(unquote=True) or []
    except (ValueError, LookupError, TypeError):
        value = text.split(";", maxsplit=1)[0].strip().lower()
        return Field(value=value, flags=frozenset({BAD_HEADER}))
    parameters: dict[str, str] = {}
    for name, value in pairs[1:]:
        parameters.setdefault(name.lower(), _parameter(value, flags))
    value = str(pairs[0][0]).split("(", maxsplit=1)[0].strip(" \t\"'").lower()
    return Field(value=value, parameters=parameters, flags=frozenset(flags))


def _parameter(value: str | tuple[str | None, str | None, str], flags: set[str]) -> str:
    """Return a parameter's text: RFC 2231, encoded words against the rules, or raw bytes."""
    if isinstance(value, tuple):
        charset, _, text = value
        shown, _, found = decode(text.encode("latin-1", "replace"), charset or "utf-8")
        flags.update(found)
        return shown.strip()
    data = unquote(value).encode("latin-1", "replace")
    return words(data.decode("ascii", "surrogateescape"), flags)
