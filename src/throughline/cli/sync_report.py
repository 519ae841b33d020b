"""Print what a sync did."""

from __future__ import annotations

from typing import Any

from throughline.cli.show import number, print_json
from throughline.counts import counted
from throughline.sync import SyncReport

COLUMNS = {
    "received": "received",
    "landed": "new or changed",
    "unchanged": "unchanged",
    "deleted": "deleted",
    "refused": "refused",
}
NO_EVENTS = "no customer has changed, nothing was published"


def print_report(report: SyncReport, *, json: bool) -> None:
    """Print a sync's report: a table and two sentences, or JSON."""
    if json:
        print_json(as_json(report))
        return
    from rich.text import Text  # noqa: PLC0415  # not for --json

    from throughline.cli.show import console, table  # noqa: PLC0415

    screen = console()
    shown = table("connection", "stream", *COLUMNS.values(), numbers=tuple(COLUMNS.values()))
    for result in report.connections:
        for stream, counts in result.streams.items():
            shown.add_row(result.name, stream, *(number(counts[name]) for name in COLUMNS))
        if result.error is not None:
            style = "yellow" if result.outcome == "held" else "bold red"
            shown.add_row(result.name, Text(result.outcome, style))
    screen.print(shown)
    for error in report.errors:
        screen.print(Text(error, style="red"))
    if refused := report.counts["refused"]:
        records = counted(refused, "record was", "records were")
        screen.print(f"{records} refused; `throughline quarantine list` says why")
    screen.print(sentence(report))


def sentence(report: SyncReport) -> str:
    """Summarise the sync in one line."""
    counts = report.counts
    took = f"in {report.seconds:.1f} s"
    sent = f"{report.sent:,} sent to its sinks" if report.sent else ""
    if not report.changed:
        return f"nothing has changed, {sent or 'nothing was published'} ({took})"
    events = counted(counts["events"], "event", "events")
    parts = [f"{events} for the feed" if counts["events"] else NO_EVENTS]
    for name, one, several in (
        ("customers", "customer is new or changed", "customers are new or changed"),
        ("merged", "merged", "merged"),
        ("split", "split", "split"),
    ):
        if counts[name]:
            parts.insert(-1, counted(counts[name], one, several))
    if sent:
        parts.append(sent)
    return f"{', '.join(parts)} ({took})"


def as_json(report: SyncReport) -> dict[str, Any]:
    """Return the report as JSON values."""
    return {
        "connections": [
            {
                "name": result.name,
                "succeeded": result.error is None,
                "outcome": result.outcome,
                "error": result.error,
                "seconds": round(result.seconds, 3),
                "streams": {name: dict(counts) for name, counts in result.streams.items()},
            }
            for result in report.connections
        ],
        "identity": dict(report.identity),
        "sinks": [
            {"name": sink.name, "events": sink.events, "error": sink.error} for sink in report.sinks
        ],
        "changed": report.changed,
        "seconds": round(report.seconds, 3),
        "exit_code": report.exit_code,
    }
