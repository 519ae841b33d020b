"""Send the feed through kombu: a topic exchange in AMQP, a list in Redis."""

from __future__ import annotations

import ssl
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import Any
from urllib.parse import urlsplit

from kombu.connection import Connection
from kombu.entity import Exchange, Queue

from throughline.errors import SinkUnavailableError
from throughline.publish.broker_errors import explained
from throughline.publish.event import CloudEvent

HEADER = "cloudEvents:"
ANSWER_SECONDS = 30.0
"""How long a broker may take to answer, to take more, or to confirm a batch."""
TCP_USER_TIMEOUT = 18  # Linux's number, as the driver has it
SOCKET_SETTINGS = {TCP_USER_TIMEOUT: int(ANSWER_SECONDS * 1000)}
"""By itself the driver gives a broker that takes no bytes for a second up."""
FULL = "it takes nothing more: its memory, its disk or a queue is full"


class KombuSink:
    """A broker that kombu speaks to.

    Each event is one message in CloudEvents' binary form: the body is `data`, the attributes are
    headers; its message id is the event's id, its routing key the event's type, and it is
    persistent. It goes to the durable topic exchange `exchange`. The durable queue `queue` is
    bound to all of it, so that nothing is lost before the first consumer comes; without a queue
    (an empty name; AMQP alone) consumers bind their own, and what none wants is dropped.
    With `amqps` and `rediss` the broker's certificate must be for its host, and signed by who is
    in `ca_file` (without it: by who this machine trusts).
    """

    def __init__(
        self,
        *,
        name: str,
        url: str,
        exchange: str = "throughline",
        queue: str = "throughline",
        connect_timeout: float = 10.0,
        ca_file: str | None = None,
    ) -> None:
        self.name = name
        self._confirming = url.startswith("amqp")
        self._blocked = False
        options = {"on_blocked": self._note_blocked, "socket_settings": SOCKET_SETTINGS}
        redis_options = {"body_encoding": "utf-8", "socket_timeout": ANSWER_SECONDS}
        self._connection = Connection(
            url,
            connect_timeout=connect_timeout,
            transport_options=options if self._confirming else redis_options,
            ssl=_encryption(url, ca_file),
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
            self._connect()

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
                self._confirms.wait(self._connection, ANSWER_SECONDS)

    def close(self) -> None:
        """Close the connection; the next batch opens another."""
        self._channel = None
        with suppress(Exception):  # a dead connection may refuse to close in any way
            self._connection.release()

    def _open(self) -> Connection:
        """Return the connection, with a channel on which exchange and queue are declared."""
        if self._channel is None:
            self._connect()
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

    def _connect(self) -> None:
        self._connection.connect()
        if self._confirming:  # its driver would wait for ever for an answer
            self._connection.connection.sock.settimeout(ANSWER_SECONDS)

    def _note_blocked(self, _reason: str) -> None:
        self._blocked = True

    @contextmanager
    def _broker_errors(self) -> Iterator[None]:
        """Map everything that a broker can answer to our errors, without its words."""
        known = (OSError, *self._connection.connection_errors, *self._connection.channel_errors)
        self._blocked = False
        try:
            yield
        except known as error:
            connected = self._connection.connected
            self.close()
            if self._blocked or self._confirms.any_refused:
                raise SinkUnavailableError(self.name, FULL) from None
            raise explained(self.name, error, connected=connected) from None


def _encryption(url: str, ca_file: str | None) -> dict[str, Any] | None:
    """Return what makes the driver check certificate and host; by itself it does neither well."""
    address = urlsplit(url)
    if address.scheme == "amqps":
        return {"server_hostname": address.hostname or "localhost", "ca_certs": ca_file}
    if address.scheme == "rediss":
        return {"ssl_cert_reqs": ssl.CERT_REQUIRED, "ssl_ca_certs": ca_file}
    return None


class _Confirms:
    """Counts what was sent and what the broker confirmed, on one channel."""

    def __init__(self) -> None:
        self._sent = 0
        self._pending: set[int] = set()
        self.any_refused = False

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
        self.any_refused = True
        self.acked(tag, multiple)

    def wait(self, connection: Connection, seconds: float) -> None:
        """Return when all is confirmed; raise ConnectionError on a refusal, TimeoutError late."""
        deadline = time.monotonic() + seconds
        while self._pending and not self.any_refused:
            connection.drain_events(timeout=max(deadline - time.monotonic(), 0.01))
        if self.any_refused:
            raise ConnectionRefusedError("an event was refused")
