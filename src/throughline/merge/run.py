"""Merge: make golden records of dirty customers and write the feed's events, batch by batch.

To "tell" is to write an event. A consumer that folds the feed in order never meets an unknown
customer: a run first creates customers, then merges and splits them, then updates them, then tells
of their records, and last deletes customers of which nothing is left. Steps that fit into one batch
share a transaction.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import pyarrow as pa
from psycopg import IsolationLevel

from throughline.counts import Counts
from throughline.merge.golden import PARTIES, GoldenRecords
from throughline.merge.survivorship import SurvivorshipRules
from throughline.progress import Progress, silent
from throughline.store import Connection, copy_out, identity_lock, stage, statement, store_errors

CUSTOMERS_A_BATCH = 50_000
RECORDS_A_BATCH = 320_000
BATCHES_AHEAD = 2
WORKERS_FROM = 20_000
MANY_CUSTOMERS = 1_000
LARGEST_ID = 2**128 - 1
GOLDEN_COLUMNS = "customer integer, doc json, provenance json, hash uuid"

Golden = tuple[pa.Table, pa.Table]
Builder = Callable[[pa.Table], Future[Golden]]

CREATE, MERGE_AWAY, UPDATE, DELETE, NOTHING = 1, 2, 3, 4, 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A piece of work: `size` customers or records, `first` to `last` naming them.

    Customers are numbered in the run's plan; records are taken by ranges of their ids, which are
    hashes and so spread evenly. `weight` is 1 for a full batch.
    """

    kind: str
    first: int | UUID = 0
    last: int | UUID = 0
    size: int = 0
    weight: float = 0.0


def merge(
    connection: Connection,
    *,
    survivorship: SurvivorshipRules,
    progress: Progress = silent,
    open_golden: Callable[[], GoldenRecords] | None = None,
) -> Counts:
    """Bring golden records and feed up to date with the parties, records and customers.

    Idempotent: without changes it writes nothing. After a kill the next run continues with what is
    not done. Counts: customers (with a new or changed golden record), ended (merged away, or
    nothing is left of them), records (told), events. `open_golden` returns what builds golden
    records by these rules, which may have been opened ahead.
    """
    with (
        store_errors(),
        identity_lock(connection),
        _builder(open_golden or partial(GoldenRecords, survivorship)) as build,
        _plan(connection, survivorship) as steps,
        _one_state_a_transaction(connection),
    ):
        return _run(connection, build, steps, progress)


@contextmanager
def _builder(open_golden: Callable[[], GoldenRecords]) -> Iterator[Builder]:
    """Yield a function that builds golden records in a thread, which first opens its engine."""
    with ThreadPoolExecutor(1) as beside:
        opening = beside.submit(open_golden)
        try:
            yield lambda parties: beside.submit(lambda: opening.result().build(parties))
        finally:  # after what is still being built: a stop comes between two batches
            beside.submit(lambda: opening.result().close()).result()


@contextmanager
def _one_state_a_transaction(connection: Connection) -> Iterator[None]:
    """Let each transaction read one state of the store: what comes in meanwhile stays dirty."""
    before = connection.isolation_level
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        yield
    finally:
        if not connection.closed:
            connection.isolation_level = before


def _run(connection: Connection, build: Builder, steps: list[Step], progress: Progress) -> Counts:
    """Tell of one batch while the golden records of the next ones are built."""
    counts = Counts(customers=0, ended=0, records=0, events=0)
    total, done = sum(step.size for step in steps), 0
    planned = list(batches(steps))
    ahead = deque(_build(connection, build, batch) for batch in planned[:BATCHES_AHEAD])
    for number, batch in enumerate(planned, start=BATCHES_AHEAD):
        golden = ahead.popleft()
        with connection.transaction():
            if golden:
                _stage_golden(connection, *golden.result())
            if number < len(planned):
                ahead.append(_build(connection, build, planned[number]))
            for step in batch:
                counts += _tell(connection, step)
        done += sum(step.size for step in batch)
        progress("merge", done, total)
    return counts


def batches(steps: list[Step]) -> Iterator[list[Step]]:
    """Pack steps, in order, into transactions of a total weight of at most one."""
    batch: list[Step] = []
    for step in steps:
        if batch and sum(held.weight for held in batch) + step.weight > 1:
            yield batch
            batch = []
        batch.append(step)
    if batch:
        yield batch


@contextmanager
def _plan(connection: Connection, survivorship: SurvivorshipRules) -> Iterator[list[Step]]:
    """Yield the run's steps; the plan's tables are there until the end of the block."""
    _put_rules_in_force(connection, survivorship)
    _drop_plan(connection)
    try:
        execute(connection, "plan_customers")
        connection.execute("ANALYZE merge_customer")
        connection.execute("ANALYZE dirty_record")  # else its size is guessed from the last run's
        yield list(_steps(connection))
    finally:
        if not connection.closed:
            _drop_plan(connection)


def _drop_plan(connection: Connection) -> None:
    connection.execute("DROP TABLE IF EXISTS pg_temp.merge_customer")


def _put_rules_in_force(connection: Connection, survivorship: SurvivorshipRules) -> None:
    """Mark all customers as dirty if the rules differ from those of the last run."""
    found = execute(connection, "rules_in_force").fetchone()
    if found and found[0] == survivorship.fingerprint:
        return
    with connection.transaction():
        execute(
            connection,
            "put_rules_in_force",
            {"fingerprint": survivorship.fingerprint, "rules": survivorship.as_json()},
        )
        execute(connection, "mark_all_customers")


def _steps(connection: Connection) -> Iterator[Step]:
    sizes = {int(step): int(rows) for step, rows in execute(connection, "step_sizes")}
    first = {step: 1 + sum(sizes.get(s, 0) for s in range(CREATE, step)) for step in range(1, 6)}
    yield from _customers("create", first[CREATE], first[MERGE_AWAY] - 1)
    yield Step(kind="identity", first=first[MERGE_AWAY], last=first[UPDATE] - 1)
    yield from _customers("update", first[UPDATE], first[DELETE] - 1)
    records = execute(connection, "count_records").fetchone()
    yield from _records(int(records[0]))
    ended = sizes.get(DELETE, 0) + sizes.get(NOTHING, 0)
    if ended:
        last = first[DELETE] + ended - 1
        yield Step(kind="end", first=first[DELETE], last=last, size=ended)


def _customers(kind: str, first: int, last: int) -> Iterator[Step]:
    for start in range(first, last + 1, CUSTOMERS_A_BATCH):
        end = min(start + CUSTOMERS_A_BATCH - 1, last)
        size = end - start + 1
        yield Step(kind=kind, first=start, last=end, size=size, weight=size / CUSTOMERS_A_BATCH)


def _records(size: int) -> Iterator[Step]:
    parts = -(-size // RECORDS_A_BATCH)
    bounds = [LARGEST_ID * part // parts for part in range(parts + 1)] if parts else [0]
    for low, high in pairwise(bounds):
        first, last = UUID(int=low + 1 if low else 0), UUID(int=high)
        share = size // parts
        yield Step(
            kind="records", first=first, last=last, size=share, weight=share / RECORDS_A_BATCH
        )


def execute(connection: Connection, name: str, params: Mapping[str, Any] | None = None) -> Any:
    """Run one of this package's statements."""
    return connection.execute(statement("throughline.merge", name), params)


def _build(connection: Connection, build: Builder, batch: list[Step]) -> Future[Golden] | None:
    """Begin to build the golden records of all customers that a batch creates or updates.

    One query serves both: the customers numbered between them have no parties any more. A party
    that changes from here on is resolved in the next run, which marks its customer dirty again.
    """
    steps = [step for step in batch if step.kind in ("create", "update")]
    if not steps:
        return None
    span = {"first": steps[0].first, "last": steps[-1].last}
    parties = copy_out(connection, statement("throughline.merge", "read_parties"), span, PARTIES)
    return build(parties)


def _stage_golden(connection: Connection, records: pa.Table, contacts: pa.Table) -> None:
    """Put golden records and their contact points before the statements that tell of them."""
    stage(connection, "merge_golden", GOLDEN_COLUMNS, records)
    stage(connection, "merge_contact", "key bigint, customer integer", contacts)


def _tell(connection: Connection, step: Step) -> Counts:
    span = {"first": step.first, "last": step.last}
    if step.kind == "records":
        return _tell_records(connection, span, many=step.size >= WORKERS_FROM)
    execute(connection, "take_customers", span)
    if step.kind == "identity":
        return _tell_identity(connection)
    if step.kind == "end":
        return _tell_deleted(connection)
    return _tell_customers(connection, span, new=step.kind == "create")


def _tell_customers(connection: Connection, span: Mapping[str, Any], *, new: bool) -> Counts:
    events = execute(connection, "choose_changed", span).rowcount
    if events:
        execute(connection, "write_versions")
        execute(connection, "count_versions")
        for name in ("write_contacts",) if new else ("forget_contacts", "add_contacts"):
            execute(connection, name)
        execute(connection, "tell_customers", _positions(connection, events))
        if new and events >= MANY_CUSTOMERS:
            connection.execute("ANALYZE customer")  # else it says that none has a version
    if not new:
        execute(connection, "renew_provenance", span)
    connection.execute("DROP TABLE merge_told")
    return Counts(customers=events, events=events)


def _tell_identity(connection: Connection) -> Counts:
    merged = execute(connection, "choose_merged").rowcount
    events = execute(connection, "choose_lineage").rowcount
    if merged:
        connection.execute("ANALYZE merge_loser (customer_id)")  # how few they are
        execute(connection, "forget_ended_contacts", {"step": MERGE_AWAY})
        execute(connection, "end_merged")
        execute(connection, "count_ended", {"step": MERGE_AWAY})
        execute(connection, "follow_survivors")
        execute(connection, "follow_survivors_from_work")
    if events:
        execute(connection, "tell_lineage", _positions(connection, events))
    execute(connection, "keep_redirects")
    execute(connection, "close_lineage")
    return Counts(ended=merged, events=events)


def _tell_records(connection: Connection, span: Mapping[str, Any], *, many: bool) -> Counts:
    if many:
        execute(connection, "allow_workers")
    events = execute(connection, "choose_records", span).rowcount
    events += execute(connection, "choose_gone_records", span).rowcount
    execute(connection, "take_records", span)
    if events:
        execute(connection, "write_record_customers")
        execute(connection, "move_record_customers")
        execute(connection, "tell_records", _positions(connection, events))
    connection.execute("DROP TABLE merge_moved")
    return Counts(records=events, events=events)


def _tell_deleted(connection: Connection) -> Counts:
    events = execute(connection, "choose_ended").rowcount
    if events:
        execute(connection, "forget_ended_contacts", {"step": DELETE})
        execute(connection, "end_deleted")
        execute(connection, "count_ended", {"step": DELETE})
        execute(connection, "tell_deleted", _positions(connection, events))
    return Counts(ended=events, events=events)


def _positions(connection: Connection, events: int) -> dict[str, Any]:
    """Take the next `events` positions; return the one before them, and the epoch they count in."""
    base, epoch = execute(connection, "take_positions", {"events": events}).fetchone()
    return {"base": base, "epoch": epoch}
