"""Make the people: households that share lines and mailboxes, companies they work for."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

from throughline.demo_data.chance import PEOPLE, generator, scattered
from throughline.demo_data.naming import (
    company_name,
    given_name,
    landline_number,
    mobile_number,
    private_email,
    shared_email,
    work_email,
)
from throughline.demo_data.people import Block, Company, Person, Place
from throughline.demo_data.rates import YEARS, Rates
from throughline.demo_data.vat import vat_number
from throughline.demo_data.words import Country, countries

BLOCK = 40
_LANDLINE, _MOBILE, _FORMER_MOBILE, _SWITCHBOARD = range(4)
_LETTERS = "ABDEFGHJLNPQRSTUWXYZ"
_FIRST_BIRTH, _BIRTH_DAYS, _LAST_BIRTH = date(1940, 1, 1), 23_000, date(2006, 1, 1)
# Where spouses keep their names and children may carry others: no surname to share.
_KEEP_NAMES = ("CN", "ES")
Name = tuple[str, str]  # in Latin letters and in native ones


def blocks(seed: int, first: int, people: int, rates: Rates) -> Iterator[Block]:
    """Blocks of up to 40 people, from person index `first` (a multiple of 40) on."""
    for start in range(first, first + people, BLOCK):
        size = min(BLOCK, first + people - start)
        index = start // BLOCK
        rng = generator(seed, PEOPLE, index)
        yield _Maker(rng=rng, seed=seed, rates=rates).block(index, size)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Maker:
    """Makes one block; everything comes from the block's own random numbers."""

    rng: Random
    seed: int
    rates: Rates

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def block(self, index: int, size: int) -> Block:
        people: list[Person] = []
        while len(people) < size:
            family = self.household(index * BLOCK + len(people))
            people.extend(family[: size - len(people)])
        companies = []
        free = list(range(size))
        self.rng.shuffle(free)
        for at in range(int(self.rates.companies * size + self.rng.random())):
            if free:
                companies.append(self.employer(index * BLOCK + at, people, free))
        return Block(index=index, people=tuple(people), companies=tuple(companies))

    def employer(self, index: int, people: list[Person], free: list[int]) -> Company:
        """A company named after one of the `free` people, who works there with some others."""
        company = self.company(index, people[free[0]])
        wanted = max(1, int(self.rates.contacts / self.rates.companies + self.rng.random()))
        for at in [i for i in free if people[i].country is company.country][:wanted]:
            free.remove(at)
            address = work_email(people[at], company, self.rng)
            people[at] = replace(people[at], employer=company, work_email=address)
        return company

    def company(self, index: int, boss: Person) -> Company:
        country = boss.country
        place = self.place(country)
        name = company_name(country, place.city, place.native_city, boss, index, self.rng)
        number = scattered(index, _SWITCHBOARD, self.seed)
        mailbox = self.rng.choice(("info", "info", "info", "office", "kontakt", "einkauf", "mail"))
        return Company(
            key=f"c{index:08d}",
            name=name.latin,
            native=name.native,
            country=country,
            place=place,
            domain=name.domain,
            email=f"{mailbox}@{name.domain}",
            phone=landline_number(country, place.area, number),
            vat=vat_number(country.code, number),
        )

    def place(self, country: Country) -> Place:
        rng = self.rng
        city = country.cities.pick(rng)
        street, native_street = rng.choice(country.streets)
        low, high = city.postcode_from, city.postcode_to
        if low.isdigit():
            postcode = str(rng.randint(int(low), int(high))).zfill(len(low))
        else:
            walk = f"{rng.randint(1, 9)}{rng.choice(_LETTERS)}{rng.choice(_LETTERS)}"
            postcode = f"{low}{rng.randint(1, int(high))} {walk}"
        return Place(
            street=street,
            number=f"{rng.randint(1, 120)}{rng.choice('ab') if self.chance(0.06) else ''}",
            postcode=postcode,
            city=city.name,
            native_street=native_street,
            native_city=city.native,
            area=city.area,
        )

    def household(self, index: int) -> list[Person]:
        """Its members among the customers: one, often a partner, at times grown-up children."""
        country = countries().pick(self.rng)
        size = self.household_size()
        first = self.adult(index, country, self.place(country))
        members = [first]
        if size > 1 and self.chance(self.rates.second_is_customer):
            members.append(self.partner(first))
        for _ in range(size - 2):
            if self.chance(self.rates.third_is_customer):
                members.append(self.child(members))
                if self.chance(self.rates.twins):
                    members.append(replace(self.child(members), born=members[-1].born))
        return self.sharing(members)

    def household_size(self) -> int:
        drawn = self.rng.random()
        for size, share in enumerate(self.rates.household_sizes, start=1):
            drawn -= share
            if drawn < 0:
                return size
        return len(self.rates.household_sizes)

    def sharing(self, members: list[Person]) -> list[Person]:
        """The members with the landline and the mailbox that they share, if they do."""
        landline = mailbox = ""
        first = members[0]
        if self.chance(self.rates.landline):
            number = scattered(first.index, _LANDLINE, self.seed)
            landline = landline_number(first.country, first.home.area, number)
        elif len(members) == 1:
            return members
        couple = members[:2] if len(members) > 1 and self.chance(self.rates.shared_mailbox) else []
        if couple:
            mailbox = shared_email(couple[0], couple[1], self.rng)
        main = self.rng.randrange(len(couple or members))
        return [
            replace(
                member,
                landline=landline,
                shared_email=mailbox if at < len(couple) else "",
                email=mailbox if couple and at == main else member.email,
                main_user=at == main,
            )
            for at, member in enumerate(members)
        ]

    def adult(
        self,
        index: int,
        country: Country,
        home: Place,
        *,
        female: bool | None = None,
        given: Name | None = None,
        family: Name | None = None,
        born: date | None = None,
    ) -> Person:
        """A person of whom some things may be settled: sex, names, birth date."""
        rng = self.rng
        if female is None:
            female = self.chance(0.51)
        given_latin, native_given = given or given_name(rng, country, female)
        family_latin, native_family = family or self.family_name(country)
        shorts = country.nicknames.get(given_latin.split(" ")[0], ())
        nickname = rng.choice(shorts) if shorts and self.chance(self.rates.nickname_known) else ""
        person = Person(
            key=f"p{index:08d}",
            index=index,
            country=country,
            female=female,
            given=given_latin,
            family=family_latin,
            native_given=native_given,
            native_family=native_family,
            nickname=nickname,
            born=born or _FIRST_BIRTH + timedelta(days=rng.randrange(_BIRTH_DAYS)),
            home=home,
            mobile=mobile_number(country, rng, scattered(index, _MOBILE, self.seed)),
        )
        return replace(person, **self.addresses(person), **self.past(person))

    def addresses(self, person: Person) -> dict[str, Any]:
        email = private_email(person, self.rng)
        second = private_email(person, self.rng) if self.chance(self.rates.second_email) else ""
        return {"email": email, "second_email": second if second != email else ""}

    def past(self, person: Person) -> dict[str, Any]:
        """What was true of the person earlier, and until when."""
        rng, rates, country = self.rng, self.rates, person.country
        past: dict[str, Any] = {}
        if self.chance(rates.moves * YEARS):
            past |= {"former_home": self.place(country), "moved": rng.random()}
        if self.chance(rates.changes_email * YEARS):
            past |= {"former_email": private_email(person, rng), "email_since": rng.random()}
        if self.chance(rates.changes_mobile * YEARS):
            number = scattered(person.index, _FORMER_MOBILE, self.seed)
            former = mobile_number(country, rng, number)
            past |= {"former_mobile": former, "mobile_since": rng.random()}
        weds = rates.marries * YEARS * rates.takes_partners_name
        if person.female and country.code not in _KEEP_NAMES and self.chance(weds):
            past |= {"former_family": self.family_name(country)[0], "renamed": rng.random()}
        return past

    def family_name(self, country: Country) -> Name:
        family, native = country.family.pick(self.rng)
        if country.code == "ES":
            family = f"{family} {country.family.pick(self.rng)[0]}"
        return family, native

    def partner(self, first: Person) -> Person:
        shares_name = first.country.code not in _KEEP_NAMES
        same = shares_name and self.chance(self.rates.takes_partners_name)
        born = first.born + timedelta(days=int(self.rng.gauss(0, 1_200)))
        partner = self.adult(
            first.index + 1,
            first.country,
            first.home,
            female=not first.female if self.chance(0.95) else first.female,
            family=(first.family, first.native_family) if same else None,
            born=min(born, _LAST_BIRTH),
        )
        return replace(partner, former_home=first.former_home, moved=first.moved)

    def child(self, members: list[Person]) -> Person:
        """A grown-up child at home; at times named after the parent."""
        parent = members[0]
        female = self.chance(0.5)
        namesake = female == parent.female and self.chance(self.rates.named_after_parent)
        born = parent.born + timedelta(days=self.rng.randrange(8_000, 13_000))
        return self.adult(
            parent.index + len(members),
            parent.country,
            parent.home,
            female=female,
            given=(parent.given, parent.native_given) if namesake else None,
            family=(parent.family, parent.native_family),
            born=min(born, _LAST_BIRTH),
        )
