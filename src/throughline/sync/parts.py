"""Run one part of a sync in this process: a connection, or the way out."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from throughline.counts import Counts, OnCounts
from throughline.errors import HELD, StoppedError, ThroughlineError
from throughline.home.values import Home
from throughline.progress import Progress, silent
from throughline.sync.report import SinkResult
from throughline.sync.runs import Run, recorded
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
        """Land and normalise them all; what was counted is told, however it ends.

        A stream of which too much would go is held alone, the others go on; any other error ends
        the run, once what landed is normalised. All errors are in the text of the one raised, which
        holds the run only if they all do.
        """
        failed: list[ThroughlineError] = []
        for stream in self.specs:
            told: list[Counts] = []
            try:
                try:
                    self._land(stream, told.append)
                except ThroughlineError as error:
                    failed.append(error)
                try:
                    self.normalise(stream, told.append)
                except HELD as error:
                    failed.append(error)
            finally:
                counts = sum(told, Counts())
                run.add(counts)
                if on_stream is not None:
                    on_stream(stream.name, counts)
            if not all(isinstance(error, HELD) for error in failed):
                break
        if failed:
            told_by = next((one for one in failed if not isinstance(one, HELD)), failed[-1])
            told_by.args = ("; ".join(str(error) for error in failed),)
            raise told_by

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


def publish_all(home: Home, progress: Progress = silent) -> Counts:
    """Send the feed to each of the home's sinks; without sinks nothing is done.

    Every sink is tried; the first error is raised after the last sink.
    """
    failed: ThroughlineError | None = None
    counts = Counts()
    for _, came in _to_each_sink(home, progress):
        if isinstance(came, ThroughlineError):
            failed = failed or came
        else:
            counts += came
    if failed is not None:
        raise failed
    return counts


def publish_each(home: Home, progress: Progress = silent) -> tuple[SinkResult, ...]:
    """Send the feed to each of the home's sinks, and return what came of each."""
    return tuple(
        SinkResult(name=name, error=str(came), exit_code=came.exit_code)
        if isinstance(came, ThroughlineError)
        else SinkResult(name=name, events=came["events"])
        for name, came in _to_each_sink(home, progress)
    )


def _to_each_sink(
    home: Home, progress: Progress
) -> Iterator[tuple[str, Counts | ThroughlineError]]:
    for name in home.feed.sinks:
        try:
            yield name, publish_to(home, name, progress)
        except StoppedError:
            raise
        except ThroughlineError as error:
            yield name, error


def publish_to(home: Home, name: str, progress: Progress = silent) -> Counts:
    """Send what one of the home's sinks has not confirmed yet; one run row."""
    return _publish(home, name, *_address(home, name), progress)


def reach_sink(home: Home, name: str) -> None:
    """Connect to one of the home's sinks and send nothing; raise what Sink raises."""
    from throughline.publish import open_sink  # noqa: PLC0415  # loaded where it runs

    with closing(open_sink(name, *_address(home, name))) as sink:
        sink.reach()


def _address(home: Home, name: str) -> tuple[str, Mapping[str, Any]]:
    """Return a sink's URL and options, with the secrets filled in and files named in full."""
    from throughline.home.secrets import fill_in  # noqa: PLC0415  # loaded where it runs

    sink, where = home.feed.sinks[name], f"sink {name}"
    url = fill_in(sink.url, home.secrets, home.folder, where)
    options = fill_in(sink.options, home.secrets, home.folder, where)
    if isinstance(ca_file := options.get("ca_file"), str):
        options["ca_file"] = str(home.folder / ca_file)
    return url, options


def publish_to_url(home: Home, url: str, progress: Progress = silent) -> Counts:
    """Send to an address that the home does not name; its position is kept under the address."""
    from throughline.publish import address_name  # noqa: PLC0415  # loaded where it runs

    return _publish(home, address_name(url), url, {}, progress)


def _publish(
    home: Home, name: str, url: str, options: Mapping[str, Any], progress: Progress
) -> Counts:
    from throughline.publish import open_sink, publish  # noqa: PLC0415  # loaded where it runs
    from throughline.store import open_store, store_errors  # noqa: PLC0415

    with store_errors(), closing(open_sink(name, url, options)) as sink:
        with closing(open_store(home)) as connection, recorded(connection, "publish", name) as run:
            run.add(publish(connection, sink, source=home.feed.source, progress=progress))
        return run.counts


@contextmanager
def _scratch(home: Home) -> Iterator[Path]:
    folder = home.folder / "data" / "scratch"
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder) as scratch:
        yield Path(scratch)
