"""`serve`: the API for downstream systems, and the keys that open it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from throughline.cli.invocation import HomeOption, open_home
from throughline.errors import ConfigurationError

if TYPE_CHECKING:
    from throughline.home import Home


def add_to(app: typer.Typer) -> None:
    """Add the command of this file."""
    app.command("serve")(serve)


def serve(
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="The port.")] = 8700,
    new_key: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="Make an API key, print it once, and end; the name's older key is valid no more.",
        ),
    ] = None,
    keys: Annotated[bool, typer.Option("--keys", help="List the API keys, and end.")] = False,
    end_key: Annotated[
        str | None, typer.Option(metavar="NAME", help="Let an API key be valid no more, and end.")
    ] = None,
    home: HomeOption = None,
) -> None:
    """Serve feed and customers over HTTP."""
    from throughline.api import serve as serve_api  # noqa: PLC0415  # when it runs

    asked = keys + (new_key is not None) + (end_key is not None)
    if asked > 1:
        raise ConfigurationError("give one of --new-key, --keys and --end-key")
    loaded = open_home(home, only=())
    if asked:
        _look_after_keys(loaded, new_key, end_key)
    else:
        serve_api(loaded, host=host, port=port)


def _look_after_keys(home: Home, new_key: str | None, end_key: str | None) -> None:
    """Make a key, end one, or list them."""
    from contextlib import closing  # noqa: PLC0415  # when it runs

    from throughline.api import api_keys, create_api_key, end_api_key  # noqa: PLC0415
    from throughline.cli.show import console, table  # noqa: PLC0415
    from throughline.store import open_store, store_errors  # noqa: PLC0415

    with store_errors(), closing(open_store(home)) as connection:
        if new_key is not None:
            typer.echo(create_api_key(connection, new_key))
            typer.echo("it is not kept and can't be shown again", err=True)
        elif end_key is not None:
            end_api_key(connection, end_key)
            typer.echo(f"the key of {end_key} is valid no more")
        elif found := api_keys(connection):
            from rich.text import Text  # noqa: PLC0415  # slow to load

            shown = table("name", "made (UTC)")
            for name, made in found:
                shown.add_row(Text(name), f"{made:%Y-%m-%d %H:%M}")
            console().print(shown)
        else:
            typer.echo("no API key was made yet; make one with `throughline serve --new-key NAME`")
