"""Customer ids for clusters: old ids by greatest overlap, then age; revived ones; new ones."""

from __future__ import annotations

import pyarrow as pa
from uuid_utils import uuid7

from throughline.resolve.engine import Engine, engine_sql

GIVEN = pa.schema([("cluster", pa.int32()), ("customer_id", pa.string()), ("origin", pa.string())])


def give_old_ids(engine: Engine) -> None:
    """Fill `given` (cluster, customer_id, origin) with the old ids that clusters keep.

    Reads `new_member` (party_id, profile_id, cluster), `old_member` (party_id, profile_id,
    customer_id), `fixed_cluster` (cluster, customer_id) and `taken` (customer_id): customers that
    others still hold. A version-7 id tells its age, so sorting by id is sorting by age.
    """
    given = dict(
        engine.db.execute(
            "SELECT cluster, CAST(customer_id AS VARCHAR) FROM fixed_cluster"
        ).fetchall()
    )
    origins = dict.fromkeys(given, "kept")
    used = set(given.values())
    _take(engine.db.execute(engine_sql("overlap")).fetchall(), given, used, origins, "kept")
    _load(engine, given, origins)


def give_other_ids(engine: Engine) -> None:
    """Complete `given`: retired ids that come back (`former`, from the store), then new ones."""
    rows = engine.db.execute(
        "SELECT cluster, CAST(customer_id AS VARCHAR), origin FROM given"
    ).fetchall()
    given = {cluster: customer for cluster, customer, _ in rows}
    origins = {cluster: origin for cluster, _, origin in rows}
    _take(
        engine.db.execute(engine_sql("former_overlap")).fetchall(),
        given, set(given.values()), origins, "revived",
    )  # fmt: skip
    for (cluster,) in engine.db.execute(engine_sql("clusters_in_order")).fetchall():
        if cluster not in given:
            given[cluster] = str(uuid7())
            origins[cluster] = "new"
    _load(engine, given, origins)


def _take(
    rows: list[tuple[int, str]],
    given: dict[int, str],
    used: set[str],
    origins: dict[int, str],
    origin: str,
) -> None:
    """Go through (cluster, customer) rows, best first; each side is taken once."""
    for cluster, customer in rows:
        if cluster not in given and customer not in used:
            given[cluster] = customer
            origins[cluster] = origin
            used.add(customer)


def _load(engine: Engine, given: dict[int, str], origins: dict[int, str]) -> None:
    engine.load(
        "given_text",
        pa.table(
            {
                "cluster": pa.array(given.keys(), pa.int32()),
                "customer_id": pa.array(given.values(), pa.string()),
                "origin": pa.array([origins[cluster] for cluster in given], pa.string()),
            }
        ),
    )
    engine.db.execute(engine_sql("given"))
