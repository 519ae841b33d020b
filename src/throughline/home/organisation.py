"""Our own organisation: the addresses, numbers and people that are never made customers."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

_EXTENSION_LETTERS = {"X": "[0-9]", "Z": "[1-9]", "N": "[2-9]", ".": "[0-9]+"}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffMember:
    """One of our own people."""

    name: str
    email: str | None = None
    extension: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """Who we are. E-mail parts are in lower case, numbers are E.164 without spaces.

    `domains`: every address below them is ours (subdomains too). `mailboxes`: our addresses and
    mailing lists, wherever they are hosted. `no_reply`: addresses nobody writes from; a word that
    ends with `@` stands for any domain. `extensions`: `2XX` (X any digit, Z 1-9, N 2-9, a last
    `.` one digit or more). `numbers`: ours, `X` for any digit.
    """

    name: str = ""
    domains: tuple[str, ...] = ()
    mailboxes: tuple[str, ...] = ()
    no_reply: tuple[str, ...] = ()
    extensions: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    staff: tuple[StaffMember, ...] = ()

    @property
    def addresses(self) -> tuple[str, ...]:
        """Return every single address that is ours: mailboxes and staff, sorted."""
        staff = (person.email for person in self.staff if person.email)
        return tuple(sorted({*self.mailboxes, *staff}))

    def address_pattern(self) -> str:
        """Return a regular expression (RE2) for the addresses of our domains and no-reply senders.

        It is to match a whole address in lower case; with nothing declared it matches nothing.
        """
        ours = [rf"[^@]+@(?:[^@]+\.)?{re.escape(domain)}" for domain in self.domains]
        return _any_of([*ours, *map(_address, self.no_reply)])

    def no_reply_pattern(self) -> str:
        """Return a regular expression (RE2) for the no-reply senders, to match a whole address."""
        return _any_of([*map(_address, self.no_reply)])

    def extension_pattern(self) -> str:
        """Return a regular expression (RE2) for our extensions, to match a whole number."""
        listed = [*self.extensions, *(p.extension for p in self.staff if p.extension)]
        return _any_of([_digits(pattern.removeprefix("_")) for pattern in listed])

    def number_pattern(self) -> str:
        """Return a regular expression (RE2) for our E.164 numbers, to match a whole number."""
        return _any_of([_digits(number) for number in self.numbers])


def organisation_from(value: Mapping[str, Any] | None) -> Organisation:
    """Return the organisation that a checked `organisation:` block describes."""
    block = value or {}
    return Organisation(
        name=block.get("name") or "",
        domains=tuple(domain.lower().removeprefix("@") for domain in block.get("domains") or ()),
        mailboxes=_lower(block.get("mailing_lists") or ()),
        no_reply=_lower(block.get("no_reply") or ()),
        extensions=tuple(block.get("extensions") or ()),
        numbers=tuple(re.sub(r"[^0-9X+]", "", number) for number in block.get("numbers") or ()),
        staff=tuple(
            StaffMember(
                name=person["name"],
                email=(person.get("email") or "").lower() or None,
                extension=person.get("extension"),
            )
            for person in block.get("staff") or ()
        ),
    )


def _lower(words: Iterable[str]) -> tuple[str, ...]:
    return tuple(word.lower() for word in words)


def _address(word: str) -> str:
    return re.escape(word) + (r"[^@]+" if word.endswith("@") else "")


def _digits(pattern: str) -> str:
    return "".join(_EXTENSION_LETTERS.get(letter, re.escape(letter)) for letter in pattern)


def _any_of(parts: list[str]) -> str:
    return f"^(?:{'|'.join(parts)})$" if parts else "^$."  # nothing has a character after its end
