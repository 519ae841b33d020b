"""What each customer left in shop and ERP: accounts, orders, partners and invoices."""

from __future__ import annotations

from dataclasses import replace

from throughline.demo_data import erp, webshop
from throughline.demo_data.chance import count_about
from throughline.demo_data.clock import moment
from throughline.demo_data.pen import Pen
from throughline.demo_data.people import Block, Company, Person
from throughline.demo_data.spelling import international, trunk_prefix
from throughline.demo_data.talk import company_talk, person_talk
from throughline.demo_data.trail import Trail
from throughline.demo_data.webshop import Object
from throughline.demo_data.writing import ERP, SHOP, Written, write_company, write_person


def tell_block(block: Block, pen: Pen) -> list[Trail]:
    """The trails of a block: its people, then its companies."""
    trails = [_person(person, pen) for person in block.people]
    by_employer: dict[str, list[tuple[Trail, Person]]] = {}
    for person, trail in zip(block.people, trails, strict=True):
        if person.employer:
            by_employer.setdefault(person.employer.key, []).append((trail, person))
    companies = [
        _company(company, by_employer.get(company.key, []), pen) for company in block.companies
    ]
    for person, trail in zip(block.people, trails, strict=True):
        person_talk(trail, person, pen)
    return trails + companies


def _person(person: Person, pen: Pen) -> Trail:
    trail = Trail(entity=person)
    _shop(trail, person, pen)
    if not person.employer and pen.chance(pen.rates.is_private_partner):
        _private_partner(trail, person, pen)
    return trail


def _company(company: Company, contacts: list[tuple[Trail, Person]], pen: Pen) -> Trail:
    trail = Trail(entity=company)
    for _ in range(1 + pen.chance(pen.rates.duplicate_partner)):
        written = write_company(company, ERP, pen.rng, pen.rates)
        trail.partners.append(
            erp.partner(
                pen.numbers.take("partner"), "company", written, company.country,
                moment(pen.when(0.6)), pen.rng, vat=company.vat if pen.chance(0.9) else "",
            )
        )  # fmt: skip
    parent = trail.partners[0].number
    for contact, person in contacts:
        _contact(contact, person, parent, pen)
    for _ in range(count_about(pen.rng, pen.rates.invoices * 2, 6)):
        add_invoice(trail, parent, pen)
    company_talk(trail, company, pen)
    return trail


def _birth_date(person: Person, pen: Pen) -> str:
    born = person.born
    if pen.chance(pen.rates.birth_date_typo):
        if born.day <= 12 and pen.chance(0.6):
            born = born.replace(month=born.day, day=born.month)
        else:
            born = born.replace(
                year=born.year + pen.rng.choice((-10, -1, 1)), day=min(born.day, 28)
            )
    return born.isoformat()


def _shop(trail: Trail, person: Person, pen: Pen) -> None:
    rng, rates = pen.rng, pen.rates
    owned: list[tuple[int, Written, float]] = []
    at_work = person.employer is not None and pen.chance(0.6)
    if pen.chance(rates.has_account):
        for turn in range(1 + pen.chance(rates.second_account)):
            when = pen.when(0.9)
            written = write_person(person, when, SHOP, rng, rates, at_work=at_work and turn == 0)
            owned.append((add_account(trail, person, written, when, pen), written, when))
    for _ in range(count_about(rng, rates.orders, 6)):
        if owned and not pen.chance(rates.guest_order * 0.75):
            number, written, since = rng.choice(owned)
            when = pen.when(after=since)
            if pen.chance(0.15):
                work = bool(written.company)
                written = write_person(person, when, SHOP, rng, rates, at_work=work)
        else:
            number, when = 0, pen.when()
            written = write_person(person, when, SHOP, rng, rates, at_work=at_work)
        add_order(trail, person, number, written, when, pen)


def add_account(trail: Trail, person: Person, written: Written, when: float, pen: Pen) -> int:
    give(trail, written)
    number = pen.numbers.take("account")
    birth_date = _birth_date(person, pen) if pen.chance(0.3) else ""
    trail.accounts.append(
        webshop.account(number, written, person.country, moment(when), birth_date)
    )
    return number


def add_order(
    trail: Trail, person: Person, account: int, written: Written, when: float, pen: Pen
) -> Object:
    give(trail, written)
    lines = webshop.basket(pen.rng, pen.rates.lines)
    status = pen.rng.choice(webshop.STATUSES)
    number = pen.numbers.take("order")
    order = webshop.order(number, account, written, person.country, lines, moment(when), status)
    trail.orders.append(order)
    return order


def add_invoice(trail: Trail, partner: int, pen: Pen) -> None:
    number = pen.numbers.take("invoice")
    trail.invoices.append(erp.invoice(number, partner, moment(pen.when()), pen.rng))


def _private_partner(trail: Trail, person: Person, pen: Pen) -> None:
    for _ in range(1 + pen.chance(pen.rates.duplicate_partner)):
        when = pen.when(0.8)
        written = _thinned(write_person(person, when, ERP, pen.rng, pen.rates), pen)
        give(trail, written)
        number = pen.numbers.take("partner")
        trail.partners.append(
            erp.partner(
                number, "person", written, person.country, moment(when), pen.rng,
                mobile=_mobile(trail, person, when, pen) if pen.chance(0.35) else "",
                birth_date=_birth_date(person, pen) if pen.chance(0.6) else "",
            )
        )  # fmt: skip
        for _ in range(count_about(pen.rng, pen.rates.invoices * 0.8, 4)):
            add_invoice(trail, number, pen)


def _contact(trail: Trail, person: Person, parent: int, pen: Pen) -> None:
    when = pen.when(0.8)
    written = write_person(person, when, ERP, pen.rng, pen.rates, at_work=True)
    give(trail, written)
    trail.partners.append(
        erp.partner(
            pen.numbers.take("partner"), "contact", written, person.country, moment(when), pen.rng,
            parent=parent, mobile=_mobile(trail, person, when, pen) if pen.chance(0.4) else "",
        )
    )  # fmt: skip


def give(trail: Trail, written: Written) -> None:
    """Remember what the person meant to tell, where they told it at all."""
    email, phone = written.reach
    if written.email and email:
        trail.emails.append(email)
    if written.phone and phone:
        trail.phones.append(phone)


def _thinned(written: Written, pen: Pen) -> Written:
    """Clerks leave fields empty."""
    email = "" if pen.chance(pen.rates.email_left_empty) else written.email
    phone = "" if pen.chance(pen.rates.phone_left_empty) else written.phone
    return replace(written, email=email, phone=phone)


def _mobile(trail: Trail, person: Person, when: float, pen: Pen) -> str:
    number = person.former_mobile if when < person.mobile_since else person.mobile
    trail.phones.append(number)
    if pen.chance(0.6):
        return international(person.country, number)
    return f"{trunk_prefix(person.country, number)}{number}"
