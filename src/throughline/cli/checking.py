"""Check everything that a home needs, and continue after each problem."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

from throughline.connector import Finding
from throughline.counts import counted
from throughline.errors import ConfigurationError, ThroughlineError, worst
from throughline.home import Home
from throughline.home.check_connections import unread_connections
from throughline.home.connectors import open_connector
from throughline.home.rule_files import unread_rules

Findings = list[tuple[str, Finding]]


def findings(home: Home) -> tuple[Findings, int]:
    """Return all findings, and the exit code: that of the worst error."""
    found: Findings = []

    def look(name: str, subject: str, at: Callable[[], str]) -> None:
        try:
            found.append((name, Finding(subject=subject, ok=True, message=at())))
        except ThroughlineError as error:
            found.append((name, Finding.failed(subject, error)))

    look("", "store", partial(_store, home))
    look("", "landing", partial(_landing, home))
    look("", "rules", partial(_rules, home))
    found += [("", one) for one in _unread(home)]
    for sink in home.feed.sinks:
        look("", f"sink {sink}", partial(_sink, home, sink))
    for name, config in home.connections.items():
        if not config.enabled:
            found.append((name, Finding(subject="connection", ok=True, message="switched off")))
            continue
        try:
            found.extend((name, one) for one in _connection(home, name))
        except ThroughlineError as error:
            found.append((name, Finding.failed("connection", error)))
    return found, worst([one.exit_code for _, one in found if not one.ok])


def _unread(home: Home) -> Iterator[Finding]:
    """Yield a note for each file that is in a place where nothing reads it."""
    for path in (*unread_connections(home.folder), *unread_rules(home.rules_folder)):
        file = path.relative_to(home.folder)
        example = f"{file.parts[0]}/{path.stem}.yaml"
        message = f"{file} is not read; it would be as {example}"
        yield Finding(subject="files", ok=True, note=True, message=message)


def _connection(home: Home, name: str) -> Iterator[Finding]:
    from throughline.cli.rule_checking import rule_findings  # noqa: PLC0415  # loads DuckDB

    with TemporaryDirectory() as scratch:
        connector = open_connector(home, name, scratch=Path(scratch))
        well = True
        for one in connector.check():
            well = well and one.ok
            yield one
        yield from rule_findings(home, name, connector, readable=well)


def _store(home: Home) -> str:
    from throughline.store import open_store  # noqa: PLC0415  # only this part needs it

    with closing(open_store(home)) as connection:
        version = connection.info.server_version
        kind = "embedded" if home.store_url is None else "server"
        return f"{kind} PostgreSQL {version // 10000}.{version % 10000}, schema up to date"


def _landing(home: Home) -> str:
    from throughline.land import Landing  # noqa: PLC0415  # only this part needs it

    landing = Landing(home.landing_url)
    landing.reach()
    return "a local folder" if landing.local else "reachable"


def _sink(home: Home, name: str) -> str:
    from throughline.sync import reach_sink  # noqa: PLC0415  # only this part needs it

    reach_sink(home, name)
    return "reachable"


def _rules(home: Home) -> str:
    from throughline.normalise import load_rules  # noqa: PLC0415  # only this part needs it
    from throughline.resolve import load_identity_rules  # noqa: PLC0415
    from throughline.sync.survivorship import load_survivorship  # noqa: PLC0415

    load_identity_rules(home.rules_folder)
    load_survivorship(home)
    mistakes = load_rules(home.rules_folder).mistakes()
    if mistakes:
        raise ConfigurationError("\n".join(mistakes))
    own = len(list(home.rules_folder.rglob("*.yaml")))
    ours = f" and {counted(own, 'file', 'files')} of the home's own" if own else ""
    return f"the shipped ones{ours}"
