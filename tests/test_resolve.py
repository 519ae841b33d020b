"""Who is one customer and who is not, by the shipped rules."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from psycopg.pq import TransactionStatus

from tests.resolve_parties import HOME, Parties, a_company, a_person
from throughline.errors import InvalidHomeError, StoppedError
from throughline.resolve import Engine, load_identity_rules, resolve
from throughline.store import connect


@pytest.fixture
def parties(postgres_url: str) -> Iterator[Parties]:
    store = Parties.at(postgres_url)
    yield store
    store.connection.close()


def test_one_name_and_address_in_two_systems_is_one_customer(parties: Parties) -> None:
    parties.put("account", a_person("Jörg", "Müller", email="j.mueller@post.de"), account=True)
    parties.put("message", {"name": "Mueller, Joerg", "emails": ["j.mueller@post.de"]})
    parties.resolve()
    assert parties.together("account", "message")


def test_a_household_on_one_telephone_stays_two_customers(parties: Parties) -> None:
    parties.put("anna", a_person("Anna", "Voss", phone="+494022110945", address=HOME))
    parties.put("bernd", a_person("Bernd", "Voss", phone="+494022110945", address=HOME))
    parties.resolve()
    assert not parties.together("anna", "bernd")
    ((_, _, decision, rule, _, reasons),) = parties.links()
    assert (decision, rule) == ("refused", "household")
    assert '"phone":"same"' in reasons


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Jun Tanaka", "Kenji Tanaka"),
        ("Don Draper", "Betty Draper"),
        ("M. Vogt", "Bernd Vogt"),
        ("Di Wang", "Ming Wang"),
    ],
)
def test_a_given_name_that_is_a_title_or_a_particle_elsewhere_tells_a_household_apart(
    parties: Parties, one: str, other: str
) -> None:
    shared = {"kind": "person", "emails": ["familie@post.de"], "phones": ["+494022110945"]}
    parties.put("one", {**shared, "name": one})
    parties.put("other", {**shared, "name": other})
    parties.put("account", a_person(*one.split(), email="familie@post.de"), account=True)
    parties.resolve()
    assert parties.together("one", "account")
    assert not parties.together("one", "other")


def test_a_title_before_a_family_name_is_no_given_name(parties: Parties) -> None:
    parties.put("account", a_person("Antje", "von Berg", phone="+4540885533"), account=True)
    parties.put("call", {"name": "Frau von Berg", "phones": ["+4540885533"]})
    parties.put("message", {"name": "Frau Dr. Antje Berg", "phones": ["+4540885533"]})
    parties.resolve()
    assert parties.together("account", "call", "message")


def test_blank_never_matches_blank(parties: Parties) -> None:
    parties.put("a", {"kind": "person", "given_name": "", "emails": [], "phones": []})
    parties.put("b", {"kind": "person", "given_name": "", "emails": [], "phones": []})
    parties.resolve()
    assert not parties.together("a", "b")
    assert parties.links() == []


def test_junk_values_link_nobody(parties: Parties) -> None:
    parties.put("a", a_person("Ada", "Holm", email="test@test.com", phone="+490000000"))
    parties.put("b", a_person("Ada", "Lund", email="test@test.com", phone="+490000000"))
    parties.put("c", {"emails": ["test@test.com"]})
    parties.put("d", {"emails": ["test@test.com"]})
    parties.resolve()
    assert len(parties.partition()) == 4


@pytest.mark.parametrize(
    "value",
    [{"emails": ["mail@mueller-bau.de"]}, {"phones": ["+441234561234"]}],
    ids=["mail@ of a firm", "a number in Bedford"],
)
def test_a_real_value_that_looks_like_junk_links(
    parties: Parties, value: dict[str, list[str]]
) -> None:
    parties.put("account", {**a_person("Ida", "Krogh"), **value}, account=True)
    parties.put("message", value)
    parties.resolve()
    assert parties.together("account", "message")


def test_a_nameless_call_goes_to_the_one_who_holds_the_number(parties: Parties) -> None:
    parties.put("account", a_person("Ida", "Krogh", phone="+4533221188"), account=True)
    parties.put("call", {"phones": ["+4533221188"]})
    parties.resolve()
    assert parties.together("account", "call")


def test_a_nameless_call_from_a_household_belongs_to_nobody_for_sure(parties: Parties) -> None:
    parties.put("anna", a_person("Anna", "Voss", phone="+494022110945", address=HOME))
    parties.put("bernd", a_person("Bernd", "Voss", phone="+494022110945", address=HOME))
    parties.put("call", {"phones": ["+494022110945"]})
    parties.resolve()
    assert len(parties.partition()) == 3


def test_an_address_that_names_one_of_a_household_is_theirs(parties: Parties) -> None:
    parties.put("anna", a_person("Anna", "Voss", email="anna.voss@post.de", address=HOME))
    parties.put("bernd", a_person("Bernd", "Voss", email="anna.voss@post.de", address=HOME))
    parties.put("message", {"emails": ["anna.voss@post.de"]})
    parties.resolve()
    assert parties.together("anna", "message")
    assert not parties.together("bernd", "message")


@pytest.mark.parametrize(
    ("name", "given", "family"),
    [
        ("王小明", "Xiaoming", "Wang"),
        ("Wang Xiaoming", "Xiaoming", "Wang"),
        ("Xiaoming Wang", "小明", "王"),
        ("Liz O'Hara", "Elizabeth", "O’Hara"),
        ("Dr. Søren Østergård", "Sören", "Oestergaard"),
        ("WEISS, HANS", "Hans", "Weiß"),
        ("Schmitt Klaus", "Klaus", "Schmitt"),
        ("A. Bergmann", "Antje", "Bergmann"),
    ],
)
def test_one_name_written_in_two_ways_is_one_name(
    parties: Parties, name: str, given: str, family: str
) -> None:
    parties.put("account", a_person(given, family, phone="+4540885533"), account=True)
    parties.put("call", {"name": name, "phones": ["+4540885533"]})
    parties.resolve()
    assert parties.together("account", "call")


def test_a_typing_error_in_a_name_or_an_address_does_not_divide(parties: Parties) -> None:
    parties.put("a", a_person("Martin", "Lehmann", email="martin.lehmann@post.de"))
    parties.put("b", a_person("Matrin", "Lehmann", email="martin.lehmann@post.de"))
    parties.put("c", a_person("Martin", "Lehmann", email="martin.lehmnan@post.de"))
    parties.resolve()
    assert parties.together("a", "b", "c")


def test_other_birth_dates_weigh_but_do_not_forbid(parties: Parties) -> None:
    one = a_person("Eva", "Brandt", email="eva.brandt@post.de", birth_date="1980-03-05")
    parties.put("a", {**one, "phones": ["+494033557711"]})
    parties.put("b", {**one, "birth_date": "1971-11-30", "phones": ["+494033557711"]})
    parties.put("c", a_person("Tom", "Ahrens", address=HOME, birth_date="1980-03-05"))
    parties.put("d", a_person("Tom", "Ahrens", address=HOME, birth_date="1952-08-17"))
    parties.resolve()
    assert parties.together("a", "b")
    assert not parties.together("c", "d")


def test_a_company_is_known_without_its_legal_form(parties: Parties) -> None:
    parties.put("partner", a_company("Nordlicht Druck GmbH", phone="+494021330044"), account=True)
    parties.put("call", {"kind": "person", "name": "Nordlicht Druck", "phones": ["+494021330044"]})
    parties.put("contact", a_person("Uwe", "Thiel", phone="+494021330044"))
    parties.resolve()
    assert parties.together("partner", "call")
    assert not parties.together("partner", "contact")


@pytest.mark.parametrize(
    ("given", "family"),
    [
        ("José", "Ortega y Gasset"),
        ("Ana", "Costa e Silva"),
        ("Ab", "Rahman Ismail"),
        ("Co", "van Dijk"),
        ("Eva und Jan", "Voss"),
    ],
)
def test_a_person_is_no_company_by_a_word_that_ends_companies_names(
    parties: Parties, given: str, family: str
) -> None:
    parties.put("account", a_person(given, family, email="familie@post.de"), account=True)
    parties.put("message", {"name": f"{given} {family}", "emails": ["familie@post.de"]})
    parties.resolve()
    assert parties.together("account", "message")


@pytest.mark.parametrize(
    "name", ["Nordlicht KG", "Nordlicht GmbH & Co. KG", "Nordlicht Ltd", "SARL Nordlicht"]
)
def test_a_name_with_a_legal_form_is_a_company(parties: Parties, name: str) -> None:
    parties.put("partner", a_company("Nordlicht", email="info@nordlicht.de"), account=True)
    parties.put("message", {"name": name, "emails": ["info@nordlicht.de"]})
    parties.put("contact", a_person("Uwe", "Thiel", email="info@nordlicht.de"))
    parties.resolve()
    assert parties.together("partner", "message")
    assert not parties.together("message", "contact")


def test_a_company_that_is_called_like_a_legal_form_has_a_name(parties: Parties) -> None:
    parties.put("partner", a_company("SAS GmbH", email="uwe.thiel@post.de"))
    parties.put("message", {"name": "SAS", "emails": ["uwe.thiel@post.de"]})
    parties.put("person", a_person("Uwe", "Thiel", email="uwe.thiel@post.de"), account=True)
    parties.resolve()
    assert parties.partition() == [["message", "partner"], ["person"]]


def test_different_vat_numbers_keep_companies_apart(parties: Parties) -> None:
    same = {"email": "info@nordlicht.example", "phone": "+494021330044", "address": HOME}
    parties.put("a", a_company("Nordlicht GmbH", vat="DE811907980", **same))
    parties.put("b", a_company("Nordlicht GmbH", vat="DE136695976", **same))
    parties.put("typo", a_company("Nordlicht GmbH", vat="DE811907890", **same))
    parties.resolve()
    assert not parties.together("a", "b")
    assert parties.together("a", "typo")


def test_a_source_without_duplicates_keeps_its_accounts_apart(postgres_url: str) -> None:
    parties = Parties.at(postgres_url, free_of_duplicates=("shop/accounts",))
    for key in ("first", "second"):
        parties.put(key, a_person("Lena", "Kruse", email="lena.kruse@post.de"), account=True)
    parties.resolve()
    assert not parties.together("first", "second")


def test_a_source_without_duplicates_may_land_while_resolve_begins(
    parties: Parties, postgres_url: str
) -> None:
    rules = replace(parties.rules, free_of_duplicates=("erp/partners",))
    parties.put("call", {"phones": ["+494022110945"]})

    def engine_while_accounts_land() -> Engine:
        with closing(connect(postgres_url)) as connection:
            connection.execute(
                "UPDATE stream SET connection = 'erp', name = 'partners' WHERE name = 'accounts'"
            )
            landing = Parties(connection=connection, rules=rules)
            for key in ("first", "second"):
                landing.put(key, a_person("Lena", "Kruse", email="lena@post.de"), account=True)
        return Engine(rules)

    resolve(parties.connection, rules=rules, open_engine=engine_while_accounts_land)
    assert not parties.together("first", "second")


def test_a_frequent_guest_is_compared_once(parties: Parties) -> None:
    for order in range(30):
        parties.put(f"guest {order}", a_person("Ole", "Dahl", email="ole.dahl@post.dk"))
    parties.resolve()
    assert len(parties.partition()) == 1
    assert parties.links() == []


def test_a_switchboard_of_many_names_links_nobody(parties: Parties) -> None:
    names = ["Ahrens", "Behn", "Claus", "Diehl", "Evers", "Falk", "Gerdes", "Hinz", "Iken"]
    names += ["Jahn", "Kock", "Lentz", "Moll"]
    parties.put("call", {"phones": ["+49405500"]})
    parties.put("Ahrens", a_person("Nils", "Ahrens", phone="+49405500"))
    parties.resolve()
    assert parties.together("call", "Ahrens")
    for name in names:
        parties.put(name, a_person("Nils", name, phone="+49405500"))
    parties.resolve()
    assert len(parties.partition()) == len(names) + 1
    for name in names[1:]:
        parties.remove(name)
    parties.resolve()
    assert parties.together("call", "Ahrens")


def test_mistakes_in_identity_rules_are_told_all_at_once(tmp_path: Path) -> None:
    text = "wieghts: {}\nrules: {odd: {when: kinds_differ, decision: refuse}}\n"
    (tmp_path / "identity.yaml").write_text(text, "utf-8")
    with pytest.raises(InvalidHomeError) as caught:
        load_identity_rules(tmp_path)
    assert "did you mean `weights`?" in str(caught.value)
    assert "did you mean `refused`?" in str(caught.value)


def test_a_stop_while_parties_are_read_leaves_the_store_as_it_was(parties: Parties) -> None:
    def stop(_what: str, _done: int, _total: int | None) -> None:
        raise StoppedError(15)

    parties.connection.execute(
        "INSERT INTO party (party_id, stream_id, key, self, doc, hash) "
        "SELECT md5(n::text)::uuid, 1, n, true, json_build_object('kind', 'person', 'given_name', "
        "'Ada', 'family_name', md5(n::text), 'note', repeat('x', 8000)), gen_random_uuid() "
        "FROM generate_series(1, 20000) n"  # so much text that it is read in three slices
    )
    parties.connection.execute("INSERT INTO dirty_party SELECT party_id FROM party")
    with pytest.raises(StoppedError):
        resolve(parties.connection, rules=parties.rules, progress=stop)
    status = parties.connection.info.transaction_status
    assert status == TransactionStatus.IDLE, "rolled back, and ready for the next statement"
    assert parties.resolve()["parties"] == 20_000
