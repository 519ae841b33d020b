"""Cluster the engine's nodes and links: named profiles by their links, then nameless ones."""

from __future__ import annotations

import pyarrow as pa

from throughline.resolve.cluster import Clusters, Guard
from throughline.resolve.engine import Engine, engine_sql


def cluster_nodes(engine: Engine) -> int:
    """Fill `node_cluster` (node, cluster) for every node; return how many joins a guard refused.

    Reads `node` (node, profile_id, n, nameless, fixed) and `link` (left_node, right_node, decision,
    score). A node with `fixed` keeps that cluster; it is there for the nameless ones alone.
    """
    clusters = _named(engine)
    roots = [clusters.root(node) for node in range(engine.value("SELECT count(*) FROM node"))]
    engine.load(
        "root",
        pa.table(
            {
                "node": pa.array(range(len(roots)), pa.int32()),
                "root": pa.array(roots, pa.int32()),
            }
        ),
    )
    engine.db.execute(engine_sql("holder"))
    engine.db.execute(engine_sql("node_cluster"))
    return clusters.refused


def _named(engine: Engine) -> Clusters:
    clusters = Clusters(engine.value("SELECT count(*) FROM node"), ceiling=engine.rules.ceiling)
    for node, guards in engine.db.execute(engine_sql("guards_of_linked")).fetchall():
        clusters.guard(
            node,
            [
                Guard(kind=kind, value=value)
                for kind, _, value in (g.partition("=") for g in guards)
            ],
        )
    for left, right in engine.db.execute(engine_sql("refused_links")).fetchall():
        clusters.never(left, right)
    strongest_first = engine.db.execute(engine_sql("match_links"))
    while rows := strongest_first.fetchmany(50_000):
        for left, right in rows:
            clusters.join(left, right)
    return clusters
