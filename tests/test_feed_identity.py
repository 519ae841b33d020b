"""Whatever becomes of parties and their customers: the folded feed is what the store holds."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator

import pytest

from tests.resolve_parties import Document, Parties, a_person, party_id
from tests.stores import hashed, rules
from throughline.customers import customer
from throughline.merge import merge
from throughline.publish import FoldedFeed, fold, read_feed

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


def any_person(chance: random.Random) -> Document:
    given, family = chance.choice(NAMES)
    emails, phones = (chance.sample(some, chance.randint(0, 2)) for some in (MAILS, PHONES))
    return a_person(given, family, emails=emails, phones=phones)


@pytest.mark.parametrize(("seed", "resolving"), [(0, 0.0), (1, 0.0), (2, 0.6), (3, 0.6)])
def test_the_folded_feed_is_the_store_whatever_parties_come_and_go(
    parties: Parties, seed: int, resolving: float
) -> None:
    chance, known = random.Random(seed), set[str]()
    for _ in range(8):
        for _ in range(chance.randint(1, 6)):
            if chance.random() < resolving:  # as after a sync that was killed before its merge
                parties.resolve()
            key, order = f"p{chance.randrange(10)}", f"o{chance.randrange(6)}"
            way = chance.choice(["put", "put", "put", "remove", "order", "lose"])
            if way == "put":
                known.add(key)
                parties.put(key, any_person(chance), account=key == "p0")
            elif way == "remove" and known:
                key = chance.choice(sorted(known))
                known.remove(key)
                parties.remove(key)
            elif way == "order":
                put_order(parties, order, key)
            elif way == "lose":
                delete_order(parties, order)
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
