"""Send the feed to the home's sinks, or to one address."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from typing import Any

from throughline.counts import Counts
from throughline.errors import StoppedError, ThroughlineError
from throughline.home.values import Home
from throughline.progress import Progress, silent
from throughline.sync.report import SinkResult
from throughline.sync.runs import recorded


def publish_all(home: Home, progress: Progress = silent) -> Counts:
    """Send the feed to each of the home's sinks; without sinks nothing is done.

    Every sink is tried; the first error is raised after the last sink.
    """
    failed: ThroughlineError | None = None
    counts = Counts()
    for _, result in _to_each_sink(home, progress):
        if isinstance(result, ThroughlineError):
            failed = failed or result
        else:
            counts += result
    if failed is not None:
        raise failed
    return counts


def publish_each(home: Home, progress: Progress = silent) -> tuple[SinkResult, ...]:
    """Send the feed to each of the home's sinks, and return the result of each."""
    return tuple(
        SinkResult(name=name, error=str(result), exit_code=result.exit_code)
        if isinstance(result, ThroughlineError)
        else SinkResult(name=name, events=result["events"])
        for name, result in _to_each_sink(home, progress)
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
    """Send to a URL that the home does not name; its position is stored under that URL."""
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
