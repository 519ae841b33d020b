"""`init` makes a home, `check` says whether it is well."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home

if TYPE_CHECKING:
    from throughline.connector import Finding
    from throughline.home import Home


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("init")(init)
    app.command("check")(check)


def init(
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="The folder to make.")],
    demo_data: Annotated[
        Path | None,
        typer.Option(metavar="DATA", help="Read the demo data in this folder."),
    ] = None,
) -> None:
    """Make a home: commented files, and schemas that help an editor."""
    from throughline.home.making import make_home  # noqa: PLC0415  # when it runs

    made = make_home(folder, demo_data=demo_data)
    for path in made:
        typer.echo(f"wrote {path}")
    after = "throughline check" if demo_data else "edit them, then throughline check"
    there = "" if folder.resolve() == Path.cwd() else f"cd {folder} && "
    typer.echo(f"next: {there}{after}")


def check(
    connections: Annotated[
        list[str] | None, typer.Argument(metavar="[CONNECTION]...", help="Only these; none: all.")
    ] = None,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Check files, store, rules and every connection.

    Of a connection: is its system reachable, does it let us in, can each stream be read?
    """
    from throughline.cli.checking import findings  # noqa: PLC0415  # when it runs
    from throughline.cli.show import print_json  # noqa: PLC0415

    loaded = open_home(home, only=connections or None, secrets_needed=True)
    _refresh_schemas(loaded)
    found, exit_code = findings(loaded)
    if json:
        listed = [
            {"connection": name, "subject": one.subject, "ok": one.ok, "note": one.note}
            | {"message": one.message}
            for name, one in found
        ]
        print_json({"ok": exit_code == 0, "findings": listed})
    else:
        _show(found)
    raise typer.Exit(exit_code)


def _refresh_schemas(home: Home) -> None:
    from contextlib import suppress  # noqa: PLC0415  # when it runs

    from throughline.home.making import write_editor_schemas  # noqa: PLC0415

    with suppress(OSError):  # a home that may only be read has nobody editing it
        write_editor_schemas(home.folder)


def _show(found: list[tuple[str, Finding]]) -> None:
    from rich.text import Text  # noqa: PLC0415  # when it runs

    from throughline.cli.show import console, table  # noqa: PLC0415

    shown = table("", "connection", "looked at", "result")
    for name, one in found:
        mark = Text("ok", style="green") if one.ok else Text("NOT OK", style="bold red")
        mark = Text("note", style="yellow") if one.note else mark
        shown.add_row(mark, name, one.subject, one.message)
    screen = console()
    screen.print(shown)
    bad = sum(not one.ok for _, one in found)
    mending = "needs mending" if bad == 1 else "need mending"
    notes = sum(one.note for _, one in found)
    told = f"{bad} of {len(found)} {mending}" if bad else "all well"
    screen.print(told + (f"; {notes} to take note of" if notes else ""))
