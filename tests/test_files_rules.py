"""The mapping rules of web shop and ERP, on what the real systems and the exports hold."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from throughline.connector import StreamSpec
from throughline.home.organisation import Organisation, StaffMember
from throughline.normalise.mapping import SOURCE, Mapped
from throughline.normalise.rules import load_rules
from throughline.normalise.sandbox import Sandbox
from throughline.normalise.stream import open_mapper

US = Organisation(
    name="Us",
    domains=("us.example",),
    extensions=("2XX",),
    numbers=("+4930555010",),
    staff=(StaffMember(name="Anna Brückner", email="anna@us.example", extension="201"),),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """What the rules need to know of a connection."""

    name: str = "tried"
    time_zone: str = "Europe/Berlin"
    region: str | None = "DE"
    currency: str | None = "EUR"


def mapped(
    rule: str,
    stream: str,
    records: Sequence[Mapping[str, Any]],
    *,
    key: str = "id",
    group: str | None = None,
) -> Mapped:
    """Map records by one of the default rules."""
    spec = StreamSpec(name=stream, key=(key,), rule=rule, group=group)
    mapper = open_mapper(Configured(), spec, load_rules(), Sandbox(US))
    rows = [
        (
            hashlib.md5(str(record[key]).encode()).hexdigest(),
            str(record[key]),
            None,
            hashlib.md5(str(record[group]).encode()).hexdigest() if group else None,
            str(record[group]) if group else None,
            json.dumps(record),
        )
        for record in records
    ]
    columns = [pa.array(c, f.type) for c, f in zip(zip(*rows, strict=True), SOURCE, strict=True)]
    try:
        return mapper.map(pa.table(columns, SOURCE))
    finally:
        mapper.close()


def documents(found: pa.Table) -> dict[str, dict[str, Any]]:
    """Return the canonical documents by key."""
    return {row["key"]: json.loads(row["doc"]) for row in found.to_pylist()}


def principals(found: Mapped) -> list[str]:
    """Return the ids of the parties whose timeline the records belong to."""
    return [row["party_id"] for row in found.participants.to_pylist() if row["principal"]]


def party_id(stream: str, key: str) -> str:
    """Return the id that a party of the tried connection has."""
    return hashlib.md5(f"tried\x1f{stream}\x1f{key}".encode()).hexdigest()


def billing(**values: str) -> dict[str, str]:
    """Return a billing address as WooCommerce writes it."""
    names = "first_name last_name company address_1 address_2 city state postcode country"
    empty = dict.fromkeys([*names.split(), "email", "phone"], "")
    return empty | values


def an_account(number: int, **values: Any) -> dict[str, Any]:
    """Return an account as WooCommerce writes it."""
    place = billing(
        address_1="Torstraße 1", city="Berlin", postcode="10119", country="DE",
        email="Juergen.Mueller@example.de", phone="030 1234567",
    )  # fmt: skip
    return {
        "id": number, "date_created_gmt": "2026-11-22T13:19:32", "date_modified_gmt": None,
        "email": "jm@example.de", "first_name": "Jürgen", "last_name": "Müller", "role": "customer",
        "billing": place, "shipping": {**place, "phone": ""}, "meta_data": [], **values,
    }  # fmt: skip


def an_order(number: int, customer: int, **values: Any) -> dict[str, Any]:
    """Return an order as WooCommerce writes it."""
    line = {"sku": "LAMP1", "name": "Desk lamp", "quantity": 2, "total": "79.80", "price": 39.9}
    return {
        "id": number, "number": str(number), "status": "processing", "currency": "EUR",
        "total": "79.80", "date_created_gmt": "2026-11-22T13:19:32", "customer_id": customer,
        "date_modified_gmt": "2026-11-22T13:19:34", "line_items": [line],
        "billing": billing(first_name="Guest", last_name="Buyer", email="guest@example.org",
                           phone="+4520123456"), **values,
    }  # fmt: skip


def a_partner(number: int, **values: str) -> dict[str, str]:
    """Return a partner's row of the ERP's export."""
    names = (
        "type parent_id name given_name family_name company vat email phone mobile street "
        "postal_code city country language birth_date created modified deleted"
    )
    return {"id": str(number), **dict.fromkeys(names.split(), ""), "type": "person", **values}


def test_an_account_is_a_person_with_both_addresses_for_mail_and_one_for_post() -> None:
    found = mapped("woocommerce_customers", "customers", [an_account(2)])
    assert documents(found.parties)["2"] == {
        "kind": "person",
        "name": "Jürgen Müller",
        "given_name": "Jürgen",
        "family_name": "Müller",
        "emails": ["jm@example.de", "juergen.mueller@example.de"],
        "phones": ["+49301234567"],
        "addresses": [
            {"street": "Torstraße 1", "postal_code": "10119", "city": "Berlin", "country": "DE"}
        ],
    }
    assert found.parties["changed_at"].to_pylist() == ["2026-11-22T13:19:32Z"]


def test_an_account_without_a_person_s_name_is_its_company() -> None:
    place = billing(company="Nordlicht GmbH")
    account = an_account(3, first_name="", last_name="", billing=place)
    (party,) = documents(mapped("woocommerce_customers", "customers", [account]).parties).values()
    assert (party["kind"], party["name"]) == ("organisation", "Nordlicht GmbH")


def test_those_who_run_the_shop_are_no_customers() -> None:
    account = an_account(1, role="administrator")
    assert not mapped("woocommerce_customers", "customers", [account]).parties.num_rows


def test_birth_date_and_vat_number_come_from_the_shop_s_own_fields() -> None:
    meta = [
        {"id": 1, "key": "billing_birth_date", "value": "1970-02-03"},
        {"id": 2, "key": "_vat_number", "value": "DE136695976"},
        {"id": 3, "key": "other", "value": {"deep": [1]}},
    ]
    found = mapped("woocommerce_customers", "customers", [an_account(2, meta_data=meta)])
    (party,) = documents(found.parties).values()
    assert party["birth_date"] == "1970-02-03"
    assert party["identifiers"] == [{"scheme": "vat", "value": "DE136695976"}]


def test_an_account_s_order_belongs_to_the_account_and_makes_no_party() -> None:
    found = mapped("woocommerce_orders", "orders", [an_order(11, 2)])
    assert documents(found.records)["11"] == {
        "number": "11",
        "placed_at": "2026-11-22T13:19:32Z",
        "status": "processing",
        "currency": "EUR",
        "total": "79.80",
        "lines": [{"sku": "LAMP1", "name": "Desk lamp", "quantity": "2", "total": "79.80"}],
    }
    assert principals(found) == [party_id("customers", "2")]
    assert not found.parties.num_rows


def test_a_guest_s_order_makes_a_party_and_belongs_to_it() -> None:
    found = mapped("woocommerce_orders", "orders", [an_order(14, 0)])
    assert documents(found.parties)["guest:14"]["emails"] == ["guest@example.org"]
    assert principals(found) == [party_id("orders", "guest:14")]


def test_an_order_in_the_bin_is_no_order_and_its_guest_no_party() -> None:
    found = mapped("woocommerce_orders", "orders", [an_order(15, 0, status="trash")])
    assert not found.records.num_rows
    assert not found.parties.num_rows


def test_a_partner_s_name_written_backwards_is_turned_round() -> None:
    rows = [
        a_partner(1, name="Müller, Jürgen", vat="DE136695976"),
        a_partner(2, name="Jürgen Müller", given_name="Jürgen", family_name="Müller"),
        a_partner(3, type="company", name="Lamps, Inc."),
        a_partner(4, type="contact", name="Doe, Jane", company="Lamps, Inc.", vat="DE136695976"),
    ]
    found = documents(mapped("erp_partners", "partners", rows).parties)
    assert found["1"]["name"] == found["2"]["name"] == "Jürgen Müller"
    assert (found["1"]["given_name"], found["1"]["family_name"]) == ("Jürgen", "Müller")
    assert (found["3"]["kind"], found["3"]["name"]) == ("organisation", "Lamps, Inc.")
    assert found["4"]["organisation"] == "Lamps, Inc."
    assert "identifiers" in found["1"]
    assert "identifiers" not in found["4"]


def test_a_partner_s_numbers_are_read_in_its_own_country() -> None:
    row = a_partner(1, name="X Y", phone="091 123 45 67", mobile="n/a", country="ES")
    found = mapped("erp_partners", "partners", [row | {"phone": "912 345 678"}])
    assert documents(found.parties)["1"]["phones"] == ["+34912345678"]
    assert [note["path"] for note in found.notes.to_pylist()] == ["$.phones[1]"]


def test_an_invoice_has_plain_amounts_and_belongs_to_its_partner() -> None:
    row = {
        "id": "5", "partner_id": "7", "number": "RE-2026-5", "date": "2026-01-22",
        "due": "2026-02-05", "currency": "EUR", "net": "1.352,03", "tax": "66,88",
        "total": "1418,91", "status": "paid", "modified": "2026-01-22 10:00:00", "deleted": "0",
    }  # fmt: skip
    found = mapped("erp_invoices", "invoices", [row])
    invoice = documents(found.records)["5"]
    assert (invoice["net"], invoice["tax"], invoice["total"]) == ("1352.03", "66.88", "1418.91")
    assert (invoice["issued_on"], invoice["due_on"]) == ("2026-01-22", "2026-02-05")
    assert principals(found) == [party_id("partners", "7")]
