"""What mailbox and exchange hold besides customers: newsletters, staff, unknown callers."""

from __future__ import annotations

from random import Random

from throughline.demo_data import mail, organisation, telephony
from throughline.demo_data.clock import moment, working_hours
from throughline.demo_data.delivery import Delivery
from throughline.demo_data.organisation import AGENTS, DOMAIN
from throughline.demo_data.phrases import phrases
from throughline.demo_data.trail import Numbers

# Assumptions, a person: noise is a tenth of the mail and of the calls.
_MAIL, _ANONYMOUS, _INTERNAL = 0.14, 0.08, 0.06
_SENDERS = (
    ("Leuchtenbranche", "news@leuchten-branche.example", "Stammtisch im Juli"),
    ("Newsletter Leuchtenbranche", "newsletter@leuchten-branche.example", "Die Trends im Juni"),
    ("Paketdienst", "no-reply@paket.example", "Ihre Sendung ist unterwegs"),
    ("Messe Frankfurt", "noreply@messe.example", "Einladung: Light + Building"),
    ("Mail Delivery Subsystem", f"mailer-daemon@{DOMAIN}", "Undelivered Mail Returned to Sender"),
    ("Payment Service", "do-not-reply@pay.example", "Your monthly statement"),
)


def write_noise(base: Delivery, rng: Random, numbers: Numbers, people: int) -> None:
    """Messages and calls of no customer, in proportion to the people; none is in the truth."""
    for _ in range(int(people * _MAIL + rng.random())):
        base.letter(_letter(rng, numbers), rng)
    for _ in range(int(people * _ANONYMOUS + rng.random())):
        started = working_hours(moment(rng.random()), rng.randrange(36_000))
        channel = numbers.take("channel", 8)
        number, name = ("anonymous", "Anonymous") if rng.random() < 0.8 else ("", "Unknown")
        base.call(telephony.inbound(rng, channel, number, name, started, "service"))
    for _ in range(int(people * _INTERNAL + rng.random())):
        started = working_hours(moment(rng.random()), rng.randrange(36_000))
        base.call(telephony.internal(rng, numbers.take("channel", 8), started))


def _letter(rng: Random, numbers: Numbers) -> mail.Letter:
    if rng.random() < 0.6:
        name, address, subject = rng.choice(_SENDERS)
        text = f"{subject}\n\nDies ist eine automatische Nachricht.\n"
        recipient = mail.Address(name="", address=organisation.SALES)
    else:
        one, two = rng.sample(AGENTS, 2)
        name, address, subject = one.name, one.email, "Übergabe"
        text = f"Hallo {two.name},\n\nkannst du morgen die Hotline übernehmen?\n\n{name}\n"
        recipient = mail.Address(name=two.name, address=two.email)
    client = rng.choice(mail.CLIENTS)
    number = numbers.take("message")
    return mail.Letter(
        sender=mail.Address(name=name, address=address),
        recipient=recipient,
        subject=subject,
        text=text,
        sent=moment(rng.random()),
        message_id=mail.message_id(client, rng, number, address.rpartition("@")[2]),
        answers=None,
        client=client,
        phrases=phrases("de"),
        list_id=address.replace("@", ".") if address.startswith("news") else "",
    )
