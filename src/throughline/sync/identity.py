"""The identity stages, resolve and merge: their rules, their engines, one run of both."""

from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from functools import cached_property, partial
from typing import TYPE_CHECKING

from throughline.counts import Counts
from throughline.home.values import Home
from throughline.progress import Progress, silent
from throughline.sync.ahead import Ahead
from throughline.sync.runs import recorded
from throughline.sync.survivorship import load_survivorship
from throughline.sync.waiting import held

if TYPE_CHECKING:
    from throughline.merge import GoldenRecords, SurvivorshipRules
    from throughline.resolve import Engine, IdentityRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """The checked rules of resolve and merge."""

    identity: IdentityRules
    survivorship: SurvivorshipRules


class Identity:
    """Resolve and merge; their engines may be opened while connections are still being read."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._engine: Ahead[Engine] | None = None
        self._golden: Ahead[GoldenRecords] | None = None

    @cached_property
    def rules(self) -> Rules:
        """The home's rules, read once; raises InvalidHomeError."""
        from throughline.resolve import load_identity_rules  # noqa: PLC0415  # loaded where it runs

        return Rules(
            identity=load_identity_rules(self._home.rules_folder),
            survivorship=load_survivorship(self._home),
        )

    def open_ahead(self) -> None:
        """Begin to open both engines, in threads, because they will be needed."""
        from throughline.merge import GoldenRecords  # noqa: PLC0415  # loaded where it runs
        from throughline.resolve import Engine  # noqa: PLC0415

        self._engine = Ahead(partial(Engine, self.rules.identity))
        self._golden = Ahead(partial(GoldenRecords, self.rules.survivorship))

    def run(self, progress: Progress = silent) -> Counts:
        """Resolve, then merge, under the identity lock; a run row each. Waits for another run."""
        from throughline.merge import merge  # noqa: PLC0415  # loaded where it runs
        from throughline.resolve import resolve  # noqa: PLC0415
        from throughline.store import (  # noqa: PLC0415
            identity_lock,
            open_store,
            refresh_statistics,
            store_errors,
        )

        rules = self.rules
        with (
            store_errors(),
            closing(open_store(self._home)) as connection,
            held(identity_lock, connection, progress=progress),
        ):
            refresh_statistics(connection)
            with recorded(connection, "resolve") as run:
                run.add(
                    resolve(
                        connection,
                        rules=rules.identity,
                        progress=progress,
                        open_engine=self._engine,
                    )
                )
            counts = Counts({name: run.counts[name] for name in run.counts if name != "customers"})
            refresh_statistics(connection)
            with recorded(connection, "merge") as run:
                run.add(
                    merge(
                        connection,
                        survivorship=rules.survivorship,
                        progress=progress,
                        open_golden=self._golden,
                    )
                )
            refresh_statistics(connection)
            return counts + run.counts

    def close(self) -> None:
        """Close what was opened ahead and not used."""
        for ahead in (self._engine, self._golden):
            if ahead is not None:
                ahead.close()


def identify(home: Home, progress: Progress = silent) -> Counts:
    """Resolve, then merge what waits; see `Identity.run`."""
    with closing(Identity(home)) as identity:
        return identity.run(progress)
