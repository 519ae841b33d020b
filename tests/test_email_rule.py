"""The mapping rule of messages: who is the customer, in which direction, and who never is one."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa
import pytest

from throughline.home.organisation import Organisation
from throughline.normalise.mapping import SOURCE, Mapped
from throughline.normalise.rules import load_rules
from throughline.normalise.sandbox import Sandbox
from throughline.normalise.stream import open_mapper
from throughline_email.message import message_json
from throughline_email.streams import MESSAGES

US = Organisation(name="Us", domains=("us.example",), no_reply=("no-reply@", "mailer-daemon@"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the rule needs to know of a connection."""

    name: str = "mail"
    time_zone: str = "UTC"
    region: str | None = "DE"
    currency: str | None = "EUR"


def a_message(text: str = "Hello", **fields: str) -> bytes:
    given = {"date": "Mon, 1 Jan 2024 10:00:00 +0000", "message-id": "<1@x.example>"} | {
        name.replace("_", "-"): value for name, value in fields.items()
    }
    return ("".join(f"{name}: {value}\n" for name, value in given.items()) + "\n" + text).encode()


def mapped(*messages: bytes) -> Mapped:
    texts = [message_json(message, "raw:abc").decode() for message in messages]
    keys = [json.loads(text)["message_id"] for text in texts]
    ids = [hashlib.md5(key.encode()).hexdigest() for key in keys]
    given: dict[str, Sequence[str]] = {"source_id": ids, "key": keys, "record": texts}
    columns = [
        pa.array(given[one.name], one.type) if one.name in given else pa.nulls(len(texts), one.type)
        for one in SOURCE
    ]
    mapper = open_mapper(Configured(), MESSAGES, load_rules(), Sandbox(US))
    try:
        return mapper.map(pa.table(columns, schema=SOURCE))
    finally:
        mapper.close()


def interaction(message: bytes) -> dict[str, Any]:
    [record] = mapped(message).records.to_pylist()
    found: dict[str, Any] = json.loads(record["doc"])
    return found


def parties(message: bytes) -> list[dict[str, Any]]:
    return [json.loads(doc) for doc in mapped(message).parties["doc"].to_pylist()]


def customer(message: bytes) -> str | None:
    """Return the e-mail address of the message's principal."""
    found = mapped(message)
    docs = {one["party_id"]: json.loads(one["doc"]) for one in found.parties.to_pylist()}
    principals = [one["party_id"] for one in found.participants.to_pylist() if one["principal"]]
    assert len(principals) <= 1
    return docs[principals[0]]["emails"][0] if principals else None


def test_a_letter_to_us_is_inbound_and_its_sender_the_customer() -> None:
    message = a_message(**{"from": "Anna Li <Anna@x.example>"}, to="sales@us.example")
    assert interaction(message)["direction"] == "inbound"
    assert parties(message) == [{"kind": "person", "name": "Anna Li", "emails": ["anna@x.example"]}]
    assert customer(message) == "anna@x.example"


@pytest.mark.parametrize(
    "senders",
    [
        "anna@x.example, eve@evil.example",
        "<anna@x.example> <eve@evil.example>",
        "Us: anna@x.example, eve@evil.example;",
        "anna@x.example\nfrom: eve@evil.example",
    ],
)
def test_of_several_senders_none_is_the_customer(senders: str) -> None:
    message = a_message(**{"from": senders}, to="sales@us.example")
    assert (customer(message), parties(message)) == (None, [])
    assert json.loads(message_json(message, "raw:abc"))["flags"] == ["several_senders"]


@pytest.mark.parametrize(
    "sender",
    [
        '"anna@x.example" <eve@evil.example>',
        "anna@x.example <eve@evil.example>",
        "=?utf-8?Q?anna=40x.example?= <eve@evil.example>",
        "eve@evil.example (anna@x.example)",
        "Eve <eve@evil.example>, eve@evil.example",
    ],
)
def test_an_address_as_a_name_or_a_comment_makes_nobody_else_the_sender(sender: str) -> None:
    message = a_message(**{"from": sender}, reply_to="anna@x.example", to="sales@us.example")
    assert customer(message) == "eve@evil.example"


def test_an_answer_of_ours_is_outbound_and_the_first_outsider_the_customer() -> None:
    message = a_message(
        **{"from": "sales@us.example"},
        to="boss@us.example, Anna <anna@x.example>",
        cc="bo@x.example",
    )
    assert interaction(message)["direction"] == "outbound"
    assert customer(message) == "anna@x.example"
    assert len(parties(message)) == 2


def test_a_copy_to_somebody_is_no_customer_of_an_inbound_letter() -> None:
    message = a_message(
        **{"from": "anna@x.example"}, to="sales@us.example", cc="bo@x.example, boss@us.example"
    )
    assert customer(message) == "anna@x.example"
    assert [one["role"] for one in interaction(message)["participants"]] == [
        "sender",
        "recipient",
        "recipient",
        "recipient",
    ]


def test_a_letter_among_ourselves_makes_nobody_a_customer() -> None:
    message = a_message(**{"from": "a@us.example"}, to="b@us.example")
    assert interaction(message)["direction"] == "internal"
    assert parties(message) == []


def test_what_a_program_sent_makes_nobody_a_customer() -> None:
    for fields in (
        {"auto_submitted": "auto-replied"},
        {"precedence": "bulk"},
        {"list_id": "<news.other.example>"},
        {"x_autorespond": "yes"},
        {"x_ricevuta": "avvenuta-consegna"},
    ):
        message = a_message(**{"from": "news@x.example"}, to="sales@us.example", **fields)
        assert interaction(message)["direction"] == "inbound"
        assert parties(message) == []


def test_nobody_writes_from_a_no_reply_address() -> None:
    message = a_message(**{"from": "Shop <no-reply@shop.example>"}, to="sales@us.example")
    assert parties(message) == []


def test_a_list_of_ours_hands_on_a_customers_words() -> None:
    message = a_message(
        **{"from": "anna@x.example"}, to="sales@us.example", list_id="<sales.us.example>"
    )
    assert customer(message) == "anna@x.example"


def test_a_form_on_our_site_names_the_customer_in_reply_to() -> None:
    message = a_message(
        **{"from": "Form <web@us.example>"}, to="sales@us.example", reply_to="Anna <anna@x.example>"
    )
    assert interaction(message)["direction"] == "inbound"
    assert customer(message) == "anna@x.example"


def a_form(sender: str, reply_to: str, **fields: str) -> bytes:
    """Return what a contact form sends to us."""
    told = {"subject": "New message from your website", "x_mailer": "PHPMailer 6.9.1", **fields}
    text = (
        "Name: Anna Li\nMessage: Is the lamp there?\n-- \nThis e-mail was sent from a contact form"
    )
    return a_message(text, **{"from": sender}, to="info@us.example", reply_to=reply_to, **told)


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        ("WordPress <wordpress@us.example>", {}),
        ("WordPress <wordpress@www.us.example>", {"auto_submitted": "auto-generated"}),
        ("Us <no-reply@us.example>", {}),
        ("Form Service <no-reply@formservice.example>", {}),
        ("Form Service <no-reply@formservice.example>", {"auto_submitted": "auto-generated"}),
    ],
)
def test_forms_of_one_service_are_of_the_people_whom_they_name(
    sender: str, more: dict[str, str]
) -> None:
    first, second = "Anna Li <Anna@x.example>", "bo@y.example"
    forms = a_form(sender, first, **more), a_form(sender, second, message_id="<2@x.example>")
    assert [customer(form) for form in forms] == ["anna@x.example", "bo@y.example"]
    assert {interaction(form)["direction"] for form in forms} == {"inbound"}
    found = [json.loads(doc) for doc in mapped(*forms).parties["doc"].to_pylist()]
    assert sorted(found, key=str) == [
        {"kind": "person", "emails": ["bo@y.example"]},
        {"kind": "person", "name": "Anna Li", "emails": ["anna@x.example"]},
    ]


@pytest.mark.parametrize(
    ("sender", "reply_to", "more"),
    [
        ("Parcels <no-reply@mail.parcels.example>", "Help <help@parcels.example>", {}),
        ("Parcels <no-reply@parcels.example>", "help@service.parcels.example", {}),
        ("News <no-reply@lamps.example>", "x@y.example", {"list_id": "<news.lamps.example>"}),
    ],
)
def test_a_company_that_tells_something_from_a_no_reply_address_is_nobodys_customer(
    sender: str, reply_to: str, more: dict[str, str]
) -> None:
    assert parties(a_form(sender, reply_to, **more)) == []


@pytest.mark.parametrize(
    "told",
    [
        {"reply_to": "Anna Li <anna@x.example>"},
        {"reply_to": "Sales <sales@us.example>, Anna Li <anna@x.example>"},
        {"reply_to": "sales@us.example", "x_original_from": "Anna Li <anna@x.example>"},
    ],
)
def test_a_list_of_ours_that_writes_in_its_own_name_says_whose_words_they_are(
    told: dict[str, str],
) -> None:
    message = a_message(
        **{"from": "Anna Li via Sales <sales@us.example>"} | told,
        to="sales@us.example",
        list_id="<sales.us.example>",
    )
    assert interaction(message)["direction"] == "inbound"
    assert parties(message) == [{"kind": "person", "name": "Anna Li", "emails": ["anna@x.example"]}]
    assert customer(message) == "anna@x.example"


def test_a_list_of_ours_that_got_only_a_copy_says_too_whose_words_they_are() -> None:
    message = a_message(
        **{"from": "Anna Li via Sales <Sales@us.example>"},
        reply_to="Anna Li <anna@x.example>",
        to="Bo <bo@other.example>",
        cc="sales@us.example",
        list_id="Sales <sales.us.example>",
    )
    assert interaction(message)["direction"] == "inbound"
    assert customer(message) == "anna@x.example"


PEC = """--m
Content-Type: text/plain

Il messaggio e stato inviato da "mario@pec.ditta.example" indirizzato a: sales@us.example
--m
Content-Type: message/rfc822; name="postacert.eml"
Content-Disposition: attachment; filename="postacert.eml"

From: mario@pec.ditta.example
Subject: Disdetta

Con la presente disdico il contratto.
--m--
"""


def test_certified_mail_is_of_the_person_and_not_of_the_provider() -> None:
    message = a_message(
        PEC,
        **{"from": '"Per conto di: mario@pec.ditta.example" <posta-certificata@pec.host.example>'},
        reply_to="mario@pec.ditta.example",
        to="sales@us.example",
        subject="POSTA CERTIFICATA: Disdetta",
        x_trasporto="posta-certificata",
        content_type="multipart/mixed; boundary=m",
    )
    assert customer(message) == "mario@pec.ditta.example"
    assert interaction(message)["text"] == "Con la presente disdico il contratto."
    assert interaction(message)["quoted_text"].startswith("Il messaggio e stato inviato")
    assert [one["name"] for one in interaction(message)["attachments"]] == ["postacert.eml"]


def test_who_is_named_without_an_address_is_nobodys_customer() -> None:
    named = a_message(**{"from": "Smith, Ann </O=EXCHANGE/CN=ASMITH>"}, to="Sales", cc="Bo")
    assert parties(named) == []
    hidden = a_message(**{"from": "sales@us.example"}, to="undisclosed-recipients:;")
    assert parties(hidden) == []


def test_a_message_keeps_its_words_thread_and_attachments() -> None:
    body = (
        "--b\n\nYes.\n-- \nAnna\n\nOn 1 Jan 2024 at 9:00, Bo wrote:\n> Red?\n"
        "--b\nContent-Type: image/png\nContent-Disposition: attachment; filename=a.png\n\nPNG\n"
        "--b--\n"
    )
    found = interaction(
        a_message(
            body,
            **{"from": "anna@x.example"},
            subject="Re: Order",
            references="<0@x.example>",
            content_type="multipart/mixed; boundary=b",
        )
    )
    assert found["text"] == "Yes.\n\n-- \nAnna"
    assert found["quoted_text"] == "On 1 Jan 2024 at 9:00, Bo wrote:\n> Red?"
    assert (found["thread"], found["references"]) == ("0@x.example", ["0@x.example"])
    assert (found["message_id"], found["subject"]) == ("1@x.example", "Re: Order")
    assert found["occurred_at"] == "2024-01-01T10:00:00Z"
    assert found["attachments"] == [
        {"name": "a.png", "media_type": "image/png", "bytes": 3, "reference": "raw:abc#2"}
    ]


def test_a_message_without_any_time_goes_to_quarantine() -> None:
    found = mapped(b"From: anna@x.example\n\nHello\n")
    assert found.records.num_rows == 0
    assert found.refusals.num_rows == 1
