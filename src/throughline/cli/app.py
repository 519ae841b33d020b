"""The tree of commands."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline import __version__
from throughline.cli import (
    customer,
    demo,
    export,
    feed,
    home,
    preview,
    quarantine,
    rules,
    running,
    serve,
    store,
)
from throughline.cli.invocation import HOME_BEFORE_COMMAND, HomeOption


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"throughline {__version__}")
        raise typer.Exit


ABOUT = "Every channel of a company becomes one customer store and one merged feed."


def build() -> typer.Typer:
    """Return the whole command line."""
    app = typer.Typer(
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        rich_markup_mode=None,
        context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    )
    app.callback(help=ABOUT)(start)
    for group in (home, preview, running, customer, export, serve, demo):
        group.add_to(app)
    app.add_typer(rules.app(), name="rules")
    app.add_typer(quarantine.app(), name="quarantine")
    app.add_typer(feed.app(), name="feed")
    app.add_typer(store.app(), name="store")
    return app


def start(
    home: HomeOption = None,
    debug: Annotated[bool, typer.Option("--debug", help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    """Take the options that stand before a command; `--debug` and `--version` were seen to."""
    del debug, version
    HOME_BEFORE_COMMAND.set(home)
