"""Resolve everything: on the first load, after a change of rules, or of very many parties."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, nullcontext

import pyarrow as pa

from throughline.counts import Counts
from throughline.progress import Progress
from throughline.resolve.engine import PARTIES, Engine, engine_sql
from throughline.resolve.graph import cluster_nodes
from throughline.resolve.writing import PACKAGE, write_customers
from throughline.store import (
    Connection,
    copy_in,
    copy_out,
    copy_out_batches,
    indexes_afterwards,
    statement,
)

MEMBERS = pa.schema(
    [("party_id", pa.string()), ("profile_id", pa.string()), ("customer_id", pa.string())]
)
FORGET = "TRUNCATE profile, blocking_key, link"  # not explainable, so not a file
PARTIES_AT_ONCE = 64 << 20
"""Bytes of text that are read for one slice: each costs a planning and a start of its own."""
DIRTY = pa.schema([("party_id", pa.string())])


def resolve_all(connection: Connection, engine: Engine, progress: Progress) -> Counts:
    """Work out profiles, links and customers of all parties, inside the caller's transaction."""
    dirty = copy_out(connection, statement(PACKAGE, "take_all_dirty"), None, DIRTY)
    engine.load("changed_party", dirty)
    _read_parties(connection, engine, progress)
    find_candidates(engine)
    with ThreadPoolExecutor(1) as beside:  # the store takes what is known while the rest is found
        profiles = beside.submit(_write_profiles, connection, engine)
        link_candidates(engine)
        progress("comparing", 1, 1)
        former = beside.submit(copy_out, connection, statement(PACKAGE, "members"), None, MEMBERS)
        links = beside.submit(_write_links, connection, engine)
        refused = cluster_nodes(engine)
    profiles.result()  # its error is the first, if there is one
    members = former.result()
    engine.load("old_member_text", members)
    for name in ("all_old_members", "all_new_members", "all_changed_customers"):
        engine.db.execute(engine_sql(name))
    counts = Counts(links=links.result())
    with nullcontext() if members.num_rows else indexes_afterwards(connection, "member"):
        counts += write_customers(connection, engine)
    progress("customers", 1, 1)
    parties = engine.value("SELECT count(*) FROM party_profile")
    return counts + Counts(parties=parties, guarded=refused)


def find_candidates(engine: Engine) -> None:
    """Find the common keys and the candidate pairs among all profiles known."""
    for name in ("common_keys", "mark_common", "all_candidates"):
        engine.db.execute(engine_sql(name))


def link_candidates(engine: Engine) -> None:
    """Score the candidate pairs, and make nodes and links of them."""
    engine.score_pairs()
    for name in ("nodes", "links"):
        engine.db.execute(engine_sql(name))


def _read_parties(connection: Connection, engine: Engine, progress: Progress) -> None:
    query, done = statement(PACKAGE, "all_parties"), 0
    slices = copy_out_batches(connection, query, None, PARTIES, size=PARTIES_AT_ONCE)
    engine.db.begin()  # else each slice's rows are kept in the transaction first, and then copied
    with closing(slices), ThreadPoolExecutor(1) as beside:
        ahead = beside.submit(next, slices, None)
        while (parties := ahead.result()) is not None:
            ahead = beside.submit(next, slices, None)
            engine.add_parties(parties, members=True)
            done += parties.num_rows
            progress("reading parties", done, None)
    engine.db.commit()


def _write_profiles(connection: Connection, engine: Engine) -> None:
    """Replace the stored profiles and keys by these; links are gone."""
    row = connection.execute("SELECT EXISTS (SELECT FROM profile)").fetchone()
    if row and row[0]:
        connection.execute(FORGET)
    _copy(connection, engine, "profile", ["profile_id", "keys", "name", "guards"])
    _copy(connection, engine, "blocking_key", ["key", "name", "profile_id"])


def _write_links(connection: Connection, engine: Engine) -> int:
    """Store the links and return their number."""
    columns = ["left_id", "right_id", "decision", "rule", "score", "reasons"]
    with indexes_afterwards(connection, "link"):
        return _copy(connection, engine, "link", columns)


def _copy(connection: Connection, engine: Engine, table: str, columns: list[str]) -> int:
    """Copy the rows of a table in slices, sorted as its index is, in a session of its own."""
    with closing(engine.db.cursor()) as db:
        reader = db.sql(engine_sql(f"{table}_rows")).to_arrow_reader(100_000)
        return sum(
            copy_in(connection, table, columns, pa.Table.from_batches([batch])) for batch in reader
        )
