"""Write the resolved customers: members, ids, lineage, and what merge has to work on."""

from __future__ import annotations

import pyarrow as pa

from throughline.counts import Counts
from throughline.resolve.assign import give_old_ids, give_other_ids
from throughline.resolve.engine import Engine, engine_sql
from throughline.store import Connection, copy_in, copy_out, stage, statement

PACKAGE = "throughline.resolve"
FORMER = pa.schema([("party_id", pa.string()), ("customer_id", pa.string())])


def write_customers(connection: Connection, engine: Engine) -> Counts:
    """Give the clusters in `new_member` their customer ids, and write what changed.

    Reads the tables that `assign` reads, and `changed_customer` (customer_id): customers of which a
    party has another document.
    """
    give_old_ids(engine)
    _read_former(connection, engine)
    give_other_ids(engine)
    for name in ("moved", "retired"):
        engine.db.execute(engine_sql(name))
    _write_new_and_revived(connection, engine)
    _write_retired(connection, engine)
    _write_members(connection, engine)
    lineage = engine.table(engine_sql("lineage"))
    if lineage.num_rows:
        stage(connection, "told_lineage", "kind text, customer_id uuid, others uuid[]", lineage)
        connection.execute(statement(PACKAGE, "add_lineage"))
    _mark_dirty(connection, engine)
    kinds = lineage.column("kind").to_pylist()
    return Counts(
        customers=engine.value("SELECT count(*) FROM given WHERE origin <> 'kept'"),
        merged=engine.value("SELECT count(*) FROM retired WHERE redirect_to IS NOT NULL"),
        split=kinds.count("split"),
    )


def _read_former(connection: Connection, engine: Engine) -> None:
    """Load `former`: the retired customers that the parties of clusters without an id had."""
    row = connection.execute("SELECT EXISTS (SELECT FROM former_member)").fetchone()
    found = FORMER.empty_table()
    if row and row[0]:
        parties = engine.table(engine_sql("parties_without_id"))
        stage(connection, "orphan", "party_id uuid", parties)
        found = copy_out(connection, statement(PACKAGE, "former_customers"), None, FORMER)
    engine.load("former_text", found)
    engine.db.execute(engine_sql("former"))


def _write_new_and_revived(connection: Connection, engine: Engine) -> None:
    new = engine.table(
        "SELECT CAST(customer_id AS VARCHAR) AS customer_id FROM given "
        "WHERE origin = 'new' ORDER BY customer_id"
    )
    copy_in(connection, "customer", ["customer_id"], new)
    revived = engine.table(
        "SELECT CAST(customer_id AS VARCHAR) AS id FROM given WHERE origin = 'revived'"
    )
    if revived.num_rows:
        params = {"customers": revived.column("id").to_pylist()}
        for name in ("add_former_records", "revive_customers", "forget_former_members"):
            connection.execute(statement(PACKAGE, name), params)


def _write_retired(connection: Connection, engine: Engine) -> None:
    if engine.value("SELECT count(*) FROM retired") == 0:
        return
    retired = engine.table(engine_sql("retired_text"))
    stage(connection, "retiring", "customer_id uuid, redirect_to uuid", retired)
    connection.execute(statement(PACKAGE, "retire_customers"))
    former = engine.table(engine_sql("former_members"))
    copy_in(connection, "former_member", ["party_id", "customer_id"], former)


def _write_members(connection: Connection, engine: Engine) -> None:
    old = engine.table(engine_sql("members_to_replace"))
    if old.num_rows:
        stage(connection, "old_members", "party_id uuid", old)
        connection.execute(statement(PACKAGE, "remove_members"))
    members = engine.table(engine_sql("members"))
    copy_in(connection, "member", ["party_id", "profile_id", "customer_id"], members)


def _mark_dirty(connection: Connection, engine: Engine) -> None:
    copy_in(
        connection, "dirty_customer", ["customer_id"], engine.table(engine_sql("dirty_customers"))
    )
    apart = engine.table(engine_sql("moved_apart"))
    if apart.num_rows:
        stage(connection, "moved_apart", "party_id uuid", apart)
        connection.execute(statement(PACKAGE, "add_dirty_records"))
