"""Land and normalise one connection, stream by stream, in this process."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from throughline.counts import Counts, OnCounts
from throughline.errors import HELD, ThroughlineError
from throughline.home.values import Home
from throughline.progress import Progress, silent
from throughline.sync.runs import Run, recorded
from throughline.sync.tidying import SCRATCH
from throughline.sync.waiting import held

if TYPE_CHECKING:
    from throughline.connector import Connector, StreamSpec
    from throughline.home.organisation import Organisation
    from throughline.normalise import Sandbox
    from throughline.store import Connection

OnStream = Callable[[str, Counts], None]


def sync_connection(
    home: Home, name: str, progress: Progress = silent, *, on_stream: OnStream | None = None
) -> Counts:
    """Land and normalise one connection, stream by stream, under its lock; one run row.

    `on_stream` is called with each stream's counts when it is done. What landed before a channel
    failed is normalised; the error is raised after. Waits for another run of the connection.
    """
    from throughline.home.connectors import open_connector  # noqa: PLC0415  # loaded where it runs
    from throughline.store import connection_lock, open_store, store_errors  # noqa: PLC0415

    home.connection(name)  # an unknown name has no run
    with store_errors(), closing(open_store(home)) as connection:
        lock = held(connection_lock, connection, name, progress=progress)
        with lock, recorded(connection, "connection", name) as run, _scratch(home) as scratch:
            connector = open_connector(home, name, scratch=scratch)
            Streams(home, name, connection, connector, progress).run(run, on_stream)
            return run.counts


def normalise_connection(home: Home, name: str, progress: Progress = silent) -> Counts:
    """Normalise what has landed of one connection and waits, without reading its system."""
    from throughline.home.connectors import open_connector  # noqa: PLC0415  # loaded where it runs
    from throughline.store import connection_lock, open_store, store_errors  # noqa: PLC0415

    with store_errors(), closing(open_store(home)) as connection:
        lock = held(connection_lock, connection, name, progress=progress)
        with lock, recorded(connection, "connection", name) as run, _scratch(home) as scratch:
            connector = open_connector(home, name, scratch=scratch)
            streams = Streams(home, name, connection, connector, progress)
            for stream in streams.specs:
                streams.normalise(stream, run.add)
            return run.counts


@cache
def sandbox_of(organisation: Organisation) -> Sandbox:
    """Return this process's sandbox for the mapping rules; a forked process has its parent's."""
    from throughline.normalise import Sandbox  # noqa: PLC0415  # loaded where it runs

    return Sandbox(organisation)


class Streams:
    """The streams of one connection, landed and normalised one after the other."""

    def __init__(
        self,
        home: Home,
        name: str,
        connection: Connection,
        connector: Connector,
        progress: Progress,
    ) -> None:
        from throughline.home.connectors import streams_of  # noqa: PLC0415  # loaded where it runs
        from throughline.land import Landing  # noqa: PLC0415
        from throughline.normalise import load_rules  # noqa: PLC0415

        self.home, self.config = home, home.connection(name)
        self.connection, self.connector, self.progress = connection, connector, progress
        self.specs = streams_of(connector, self.config)
        self.landing = Landing(home.landing_url)
        self.rules = load_rules(home.rules_folder)
        self.sandbox = sandbox_of(home.organisation)

    def run(self, run: Run, on_stream: OnStream | None) -> None:
        """Land and normalise all streams; counts are reported even if it fails.

        An error of HELD holds its stream alone, the others go on; any other error ends the run,
        once what landed is normalised. One error is raised, with the texts of all: one that is not
        of HELD if there is any.
        """
        failed: list[ThroughlineError] = []
        for stream in self.specs:
            counted: list[Counts] = []
            try:
                try:
                    self._land(stream, counted.append)
                except ThroughlineError as error:
                    failed.append(error)
                try:
                    self.normalise(stream, counted.append)
                except HELD as error:
                    failed.append(error)
            finally:
                counts = sum(counted, Counts())
                run.add(counts)
                if on_stream is not None:
                    on_stream(stream.name, counts)
            if not all(isinstance(error, HELD) for error in failed):
                break
        if failed:
            worst = next((one for one in failed if not isinstance(one, HELD)), failed[-1])
            worst.args = ("; ".join(str(error) for error in failed),)
            raise worst

    def _land(self, stream: StreamSpec, on_counts: OnCounts) -> None:
        from throughline.land import land_stream  # noqa: PLC0415  # loaded where it runs

        land_stream(
            self.connection,
            connection_config=self.config,
            connector=self.connector,
            stream=stream,
            landing=self.landing,
            progress=self.progress,
            on_counts=on_counts,
        )

    def normalise(
        self, stream: StreamSpec, on_counts: OnCounts | None = None, *, guarded: bool = True
    ) -> Counts:
        """Normalise what has landed of a stream and waits."""
        from throughline.normalise import normalise_stream  # noqa: PLC0415  # loaded where it runs

        return normalise_stream(
            self.connection,
            connection_config=self.config,
            stream=stream,
            rules=self.rules,
            sandbox=self.sandbox,
            landing=self.landing,
            progress=self.progress,
            on_counts=on_counts,
            guarded=guarded,
        )


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    folder = home.folder / SCRATCH
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        yield Path(scratch)
