"""Whatever changes, in whatever order: the folded feed is the store, and positions have no gaps."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from itertools import count
from uuid import UUID

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.stores import AStore, a_store, rules
from throughline.customers.find import current_id
from throughline.merge import merge
from throughline.publish import read_feed

NAMES = ["Ada", "Ada Lovelace", "Grace", "林小明"]
MAILS = ["ada@example.org", "a.lovelace@example.org", "grace@example.org"]
TYPES = ["interaction", "order", "invoice"]

MERGER = """
import sys
from throughline.merge import run
from tests.stores import a_store, rules
run.CUSTOMERS_A_BATCH, run.RECORDS_A_BATCH = 25, 40
with a_store(sys.argv[1]) as store:
    print("ready", flush=True)
    run.merge(store.connection, survivorship=rules())
"""


class Changes:
    """Makes random changes to a store, as the stages before merge do."""

    def __init__(self, store: AStore, seed: int) -> None:
        self.store = store
        self.random = random.Random(seed)
        self.keys = count()
        self.parties: list[tuple[str, str]] = []
        self.living: list[UUID] = []
        self.lost: list[tuple[str, str]] = []
        self.records: dict[UUID, tuple[str, str, UUID, str]] = {}

    def make(self, how_many: int) -> None:
        """Make that many changes."""
        ways: list[Callable[[], None]] = [
            self.add, self.add, self.change, self.record, self.record, self.join, self.part,
            self.revive, self.bring_back, self.lose_party, self.lose_record, self.rewrite,
        ]  # fmt: skip
        for _ in range(how_many):
            self.random.choice(ways)()

    def doc(self) -> dict[str, object]:
        """Return a party's fields, chosen at random."""
        picked = self.random.sample(MAILS, self.random.randint(0, 2))
        return {"name": self.random.choice(NAMES), **({"emails": picked} if picked else {})}

    def add(self) -> None:
        connection, key = self.random.choice(["mail", "webshop", "erp"]), str(next(self.keys))
        self.living.append(
            self.store.put_customer(self.store.put_party(connection, key, None, **self.doc()))
        )
        self.parties.append((connection, key))

    def change(self) -> None:
        if self.parties:
            connection, key = self.random.choice(self.parties)
            self.store.put_party(connection, key, "2026-01-01", **self.doc())

    def record(self) -> None:
        if not self.living:
            return
        party = self.random.choice(self.store.parties(self.random.choice(self.living)))
        key, kind = str(next(self.keys)), self.random.choice(TYPES)
        record = self.store.put_record("telephony", key, party, kind, number=key)
        self.records[record] = ("telephony", key, party, kind)

    def rewrite(self) -> None:
        if self.records:
            connection, key, party, kind = self.random.choice(list(self.records.values()))
            word = str(self.random.random())
            self.store.put_record(connection, key, party, kind, number=key, subject=word)

    def lose_record(self) -> None:
        if self.records:
            record = self.random.choice(list(self.records))
            del self.records[record]
            self.store.delete_record(record)

    def join(self) -> None:
        if len(self.living) > 1:
            survivor, loser = self.random.sample(self.living, 2)
            self.store.merge_customers(survivor, loser)
            self.living.remove(loser)

    def part(self) -> None:
        for customer in self.living:
            parties = self.store.parties(customer)
            if len(parties) > 1:
                self.living.append(self.store.split_customer(customer, parties[:1]))
                return

    def revive(self) -> None:
        """Let a retired customer live again, with some of its parties that others can spare."""
        retired = self.store.rows("SELECT customer_id FROM customer WHERE retired_at IS NOT NULL")
        if not retired:
            return
        (customer,) = self.random.choice(sorted(retired))
        spared = self.store.rows(
            "SELECT party_id FROM former_member f JOIN member m USING (party_id)"
            " WHERE f.customer_id = %s AND (SELECT count(*) FROM member o"
            "  WHERE o.customer_id = m.customer_id AND o.party_id <> ALL (SELECT party_id"
            "   FROM former_member s WHERE s.customer_id = f.customer_id)) > 0 ORDER BY 1",
            customer,
        )
        if spared:
            back = self.random.sample(spared, self.random.randint(1, len(spared)))
            self.store.revive_customer(customer, [party for (party,) in back])
            self.living.append(customer)

    def bring_back(self) -> None:
        """Let a party that went come again, and its customer with it if that one is retired."""
        if not self.lost:
            return
        connection, key = self.lost.pop()
        party = self.store.put_party(connection, key, "2026-01-02", **self.doc())
        self.parties.append((connection, key))
        former = self.store.rows(
            "SELECT customer_id FROM former_member JOIN customer USING (customer_id)"
            " WHERE party_id = %s AND retired_at IS NOT NULL ORDER BY 1",
            party,
        )
        if former:
            self.store.revive_customer(former[0][0], [party])
            self.living.append(former[0][0])
        else:
            self.living.append(self.store.put_customer(party))

    def lose_party(self) -> None:
        if not self.living:
            return
        customer = self.random.choice(self.living)
        party = self.random.choice(self.store.parties(customer))
        self.store.delete_party(party)
        if not self.store.parties(customer):
            self.living.remove(customer)
        keys = self.store.rows("SELECT connection, key FROM party JOIN stream USING (stream_id)")
        self.lost += [pair for pair in self.parties if pair not in keys]
        self.parties = [pair for pair in self.parties if pair in keys]


def check(store: AStore) -> None:
    """Hold the feed to its promises: folded it is the store, gap-free, one id an event."""
    events = list(read_feed(store.connection))
    folded, state = store.folded(), store.state()
    assert folded.customers == state.customers
    assert folded.owners == state.owners
    for (told_of,) in store.rows("SELECT customer_id FROM customer WHERE version > 0"):
        found = current_id(store.connection, told_of)
        assert folded.current(str(told_of)) == (str(found) if found else None)
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert len({event.id for event in events}) == len(events)


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(seed=st.integers(0, 10**6), rounds=st.lists(st.integers(1, 12), min_size=1, max_size=4))
@example(seed=7, rounds=[9, 11])
def test_the_folded_feed_is_the_store_after_any_changes(
    postgres_url: str, seed: int, rounds: list[int]
) -> None:
    with a_store(postgres_url) as store:
        store.clear()
        changes = Changes(store, seed)
        for how_many in rounds:
            changes.make(how_many)
            store.merge()
            check(store)
            assert store.merge()["events"] == 0


def test_small_batches_tell_the_same_as_large_ones(postgres_url: str) -> None:
    command = [sys.executable, "-c", MERGER, postgres_url]
    with a_store(postgres_url) as store:
        changes = Changes(store, 7)
        for _ in range(3):
            changes.make(120)
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
            check(store)


@pytest.mark.parametrize("seed", range(6))
def test_a_killed_merge_is_finished_by_the_next(postgres_url: str, seed: int) -> None:
    with a_store(postgres_url) as store:
        changes = Changes(store, seed)
        changes.make(150)
        store.merge()
        changes.make(300)
        kill_a_merge(postgres_url, random.Random(seed).uniform(0, 0.25))
        store.merge()
        check(store)
        assert store.merge()["events"] == 0


def kill_a_merge(url: str, after_seconds: float) -> None:
    """Start a merge in another process and kill it in the middle."""
    command = [sys.executable, "-c", MERGER, url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    threading.Event().wait(after_seconds)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def test_two_writers_leave_no_gap_and_no_event_twice(postgres_url: str) -> None:
    with a_store(postgres_url) as store, a_store(postgres_url) as one, a_store(postgres_url) as two:
        Changes(store, 3).make(200)
        runs = [
            threading.Thread(target=merge, args=[each.connection], kwargs={"survivorship": rules()})
            for each in (one, two)
        ]
        for run in runs:
            run.start()
        for run in runs:
            run.join()
        check(store)
