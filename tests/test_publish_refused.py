"""A broker that refuses us: what is told, who mends it, and that nobody else is told the feed."""

from __future__ import annotations

import os
import signal
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import pytest
from kombu.connection import Connection as Broker
from kombu.entity import Exchange, Queue
from redis import Redis

from tests.fix_brokers import RabbitMQ
from tests.fix_dovecot import make_certificate
from throughline.errors import AccessError, ConfigurationError, SinkUnavailableError
from throughline.publish import CloudEvent, open_sink


def an_event(position: int = 1, text: str = "Ada Example") -> CloudEvent:
    """Return an event that tells of a customer."""
    return CloudEvent(
        id=f"e{position}",
        source="throughline",
        type="throughline.customer.created.v1",
        subject="customer/c1",
        partition_key="c1",
        time=datetime(2026, 3, 1, tzinfo=UTC),
        epoch="5f0c2a1b",
        position=position,
        data={"customer": "c1", "version": 1, "after": {"name": text}},
    )


@contextmanager
def a_tls_server(certificate: Path, host: str = "127.0.0.1") -> Iterator[tuple[int, list[str]]]:
    """Yield the port of a server that has a certificate, and which handshakes came to an end."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, certificate.with_name("key.pem"))
    shaken: list[str] = []

    def serve(listener: socket.socket) -> None:
        while True:
            try:
                client, _ = listener.accept()
            except OSError:
                return
            with suppress(OSError), context.wrap_socket(client, server_side=True) as secured:
                secured.recv(1)  # TLS 1.3: the client may refuse after the server is done
                shaken.append("through")

    with socket.create_server((host, 0)) as listener:
        threading.Thread(target=serve, args=[listener], daemon=True).start()
        yield listener.getsockname()[1], shaken


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a self-signed certificate for localhost and 127.0.0.1."""
    folder = tmp_path_factory.mktemp("certificate")
    make_certificate(folder)
    return folder / "certificate.pem"


@pytest.mark.parametrize("scheme", ["amqps", "rediss"])
def test_a_certificate_that_nobody_vouches_for_is_refused(scheme: str, certificate: Path) -> None:
    with a_tls_server(certificate) as (port, shaken):
        sink = open_sink("bus", f"{scheme}://u:hunter2@localhost:{port}/0")
        with closing(sink), pytest.raises(AccessError, match=r"not trusted .*`ca_file`") as caught:
            sink.reach()
    assert shaken == []
    assert "hunter2" not in str(caught.value)


@pytest.mark.parametrize("scheme", ["amqps", "rediss"])
def test_a_certificate_of_another_host_is_refused(scheme: str, certificate: Path) -> None:
    with a_tls_server(certificate, "127.0.0.2") as (port, shaken):
        options = {"ca_file": str(certificate)}
        sink = open_sink("bus", f"{scheme}://u:hunter2@127.0.0.2:{port}/0", options)
        with closing(sink), pytest.raises(AccessError, match="mismatch"):
            sink.reach()
    assert shaken == []


@pytest.mark.parametrize("scheme", ["amqps", "rediss"])
def test_a_certificate_that_the_ca_file_vouches_for_is_trusted(
    scheme: str, certificate: Path
) -> None:
    with a_tls_server(certificate) as (port, shaken):
        options = {"ca_file": str(certificate), "connect_timeout": 1}
        sink = open_sink("bus", f"{scheme}://u:hunter2@localhost:{port}/0", options)
        with closing(sink), pytest.raises(SinkUnavailableError):  # it speaks no broker's language
            sink.reach()
    assert shaken


def test_a_file_without_certificates_is_no_ca_file(tmp_path: Path) -> None:
    (tmp_path / "empty.pem").write_text("")
    for name in ("empty.pem", "missing.pem"):
        with pytest.raises(ConfigurationError, match=f"{name} holds no certificates"):
            open_sink("bus", "amqps://bus.example//", {"ca_file": str(tmp_path / name)})


def test_a_wrong_password_asks_for_another(rabbitmq: RabbitMQ) -> None:
    sink = open_sink("bus", rabbitmq.url.replace("guest:guest", "guest:hunter2"))
    with closing(sink), pytest.raises(AccessError, match="the user or its password") as caught:
        sink.send([an_event()])
    assert "guest" not in str(caught.value)


def test_a_virtual_host_that_is_not_there_is_told(rabbitmq: RabbitMQ) -> None:
    sink = open_sink("bus", rabbitmq.url.removesuffix("/") + "nowhere")
    with closing(sink), pytest.raises(AccessError, match="virtual host does not exist"):
        sink.send([an_event()])


def of_another_type(broker: Broker, name: str) -> None:
    """Make the exchange, so that it is no topic exchange."""
    Exchange(name, type="direct", durable=True)(broker.default_channel).declare()


def with_a_limit(broker: Broker, name: str) -> None:
    """Make the queue, so that it has a limit that ours has not."""
    queue = Queue(name, durable=True, queue_arguments={"x-max-length": 9})
    queue(broker.default_channel).queue_declare()


@pytest.mark.parametrize("make", [of_another_type, with_a_limit])
def test_an_exchange_or_queue_with_other_properties_is_told(
    rabbitmq: RabbitMQ, make: Callable[[Broker, str], None]
) -> None:
    name = f"test-{uuid4().hex[:8]}"
    with Broker(rabbitmq.url) as broker:
        make(broker, name)
    sink = open_sink("bus", rabbitmq.url, {"queue": name, "exchange": name})
    with closing(sink), pytest.raises(ConfigurationError, match="with other properties"):
        sink.send([an_event()])


def test_a_full_queue_is_told(rabbitmq: RabbitMQ) -> None:
    name = f"test-{uuid4().hex[:8]}"
    full = {"x-max-length": 1, "x-overflow": "reject-publish"}
    with closing(open_sink("bus", rabbitmq.url, {"queue": name, "exchange": name})) as sink:
        sink.send([an_event()])
        with Broker(rabbitmq.url) as broker:
            topic = Exchange(name, type="topic", durable=True)
            queue = Queue(f"{name}-crm", topic, routing_key="#", queue_arguments=full)
            queue(broker.default_channel).declare()
        with pytest.raises(SinkUnavailableError, match="takes nothing more"):
            sink.send([an_event(number) for number in range(2, 6)])


def test_a_broker_that_pauses_for_some_seconds_gets_its_batch_once(rabbitmq: RabbitMQ) -> None:
    name = f"test-{uuid4().hex[:8]}"
    with closing(open_sink("bus", rabbitmq.url, {"queue": name, "exchange": name})) as sink:
        sink.send([an_event()])
        os.kill(rabbitmq.pid, signal.SIGSTOP)
        go_on = threading.Timer(3, os.kill, [rabbitmq.pid, signal.SIGCONT])
        go_on.start()
        sink.send([an_event(number, "x" * 20_000) for number in range(2, 1_002)])
        go_on.join()
    with Broker(rabbitmq.url) as broker:
        held = broker.default_channel.queue_declare(name, passive=True)
    assert held.message_count == 1_001


def test_a_name_that_redis_has_for_something_else_is_told(redis_url: str) -> None:
    name = f"test-{uuid4().hex[:8]}"
    with Redis.from_url(redis_url) as redis:
        redis.set(name, "no list")
    sink = open_sink("bus", redis_url, {"queue": name})
    with closing(sink), pytest.raises(ConfigurationError, match="what is no list"):
        sink.send([an_event()])
