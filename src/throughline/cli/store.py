"""`store start|stop|url|migrate|backup|restore|move`: look after the customer store."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home
from throughline.counts import counted
from throughline.errors import ConfigurationError

if TYPE_CHECKING:
    from throughline.home import Home
    from throughline.store import EmbeddedServer
    from throughline.store.backup import BackupReport


def app() -> typer.Typer:
    """Return the group of commands."""
    group = typer.Typer(no_args_is_help=True, help="Look after the customer store.")
    for name, command in (
        ("start", start),
        ("stop", stop),
        ("url", url),
        ("migrate", migrate),
        ("backup", backup),
        ("restore", restore),
        ("move", move),
    ):
        group.command(name)(command)
    return group


def start(home: HomeOption = None) -> None:
    """Start the embedded server; one that runs is left alone."""
    server = _embedded(_home(home))
    was_up = server.running()
    server.start()
    typer.echo("was running" if was_up else "started")


def stop(home: HomeOption = None) -> None:
    """Stop the embedded server; the next command starts it again."""
    typer.echo("stopped" if _embedded(_home(home)).stop() else "was not running")


def url(json: JsonOption = False, home: HomeOption = None) -> None:
    """Print the store's address, without its password."""
    from throughline.cli.show import print_json  # noqa: PLC0415  # when it runs
    from throughline.store import store_url  # noqa: PLC0415

    address = without_password(store_url(_home(home)))
    if json:
        print_json({"url": address})
    else:
        typer.echo(address)


def migrate(home: HomeOption = None) -> None:
    """Bring the store's schema up to date.

    Every command that opens the store does so too.
    """
    from throughline.store import connect, store_url  # noqa: PLC0415  # when it runs
    from throughline.store import migrate as bring_up_to_date  # noqa: PLC0415

    with closing(connect(store_url(_home(home)))) as connection:
        done = bring_up_to_date(connection)
    applied = f"applied {counted(done, 'migration', 'migrations')}"
    typer.echo(applied if done else "is up to date")


def backup(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The archive to write.")],
    home: HomeOption = None,
) -> None:
    """Write the whole store and a local landing into a file.

    Syncs may run meanwhile.
    """
    from throughline.cli.show import bars  # noqa: PLC0415  # when it runs
    from throughline.store import open_store, store_errors  # noqa: PLC0415
    from throughline.store.backup import write_backup  # noqa: PLC0415

    loaded = _home(home)
    landing = _local_landing(loaded)
    with store_errors(), closing(open_store(loaded)) as connection, bars() as progress:
        report = write_backup(connection, out, landing=landing, progress=progress)
    _say(f"wrote {out}", report)
    if landing is None:
        typer.echo("the landing is not a local folder and is not in it; keep a copy of that too")


def restore(
    archive: Annotated[Path, typer.Argument(metavar="FILE", help="An archive by `store backup`.")],
    home: HomeOption = None,
) -> None:
    """Fill an empty store from an archive; the feed gets a new epoch."""
    from throughline.cli.show import bars  # noqa: PLC0415  # when it runs
    from throughline.store import connect, store_errors, store_url  # noqa: PLC0415
    from throughline.store.backup import restore_backup  # noqa: PLC0415

    if not archive.is_file():
        raise ConfigurationError(f"there is no archive {archive}")
    loaded = _home(home)
    landing = _local_landing(loaded)
    with store_errors(), closing(connect(store_url(loaded))) as connection, bars() as progress:
        report = restore_backup(connection, archive, landing=landing, progress=progress)
    _say(f"restored {archive}", report)


def move(
    to: Annotated[
        str, typer.Option(metavar="URL", help="An empty PostgreSQL database, or `embedded`.")
    ],
    home: HomeOption = None,
) -> None:
    """Copy the store to a server, or back to `embedded`.

    No sync may run meanwhile.
    """
    from throughline.cli.moving import moved  # noqa: PLC0415  # when it runs

    report = moved(_home(home), to)
    _say(f"moved to {without_password(to)}", report)
    typer.echo("next: name the new store in throughline.yaml (`store: {url: …}`)")


def without_password(address: str) -> str:
    """Return a store's URL with its password, if it holds one, left out."""
    from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit  # noqa: PLC0415

    parts = urlsplit(address)
    user, at, place = parts.netloc.rpartition("@")
    query = [(key, value) for key, value in parse_qsl(parts.query) if key != "password"]
    netloc = user.partition(":")[0] + at + place
    told = urlencode(query, safe="/", quote_via=quote)  # libpq does not read + as a blank
    return urlunsplit((parts.scheme, netloc, parts.path, told, ""))


def _home(chosen: Path | None) -> Home:
    return open_home(chosen, only=())


def _embedded(home: Home) -> EmbeddedServer:
    from throughline.store import embedded_server  # noqa: PLC0415  # when it runs

    if home.store_url is not None:
        raise ConfigurationError(
            "the store is a server of its own (`store.url` in throughline.yaml); "
            "it is started and stopped where it runs"
        )
    return embedded_server(home.folder)


def _local_landing(home: Home) -> Path | None:
    from throughline.land import Landing  # noqa: PLC0415  # when it runs

    landing = Landing(home.landing_url)
    return Path(home.landing_url.removeprefix("file://")) if landing.local else None


def _say(what: str, report: BackupReport) -> None:
    rows = sum(report.rows.values())
    typer.echo(
        f"{what}: {rows:,} rows of {len(report.rows)} tables, {report.files:,} landing files"
    )
