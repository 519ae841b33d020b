"""Where a retired id leads: feed and store say the same, whatever befell it between two runs."""

from __future__ import annotations

from uuid import UUID

import pytest

from tests.stores import AStore, a_store
from throughline.customers.find import current_id


def three_told(store: AStore) -> list[UUID]:
    """Make three customers of two parties each, and tell of them."""
    made = [
        store.put_customer(
            store.put_party("erp", name, name=name), store.put_party("mail", name, name=name)
        )
        for name in ("Anna Voss", "Annie Voss", "A. Voss")
    ]
    store.merge()
    return made


def leads_to(store: AStore, customer: UUID) -> UUID | None:
    """Return where an id leads, by the feed and by the store; they must agree."""
    folded, found = store.folded().current(str(customer)), current_id(store.connection, customer)
    assert folded == (str(found) if found else None)
    assert store.merge()["events"] == 0
    return found


def delete(store: AStore, customer: UUID) -> None:
    for party in store.parties(customer):
        store.delete_party(party)


def put_again(store: AStore, customer: UUID, name: str) -> None:
    """Let a party of a customer that was deleted come again."""
    store.revive_customer(customer, [store.put_party("erp", name, name=name)])


def test_an_id_that_was_deleted_lives_again_and_is_merged_in_one_run(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        anna, annie, _ = three_told(store)
        delete(store, anna)
        store.merge()
        assert leads_to(store, anna) is None
        put_again(store, anna, "Anna Voss")
        store.merge_customers(annie, anna)
        store.merge()
        assert leads_to(store, anna) == annie


@pytest.mark.parametrize("end", ["merged into another", "deleted", "merged again"])
def test_a_retired_id_lives_again_and_ends_in_one_run(postgres_url: str, end: str) -> None:
    with a_store(postgres_url) as store:
        anna, annie, third = three_told(store)
        parties = store.parties(anna)
        store.merge_customers(annie, anna)
        store.merge()
        before = len(store.events())
        store.revive_customer(anna, parties)
        if end == "deleted":
            delete(store, anna)
        else:
            store.merge_customers(third if end == "merged into another" else annie, anna)
        store.merge()
        wanted = {"merged into another": third, "deleted": None, "merged again": annie}
        assert leads_to(store, anna) == wanted[end]
        if end == "merged again":
            assert len(store.events()) == before


def test_a_survivor_that_is_merged_away_in_the_same_run_may_live_again(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        anna, annie, third = three_told(store)
        parties = store.parties(annie)
        store.merge_customers(annie, anna)
        store.merge_customers(third, annie)
        store.merge()
        assert leads_to(store, anna) == third
        store.revive_customer(annie, parties)
        store.merge()
        assert leads_to(store, anna) == annie


def test_a_survivor_that_is_deleted_in_the_same_run_may_come_back(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        anna, annie, _ = three_told(store)
        store.merge_customers(annie, anna)
        delete(store, annie)
        store.merge()
        assert leads_to(store, anna) is None
        put_again(store, annie, "Annie Voss")
        store.merge()
        assert leads_to(store, anna) == annie


def test_a_survivor_that_was_never_told_may_live_again(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        anna, _, third = three_told(store)
        fresh = store.put_party("webshop", "n", name="Anna V.")
        between = store.put_customer(fresh)
        store.merge_customers(between, anna)
        store.merge_customers(third, between)
        store.merge()
        assert leads_to(store, anna) == third
        store.revive_customer(between, [fresh])
        store.merge()
        assert leads_to(store, anna) == third


def test_an_id_whose_survivor_was_deleted_is_told_no_more_if_it_ends_again(
    postgres_url: str,
) -> None:
    with a_store(postgres_url) as store:
        anna, annie, _ = three_told(store)
        parties = store.parties(anna)
        store.merge_customers(annie, anna)
        store.merge()
        delete(store, annie)
        store.merge()
        store.revive_customer(anna, parties)
        delete(store, anna)
        assert store.merge()["events"] == 0
        assert leads_to(store, anna) is None
        put_again(store, annie, "Annie Voss")
        store.merge()
        assert leads_to(store, anna) == annie
