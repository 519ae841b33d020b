"""Merge makes golden records and tells each change once, in an order that can be folded."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

import pyarrow as pa
import pytest

from tests.stores import AStore, a_store, rules
from throughline.customers import customer
from throughline.errors import StoppedError
from throughline.store import connect
from throughline.store.backup import restore_backup, write_backup


def two_customers(store: AStore) -> tuple[UUID, UUID]:
    """Put two customers, each with one party and one record."""
    one = store.put_party("mail", "a", name="Ada", emails=["ada@example.org"])
    two = store.put_party("webshop", "b", name="Ada Lovelace", phones=["+4930123456"])
    store.put_record("mail", "m1", one, subject="Hello", text="long", channel="email")
    store.put_record("webshop", "o1", two, "order", number="17", total="39.90")
    return store.put_customer(one), store.put_customer(two)


def agrees(store: AStore) -> bool:
    """Say whether the folded feed is what the store holds."""
    folded, state = store.folded(), store.state()
    return folded.customers == state.customers and folded.owners == state.owners


def test_customers_are_told_before_their_records(any_postgres_url: str) -> None:
    with a_store(any_postgres_url) as store:
        two_customers(store)
        counts = store.merge()
        assert store.events() == [
            *["customer.created"] * 2,
            *sorted(["interaction.recorded", "order.recorded"], key=store.events().index),
        ]
        assert (counts["customers"], counts["records"], counts["events"]) == (2, 2, 4)
        assert agrees(store)


def test_a_second_run_tells_nothing(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        two_customers(store)
        store.merge()
        assert store.merge()["events"] == 0


def test_a_party_that_changed_nothing_of_the_golden_record_makes_no_event(
    postgres_url: str,
) -> None:
    with a_store(postgres_url) as store:
        party = store.put_party("erp", "1", name="Ada")
        store.put_customer(party)
        store.merge()
        store.put_party("erp", "1", changed_at="2026-01-01", name="Ada")
        assert store.merge()["events"] == 0


def test_provenance_names_the_source_that_gives_a_value_now_though_no_event_tells_it(
    postgres_url: str,
) -> None:
    with a_store(postgres_url) as store:
        first = store.put_party("erp", "1", name="Anna Voss", emails=["anna.voss@post.de"])
        second = store.put_party("erp", "2", name="Anna Voss", emails=["anna.voss@post.de"])
        anna = store.put_customer(first, second)
        store.merge()
        found = customer(store.connection, anna)
        assert found is not None
        assert found.provenance["name"]["key"] == "1"
        store.delete_party(first)
        assert store.merge()["events"] == 0
        found = customer(store.connection, anna)
        assert found is not None
        assert (found.provenance["name"]["key"], found.version) == ("2", 1)


def test_an_update_tells_before_after_and_what_changed(postgres_url: str) -> None:
    from throughline.publish import read_feed

    with a_store(postgres_url) as store:
        store.put_customer(store.put_party("erp", "1", name="Ada", gender="female"))
        store.merge()
        store.put_party("erp", "1", name="Ada Lovelace", gender="female")
        store.merge()
        event = list(read_feed(store.connection))[-1]
        assert event.type == "throughline.customer.updated.v1"
        assert event.data["changed"] == ["name"]
        assert event.data["before"]["name"] == "Ada"
        assert event.data["after"]["name"] == "Ada Lovelace"
        assert event.data["provenance"]["name"] == {
            "connection": "erp",
            "stream": "partners",
            "key": "1",
            "rule": "system_of_record",
        }


def test_a_merge_is_told_on_both_keys_and_moves_records_without_events(
    any_postgres_url: str,
) -> None:
    from throughline.publish import read_feed

    with a_store(any_postgres_url) as store:
        survivor, loser = two_customers(store)
        store.merge()
        store.merge_customers(survivor, loser)
        counts = store.merge()
        events = list(read_feed(store.connection))[4:]
        assert [event.type.split(".")[2] for event in events] == ["merged", "merged", "updated"]
        assert [event.partition_key for event in events] == [
            str(survivor),
            str(loser),
            str(survivor),
        ]
        assert events[0].data["lineage"] == events[1].data["lineage"]
        assert events[0].id != events[1].id
        assert (counts["ended"], counts["records"]) == (1, 0)
        assert agrees(store)
        assert store.folded().redirects == {str(loser): str(survivor)}


def test_a_customer_merged_before_it_was_told_is_never_told(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        survivor, loser = two_customers(store)
        store.merge_customers(survivor, loser)
        store.merge()
        assert store.events().count("customer.created") == 1
        assert "customer.merged" not in store.events()
        assert agrees(store)


def test_a_chain_of_merges_is_told_step_by_step(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        one, two = two_customers(store)
        three = store.put_customer(store.put_party("erp", "3", name="Third"))
        store.merge()
        store.merge_customers(two, one)
        store.merge_customers(three, two)
        store.merge()
        assert store.folded().redirects == {str(one): str(two), str(two): str(three)}
        assert agrees(store)


def test_a_split_tells_moved_records_again_with_the_new_customer(postgres_url: str) -> None:
    from throughline.publish import read_feed

    with a_store(postgres_url) as store:
        survivor, loser = two_customers(store)
        store.merge_customers(survivor, loser)
        store.merge()
        party = store.rows("SELECT party_id FROM party WHERE key = 'b'")[0][0]
        part = store.split_customer(survivor, [party])
        counts = store.merge()
        events = list(read_feed(store.connection))[-5:]
        assert [event.type.split(".")[1:3] for event in events] == [
            ["customer", "created"],
            ["customer", "split"],
            ["customer", "split"],
            ["customer", "updated"],
            ["order", "recorded"],
        ]
        assert events[1].data["into"] == [str(part)]
        assert events[-1].data["customer"] == str(part)
        assert events[-1].data["previous_customer"] == str(survivor)
        assert (counts["customers"], counts["records"]) == (2, 1)
        assert agrees(store)


def test_a_revived_customer_is_created_again_under_its_id_with_the_next_version(
    postgres_url: str,
) -> None:
    from throughline.publish import read_feed

    with a_store(postgres_url) as store:
        survivor, loser = two_customers(store)
        store.merge()
        parties = store.parties(loser)
        store.merge_customers(survivor, loser)
        store.merge()
        store.revive_customer(loser, parties)
        store.merge()
        told = [
            (event.type.split(".")[2], event.data["version"])
            for event in read_feed(store.connection)
            if event.partition_key == str(loser) and "customer." in event.type
        ]
        assert told == [("created", 1), ("merged", 2), ("created", 3), ("split", 3)]
        assert agrees(store)


def test_a_customer_of_which_nothing_is_left_is_deleted_after_its_records(
    postgres_url: str,
) -> None:
    with a_store(postgres_url) as store:
        one, _ = two_customers(store)
        store.merge()
        store.delete_party(store.parties(one)[0])
        store.merge()
        assert store.events()[-2:] == ["interaction.deleted", "customer.deleted"]
        assert agrees(store)


def test_a_deleted_record_that_comes_back_has_a_new_version_and_id(postgres_url: str) -> None:
    from throughline.publish import read_feed

    with a_store(postgres_url) as store:
        party = store.put_party("mail", "a", name="Ada")
        store.put_customer(party)
        record = store.put_record("mail", "m", party, subject="Hi")
        store.merge()
        store.delete_record(record)
        store.merge()
        store.put_record("mail", "m", party, subject="Hi")
        store.merge()
        events = list(read_feed(store.connection))[1:]
        assert [event.data["version"] for event in events] == [1, 2, 3]
        assert len({event.id for event in events}) == 3
        assert agrees(store)


def test_after_a_restore_no_other_change_is_told_under_a_used_id(
    postgres_url: str, empty_postgres_url: str, tmp_path: Path
) -> None:
    from throughline.publish import read_feed

    def rename(store: AStore, name: str) -> set[str]:
        party = store.put_party("mail", "a", name=name, emails=["ada@example.org"])
        store.put_record("mail", "m1", party, subject=name)
        store.merge()
        return {event.id for event in read_feed(store.connection)}

    archive = tmp_path / "b.tar.zst"
    with a_store(postgres_url) as store, connect(empty_postgres_url) as empty:
        two_customers(store)
        before = rename(store, "Ada")
        write_backup(store.connection, archive, landing=None, progress=lambda *_: None)
        lost = rename(store, "Ada Byron")
        restore_backup(empty, archive, landing=None, progress=lambda *_: None)
        with a_store(empty_postgres_url) as restored:
            told = rename(restored, "Ada Lovelace")
        assert len(lost) == len(told) == len(before) + 2
        assert lost & told == before


def test_a_record_without_a_customer_is_not_told_until_it_has_one(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        party = store.put_party("mail", "a", name="Ada")
        store.put_record("mail", "m", party, subject="Hi")
        assert store.merge()["events"] == 0
        store.put_customer(party)
        store.merge()
        assert store.events() == ["customer.created", "interaction.recorded"]


def test_a_record_of_a_party_that_goes_between_resolve_and_merge_is_not_told(
    postgres_url: str,
) -> None:
    with a_store(postgres_url) as store:
        one, two = (store.put_party("webshop", key, name=f"{key} Voss") for key in ("Anna", "Carl"))
        known, fresh = store.put_customer(one), store.put_customer(two)
        store.put_record("webshop", "o1", two, "order", number="17")
        store.connection.execute("DELETE FROM party WHERE party_id = %s", [two])
        store.merge()
        assert store.events() == ["customer.created"], "no record of a customer that nobody knows"
        store.delete_party(two)
        store.merge()
        assert store.folded().customers.keys() == {str(known)}
        assert store.folded().current(str(fresh)) is None


def test_a_records_event_is_lean(postgres_url: str) -> None:
    from throughline.publish import read_feed

    with a_store(postgres_url) as store:
        two_customers(store)
        store.merge()
        records = [e.data["record"] for e in read_feed(store.connection) if "record" in e.data]
        assert not any("text" in record for record in records)
        assert {record["connection"] for record in records} == {"mail", "webshop"}


def test_changed_rules_put_every_customer_into_the_work(postgres_url: str) -> None:
    latest = rules({"name": {"prefer": ["most_recent"]}})
    first = rules({"name": {"prefer": ["system_of_record"]}})
    with a_store(postgres_url) as store:
        anna = store.put_customer(
            store.put_party("erp", "1", "2020-01-01", name="Anna Voss"),
            store.put_party("mail", "1", "2026-01-01", name="Anna Lüders"),
        )
        for these, name in [(first, "Anna Voss"), (latest, "Anna Lüders")] * 2:
            assert store.merge(these)["customers"] == 1
            assert store.golden(anna)["name"] == name
            assert store.rows("SELECT FROM dirty_customer") == []


def test_records_that_come_in_during_a_batch_stay_in_the_work(postgres_url: str) -> None:
    with a_store(postgres_url) as store, a_store(postgres_url) as other:
        party = store.put_party("mail", "a", name="Ada")
        store.put_customer(party)
        store.merge()

        def interfere(_what: str, _done: int, _total: int | None) -> None:
            other.put_record("mail", "m2", party, subject="Late")

        from throughline.merge import merge

        store.put_record("mail", "m1", party, subject="Early")
        merge(store.connection, survivorship=rules(), progress=interfere)
        assert store.merge()["records"] == 1
        assert agrees(store)


def test_a_stop_between_batches_waits_for_the_records_being_built(
    postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from throughline.merge import merge, run
    from throughline.merge.golden import GoldenRecords

    build = GoldenRecords.build

    def build_slowly(self: GoldenRecords, parties: pa.Table) -> tuple[pa.Table, pa.Table]:
        self._duckdb.execute("SELECT max(md5(range::VARCHAR)) FROM range(3000000)").fetchall()
        return build(self, parties)

    def stop(_what: str, _done: int, _total: int | None) -> None:
        raise StoppedError(15)

    with a_store(postgres_url) as store:
        two_customers(store)
        monkeypatch.setattr(run, "CUSTOMERS_A_BATCH", 1)
        monkeypatch.setattr(GoldenRecords, "build", build_slowly)
        with pytest.raises(StoppedError):
            merge(store.connection, survivorship=rules(), progress=stop)
        assert store.merge()["customers"] == 1, "the first batch was told before the stop"
        assert agrees(store)


def test_contacts_find_whoever_has_them_now(postgres_url: str) -> None:
    from throughline.customers import find_customers

    with a_store(postgres_url) as store:
        survivor, loser = two_customers(store)
        store.merge()
        assert find_customers(store.connection, "Ada@Example.org") == [survivor]
        assert find_customers(store.connection, "+49 30 123456") == [loser]
        store.merge_customers(survivor, loser)
        store.put_party("mail", "a", name="Ada", emails=["new@example.org"])
        store.merge()
        assert find_customers(store.connection, "ada@example.org") == []
        assert find_customers(store.connection, "new@example.org") == [survivor]
        assert find_customers(store.connection, "+4930123456") == [survivor]
        assert store.rows("SELECT count(*) FROM contact_point") == [(2,)]


def test_who_shares_a_number_is_found_by_it_when_others_no_longer_have_it(
    postgres_url: str,
) -> None:
    from throughline.customers import find_customers

    with a_store(postgres_url) as store:
        voss = [
            store.put_party("erp", name, name=f"{name} Voss", phones=["+494022110945"])
            for name in ("Anna", "Bernd", "Carl")
        ]
        at_home = [store.put_customer(one) for one in voss]
        store.merge()
        assert find_customers(store.connection, "+494022110945") == at_home
        store.put_party("erp", "Bernd", name="Bernd Voss")
        store.delete_party(voss[2])
        store.merge()
        assert find_customers(store.connection, "+494022110945") == at_home[:1]
