"""Read the feed for a reader of lines, and send it to a broker."""

from __future__ import annotations

import sys
from contextlib import closing

from throughline.cli.entry import reader_left
from throughline.cli.feed import POLL_SECONDS
from throughline.counts import Counts
from throughline.errors import ConfigurationError
from throughline.home import Home
from throughline.publish import Cursor, feed_head, read_feed
from throughline.store import Connection, open_store, store_errors


def print_feed(home: Home, after: str, limit: int | None, *, follow: bool) -> None:
    """Write events to standard output, one a line; with `follow` until the reader goes away."""
    with store_errors(), closing(open_store(home)) as connection:
        cursor = _cursor(connection, after)
        left = limit
        while True:
            for event in read_feed(connection, cursor, left, source=home.feed.source):
                sys.stdout.buffer.write(event.as_json() + b"\n")
                cursor = Cursor(epoch=event.epoch, position=event.position)
                left = left - 1 if left is not None else None
            sys.stdout.buffer.flush()
            if not follow or left == 0:
                return
            if reader_left(within_seconds=POLL_SECONDS):
                return


def _cursor(connection: Connection, after: str) -> Cursor:
    """Take a position of the present epoch, or a whole cursor."""
    if after.isascii() and after.isdigit():
        return Cursor(epoch=feed_head(connection).epoch, position=int(after))
    try:
        return Cursor.parse(after)
    except ValueError as error:
        raise ConfigurationError(
            f"--after `{after}`: expected a position, such as 120, or a cursor; {error}"
        ) from None


def publish_feed(home: Home, to: str | None) -> Counts:
    """Send the feed to one address, or to every sink that the home names."""
    from throughline.sync.sinks import publish_all, publish_to_url  # noqa: PLC0415  # loads kombu

    if to is not None:
        return publish_to_url(home, to)
    if not home.feed.sinks:
        raise ConfigurationError(
            "the home names no sink; add one below `feed: {sinks: …}`, or name an address with --to"
        )
    return publish_all(home)
