"""The stage: resolve the changed parties, or everything, and mark what merge has to work on."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Literal

from throughline.counts import Counts
from throughline.progress import Progress, silent
from throughline.resolve.changes import resolve_changes
from throughline.resolve.engine import Engine
from throughline.resolve.full import resolve_all
from throughline.resolve.rules import IdentityRules
from throughline.resolve.writing import PACKAGE
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

    Waits for the identity lock. Each slice of work is one transaction; after a kill the next run
    continues. `open_engine` returns an engine with these rules, which may have been opened ahead.
    """
    open_engine = open_engine or partial(Engine, rules)
    with identity_lock(connection), store_errors():
        counts = Counts()
        while scope := _scope(connection, rules):
            with connection.transaction(), open_engine() as engine:
                connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
                engine.free_of_duplicates(_free_streams(connection, rules))
                connection.execute(statement(PACKAGE, "add_untold_records"))
                if scope == "everything":
                    counts += resolve_all(connection, engine, progress)
                    params = {"rules": rules.fingerprint}
                    connection.execute(statement(PACKAGE, "set_state"), params)
                else:
                    counts += resolve_changes(connection, engine)
            progress("resolving", counts["parties"], None)
        return counts


def _scope(connection: Connection, rules: IdentityRules) -> Literal["everything", "changes"] | None:
    """Return what to resolve next: everything, or a slice of the changes; None: all is done."""
    row = connection.execute(statement(PACKAGE, "work"), {"many": MANY}).fetchone()
    changes, resolved_with, many = row or (False, None, False)
    if not changes and (resolved_with == rules.fingerprint or resolved_with is None):
        return None
    return "everything" if many or resolved_with != rules.fingerprint else "changes"


def _free_streams(connection: Connection, rules: IdentityRules) -> list[int]:
    rows = connection.execute(
        statement(PACKAGE, "streams_named"), {"names": list(rules.free_of_duplicates)}
    ).fetchall()
    return [stream for (stream,) in rows]
