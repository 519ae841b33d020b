"""What an identifier says about who somebody is, and which ones say nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.resolve_parties import HOME, Document, Parties, a_company, a_person

MUNICH = {"street": "Am Markt 1", "postal_code": "80331", "city": "München", "country": "DE"}


@pytest.fixture
def parties(postgres_url: str) -> Iterator[Parties]:
    store = Parties.at(postgres_url)
    yield store
    store.connection.close()


def with_vat(value: str, document: Document) -> Document:
    return {**document, "identifiers": [{"scheme": "vat", "value": value}]}


@pytest.mark.parametrize("vat", ["n/a", "--", "", "keine", "DE000000000", "123456789"])
def test_an_identifier_that_nobody_has_links_nobody_and_parts_nobody(
    parties: Parties, vat: str
) -> None:
    parties.put("hamburg", with_vat(vat, a_person("Anna", "Voss", address=HOME)))
    parties.put("munich", with_vat(vat, a_person("Anna", "Voss", address=MUNICH)))
    ole = a_person("Ole", "Dahl", email="ole.dahl@post.dk", phone="+4533221188")
    parties.put("shop", with_vat(vat, ole), account=True)
    parties.put("erp", with_vat("DE811907980", ole), account=True)
    parties.resolve()
    assert not parties.together("hamburg", "munich")
    assert parties.together("shop", "erp")


def test_an_identifier_that_many_names_share_links_nobody(parties: Parties) -> None:
    agency = "DE811907980"
    names = ["Ahrens", "Behn", "Claus", "Diehl", "Evers", "Falk", "Gerdes", "Hinz", "Iken"]
    parties.put("hamburg", with_vat(agency, a_person("Anna", "Voss", address=HOME)))
    parties.put("munich", with_vat(agency, a_person("Anna", "Voss", address=MUNICH)))
    for name in names:
        parties.put(name, with_vat(agency, a_person("Nils", name)))
    parties.resolve()
    assert parties.together("hamburg", "munich")
    for name in ["Jahn", "Kock", "Lentz", "Moll"]:
        parties.put(name, with_vat(agency, a_person("Nils", name)))
    parties.resolve()
    assert not parties.together("hamburg", "munich")


def test_a_vat_number_without_its_country_is_no_other_number(parties: Parties) -> None:
    nordlicht = a_company("Nordlicht GmbH", email="info@nordlicht.de")
    parties.put("shop", with_vat("DE136695976", nordlicht), account=True)
    parties.put("erp", with_vat("136 695 976", nordlicht), account=True)
    parties.resolve()
    assert parties.together("shop", "erp")
    parties.remove("shop")
    parties.put("other", with_vat("811907980", nordlicht), account=True)
    parties.resolve()
    assert not parties.together("erp", "other")


def test_a_birth_date_and_an_identifier_outweigh_another_given_name(parties: Parties) -> None:
    for key, given, born in (
        ("2019", "Benjamin", "1990-05-22"),
        ("2026", "Joshua", "1990-05-22"),
        ("brother", "Samuel", "1993-01-07"),
    ):
        person = with_vat("4415928", a_person(given, "Capel", address=HOME))
        parties.put(key, {**person, "birth_date": born}, account=True)
    parties.resolve()
    assert parties.together("2019", "2026")
    assert not parties.together("2019", "brother")
