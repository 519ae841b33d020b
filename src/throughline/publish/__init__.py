"""Publish: read the feed as CloudEvents, and send it to consumers' brokers."""

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
