"""Publish: read the feed as CloudEvents, and send it to consumers' brokers.

Reading order: `cursor` is a place in the feed, `event` the form of an event, `read` reads the feed,
`fold` is the reference for consumers; `sink` opens a way out (`kombu_sink` is the only one, and
`broker_errors` its errors), `run` sends what a sink has not confirmed.
"""

from throughline.publish.cursor import Cursor
from throughline.publish.event import CloudEvent
from throughline.publish.fold import FoldedFeed, fold
from throughline.publish.read import feed_head, read_feed
from throughline.publish.run import publish
from throughline.publish.sink import Sink, address_name, open_sink

__all__ = [
    "CloudEvent",
    "Cursor",
    "FoldedFeed",
    "Sink",
    "address_name",
    "feed_head",
    "fold",
    "open_sink",
    "publish",
    "read_feed",
]
