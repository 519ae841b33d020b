"""Whatever becomes of parties and their customers: the folded feed is what the store holds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.resolve_parties import Document, Parties, a_person, party_id
from tests.stores import hashed, rules
from throughline.customers import customer
from throughline.errors import StoppedError
from throughline.merge import merge
from throughline.publish import FoldedFeed, fold, read_feed
from throughline.resolve import resolve

MAILS = ["anna.voss@post.de", "b.voss@post.de", "voss@post.de"]
PHONES = ["+494022110945", "+494022110954", "+4940771122"]
NAMES = [("Anna", "Voss"), ("Annie", "Voss"), ("Bernd", "Voss"), ("Anna", "Vos")]


@pytest.fixture
def parties(postgres_url: str) -> Iterator[Parties]:
    store = Parties.at(postgres_url, match=4.0)
    yield store
    store.connection.close()


def put_order(parties: Parties, key: str, party: str) -> str:
    """Store an order of a party, or change it, and return its id."""
    record, doc = hashed("shop", "order", key), json.dumps({"number": key})
    run = parties.connection.execute
    run(
        "INSERT INTO record (record_id, type, stream_id, key, source_id, doc, hash)"
        " VALUES (%s, 'order', 2, %s, %s, %s, %s)"
        " ON CONFLICT (record_id) DO UPDATE SET hash = excluded.hash",
        [record, key, record, doc, hashed(doc, party)],
    )
    run("DELETE FROM participant WHERE record_id = %s", [record])
    run("INSERT INTO participant VALUES (%s, 0, 'customer', %s, true)", [record, party_id(party)])
    run("INSERT INTO dirty_record VALUES (%s)", [record])
    return str(record)


def delete_order(parties: Parties, key: str) -> None:
    """Delete an order, as a deletion at its source does."""
    record = hashed("shop", "order", key)
    for table in ("record", "participant"):
        parties.connection.execute(f"DELETE FROM {table} WHERE record_id = %s".encode(), [record])
    parties.connection.execute("INSERT INTO dirty_record VALUES (%s)", [record])


def told(parties: Parties) -> FoldedFeed:
    """Resolve and merge, and return what a consumer of the feed knows."""
    parties.resolve()
    merge(parties.connection, survivorship=rules())
    return fold(read_feed(parties.connection))


def check(parties: Parties) -> None:
    """Hold the folded feed to the store: golden records, whose each record is, where ids lead."""
    run, folded = parties.connection.execute, told(parties)
    golden = run(
        "SELECT customer_id::text, doc FROM customer JOIN customer_version"
        " USING (customer_id, version) WHERE retired_at IS NULL"
    )
    assert folded.customers == dict(golden.fetchall())
    owners = run(
        "SELECT record_id::text, customer_id::text FROM record"
        " JOIN participant USING (record_id) JOIN member USING (party_id) WHERE principal"
    )
    assert folded.owners == dict(owners.fetchall())
    for (told_of,) in run("SELECT customer_id FROM customer WHERE version > 0").fetchall():
        found = customer(parties.connection, told_of)
        assert (str(found.customer_id) if found else None) == folded.current(str(told_of))
    assert told(parties) == folded  # nothing more, with nothing new


def any_person(chance: random.Random) -> Document:
    given, family = chance.choice(NAMES)
    emails, phones = (chance.sample(some, chance.randint(0, 2)) for some in (MAILS, PHONES))
    return a_person(given, family, emails=emails, phones=phones)


def change(parties: Parties, chance: random.Random, docs: dict[str, Document]) -> None:
    """Let a party come, change, go or come back as it was, or an order come, change or go."""
    key, order = f"p{chance.randrange(6)}", f"o{chance.randrange(4)}"
    way = chance.choice(["put", "put", "back", "remove", "order", "lose"])
    if way == "put" or (way == "back" and key in docs):
        docs[key] = any_person(chance) if way == "put" else docs[key]
        parties.put(key, docs[key], account=key == "p0")
    elif way == "remove":
        parties.remove(key)
    elif way == "order":
        put_order(parties, order, key)
    elif way == "lose":
        delete_order(parties, order)


def run_a_part(parties: Parties, chance: random.Random, docs: dict[str, Document]) -> None:
    """Run one stage alone; something changes in the middle of it, or it is stopped there."""
    stopped = chance.random() < 0.5

    def between(_what: str, _done: int, _total: int | None) -> None:
        if stopped:
            raise StoppedError(2)
        change(parties, chance, docs)

    with suppress(StoppedError):
        if chance.random() < 0.5:
            resolve(parties.connection, rules=parties.rules, progress=between)
        else:
            merge(parties.connection, survivorship=rules(), progress=between)


@pytest.mark.parametrize("seed", range(4))
def test_the_folded_feed_is_the_store_whatever_parties_come_and_go(
    parties: Parties, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr("throughline.merge.run.CUSTOMERS_A_BATCH", 2)
    monkeypatch.setattr("throughline.merge.run.RECORDS_A_BATCH", 2)
    chance, docs = random.Random(seed), dict[str, Document]()
    for _ in range(6):
        for _ in range(chance.randint(1, 6)):
            change(parties, chance, docs)
            if chance.random() < 0.4:
                run_a_part(parties, chance, docs)
        check(parties)


def test_the_records_of_a_party_that_goes_are_deleted_though_its_customer_stays(
    parties: Parties,
) -> None:
    anna = a_person("Anna", "Voss", email="anna.voss@post.de")
    parties.put("1", anna, account=True)
    parties.put("2", {**anna, "language": "de"}, account=True)
    order = put_order(parties, "o1", "1")
    folded = told(parties)
    assert parties.together("1", "2")
    assert list(folded.owners) == [order]
    parties.remove("1")
    folded = told(parties)
    assert folded.owners == {}
    assert len(folded.customers) == 1


def test_a_record_whose_party_stays_behind_when_its_customer_lives_again_is_told_anew(
    parties: Parties,
) -> None:
    anna = a_person("Anna", "Voss", email="anna.voss@post.de")
    shop = a_person("Anna", "Voss", phone="+494022110945", birth_date="1980-03-05")
    for key in ("a1", "a2"):
        parties.put(key, anna, account=True)
    for number in range(3):
        parties.put(f"b{number}", shop, account=True)
    put_order(parties, "o1", "a2")
    check(parties)
    bridge = a_person("Anna", "Voss", email="anna.voss@post.de", phone="+494022110945")
    parties.put("bridge", bridge)
    parties.resolve()
    assert parties.together("a1", "a2", "b0")
    parties.remove("bridge")
    parties.put("a2", shop, account=True)
    check(parties)
    assert parties.together("a2", "b0")
    assert not parties.together("a1", "a2")


def test_a_record_whose_party_was_away_between_resolve_and_merge_is_told_when_it_is_back(
    parties: Parties,
) -> None:
    anna = a_person("Anna", "Voss", email="anna.voss@post.de")
    parties.put("1", anna, account=True)
    order = put_order(parties, "o1", "1")
    parties.resolve()
    parties.remove("1")
    merge(parties.connection, survivorship=rules())
    parties.put("1", anna, account=True)
    check(parties)
    assert list(told(parties).owners) == [order]


def test_a_record_is_told_after_its_customer_who_lives_again_though_the_party_was_away_at_merge(
    parties: Parties,
) -> None:
    anna = a_person("Anna", "Voss", email="anna.voss@post.de")
    parties.put("1", anna, account=True)
    order = put_order(parties, "o1", "1")
    check(parties)
    parties.remove("1")
    check(parties)
    parties.put("1", anna, account=True)
    parties.resolve()
    parties.remove("1")
    put_order(parties, "o1", "1")
    merge(parties.connection, survivorship=rules())
    parties.put("1", anna, account=True)
    check(parties)
    assert list(told(parties).owners) == [order]
