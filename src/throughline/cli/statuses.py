"""Read the status of each stream, and show it."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from datetime import UTC, datetime
from typing import Any

from throughline.cli.show import ago, console, number, table
from throughline.counts import counted
from throughline.home import Home
from throughline.store import open_store, statement, store_errors

PACKAGE = "throughline.cli"
TOTALS = ("customers", "parties", "feed_position", "records", "without_customer")
STYLES = {"running": "", "held": "yellow"}
NOTE = ("connection", "stream", "note", "count")


def read_status(home: Home) -> dict[str, Any]:
    """Return streams, the last run of each connection and stage, and totals, as JSON values.

    Runs of connections and sinks that the home no longer has are left out; `gone` streams are of
    such a connection. `held` runs wait for a person to confirm what they would do. `notes` are the
    most frequent quality notes: single values that were left out or repaired on arrival.
    """
    with store_errors(), closing(open_store(home)) as connection:
        streams = connection.execute(statement(PACKAGE, "read_status")).fetchall()
        runs = connection.execute(statement(PACKAGE, "read_last_runs")).fetchall()
        notes = connection.execute(statement(PACKAGE, "count_notes")).fetchall()
        totals = connection.execute(statement(PACKAGE, "read_totals")).fetchone() or (0,) * 5
    now = datetime.now(UTC)
    return {
        "streams": [
            {
                "connection": name,
                "stream": stream,
                "last_success": success,
                "lag_seconds": round((now - success).total_seconds()) if success else None,
                "landed": landed,
                "deleted": deleted,
                "waiting_batches": waiting,
                "refused": refused,
                "gone": name not in home.connections,
            }
            for name, stream, success, landed, deleted, waiting, refused in streams
        ],
        "never_read": sorted(
            {name for name, one in home.connections.items() if one.enabled}
            - {row[0] for row in streams}
        ),
        "runs": [_run(row) for row in runs if _is_there(home, row[0], row[1])],
        "notes": [dict(zip(NOTE, note, strict=True)) for note in notes],
        "totals": dict(zip(TOTALS, totals, strict=True)),
    }


def _run(row: Sequence[Any]) -> dict[str, Any]:
    stage, subject, started, finished, outcome, counts, error = row
    return {
        "stage": stage,
        "subject": subject,
        "started_at": started,
        "finished_at": finished,
        "outcome": outcome or "running",
        "counts": counts,
        "error": error,
    }


def _is_there(home: Home, stage: str, subject: str) -> bool:
    """Tell whether a run's subject is still in the home; a URL that was sent to always counts."""
    if stage == "publish":
        return subject in home.feed.sinks or "://" in subject
    return stage != "connection" or subject in home.connections


def show_status(status: dict[str, Any]) -> None:
    """Print it as a table, then what was left out, then what failed, then the totals."""
    from rich.text import Text  # noqa: PLC0415  # not for --json

    screen = console()
    shown = table(
        *("connection", "stream", "last success", "landed", "deleted", "refused", "waiting"),
        numbers=("landed", "deleted", "refused", "waiting"),
    )
    for row in status["streams"]:
        shown.add_row(
            row["connection"],
            f"{row['stream']} (gone)" if row["gone"] else row["stream"],
            ago(row["last_success"]),
            number(row["landed"]),
            number(row["deleted"]),
            Text(number(row["refused"]), style="yellow" if row["refused"] else ""),
            number(row["waiting_batches"]),
        )
    for name in status["never_read"]:
        shown.add_row(name, "", "never")
    screen.print(shown)
    if status["notes"]:
        shown = table("records", "connection", "stream", "quality note", numbers=("records",))
        for note in status["notes"]:
            shown.add_row(number(note["count"]), note["connection"], note["stream"], note["note"])
        screen.print(shown)
    for run in status["runs"]:
        if run["outcome"] != "succeeded":
            what = f"{run['stage']} {run['subject']}".strip()
            how = f"{what}: {run['outcome']}, begun {ago(run['started_at'])}"
            text = f"{how}: {run['error']}" if run["error"] else how
            screen.print(Text(text, STYLES.get(run["outcome"], "red")))
    totals = status["totals"]
    screen.print(
        f"{counted(totals['parties'], 'party is', 'parties are')} "
        f"{counted(totals['customers'], 'customer', 'customers')}; "
        f"the feed stands at position {totals['feed_position']:,}"
    )
    if totals["without_customer"]:
        screen.print(
            f"{totals['without_customer']:,} of {totals['records']:,} records have no customer"
        )
