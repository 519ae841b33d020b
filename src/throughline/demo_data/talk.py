"""What customers say: calls to the exchange, letters to sales and service, and our answers."""

from __future__ import annotations

from throughline.demo_data import mail, organisation, telephony, webshop
from throughline.demo_data.chance import count_about
from throughline.demo_data.clock import moment, working_hours
from throughline.demo_data.pen import Pen
from throughline.demo_data.people import Company, Person
from throughline.demo_data.phrases import Phrases, phrases
from throughline.demo_data.spelling import international, spelt_out
from throughline.demo_data.trail import Trail
from throughline.demo_data.words import Country
from throughline.demo_data.writing import MAIL, TELEPHONE, used_email, used_phone, written_name


def person_talk(trail: Trail, person: Person, pen: Pen) -> None:
    """Calls and letters; who is in no other system yet uses one of the two channels only."""
    known = bool(trail.accounts or trail.orders or trail.partners)
    only_calls = not known and pen.chance(0.5)
    if known or only_calls:
        for _ in range(count_about(pen.rng, pen.rates.calls, 7)):
            add_call(trail, person, pen)
    if known or not only_calls:
        for _ in range(count_about(pen.rng, pen.rates.conversations, 4)):
            add_conversation(trail, person, pen)


def company_talk(trail: Trail, company: Company, pen: Pen) -> None:
    """Calls from the switchboard and letters from the shared mailbox are the company's own."""
    for _ in range(count_about(pen.rng, 0.8, 4)):
        shown = dialled(company.country, company.phone, pen)
        name = spelt_out(company.name) if pen.chance(0.3) else ""
        _inbound(trail, shown, name, pen.when(), "sales", pen)
    if pen.chance(0.4):
        name = company.name if pen.chance(0.7) else ""
        customer = mail.Address(name=name, address=company.email)
        _thread(trail, customer, company.country, company.name, pen)


def dialled(country: Country, number: str, pen: Pen) -> str:
    """A number as a German exchange sees it: several trunks, several spellings."""
    style = pen.rng.random()
    if country.code == "DE" and style < 0.55:
        return f"0{number}" if style < 0.35 else f"0{number[:2]} {number[2:]}"
    return f"{'+' if style < 0.85 else '00'}{country.dial}{number}"


def _calling_number(trail: Trail, person: Person, when: float, named: bool, pen: Pen) -> str:
    """Mostly a number they gave us; a shared line only where they are its main user or named."""
    if trail.phones and not pen.chance(pen.rates.unknown_number):
        number = pen.rng.choice(trail.phones)
    else:
        number = used_phone(person, when, pen.rng, pen.rates)
    if person.employer and number == person.employer.phone and not named:
        number = person.mobile
    shared = number == person.landline and not person.main_user
    return person.mobile if shared and not named and pen.chance(0.7) else number


def add_call(trail: Trail, person: Person, pen: Pen) -> None:
    when, named = pen.when(), pen.chance(pen.rates.clid_name)
    number = _calling_number(trail, person, when, named, pen)
    shown = dialled(person.country, number, pen)
    team = "sales" if pen.chance(0.4) else "service"
    if named:
        given, family = written_name(person, when, TELEPHONE, pen.rng, pen.rates)
        _inbound(trail, shown, spelt_out(f"{given} {family}"), when, team, pen)
    elif pen.chance(pen.rates.outbound_call):
        started = working_hours(moment(when), pen.rng.randrange(36_000))
        channel = pen.numbers.take("channel", 8)
        trail.calls.append(telephony.outbound(pen.rng, channel, shown, started, team))
    else:
        _inbound(trail, shown, "", when, team, pen)


def _inbound(trail: Trail, shown: str, name: str, when: float, team: str, pen: Pen) -> None:
    started = working_hours(moment(when), pen.rng.randrange(36_000))
    channel = pen.numbers.take("channel", 8)
    trail.calls.append(telephony.inbound(pen.rng, channel, shown, name, started, team))


def _chinese(text: str) -> bool:
    return bool(text) and "一" <= text[0] <= "鿿"


def add_conversation(trail: Trail, person: Person, pen: Pen) -> None:
    when = pen.when(0.99)
    given, family = written_name(person, when, MAIL, pen.rng, pen.rates)
    if trail.emails and not pen.chance(pen.rates.unknown_address):
        address = pen.rng.choice(trail.emails)
        if person.employer and address == person.employer.email:
            address = person.work_email
    else:
        address = used_email(person, when, pen.rng, pen.rates)
    name = f"{family}{given}" if _chinese(family) else f"{given} {family}"
    style = pen.rng.random()
    shown = name
    if style < 0.06:
        shown = given
    elif style < 0.10:
        shown = f"{family}, {given}"
    elif style < 0.18:
        shown = ""
    signature = name
    if pen.chance(0.45):
        number = used_phone(person, when, pen.rng, pen.rates)
        signature += f"\nTel. {international(person.country, number)}"
    customer = mail.Address(name=shown, address=address)
    _thread(trail, customer, person.country, signature, pen)


def _thread(
    trail: Trail, customer: mail.Address, country: Country, signature: str, pen: Pen
) -> None:
    """A letter to sales or service, the answer, and at times the customer's answer to that."""
    rng = pen.rng
    team = "sales" if pen.chance(0.5) else "service"
    desk = mail.Address(
        name=organisation.SHORT_NAME if pen.chance(0.5) else "",
        address=organisation.SALES if team == "sales" else organisation.SERVICE,
    )
    order = trail.orders[0]["id"] if trail.orders else 1_000 + rng.randrange(9_000)
    facts = {"product": rng.choice(webshop.PRODUCTS)[0], "order": f"#{order}"}
    client = rng.choice(mail.CLIENTS)
    first = mail.Letter(
        sender=customer,
        recipient=desk,
        subject=rng.choice(phrases(country.language).subjects).format(**facts),
        text=_text(phrases(country.language), "bodies", signature, facts, pen),
        sent=moment(pen.when(0.99)),
        message_id=_message_id(client, customer.address, pen),
        answers=None,
        client=client,
        phrases=phrases(country.language),
    )
    trail.letters.append(first)
    if pen.chance(0.72):
        agent = rng.choice(organisation.team(team))
        staff = mail.Address(
            name=agent.name, address=desk.address if pen.chance(0.5) else agent.email
        )
        ours = f"{agent.name}\n{organisation.NAME}"
        replied = answer(trail, first, staff, ours, facts, _later(first, pen), pen)
        if pen.chance(0.55):
            answer(trail, replied, customer, signature, facts, _later(replied, pen), pen)


def _later(letter: mail.Letter, pen: Pen) -> int:
    return letter.sent + pen.rng.randrange(1_800, 50_000)


def answer(
    trail: Trail, to: mail.Letter, sender: mail.Address, signature: str, facts: dict[str, str],
    sent: int, pen: Pen,
) -> mail.Letter:  # fmt: skip
    """The answer to a letter, by `sender`: ours to a customer's, a customer's to ours."""
    ours = sender.address.endswith(f"@{organisation.DOMAIN}")
    words = to.phrases
    before = to.answers
    client = mail.STAFF_CLIENT if ours or before is None else before.client
    subject = to.subject if to.subject.startswith(words.reply) else words.reply + to.subject
    letter = mail.Letter(
        sender=sender,
        recipient=to.sender,
        subject=subject,
        text=_text(words, "answers" if ours else "thanks", signature, facts, pen),
        sent=sent,
        message_id=_message_id(client, sender.address, pen),
        answers=to,
        client=client,
        phrases=words,
    )
    trail.letters.append(letter)
    return letter


def answer_late(trail: Trail, sent: int, pen: Pen) -> mail.Letter | None:
    """The customer's answer to the last letter we wrote to them, if it was the last."""
    last = trail.letters[-1] if trail.letters else None
    if last is None or not last.sender.address.endswith(f"@{organisation.DOMAIN}"):
        return None
    facts = {"product": webshop.PRODUCTS[0][0], "order": "#1001"}
    return answer(trail, last, last.recipient, last.recipient.name, facts, sent, pen)


def _text(words: Phrases, kind: str, signature: str, facts: dict[str, str], pen: Pen) -> str:
    said = pen.rng.choice(getattr(words, kind)).format(**facts)
    return f"{pen.rng.choice(words.openings)}\n\n{said}\n\n{words.closing}\n{signature}\n"


def _message_id(client: mail.Client, address: str, pen: Pen) -> str:
    number = pen.numbers.take("message")
    return mail.message_id(client, pen.rng, number, address.rpartition("@")[2].lower())
