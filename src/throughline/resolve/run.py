"""The stage: take the changed parties, resolve them (or everything) and leave work for merge."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from throughline.counts import Counts
from throughline.progress import Progress, silent
from throughline.resolve.changes import resolve_changes
from throughline.resolve.engine import Engine
from throughline.resolve.full import resolve_all
from throughline.resolve.keeping import PACKAGE
from throughline.resolve.rules import IdentityRules
from throughline.store import Connection, identity_lock, statement, store_errors

MANY = 50_000


def resolve(
    connection: Connection,
    *,
    rules: IdentityRules,
    progress: Progress = silent,
    open_engine: Callable[[], Engine] | None = None,
) -> Counts:
    """Bring customers up to date with the parties; a second run finds nothing to do.

    Waits for the identity lock. One transaction a slice of work; killed, the next run goes on.
    `open_engine` gives an engine with these rules; it may have been opened ahead.
    """
    open_engine = open_engine or partial(Engine, rules)
    with identity_lock(connection), store_errors():
        counts = Counts()
        while work := _work(connection, rules):
            with connection.transaction(), open_engine() as engine:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                engine.free_of_duplicates(_free_streams(connection, rules))
                connection.execute(statement(PACKAGE, "add_untold_records"))
                if work.anew:
                    counts += resolve_all(connection, engine, progress)
                    params = {"rules": rules.fingerprint}
                    connection.execute(statement(PACKAGE, "set_state"), params)
                else:
                    counts += resolve_changes(connection, engine)
            progress("resolving", counts["parties"], None)
        return counts


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """What there is to do: everything anew, or a slice of the changes."""

    anew: bool


def _work(connection: Connection, rules: IdentityRules) -> Work | None:
    """Return the next piece of work, or None when all is done."""
    row = connection.execute(statement(PACKAGE, "work"), {"many": MANY}).fetchone()
    changes, resolved_with, many = row or (False, None, False)
    if not changes and (resolved_with == rules.fingerprint or resolved_with is None):
        return None
    return Work(anew=many or resolved_with != rules.fingerprint)


def _free_streams(connection: Connection, rules: IdentityRules) -> list[int]:
    rows = connection.execute(
        statement(PACKAGE, "streams_named"), {"names": list(rules.free_of_duplicates)}
    ).fetchall()
    return [stream for (stream,) in rows]
