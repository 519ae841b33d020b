"""Resolve what changed: profiles that came or went, their pairs, the components they touch."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor

import pyarrow as pa

from throughline.counts import Counts
from throughline.resolve.engine import PARTIES, Engine, engine_sql
from throughline.resolve.touched import regroup
from throughline.resolve.writing import PACKAGE, write_customers
from throughline.store import Connection, copy_in, copy_out, statement

PARTIES_A_SLICE = 50_000
WORK = pa.schema([*PARTIES, ("profile_id", pa.string()), ("customer_id", pa.string())])
KEYS = pa.schema([("key", pa.int64()), ("name", pa.int32()), ("profile_id", pa.string())])
LINKS = pa.schema(
    [
        *((name, pa.string()) for name in ("left_id", "right_id", "decision", "rule")),
        ("score", pa.float32()),
        ("reasons", pa.string()),
    ]
)
LINK_COLUMNS = ["left_id", "right_id", "decision", "rule", "score", "reasons"]


def resolve_changes(connection: Connection, engine: Engine) -> Counts:
    """Take a slice of the dirty parties and resolve it, inside the caller's transaction."""
    taken = connection.execute(statement(PACKAGE, "take_dirty"), {"parties": PARTIES_A_SLICE})
    parties = list({str(party) for (party,) in taken.fetchall()})
    if not parties:
        return Counts()
    engine.expect(len(parties))
    work = copy_out(connection, statement(PACKAGE, "work_parties"), {"parties": parties}, WORK)
    engine.load("work", work)
    engine.add_parties(engine.table(engine_sql("work_with_doc")), members=True)
    for name in ("moving", "changed_customer"):
        engine.db.execute(engine_sql(name))
    moving = _column(engine, "SELECT party_id FROM moving")
    links = 0
    touched: set[str] = set()
    if moving:
        came, known, left = _profiles_that_moved(connection, engine, moving)
        engine.load("resumed", _table("profile_id", _resumed(connection, known, moving)))
        work_profiles = _rekey(connection, engine, came, left)
        touched, links = _relink(connection, engine, work_profiles, left, moving)
        touched.update(_column(engine, engine_sql("touched_by_moving")))
        touched.difference_update(left)
    regroup(connection, engine, touched)
    return write_customers(connection, engine) + Counts(parties=len(parties), links=links)


def _profiles_that_moved(
    connection: Connection, engine: Engine, moving: list[str]
) -> tuple[set[str], set[str], set[str]]:
    """Return the profiles that parties come to, and those that nobody has any more.

    Of the first, those that the store does not know yet, then those that it knows.
    """
    arriving = _column(
        engine, "SELECT DISTINCT new_profile FROM moving WHERE new_profile IS NOT NULL"
    )
    leaving = _column(
        engine, "SELECT DISTINCT old_profile FROM moving WHERE old_profile IS NOT NULL"
    )
    known = _ids(connection, "known_profiles", profiles=arriving)
    held = _ids(connection, "held_profiles", profiles=leaving, parties=moving)
    return set(arriving) - known, known, set(leaving) - held - set(arriving)


def _resumed(connection: Connection, known: set[str], moving: list[str]) -> set[str]:
    """Return those of the known profiles that only waiting parties had.

    While these waited, what the profile says could be read from nobody, so that a slice before this
    one may have left out its pairs.
    """
    return known - _ids(connection, "settled_profiles", profiles=sorted(known), parties=moving)


def _rekey(connection: Connection, engine: Engine, came: set[str], left: set[str]) -> list[str]:
    """Exchange the blocking keys, and return the profiles whose pairs must be worked out.

    Besides the new ones these are the resumed ones, and the holders of keys that became common, or
    no longer are.
    """
    engine.load("came", _table("profile_id", came))
    engine.load("left_key", _keys_of(connection, left))
    affected = _numbers(engine, engine_sql("affected_keys"))
    engine.load("holder_before", _holders(connection, engine, affected, len(left)))
    _exchange(connection, engine, left)
    for name in ("crossing", "work_profile"):
        engine.db.execute(engine_sql(name))
    work_profiles = _column(engine, "SELECT profile_id FROM work_profile")
    again = sorted(set(work_profiles) - came)
    engine.load("again_key", _keys_of(connection, again))
    engine.load(
        "again_holder",
        _holders(connection, engine, _numbers(engine, "SELECT DISTINCT key FROM again_key"), 0),
    )
    engine.db.execute(engine_sql("neighbour"))
    engine.db.execute(engine_sql("common_among_neighbours"))
    return work_profiles


def _exchange(connection: Connection, engine: Engine, left: set[str]) -> None:
    if left:
        profiles = {"profiles": sorted(left)}
        connection.execute(statement(PACKAGE, "remove_keys"), profiles)
        connection.execute(statement(PACKAGE, "remove_profiles"), profiles)
    new = engine.table(engine_sql("came_profile_rows"))
    copy_in(connection, "profile", ["profile_id", "keys", "name", "guards"], new)
    keys = engine.table(engine_sql("came_key_rows"))
    copy_in(connection, "blocking_key", ["key", "name", "profile_id"], keys)


def _relink(
    connection: Connection, engine: Engine, work: list[str], left: set[str], moving: list[str]
) -> tuple[set[str], int]:
    """Score the work profiles' pairs and exchange their links.

    Returns the profiles to regroup (matches of new links are found from there; those of links
    that are gone are not, so they are named) and how many links came.
    """
    _read_profiles(connection, engine, _column(engine, engine_sql("unread_neighbours")), moving)
    engine.db.execute(engine_sql("mark_common"))
    engine.db.execute(engine_sql("work_candidates"))
    both = {"profiles": [*work, *sorted(left)]}
    with ThreadPoolExecutor(1) as beside:  # the store looks them up while pairs are scored
        old = beside.submit(
            copy_out, connection, statement(PACKAGE, "links_of_profiles"), both, LINKS
        )
        engine.score_pairs()
    engine.load("old_link", old.result())
    engine.db.execute(engine_sql("scored_links"))
    gone = engine.table(engine_sql("links_gone"))
    came = engine.table(engine_sql("links_came"))
    if gone.num_rows:
        connection.execute(
            statement(PACKAGE, "remove_links"),
            {
                "lefts": gone.column("left_id").to_pylist(),
                "rights": gone.column("right_id").to_pylist(),
            },
        )
    copy_in(connection, "link", LINK_COLUMNS, came)
    loose = [
        end
        for left_id, right_id, decision in zip(*gone.to_pydict().values(), strict=True)
        if decision in ("match", "attach")
        for end in (left_id, right_id)
    ]
    return set(loose) | set(work), came.num_rows


def _read_profiles(
    connection: Connection, engine: Engine, profiles: list[str], moving: list[str]
) -> None:
    if profiles:
        params = {"profiles": profiles, "parties": moving}
        parties = copy_out(connection, statement(PACKAGE, "parties_of_profiles"), params, PARTIES)
        engine.add_parties(parties, members=False)


def _keys_of(connection: Connection, profiles: Iterable[str]) -> pa.Table:
    wanted = sorted(profiles)
    if not wanted:
        return KEYS.empty_table()
    return copy_out(connection, statement(PACKAGE, "keys_of_profiles"), {"profiles": wanted}, KEYS)


def _holders(connection: Connection, engine: Engine, keys: list[int], extra: int) -> pa.Table:
    if not keys:
        return KEYS.empty_table()
    most = max(key.profiles for key in engine.rules.blocking_keys) + extra + 1
    params = {"keys": keys, "most": most}
    return copy_out(connection, statement(PACKAGE, "holders_of_keys"), params, KEYS)


def _ids(connection: Connection, name: str, **params: list[str]) -> set[str]:
    if not params["profiles"]:
        return set()
    rows = connection.execute(statement(PACKAGE, name), params).fetchall()
    return {str(one) for (one,) in rows}


def _column(engine: Engine, query: str) -> list[str]:
    return [str(one) for (one,) in engine.db.execute(query).fetchall()]


def _numbers(engine: Engine, query: str) -> list[int]:
    return [int(one) for (one,) in engine.db.execute(query).fetchall()]


def _table(name: str, values: Iterable[str]) -> pa.Table:
    return pa.table({name: pa.array(sorted(values), pa.string())})
