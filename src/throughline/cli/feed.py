"""`feed` prints the merged feed, `feed publish` sends it to a broker."""

from __future__ import annotations

from typing import Annotated

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home
from throughline.counts import counted

POLL_SECONDS = 1.0


def app() -> typer.Typer:
    """Return the group of commands; `feed` alone reads."""
    group = typer.Typer(invoke_without_command=True, help="Read the merged feed, or send it.")
    group.callback()(feed)
    group.command("publish")(publish)
    return group


def feed(
    context: typer.Context,
    after: Annotated[
        str,
        typer.Option(metavar="POSITION", help="Go on after this position, or `epoch.position`."),
    ] = "0",
    limit: Annotated[int | None, typer.Option(min=1, help="At most so many events.")] = None,
    follow: Annotated[
        bool, typer.Option("--follow", help="Wait for more at the end, until stopped.")
    ] = False,
    home: HomeOption = None,
) -> None:
    """Print the feed's events after a position: CloudEvents, one JSON object a line."""
    if context.invoked_subcommand is not None:
        return
    from throughline.cli.feeding import print_feed  # noqa: PLC0415  # when it runs

    print_feed(open_home(home, only=()), after, limit, follow=follow)


def publish(
    to: Annotated[
        str | None,
        typer.Option(metavar="URL", help="amqp://…, redis://…; without it: the home's sinks."),
    ] = None,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Send what was not confirmed yet; the position survives a kill."""
    from throughline.cli.feeding import publish_feed  # noqa: PLC0415  # when it runs
    from throughline.cli.show import print_json  # noqa: PLC0415

    counts = publish_feed(open_home(home, only=()), to)
    if json:
        print_json(dict(counts))
    else:
        typer.echo(f"{counted(counts['events'], 'event was', 'events were')} confirmed")
