"""Sinks: where the feed is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from throughline.errors import ConfigurationError
from throughline.publish.event import CloudEvent


class Sink(Protocol):
    """A way out. `send` returns once the receiver has confirmed every event of the batch.

    It raises SinkUnavailableError when it can't: then any part of the batch may have arrived, and
    the whole batch is sent again, with the same ids.
    """

    @property
    def name(self) -> str:
        """Return the name that the position is kept under."""

    def reach(self) -> None:
        """Connect and send nothing; raise SinkUnavailableError when that can't be done."""

    def send(self, events: Sequence[CloudEvent]) -> None:
        """Hand over a batch, in order, and return when it is confirmed."""

    def close(self) -> None:
        """Let go of the connection."""


def open_sink(name: str, url: str, options: Mapping[str, Any] | None = None) -> Sink:
    """Return the sink for a broker's URL, connecting on the first batch.

    `amqp://` and `amqps://` (RabbitMQ) have confirms; `redis://` and `rediss://` have the server's
    answer. Raises ConfigurationError for another scheme.
    """
    scheme = urlsplit(url).scheme
    if scheme not in ("amqp", "amqps", "redis", "rediss"):
        raise ConfigurationError(
            f"sink {name}: `{scheme}://` is not known; use amqp://, amqps://, redis:// or rediss://"
        )
    from throughline.publish.kombu_sink import KombuSink  # noqa: PLC0415  # slow to load

    return KombuSink(name=name, url=url, **dict(options or {}))
