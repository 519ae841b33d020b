"""`serve`: the API for downstream systems."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline.cli.invocation import HomeOption, open_home


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8700,
    new_key: Annotated[
        str | None,
        typer.Option("--new-key", metavar="NAME", help="Make an API key, print it once, and end."),
    ] = None,
    home: HomeOption = None,
) -> None:
    """Serve feed and customers over HTTP."""
    from throughline.api import serve as serve_api  # noqa: PLC0415  # when it runs

    loaded = open_home(home, only=())
    if new_key is None:
        serve_api(loaded, host=host, port=port)
        return
    from contextlib import closing  # noqa: PLC0415  # when it runs

    from throughline.api import create_api_key  # noqa: PLC0415
    from throughline.store import open_store, store_errors  # noqa: PLC0415

    with store_errors(), closing(open_store(loaded)) as connection:
        typer.echo(create_api_key(connection, new_key))
    typer.echo("it is not kept and can't be shown again", err=True)
