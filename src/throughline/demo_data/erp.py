"""Rows of an ERP's CSV export: companies, their contacts, private persons, and invoices."""

from __future__ import annotations

from dataclasses import dataclass, replace
from random import Random

from throughline.demo_data.clock import berlin, iso
from throughline.demo_data.words import Country
from throughline.demo_data.writing import Written, street_line

PARTNER_HEADER = (
    "id;type;parent_id;name;given_name;family_name;company;vat;email;phone;mobile;street;"
    "postal_code;city;country;language;birth_date;created;modified;deleted"
)
INVOICE_HEADER = "id;partner_id;number;date;due;currency;net;tax;total;status;modified;deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Partner:
    """One row of partners; `kind` is company, contact or person."""

    number: int
    kind: str
    parent: int
    name: str
    given: str
    family: str
    company: str
    vat: str
    email: str
    phone: str
    mobile: str
    street: str
    postcode: str
    city: str
    country: str
    language: str
    birth_date: str
    created: int
    modified: int
    deleted: bool = False

    def line(self) -> str:
        return ";".join(
            _cell(value)
            for value in (
                str(self.number), self.kind, str(self.parent or ""), self.name, self.given,
                self.family, self.company, self.vat, self.email, self.phone, self.mobile,
                self.street,
                self.postcode, self.city, self.country, self.language, self.birth_date,
                berlin(self.created), berlin(self.modified), "1" if self.deleted else "0",
            )
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Invoice:
    """One row of invoices; money in cents."""

    number: int
    partner: int
    issued: int
    net: int
    status: str
    modified: int
    deleted: bool = False

    def line(self) -> str:
        tax = self.net * 19 // 100
        year = iso(self.issued)[:4]
        return ";".join(
            (
                str(self.number), str(self.partner), f"RE-{year}-{self.number:06d}",
                berlin(self.issued)[:10], berlin(self.issued + 14 * 86_400)[:10], "EUR",
                _money(self.net), _money(tax), _money(self.net + tax), self.status,
                berlin(self.modified), "1" if self.deleted else "0",
            )
        )  # fmt: skip


def _cell(text: str) -> str:
    if ";" in text or '"' in text or "\n" in text:
        return '"' + text.replace('"', '""') + '"'
    return text


def _money(cents: int) -> str:
    return f"{cents // 100},{cents % 100:02d}"


def partner(
    number: int,
    kind: str,
    written: Written,
    country: Country,
    created: int,
    rng: Random,
    *,
    parent: int = 0,
    vat: str = "",
    mobile: str = "",
    birth_date: str = "",
) -> Partner:
    """A partner as clerks key it in: the whole name, its parts only at times."""
    if kind == "company":
        name = written.company
    elif rng.random() < 0.6:
        name = f"{written.family}, {written.given}"
    else:
        name = f"{written.given} {written.family}"
    parts = kind != "company" and rng.random() < 0.7
    return Partner(
        number=number,
        kind=kind,
        parent=parent,
        name=name,
        given=written.given if parts else "",
        family=written.family if parts else "",
        company=written.company,
        vat=vat,
        email=written.email,
        phone=written.phone,
        mobile=mobile,
        street=street_line(written, country.number_first),
        postcode=written.postcode,
        city=written.city,
        country=country.code,
        language=country.language,
        birth_date=birth_date,
        created=created,
        modified=created + rng.randrange(60, 90 * 86_400),
    )


def invoice(number: int, partner_number: int, issued: int, rng: Random) -> Invoice:
    status = (
        "paid" if rng.random() < 0.85 else rng.choice(("open", "open", "reminded", "cancelled"))
    )
    return Invoice(
        number=number,
        partner=partner_number,
        issued=issued,
        net=rng.randrange(990, 180_000),
        status=status,
        modified=issued + rng.randrange(3_600, 20 * 86_400),
    )


def changed(row: Partner, seconds: int, **values: str) -> Partner:
    return replace(row, modified=seconds, **values)  # type: ignore[arg-type]  # fields of the row
