"""Cluster touched profiles again: their whole components, and nameless profiles beside them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from throughline.resolve.engine import Engine, engine_sql
from throughline.resolve.graph import cluster_nodes
from throughline.resolve.writing import PACKAGE
from throughline.store import Connection, copy_out, statement

NODES = pa.schema([("profile_id", pa.string()), ("nameless", pa.bool_()), ("guards", pa.string())])
EDGES = pa.schema(
    [
        *((name, pa.string()) for name in ("left_id", "right_id", "decision")),
        ("score", pa.float32()),
    ]
)
CUSTOMERS = pa.schema([("profile_id", pa.string()), ("customer_id", pa.string())])
MEMBERS = pa.schema([("party_id", pa.string()), *CUSTOMERS])


def regroup(connection: Connection, engine: Engine, touched: Iterable[str]) -> None:
    """Fill the tables that `assign` reads: new and old members, and customers that others keep.

    Reads the links from the store, where they are already up to date.
    """
    component = _read(connection, "components", NODES, profiles=sorted(touched))
    named = component.column("profile_id").to_pylist()
    attached = _read(connection, "attached", NODES, profiles=named)
    known = set(named)
    beside = [one not in known for one in attached.column("profile_id").to_pylist()]
    attached = attached.filter(pa.array(beside, pa.bool_()))
    engine.load("touched", pa.concat_tables([component, attached]))
    profiles = named + attached.column("profile_id").to_pylist()
    engine.load("edge", _read(connection, "edges_of_profiles", EDGES, profiles=profiles))
    outside = [str(one) for (one,) in engine.db.execute(engine_sql("outside")).fetchall()]
    engine.load(
        "outside_customer", _read(connection, "customers_of_profiles", CUSTOMERS, profiles=outside)
    )
    for name in ("touched_nodes", "touched_links", "fixed_cluster"):
        engine.db.execute(engine_sql(name))
    cluster_nodes(engine)
    members = _read(connection, "members_of_profiles", MEMBERS, profiles=profiles)
    engine.load("member_of_touched", members)
    for name in ("touched_old_members", "touched_new_members"):
        engine.db.execute(engine_sql(name))
    _read_taken(connection, engine)


def _read_taken(connection: Connection, engine: Engine) -> None:
    rows = engine.db.execute("SELECT party_id, customer_id FROM old_member").fetchall()
    taken: list[Any] = []
    if rows:
        found = connection.execute(
            statement(PACKAGE, "customers_held_by_others"),
            {
                "parties": [party for party, _ in rows],
                "customers": list({customer for _, customer in rows}),
            },
        )
        taken = [str(customer) for (customer,) in found.fetchall()]
    engine.load("taken_text", pa.table({"customer_id": pa.array(taken, pa.string())}))
    engine.db.execute(engine_sql("taken"))


def _read(connection: Connection, name: str, schema: pa.Schema, *, profiles: list[str]) -> pa.Table:
    if not profiles:
        return schema.empty_table()
    return copy_out(connection, statement(PACKAGE, name), {"profiles": profiles}, schema)
