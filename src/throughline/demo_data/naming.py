"""Names, e-mail addresses and telephone numbers as they are given to a person or a company."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random
from typing import TYPE_CHECKING

from throughline.demo_data.spelling import bare, spelt_out
from throughline.demo_data.words import Country

if TYPE_CHECKING:
    from throughline.demo_data.people import Company, Person

_ENDINGS = {"GB": "co.uk", "US": "com", "CN": "com.cn"}
# Digits between area code and subscriber where numbers are longer than area + 7.
_FILLERS = {"FR": "4", "CN": "8"}


def given_name(rng: Random, country: Country, female: bool) -> tuple[str, str]:
    """A given name and its native form; Chinese ones are of one or two characters."""
    choice = country.given_f if female else country.given_m
    latin, native = choice.pick(rng)
    if country.code == "CN" and rng.random() < 0.8:
        second, second_native = choice.pick(rng)
        return latin + second.lower(), native + second_native
    return latin.replace("_", " "), native


def mobile_number(country: Country, rng: Random, number: int) -> str:
    """The national significant number, without trunk prefix."""
    return f"{rng.choice(country.mobile)}{_subscriber(country, number)}"


def landline_number(country: Country, area: str, number: int) -> str:
    if country.code == "GB":
        return f"{area}7{2_000_000 + number}" if area == "20" else f"{area}2{number % 10**6:06d}"
    return f"{area}{_FILLERS.get(country.code, '')}{_subscriber(country, number)}"


def _subscriber(country: Country, number: int) -> int:
    return 100_000 + number % 900_000 if country.code == "DK" else 2_000_000 + number


def _plain(text: str, rng: Random) -> str:
    return _letters(text, rng.random() < 0.8)


@lru_cache(maxsize=65_536)
def _letters(text: str, spell_out: bool) -> str:
    """Lower-case ASCII letters and digits alone."""
    text = (spelt_out(text) if spell_out else bare(text)).lower()
    return "".join(letter for letter in text if letter.isascii() and letter.isalnum())


def private_email(person: Person, rng: Random) -> str:
    domain = person.country.domains.pick(rng)
    given = _plain(person.given.split(" ")[0], rng)
    family = _plain(person.family.split(" ")[0], rng)
    style = rng.random()
    if domain == "qq.com" and style < 0.7:
        return f"{rng.randrange(10**8, 10**10)}@qq.com"
    if style < 0.45:
        local = f"{given}.{family}"
    elif style < 0.60:
        local = f"{given[0]}.{family}"
    elif style < 0.72:
        local = f"{given}{family}"
    elif style < 0.82:
        local = f"{family}.{given}"
    elif style < 0.90:
        local = f"{given}_{family}"
    else:
        local = f"{_plain(person.nickname, rng) or given}{family[:1]}"
    digits = rng.random()
    if digits < 0.2 and style < 0.9 and len(local) > 11:
        return f"{local}@{domain}"
    if digits < 0.45:
        return f"{local}{person.born.year % 100:02d}@{domain}"
    return f"{local}{person.index * 37 % 9973 + rng.randrange(3) * 10_000}@{domain}"


def shared_email(first: Person, second: Person, rng: Random) -> str:
    """A couple's mailbox."""
    family = _plain(first.family.split(" ")[0], rng)
    number = first.index * 31 % 9967
    word = {"de": "familie", "fr": "famille", "es": "familia", "da": "familien"}
    one, two = _plain(first.given, rng), _plain(second.given, rng)
    local = rng.choice(
        (
            f"{word.get(first.country.language, 'family')}.{family}",
            f"{one}.{two}",
            f"{one}.{family}",
        )
    )
    return f"{local}{number}@{first.country.domains.pick(rng)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class CompanyName:
    """A company's name in Latin letters, in native ones (China alone), and its domain."""

    latin: str
    native: str
    domain: str


def company_name(
    country: Country, city: str, native_city: str, boss: Person, index: int, rng: Random
) -> CompanyName:
    """Named after its owner or its town, and its trade."""
    trade, native_trade = rng.choice(country.companies)
    form, native_form = country.forms.pick(rng)
    family = boss.family.split(" ")[0]
    head = family if rng.random() < 0.6 else f"{city} {country.family.pick(rng)[0]}"
    name = f"{head} {trade} {form}"
    native = ""
    if native_trade:
        name = f"{city} {boss.family}{boss.given} {trade} {form}"
        native = f"{native_city}{boss.native_family}{boss.native_given}{native_trade}{native_form}"
    slug = spelt_out(f"{head}-{trade}").lower().replace(" ", "-").replace("_", "-")
    slug = "".join(
        letter for letter in slug if letter.isascii() and (letter.isalnum() or letter == "-")
    )
    if rng.random() < 0.7:
        slug = f"{slug}-{index * 13 % 997}"
    domain = f"{slug}.{_ENDINGS.get(country.code, country.code.lower())}"
    return CompanyName(latin=name, native=native, domain=domain)


def work_email(person: Person, company: Company, rng: Random) -> str:
    given = _plain(person.given.split(" ")[0], rng)
    family = _plain(person.family.split(" ")[0], rng)
    style = rng.random()
    local = (
        f"{given}.{family}" if style < 0.6 else f"{given[:1]}{family}" if style < 0.85 else family
    )
    return f"{local}@{company.domain}"
