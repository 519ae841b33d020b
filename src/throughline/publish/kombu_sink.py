"""Send the feed through kombu: a topic exchange in AMQP, a list in Redis."""

from __future__ import annotations

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from throughline.errors import SinkUnavailableError
from throughline.publish.event import CloudEvent

HEADER = "cloudEvents:"
CONFIRM_SECONDS = 30.0


class KombuSink:
    """A broker that kombu speaks to.

    Each event is one message in CloudEvents' binary form: the body is `data`, the attributes are
    headers; its message id is the event's id, its routing key the event's type, and it is
    persistent. It goes to the durable topic exchange `exchange`. The durable queue `queue` is
    bound to all of it, so that nothing is lost before the first consumer comes; without a queue
    (an empty name; AMQP alone) consumers bind their own, and what none wants is dropped.
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        exchange: str = "throughline",
        queue: str = "throughline",
        connect_timeout: float = 10.0,
    ) -> None:
        self.name = name
        self._confirming = url.startswith("amqp")
        self._connection = Connection(
            url,
            connect_timeout=connect_timeout,
            transport_options={} if self._confirming else {"body_encoding": "utf-8"},
        )
        self._exchange = Exchange(exchange, type="topic", durable=True)
        self._queue = Queue(queue, self._exchange, routing_key="#", durable=True) if queue else None
        self._channel: Any = None
        self._confirms = _Confirms()

    def __repr__(self) -> str:
        return f"KombuSink(name={self.name!r})"

    def reach(self) -> None:
        """Connect to the broker; exchange and queue are declared with the first batch."""
        with self._broker_errors():
            self._connection.connect()

    def send(self, events: Sequence[CloudEvent]) -> None:
        """Publish a batch in order; return when the broker confirmed all of it."""
        with self._broker_errors():
            producer = self._open().Producer(self._channel, self._exchange, auto_declare=False)
            for event in events:
                self._confirms.sent()
                producer.publish(
                    event.body(),
                    routing_key=event.type,
                    mandatory=self._confirming and self._queue is not None,
                    delivery_mode=2,
                    content_type="application/json",
                    content_encoding="utf-8",
                    message_id=event.id,
                    headers={HEADER + key: value for key, value in event.attributes().items()},
                )
            if self._confirming:
                self._confirms.wait(self._connection, CONFIRM_SECONDS)

    def close(self) -> None:
        """Close the connection; the next batch opens another."""
        self._channel = None
        with suppress(Exception):  # a dead connection may refuse to close in any way
            self._connection.release()

    def _open(self) -> Connection:
        """Return the connection, with a channel on which exchange and queue are declared."""
        if self._channel is None:
            self._connection.connect()
            self._channel = self._connection.channel()
            self._exchange(self._channel).declare()
            if self._queue is not None:
                self._queue(self._channel).declare()
            if self._confirming:
                self._confirms = _Confirms()
                self._channel.events["basic_ack"].add(self._confirms.acked)
                self._channel.events["basic_nack"].add(self._confirms.refused)
                self._channel.confirm_select()
        return self._connection

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        """Map everything that a broker can answer to SinkUnavailableError, without its words."""
        known = (OSError, *self._connection.connection_errors, *self._connection.channel_errors)
        try:
            yield
        except known as error:
            self.close()
            raise SinkUnavailableError(self.name, type(error).__name__) from None


class _Confirms:
    """Counts what was sent and what the broker confirmed, on one channel."""

    def __init__(self) -> None:
        self._sent = 0
        self._pending: set[int] = set()
        self._refused = False

    def sent(self) -> None:
        """Note a message that is about to be sent: the broker numbers them as we do."""
        self._sent += 1
        self._pending.add(self._sent)

    def acked(self, tag: int, multiple: bool) -> None:
        """Take the broker's word that a message, or all up to it, is safe."""
        if multiple:
            self._pending = {number for number in self._pending if number > tag}
        else:
            self._pending.discard(tag)

    def refused(self, tag: int, multiple: bool) -> None:
        """Take the broker's word that it can't keep a message."""
        self._refused = True
        self.acked(tag, multiple)

    def wait(self, connection: Connection, seconds: float) -> None:
        """Return when all is confirmed; raise ConnectionError on a refusal, TimeoutError late."""
        deadline = time.monotonic() + seconds
        while self._pending and not self._refused:
            connection.drain_events(timeout=max(deadline - time.monotonic(), 0.01))
        if self._refused:
            raise ConnectionRefusedError("an event was refused")
