"""`sync` runs all stages, `status` shows the state of each stream."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer

from throughline.cli.invocation import HomeOption, JsonOption, open_home
from throughline.errors import StoppedError, ThroughlineError
from throughline.time_spans import read_time_span

if TYPE_CHECKING:
    from throughline.home import Home
    from throughline.sync import SyncReport
    from throughline.sync.stopping import Stop


def add_to(app: typer.Typer) -> None:
    """Add the commands of this file."""
    app.command("sync")(sync)
    app.command("status")(status)


def sync(
    connections: Annotated[
        list[str] | None,
        typer.Argument(metavar="[CONNECTION]...", help="Only these; none: every enabled one."),
    ] = None,
    every: Annotated[
        str | None, typer.Option(metavar="15m", help="Repeat at this interval.")
    ] = None,
    json: JsonOption = False,
    home: HomeOption = None,
) -> None:
    """Read what is new; update customers and feed."""
    from throughline.sync import stop_on_signals  # noqa: PLC0415  # when it runs

    pause = read_time_span("--every", every).total_seconds() if every else None
    names = connections or []

    def opened() -> Home:
        return open_home(home, only=names or None, secrets_needed=not names)

    with stop_on_signals() as stop:
        if pause is not None:
            _again_and_again(opened, names, pause, stop, json=json)
            return
        report = _one(opened(), names, stop, json=json)
    raise typer.Exit(report.exit_code)


def _one(home: Home, names: list[str], stop: Stop, *, json: bool) -> SyncReport:
    from throughline.cli.show import bars, load_tables  # noqa: PLC0415  # when it runs
    from throughline.sync import sync as run_sync  # noqa: PLC0415

    with bars() as progress:
        ahead = None if json else load_tables
        report = run_sync(home, names, progress, stop=stop, load_ahead=ahead)
    from throughline.cli.sync_report import print_report  # noqa: PLC0415  # not before the forks

    with suppress(BrokenPipeError):  # nobody reads it; the exit code still says how it went
        print_report(report, json=json)
    return report


def _again_and_again(
    opened: Callable[[], Home], names: list[str], pause: float, stop: Stop, *, json: bool
) -> None:
    """Sync until asked to stop; an error in a round is logged, and the next round tries again.

    Each round reads the home again: a mistake that is there from the start is raised, a later one
    ends only its round.
    """
    from throughline.cli.entry import leave  # noqa: PLC0415  # when it runs
    from throughline.cli.logs import logger  # noqa: PLC0415
    from throughline.cli.show import load_tables  # noqa: PLC0415
    from throughline.sync import again_and_again, load_for_rounds  # noqa: PLC0415

    home = opened()
    if not json:
        load_tables()
    load_for_rounds(home)
    log = logger(home=str(home.folder))

    def one_round() -> NoReturn:
        began = time.monotonic()
        try:
            report = _one(opened(), names, stop, json=json)
        except StoppedError:
            leave(0)
        except ThroughlineError as error:
            log.warning("not synced", reason=str(error))
            leave(error.exit_code)
        seconds = round(time.monotonic() - began, 1)
        if report.errors:
            log.warning("failed" if report.failed else "held", reasons=report.errors)
        not_well = {"failed": report.failed, "held": report.held}
        log.info("synced", seconds=seconds, **not_well, **report.identity)
        leave(report.exit_code)

    def killed(number: int) -> None:
        log.warning("not synced", reason=f"the process was ended by signal {number}")

    again_and_again(one_round, pause=pause, stop=stop, killed=killed)
    log.info("stopped")


def status(json: JsonOption = False, home: HomeOption = None) -> None:
    """Show the state of each stream.

    When it was last read successfully, what landed and was refused, and how old it is.
    """
    from throughline.cli.show import print_json  # noqa: PLC0415
    from throughline.cli.statuses import read_status, show_status  # noqa: PLC0415  # when it runs

    loaded = open_home(home)
    found = read_status(loaded)
    if json:
        print_json(found)
    else:
        show_status(found)
