"""A small world of people who meet in five systems, and how each system writes of them.

The people are few, so that they meet; some of their values are shared, mistyped, junk, or may
become our own organisation's.
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Mapping, Sequence
from random import Random
from typing import Any

Row = dict[str, str]

FIELDS = ["given", "family", "company", "email", "phone", "vat", "birth", "street"]
CAST = [
    ("Anna", "Voss", "", "anna.voss@post.de", "040 22110945", "", "1980-02-01", "Lindenweg 7"),
    ("Bernd", "Voss", "", "voss@post.de", "040 22110945", "", "1979-05-05", "Lindenweg 7"),
    ("Anna", "Voss", "", "anna.voss@pots.de", "040 771122", "", "1999-12-31", "Am Markt 1"),
    ("Anna-Maria", "Voß-Krull", "", "am@partner.de", "040 22110954", "", "1980-02-01", ""),
    ("", "Lüders", "Bauer Holz", "info@bauer-holz.de", "040 771122", "", "", ""),
    ("", "", "Bauer Holz GmbH", "info@bauer-holz.de", "040 771122", "DE811907980", "", ""),
    ("", "", "Voss & Vos KG", "einkauf@partner.de", "0171 7654321", "DE136695976", "", ""),
    ("", "", "", "voss@post.de", "0171 7654321", "", "", ""),
    ("王", "小明", "", "test@test.com", "0000000", "n/a", "", "Am Markt 1"),
]
"""Households, namesakes, a company and who works there, somebody without a name, junk."""
OTHERS = {
    "given": ["Annie", "Ana", "B", "Bernd", ""],
    "family": ["Vos", "Voss", "Lüders"],
    "company": ["Bauer Holz", "Voss & Vos KG"],
    "email": ["voss@post.de", "info@bauer-holz.de", "anna.voss@post.de", "n/a"],
    "phone": ["040 22110945", "+49 40 22110954", "0000000", "205"],
    "vat": ["811907980", "DE136695976", "n/a"],
    "birth": ["1980-01-02", "1980-02-01"],
    "street": ["Lindenwg 7", "Lindenweg 7"],
}
"""What may stand in place of somebody's own: of others of the cast, mistyped, or none."""
OURS = ["sales@ours.example", "no-reply@ours.example"]


def a_time(number: int) -> str:
    """Return a time that grows with the number."""
    return f"2026-01-{1 + number // 1440:02}T{number // 60 % 24:02}:{number % 60:02}:00"


def a_person(chance: Random) -> Row:
    """Return what a system knows of one of the cast: not all, and now and then something else."""
    person = dict(zip(FIELDS, chance.choice(CAST), strict=True))
    for name, others in OTHERS.items():
        drawn = chance.random()
        if drawn < 0.12:
            person[name] = chance.choice(others)
        elif drawn < 0.27:
            person[name] = ""
    return person


def billing(person: Row) -> dict[str, str]:
    """Return the billing block of a web shop."""
    return {
        "first_name": person["given"],
        "last_name": person["family"],
        "company": person["company"],
        "email": person["email"],
        "phone": person["phone"],
        "address_1": person["street"],
        "postcode": "20144" if person["street"] else "",
        "country": "DE",
    }


def an_account(chance: Random) -> dict[str, Any]:
    """Return a web shop's account."""
    person = a_person(chance)
    extra = [("billing_vat", person["vat"]), ("birth_date", person["birth"])]
    return {
        "first_name": person["given"],
        "last_name": person["family"],
        "email": person["email"],
        "billing": billing(a_person(chance) if chance.random() < 0.1 else person),
        "meta_data": [{"key": key, "value": value} for key, value in extra],
    }


def an_order(chance: Random) -> dict[str, Any]:
    """Return a web shop's order, of an account (which may not be there) or of a guest."""
    return {
        "number": f"W{chance.randint(1, 99)}",
        "customer_id": chance.choice(["0", "0", "1", "2", "3", "9"]),
        "status": chance.choice(["completed", "completed", "pending", "trash"]),
        "currency": chance.choice(["EUR", "EUR", "Taler"]),
        "total": chance.choice(["10.00", "12,50", "free"]),
        "date_created_gmt": a_time(chance.randint(1, 999)),
        "billing": billing(a_person(chance)),
        "line_items": [],
    }


def a_partner(chance: Random) -> Row:
    """Return an ERP's partner: a company, a contact of one, or a private person."""
    person = a_person(chance)
    name = f"{person['family']}, {person['given']}".strip(", ")
    return {
        "type": "company"
        if person["company"] and not name
        else chance.choice(["person", "contact"]),
        "name": name or person["company"],
        "company": person["company"],
        "email": person["email"],
        "phone": person["phone"],
        "vat": person["vat"],
        "birth_date": person["birth"],
        "street": person["street"],
        "country": "DE",
    }


def an_invoice(chance: Random) -> Row:
    """Return an ERP's invoice to a partner, who may not be there."""
    return {
        "number": f"R{chance.randint(1, 99)}",
        "partner_id": chance.choice(["1", "2", "3", "4", "9"]),
        "date": chance.choice(["2026-01-05", "2026-02-30", "05.01.2026"]),
        "total": chance.choice(["10.00", "1.234,50"]),
    }


def a_contact(chance: Random) -> Row:
    """Return what a CRM lists of a person."""
    person = a_person(chance)
    names = ("given", "family", "email", "phone", "birth")
    return {name: person[name] for name in names if person[name]}


def a_message(chance: Random, number: int) -> bytes:
    """Return a letter to us, from us, from a web form, a list or a program; some are answers."""
    person, other = a_person(chance), a_person(chance)
    theirs = _address(person) or "voss@post.de"
    ours, kind = chance.choice(OURS), chance.choice(["to us", "to us", "from us", "form", "bulk"])
    fields = {"From": theirs, "To": ours}
    if kind == "from us":
        fields = {"From": f"Sales <{ours}>", "To": theirs}
    elif kind == "form":
        fields = {"From": ours, "To": OURS[0], "Reply-To": theirs}
    elif kind == "bulk":
        fields |= {
            "Precedence": "bulk",
            "List-Id": chance.choice(["<l.post.de>", "<t.partner.de>"]),
        }
    if chance.random() < 0.2 and (copied := _address(other)):
        fields["Cc"] = copied
    if chance.random() < 0.4:
        fields["In-Reply-To"] = f"<{chance.randint(1, number)}@post.de>"
    hour = f"{number // 60 % 24:02}:{number % 60:02}:00"
    fields |= {"Date": f"Mon, 5 Jan 2026 {hour} +0100", "Message-ID": f"<{number}@post.de>"}
    lines = [f"{name}: {value}" for name, value in {**fields, "Subject": f"No. {number}"}.items()]
    return ("\n".join(["From x Mon Jan  5 10:00:00 2026", *lines, "", "Hello", "", ""])).encode()


def _address(person: Row) -> str:
    name = f"{person['given']} {person['family']}".strip()
    if "@" not in person["email"]:
        return ""
    return f"{name} <{person['email']}>" if name and name.isascii() else person["email"]


def a_call(chance: Random, number: int) -> list[str]:
    """Return the legs of a call, each a line of Asterisk's Master.csv; callers may be nameless."""
    person = a_person(chance)
    outside = person["phone"] or "anonymous"
    name = f"{person['given']} {person['family']}".strip() if chance.random() < 0.3 else ""
    inbound = chance.random() < 0.7
    src, dst = (outside, "201") if inbound else ("201", outside)
    begin = 1767603600 + 60 * number
    legs = []
    for leg in range(chance.randint(1, 3)):
        at = f"2026-01-05 {10 + number // 60 % 12:02}:{number % 60:02}:{leg:02}"
        answered = chance.choice(["ANSWERED", "NO ANSWER"])
        talked = "x" if chance.random() < 0.1 else str(leg)
        ids = [f"{begin + leg}.{number}{leg}", "", "", f"{begin}.{number}0", str(10 * number + leg)]
        start = ["", src, dst, "in", f'"{name}" <{src}>', "SIP/trunk-1", "SIP/201-2", "Dial", ""]
        legs.append(_csv_line([*start, at, at, at, "9", talked, answered, "3", *ids]))
    return legs


def _csv_line(values: Iterable[str]) -> str:
    text = io.StringIO()
    csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\n").writerow(values)
    return text.getvalue()


def as_jsonl(rows: Iterable[Mapping[str, Any] | str]) -> str:
    """Return a file of JSON lines; what is text is no record, and stands as it is."""
    lines = [row if isinstance(row, str) else json.dumps(row, ensure_ascii=False) for row in rows]
    return "".join(f"{line}\n" for line in lines)


def as_csv(rows: Iterable[Mapping[str, Any] | str], columns: Sequence[str]) -> str:
    """Return a CSV file with its header; what is text is no row, and stands as it is."""
    lines = [_csv_line(columns)]
    for row in rows:
        text = isinstance(row, str)
        lines.append(f"{row}\n" if text else _csv_line([row.get(name, "") for name in columns]))  # type: ignore[union-attr]
    return "".join(lines)
