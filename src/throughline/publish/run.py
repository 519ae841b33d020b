"""Publish: send the feed to a sink from where its position stands, and move the position."""

from __future__ import annotations

from itertools import islice

from throughline.counts import Counts
from throughline.progress import Progress, silent
from throughline.publish.cursor import Cursor
from throughline.publish.read import DEFAULT_SOURCE, feed_head, read_feed
from throughline.publish.sink import Sink
from throughline.store import Connection, relay_lock, statement, store_errors

EVENTS_A_BATCH = 1_000


def publish(
    connection: Connection,
    sink: Sink,
    *,
    source: str = DEFAULT_SOURCE,
    progress: Progress = silent,
) -> Counts:
    """Send all events that the sink has not confirmed yet, in order. Counts: events.

    A position moves only after its batch was confirmed, so a kill, or a broker that goes away
    (SinkUnavailableError), makes the next run send that batch again: the same events with the
    same ids. A sink whose position counts in another epoch (the store was restored) gets the feed
    from its beginning. Raises BusyError when another run sends to this sink.
    """
    sent = 0
    with store_errors(), relay_lock(connection, sink.name, wait=False):
        head = feed_head(connection)
        start = after = sink_position(connection, sink.name, head)
        events = read_feed(connection, after, head.position - start.position, source=source)
        while batch := list(islice(events, EVENTS_A_BATCH)):
            sink.send(batch)
            after = Cursor(epoch=head.epoch, position=batch[-1].position)
            _put_position(connection, sink.name, after)
            sent += len(batch)
            progress(f"publish to {sink.name}", sent, head.position - start.position)
    return Counts(events=sent)


def sink_position(connection: Connection, sink: str, head: Cursor) -> Cursor:
    """Return how far a sink was sent and confirmed; the feed's beginning in a new epoch."""
    row = connection.execute(
        statement("throughline.publish", "sink_position"), {"sink": sink}
    ).fetchone()
    if row is None or row[0] != head.epoch:
        return Cursor(epoch=head.epoch, position=0)
    return Cursor(epoch=row[0], position=row[1])


def _put_position(connection: Connection, sink: str, place: Cursor) -> None:
    connection.execute(
        statement("throughline.publish", "put_sink_position"),
        {"sink": sink, "epoch": place.epoch, "position": place.position},
    )
