"""`preview`: a stream's first records, and what its mapping rule makes of them."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("preview")(preview)


def preview(
    connection: Annotated[str, typer.Argument(metavar="CONNECTION", help="The connection.")],
    stream: Annotated[str, typer.Argument(metavar="STREAM", help="Its stream.")],
    limit: Annotated[int, typer.Option(min=1, max=1000, help="So many records.")] = 3,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Show source records beside what they become.

    Nothing is written, and the store is not needed.
    """
    from throughline.cli.previewing import preview_stream, print_preview  # noqa: PLC0415
    from throughline.cli.show import print_json  # noqa: PLC0415

    loaded = open_home(home, only=[connection], secrets_needed=True)
    shown = preview_stream(loaded, connection, stream, limit)
    if json:
        print_json([one.as_json() for one in shown])
    else:
        print_preview(shown)
