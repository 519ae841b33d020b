"""One person's details as they stand in one record: stale, shortened, mistyped or all right."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

from throughline.demo_data.people import Company, Person, Place
from throughline.demo_data.rates import Rates
from throughline.demo_data.spelling import (
    bare,
    mistyped,
    mistyped_digits,
    mistyped_email,
    spelt_out,
    written_phone,
)

JUNK_EMAILS = ("test@test.com", "n/a", "none@none.com", "keine@keine.de", "info@", "a@b.c")
JUNK_PHONES = ("0000000", "n/a", "123456", "0", "-", "+490000000")


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """What a record says about a person or a company; `reach` holds e-mail and number as meant."""

    given: str
    family: str
    email: str
    phone: str
    street: str
    number: str
    postcode: str
    city: str
    company: str = ""
    reach: tuple[str, str] = ("", "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a channel writes: the share of native script, and factors on the rates."""

    native: float
    nickname: float
    typing: float
    transliteration: float
    junk: float


SHOP = Manner(native=0.60, nickname=1.0, typing=1.0, transliteration=1.0, junk=1.0)
ERP = Manner(native=0.12, nickname=0.25, typing=1.5, transliteration=0.3, junk=1.5)
MAIL = Manner(native=0.55, nickname=1.6, typing=0.2, transliteration=0.8, junk=0.0)
TELEPHONE = Manner(native=0.0, nickname=0.8, typing=0.5, transliteration=9.0, junk=0.0)


def written_name(
    person: Person, when: float, manner: Manner, rng: Random, rates: Rates
) -> tuple[str, str]:
    """Given and family name."""
    family = person.former_family if when < person.renamed else person.family
    given = person.given
    if person.native_family:
        if rng.random() < manner.native:
            return person.native_given, person.native_family
        return _swapped(given, family, rates.pinyin_swapped, rng)
    if person.nickname and rng.random() < rates.nickname_written * manner.nickname:
        given = person.nickname
    if person.country.code == "ES" and rng.random() < rates.one_surname:
        family = family.split(" ")[0]
    family_plain, given_plain = bare(family), bare(given)
    if family_plain != family or given_plain != given:
        drawn = rng.random() / manner.transliteration
        if drawn < rates.umlaut_spelt_out:
            given, family = spelt_out(given), spelt_out(family)
        elif drawn < rates.umlaut_spelt_out + rates.umlaut_dropped:
            given, family = given_plain, family_plain
    if rng.random() < rates.name_typo * manner.typing:
        family = mistyped(family, rng, rates.second_typo)
    if rng.random() < rates.name_typo * manner.typing:
        given = mistyped(given, rng, rates.second_typo)
    return _swapped(given, family, rates.names_swapped * manner.typing, rng)


def _swapped(given: str, family: str, share: float, rng: Random) -> tuple[str, str]:
    return (family, given) if rng.random() < share else (given, family)


def used_email(person: Person, when: float, rng: Random, rates: Rates) -> str:
    """The address the person uses at that moment, written without a mistake."""
    if person.shared_email and not person.main_user and rng.random() < rates.shared_mailbox_used:
        return person.shared_email
    if person.second_email and rng.random() < rates.second_email_used:
        return person.second_email
    return person.former_email if when < person.email_since else person.email


def used_phone(person: Person, when: float, rng: Random, rates: Rates) -> str:
    """The national significant number the person gives."""
    if person.landline and rng.random() < rates.landline_given[0 if person.main_user else 1]:
        return person.landline
    return person.former_mobile if when < person.mobile_since else person.mobile


def written_email(address: str, manner: Manner, rng: Random, rates: Rates) -> str:
    drawn = rng.random()
    if drawn < rates.junk_value * manner.junk:
        return rng.choice(JUNK_EMAILS)
    if drawn > 1 - rates.email_typo * manner.typing:
        return mistyped_email(address, rng)
    if rng.random() < 0.04:
        return address.capitalize() if rng.random() < 0.7 else address.upper()
    return address


def written_number(
    person: Person | Company, number: str, manner: Manner, rng: Random, rates: Rates
) -> str:
    """A telephone number as it is typed into a form of a German system."""
    drawn = rng.random()
    if drawn < rates.junk_value * manner.junk:
        return rng.choice(JUNK_PHONES)
    if drawn > 1 - rates.phone_typo * manner.typing:
        number = mistyped_digits(number, rng)
    return written_phone(person.country, number, rng, abroad=False)


def written_place(
    place: Place, native: bool, manner: Manner, rng: Random, rates: Rates
) -> tuple[str, str, str, str]:
    """Street, house number, postal code and city."""
    if native and place.native_street:
        return place.native_street, place.number, place.postcode, place.native_city
    street, city = place.street, place.city
    if "straße" in street.lower() and rng.random() < 0.35:
        street = rng.choice((street.replace("aße", "."), street.replace("ße", "sse")))
    if rng.random() < rates.street_typo * manner.typing:
        street = mistyped(street, rng)
    if rng.random() < 0.06:
        city = spelt_out(city) if rng.random() < 0.6 else city.upper()
    return street, place.number, place.postcode, city


def write_person(
    person: Person, when: float, manner: Manner, rng: Random, rates: Rates, *, at_work: bool = False
) -> Written:
    given, family = written_name(person, when, manner, rng, rates)
    native = bool(person.native_family) and family == person.native_family
    company = ""
    if at_work and person.employer:
        place, email, phone = person.employer.place, person.work_email, person.employer.phone
        company = person.employer.native if native else person.employer.name
        if rng.random() < rates.own_number_at_work:
            phone = used_phone(person, when, rng, rates)
        if rng.random() < rates.shared_address_at_work:
            email = person.employer.email
    else:
        place = person.former_home if person.former_home and when < person.moved else person.home
        email = used_email(person, when, rng, rates)
        phone = used_phone(person, when, rng, rates)
    street, number, postcode, city = written_place(place, native, manner, rng, rates)
    return Written(
        given=given,
        family=family,
        email=written_email(email, manner, rng, rates),
        phone=written_number(person, phone, manner, rng, rates),
        street=street,
        number=number,
        postcode=postcode,
        city=city,
        company=company,
        reach=(email, phone),
    )


def write_company(company: Company, manner: Manner, rng: Random, rates: Rates) -> Written:
    native = bool(company.native) and rng.random() < manner.native
    street, number, postcode, city = written_place(company.place, native, manner, rng, rates)
    return Written(
        given="",
        family="",
        email=written_email(company.email, manner, rng, rates),
        phone=written_number(company, company.phone, manner, rng, rates),
        street=street,
        number=number,
        postcode=postcode,
        city=city,
        company=company.native if native else written_company_name(company, manner, rng, rates),
    )


def written_company_name(company: Company, manner: Manner, rng: Random, rates: Rates) -> str:
    name = company.name
    drawn = rng.random()
    if drawn < 0.12:
        name = name.rsplit(" ", 1)[0]
    elif drawn < 0.2:
        name = name.upper()
    elif drawn < 0.28:
        name = spelt_out(name)
    return mistyped(name, rng) if rng.random() < rates.name_typo * manner.typing else name


def street_line(written: Written, number_first: bool) -> str:
    """Street and house number in the order of the country."""
    if number_first:
        return f"{written.number} {written.street}"
    return f"{written.street} {written.number}"
