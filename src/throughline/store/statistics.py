"""Keep the planner's statistics true after large changes, without waiting for autovacuum."""

from __future__ import annotations

from psycopg import sql

from throughline.store.connection import Connection
from throughline.store.statements import statement

PAGES = 32
SAMPLE = 10
"""Rows looked at, in units of 300: a first look; autovacuum takes the closer one later."""


def refresh_statistics(connection: Connection) -> None:
    """Analyse tables that changed by more than half, and clear queues of what was consumed.

    Without it the plans made after a first load read whole tables for a few rows until autovacuum
    comes by. Outside of a transaction; costs a catalogue query where little changed.
    """
    connection.execute("SELECT pg_stat_force_next_flush()")  # what this session changed counts
    found = connection.execute(
        statement("throughline.store", "grown_tables"), {"pages": PAGES}
    ).fetchall()
    if not found:
        return
    connection.execute(sql.SQL("SET default_statistics_target = {}").format(SAMPLE))
    for table, queue in found:
        how = "VACUUM (ANALYZE, TRUNCATE) {}" if queue else "ANALYZE {}"
        connection.execute(sql.SQL(how).format(sql.Identifier(table)))
    connection.execute("RESET default_statistics_target")
