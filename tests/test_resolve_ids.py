"""Customer ids are for life: merges redirect, splits and returns give back what was."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.resolve_parties import Parties, a_person, party_id
from throughline.customers.find import current_id

ANNA = a_person("Anna", "Voss", email="anna.voss@post.de")
ANNA_SHOP = a_person("Anna", "Voss", phone="+494022110945", birth_date="1980-03-05")
BRIDGE = a_person("Anna", "Voss", email="anna.voss@post.de", phone="+494022110945")
OTHER = a_person("Maike", "Tiedemann", email="m.t@post.de")


@pytest.fixture
def parties(postgres_url: str) -> Iterator[Parties]:
    store = Parties.at(postgres_url, match=4.0)
    yield store
    store.connection.close()


def customer(parties: Parties, identifier: UUID) -> tuple[Any, ...]:
    row = parties.connection.execute(
        "SELECT redirect_to, retired_at IS NOT NULL FROM customer WHERE customer_id = %s",
        [identifier],
    ).fetchone()
    assert row is not None
    return tuple(row)


def lineage(parties: Parties) -> list[tuple[Any, ...]]:
    return parties.connection.execute(
        "SELECT kind, customer_id, others FROM lineage ORDER BY happened_at, kind"
    ).fetchall()


def test_a_second_run_changes_nothing(parties: Parties) -> None:
    parties.put("a", ANNA)
    parties.resolve()
    before = parties.customers()
    parties.rows("dirty_customer")
    assert sum(parties.resolve().values()) == 0
    assert parties.customers() == before
    assert parties.rows("dirty_customer") == []


def test_a_party_that_changes_and_stays_has_its_customer_merged_anew(parties: Parties) -> None:
    parties.put("mail", ANNA, account=True)
    parties.put("bridge", BRIDGE, account=True)
    parties.resolve()
    (identifier,) = set(parties.customers().values())
    parties.rows("dirty_customer")
    parties.put("bridge", {**BRIDGE, "phones": ["+494022110999"]}, account=True)
    parties.resolve()
    assert set(parties.customers().values()) == {identifier}
    assert parties.rows("dirty_customer") == [identifier]


def test_a_merge_redirects_the_loser_and_undoing_it_revives_it(parties: Parties) -> None:
    parties.put("mail", ANNA)
    parties.put("mail 2", {**ANNA, "language": "de", "gender": "female"}, account=True)
    parties.put("shop", ANNA_SHOP)
    parties.resolve()
    before = parties.customers()
    survivor, loser = before["mail"], before["shop"]
    assert survivor != loser
    parties.put("bridge", BRIDGE)
    parties.resolve()
    assert set(parties.customers().values()) == {survivor}
    assert customer(parties, loser) == (survivor, True)
    assert lineage(parties) == [("merged", survivor, [loser])]
    parties.remove("bridge")
    parties.resolve()
    assert parties.customers() == before
    assert customer(parties, loser) == (None, False)
    assert lineage(parties)[1:] == [("revived", loser, [survivor])]


def test_who_comes_back_as_another_does_not_join_the_customer_that_lived_again(
    parties: Parties,
) -> None:
    for key, document in [("mail", ANNA), ("shop", ANNA_SHOP)]:
        for number in range(3 if key == "mail" else 2):
            parties.put(f"{key} {number}", document, account=True)
    parties.resolve()
    anna = parties.customers()["shop 0"]
    parties.put("bridge", BRIDGE)
    parties.resolve()
    assert parties.together("mail 0", "shop 0", "shop 1")
    for key in ("bridge", "shop 1"):
        parties.remove(key)
        parties.resolve()
    assert parties.customers()["shop 0"] == anna
    parties.put("shop 1", OTHER, account=True)
    parties.resolve()
    assert parties.customers()["shop 1"] != anna


def test_a_split_keeps_the_id_with_the_greater_part(parties: Parties) -> None:
    parties.put("mail", ANNA)
    parties.put("mail 2", {**ANNA, "gender": "female"}, account=True)
    parties.put("shop", ANNA_SHOP)
    parties.put("bridge", BRIDGE)
    parties.resolve()
    (old,) = set(parties.customers().values())
    parties.remove("bridge")
    parties.resolve()
    after = parties.customers()
    assert after["mail"] == after["mail 2"] == old
    assert lineage(parties) == [("split", old, [after["shop"]])]


def test_another_call_from_a_known_number_leaves_its_holder_s_customer_whole(
    parties: Parties,
) -> None:
    call = {"kind": "person", "phones": BRIDGE["phones"]}
    for key, document in [("mail", ANNA), ("mail 2", ANNA), ("shop", BRIDGE)]:
        parties.put(key, document, account=True)
    parties.put("call", call)
    parties.resolve()
    assert parties.together("mail", "mail 2", "shop", "call")
    before = parties.customers()
    parties.put("call 2", call)
    parties.resolve()
    assert parties.customers() == {**before, "call 2": before["shop"]}


@pytest.mark.parametrize("call", ["call 1", "call 2", "call 3"])
def test_a_call_without_a_name_that_leaves_does_not_take_the_id_along(
    parties: Parties, call: str
) -> None:
    parties.put("mail", BRIDGE, account=True)
    parties.put(call, {"kind": "person", "phones": BRIDGE["phones"]})
    parties.resolve()
    assert parties.together("mail", call)
    anna = parties.customers()["mail"]
    parties.put(call, {"kind": "person", "phones": ["+494022110999"]})
    parties.resolve()
    assert parties.customers()["mail"] == anna != parties.customers()[call]
    assert customer(parties, anna) == (None, False)


def test_a_customer_without_parties_retires_and_comes_back(parties: Parties) -> None:
    parties.put("a", ANNA)
    parties.resolve()
    (old,) = parties.customers().values()
    parties.remove("a")
    parties.resolve()
    assert customer(parties, old) == (None, True)
    parties.put("a", ANNA)
    parties.resolve()
    assert parties.customers() == {"a": old}
    assert customer(parties, old) == (None, False)


def test_a_changed_document_makes_its_customer_work_and_no_other(parties: Parties) -> None:
    parties.put("a", ANNA)
    parties.put("b", OTHER)
    parties.resolve()
    customers = parties.customers()
    assert set(parties.rows("dirty_customer")) == set(customers.values())
    parties.put("a", {**ANNA, "language": "de"})
    parties.resolve()
    assert parties.rows("dirty_customer") == [customers["a"]]


def test_records_follow_a_party_that_comes_or_moves_but_not_a_merge(parties: Parties) -> None:
    records = {key: uuid4() for key in ("mail", "shop", "bridge")}
    for key, record in records.items():
        parties.connection.execute(
            "INSERT INTO participant VALUES (%s, 0, 'sender', %s, true)", [record, party_id(key)]
        )
    parties.put("mail", ANNA)
    parties.put("shop", ANNA_SHOP)
    parties.resolve()
    assert set(parties.rows("dirty_record")) == {records["mail"], records["shop"]}
    parties.put("bridge", BRIDGE)
    parties.resolve()
    assert parties.rows("dirty_record") == [records["bridge"]]


def test_other_rules_resolve_everything_anew_and_keep_the_ids(parties: Parties) -> None:
    parties.put("a", ANNA)
    parties.put("b", OTHER)
    parties.resolve()
    before = parties.customers()
    parties.rows("dirty_customer")
    parties.rules = replace(parties.rules, fingerprint="another", start=-9.0)
    assert parties.resolve()["parties"] == 2
    assert parties.customers() == before
    assert parties.rows("dirty_customer") == []


def test_a_retired_id_leads_to_whom_it_was_merged_into_when_that_one_is_revived(
    parties: Parties,
) -> None:
    apart = a_person("Anna", "Voss", email="anni@web.de")
    for key, document in [("a", ANNA), ("a 2", ANNA), ("c", apart)]:
        parties.put(key, document, account=True)
    for number in range(4):
        parties.put(f"b {number}", ANNA_SHOP, account=True)
    parties.resolve()
    first, old = parties.customers()["a"], parties.customers()["c"]
    parties.put("c", {**apart, "emails": ["anni@web.de", "anna.voss@post.de"]}, account=True)
    parties.resolve()
    parties.put("bridge", BRIDGE)
    parties.resolve()
    both = parties.customers()["b 0"]
    assert current_id(parties.connection, old) == current_id(parties.connection, first) == both
    parties.remove("bridge")
    parties.resolve()
    assert parties.customers()["c"] == first != both
    assert current_id(parties.connection, old) == first


def test_a_retired_id_leads_again_to_a_customer_that_went_and_came_back(parties: Parties) -> None:
    documents = {"a": ANNA, "a 2": ANNA, "c": a_person("Anna", "Voss", email="anni@web.de")}
    for key, document in documents.items():
        parties.put(key, document, account=True)
    parties.resolve()
    survivor, loser = parties.customers()["a"], parties.customers()["c"]
    documents["c"] = {**documents["c"], "emails": ["anni@web.de", "anna.voss@post.de"]}
    parties.put("c", documents["c"], account=True)
    parties.resolve()
    for key in documents:
        parties.remove(key)
    parties.resolve()
    assert current_id(parties.connection, loser) is None
    for key, document in documents.items():
        parties.put(key, document, account=True)
    parties.resolve()
    assert current_id(parties.connection, loser) == survivor
