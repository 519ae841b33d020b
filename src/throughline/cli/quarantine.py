"""`quarantine list|show|replay`: what was refused, why, and once more after the rule was mended."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING, Annotated, Any

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home
from throughline.counts import counted
from throughline.errors import UnknownNameError

if TYPE_CHECKING:
    from throughline.home import Home

PACKAGE = "throughline.cli"

ConnectionArgument = Annotated[
    str | None, typer.Argument(metavar="[CONNECTION]", help="Of this connection only.")
]
StreamArgument = Annotated[
    str | None, typer.Argument(metavar="[STREAM]", help="Of this stream of it only.")
]


def app() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Look at refused records and replay them.")
    group.command("list")(list_refused)
    group.command("show")(show)
    group.command("replay")(replay)
    return group


def list_refused(
    connection: ConnectionArgument = None,
    stream: StreamArgument = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many, the newest first.")] = 20,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """List what was refused: how often for which reason, then the newest."""
    from throughline.cli.show import ago, console, number, print_json, table  # noqa: PLC0415

    which = {"connection": connection, "stream": stream}
    loaded = open_home(home, only=())
    _must_be_known(loaded, connection, stream)
    reasons = _rows(loaded, "count_quarantine", which)
    newest = _rows(loaded, "list_quarantine", {**which, "number": limit})
    if json:
        names = ("id", "connection", "stream", "position", "rule", "path", "reason", "refused_at")
        print_json([dict(zip(names, row, strict=True)) for row in newest])
        return
    screen = console()
    if not reasons:
        screen.print("nothing is in quarantine")
        return
    shown = table("refused", "connection", "stream", "why", numbers=("refused",))
    for name, of, _rule, path, reason, count in reasons:
        shown.add_row(number(count), name, of, f"{path}: {reason}")
    screen.print(shown)
    shown = table("id", "stream", "position", "why", "when")
    for one, name, of, position, _rule, path, reason, at in newest:
        shown.add_row(str(one)[:8], f"{name}.{of}", position, f"{path}: {reason}", ago(at))
    screen.print(shown)
    screen.print("next: throughline quarantine show ID, or mend the rule and `quarantine replay`")


def show(
    quarantine_id: Annotated[str, typer.Argument(metavar="ID", help="Its id, or the start of it.")],
    show_values: Annotated[
        bool, typer.Option("--show-values", help="Print the record's values, not only its shape.")
    ] = False,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show one refused record: why, where it lies, and what it looks like."""
    from throughline.cli.refusals import refused_record, show_refusal  # noqa: PLC0415
    from throughline.cli.show import print_json  # noqa: PLC0415

    loaded = open_home(home, only=())
    found = _rows(loaded, "show_quarantine", {"start": quarantine_id.lower()})
    if len(found) != 1:
        raise UnknownNameError("single refused record", quarantine_id)
    record = refused_record(loaded, found[0], show_values=show_values)
    if json:
        print_json(record)
    else:
        show_refusal(record)


def replay(
    connection: ConnectionArgument = None,
    stream: StreamArgument = None,
    home: HomeOption = None,
) -> None:
    """Normalise refused records again with the rules as they are now."""
    from throughline.cli.show import bars  # noqa: PLC0415  # when it runs
    from throughline.sync.replaying import replay as replay_refused  # noqa: PLC0415

    loaded = open_home(home, only=[connection] if connection else None)
    _must_be_known(loaded, connection, stream)
    with bars() as progress:
        before, after = replay_refused(loaded, connection, stream, progress)
    were, are = counted(before, "was", "were"), counted(after, "is", "are")
    typer.echo(f"{were} in quarantine, {are} now")


def _must_be_known(home: Home, connection: str | None, stream: str | None) -> None:
    """Raise UnknownNameError for a name that is none, lest a typing error look like "nothing"."""
    from throughline.home.check_connections import connection_names  # noqa: PLC0415  # when it runs
    from throughline.home.explain import did_you_mean  # noqa: PLC0415

    if connection is None:
        return
    streams = _rows(home, "list_streams", {})
    connections = {*connection_names(home.folder), *(of for of, _ in streams)}
    if connection not in connections:
        raise UnknownNameError("connection", connection, did_you_mean(connection, connections))
    names = [name for of, name in streams if of == connection]
    if stream is not None and names and stream not in names:
        raise UnknownNameError(f"stream of {connection}", stream, did_you_mean(stream, names))


def _rows(home: Home, name: str, parameters: dict[str, Any]) -> list[tuple[Any, ...]]:
    from throughline.store import open_store, statement, store_errors  # noqa: PLC0415  # when it runs

    with store_errors(), closing(open_store(home)) as connection:
        return connection.execute(statement(PACKAGE, name), parameters).fetchall()
