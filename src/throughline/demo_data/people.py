"""The people and companies of the demo: who they are, before anybody writes them down."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from throughline.demo_data.words import Country


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An address; the native forms are Chinese characters, empty elsewhere."""

    street: str
    number: str
    postcode: str
    city: str
    native_street: str
    native_city: str
    area: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Company:
    """A company: an entity of its own, reached by its switchboard and its shared mailbox."""

    key: str
    name: str
    native: str
    country: Country
    place: Place
    domain: str
    email: str
    phone: str
    vat: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A customer with all that is true of them.

    `moved`, `email_since`, `mobile_since` and `renamed` are moments on the demo's time line (0 to
    1) before which the former value held; 0 where nothing changed. `main_user`: the one of a
    household who answers its landline and its shared mailbox.
    """

    key: str
    index: int
    country: Country
    female: bool
    given: str
    family: str
    native_given: str
    native_family: str
    nickname: str
    born: date
    home: Place
    mobile: str
    email: str = ""
    second_email: str = ""
    landline: str = ""
    shared_email: str = ""
    main_user: bool = True
    former_home: Place | None = None
    former_email: str = ""
    former_mobile: str = ""
    former_family: str = ""
    moved: float = 0.0
    email_since: float = 0.0
    mobile_since: float = 0.0
    renamed: float = 0.0
    employer: Company | None = None
    work_email: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """Some neighbours and the companies they work for: made, written and forgotten as a unit."""

    index: int
    people: tuple[Person, ...]
    companies: tuple[Company, ...]
