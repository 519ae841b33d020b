"""One customer whose story reads well: letter to sales, call to service, order, invoice."""

from __future__ import annotations

from dataclasses import dataclass

from throughline.demo_data import erp, mail, organisation, telephony, webshop
from throughline.demo_data.clock import moment
from throughline.demo_data.pen import Pen
from throughline.demo_data.people import Person
from throughline.demo_data.phrases import phrases
from throughline.demo_data.spelling import international
from throughline.demo_data.talk import answer
from throughline.demo_data.trail import Trail, keys
from throughline.demo_data.writing import Written

_DAY = 86_400
_LAMP = [(0, 2), (8, 1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Example:
    """Whom to look at first, by any of these keys, and how many records they have."""

    person: str
    name: str
    email: str
    phone: str
    records: int


def tell_example(trails: list[Trail], pen: Pen) -> Example:
    """Tell an ordinary person's story anew, in all four channels within two weeks."""
    people = [trail.entity for trail in trails if isinstance(trail.entity, Person)]
    person = max(people, key=_ordinary)
    at = next(place for place, trail in enumerate(trails) if trail.entity is person)
    trail = Trail(entity=person)
    start = moment(0.93)
    _letters(trail, person, start, pen)
    number = international(person.country, person.mobile)
    trail.calls.append(
        telephony.inbound(
            pen.rng, pen.numbers.take("channel", 8), number, "", start + 2 * _DAY, "service"
        )
    )
    written = _written(person, number)
    account = pen.numbers.take("account")
    trail.accounts.append(
        webshop.account(account, written, person.country, start + 4 * _DAY, person.born.isoformat())
    )
    trail.orders.append(
        webshop.order(
            pen.numbers.take("order"), account, written, person.country, _LAMP,
            start + 4 * _DAY + 600, "completed",
        )
    )  # fmt: skip
    partner = pen.numbers.take("partner")
    trail.partners.append(
        erp.partner(partner, "person", written, person.country, start + 5 * _DAY, pen.rng)
    )
    trail.invoices.append(
        erp.invoice(pen.numbers.take("invoice"), partner, start + 6 * _DAY, pen.rng)
    )
    trails[at] = trail
    return Example(
        person=person.key,
        name=f"{person.given} {person.family}",
        email=person.email,
        phone=number,
        records=len(keys(trail)),
    )


def _ordinary(person: Person) -> int:
    """How little there is to explain about a person: nothing shared, changed or of an office."""
    plain = not (person.shared_email or person.landline or person.employer)
    constant = not (person.former_email or person.former_mobile or person.former_family)
    return 4 * plain + 2 * constant + (person.country.code == "DE") + (not person.former_home)


def _written(person: Person, number: str) -> Written:
    home = person.home
    return Written(
        given=person.given,
        family=person.family,
        email=person.email,
        phone=number,
        street=home.street,
        number=home.number,
        postcode=home.postcode,
        city=home.city,
        reach=(person.email, person.mobile),
    )


def _letters(trail: Trail, person: Person, start: int, pen: Pen) -> None:
    words = phrases(person.country.language)
    name = f"{person.given} {person.family}"
    product = webshop.PRODUCTS[_LAMP[0][0]][0]
    facts = {"product": product, "order": "#1001"}
    client = mail.CLIENTS[1]
    first = mail.Letter(
        sender=mail.Address(name=name, address=person.email),
        recipient=mail.Address(name="", address=organisation.SALES),
        subject=words.subjects[0].format(**facts),
        text=f"{words.openings[0]}\n\n{words.bodies[0].format(**facts)}\n\n{words.closing}\n{name}\n",
        sent=start,
        message_id=mail.message_id(client, pen.rng, pen.numbers.take("message"), "gmail.com"),
        answers=None,
        client=client,
        phrases=words,
    )
    trail.letters.append(first)
    agent = organisation.team("sales")[0]
    ours = mail.Address(name=agent.name, address=organisation.SALES)
    answer(trail, first, ours, f"{agent.name}\n{organisation.NAME}", facts, start + 9_000, pen)
