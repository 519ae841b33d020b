"""The feed reaches real brokers: in order, confirmed, and again with the same ids after a kill."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from kombu.connection import Connection as Broker
from kombu.entity import Exchange, Queue

from tests.fix_brokers import RabbitMQ
from tests.fix_homes import SHOP, a_home, an_account, run, write_shop
from tests.stores import AStore, a_store
from throughline.errors import BusyError, ConfigurationError, SinkUnavailableError
from throughline.publish import address_name, feed_head, open_sink, publish, read_feed
from throughline.store import relay_lock

PUBLISHER = """
import sys
from throughline.publish import open_sink, publish
from throughline.store import connect
from throughline.publish import run
run.EVENTS_A_BATCH = 20
sink = open_sink("bus", sys.argv[2], {"queue": sys.argv[3], "exchange": sys.argv[3]})
publish(connect(sys.argv[1]), sink, progress=lambda *_: print("sent", flush=True))
"""


def fill(store: AStore, customers: int) -> None:
    """Put customers with a record each, and tell of them."""
    for number in range(customers):
        party = store.put_party("erp", f"p{number}", name=f"Person {number}")
        store.put_record("mail", f"m{number}", party, subject="Hello")
        store.put_customer(party)
    store.merge()


def sent_ids(store: AStore) -> list[str]:
    """Return the ids of all events of the feed, in order."""
    return [event.id for event in read_feed(store.connection)]


def received(url: str, queue: str) -> list[Any]:
    """Take all messages out of a queue."""
    options = {} if url.startswith("amqp") else {"body_encoding": "utf-8"}
    with Broker(url, transport_options=options) as broker:
        topic = Exchange(queue, type="topic", durable=True)
        reader = broker.SimpleQueue(Queue(queue, topic, routing_key="#", durable=True))
        messages = []
        try:
            while True:
                messages.append(reader.get(timeout=0.5))
                messages[-1].ack()
        except reader.Empty:
            return messages
        finally:
            reader.close()


@contextmanager
def a_queue(url: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Yield the name of a new queue, with the options that send to it; delete it at the end."""
    name = f"test-{uuid4().hex[:8]}"
    yield name, {"queue": name, "exchange": name}


def headers(message: Any) -> dict[str, str]:
    """Return CloudEvents' attributes of a message."""
    return {
        key.removeprefix("cloudEvents:"): value
        for key, value in message.headers.items()
        if key.startswith("cloudEvents:")
    }


@pytest.fixture(params=["rabbitmq", "redis"])
def broker_url(request: pytest.FixtureRequest) -> str:
    """Return the address of each real broker in turn."""
    if request.param == "redis":
        return str(request.getfixturevalue("redis_url"))
    broker: RabbitMQ = request.getfixturevalue("rabbitmq")
    return broker.url


def test_a_broker_gets_every_event_once_in_order(broker_url: str, postgres_url: str) -> None:
    with a_store(postgres_url) as store, a_queue(broker_url) as (queue, options):
        fill(store, 3)
        with closing(open_sink("bus", broker_url, options)) as sink:
            assert publish(store.connection, sink)["events"] == 6
            assert publish(store.connection, sink)["events"] == 0
        messages = received(broker_url, queue)
        assert [headers(message)["id"] for message in messages] == sent_ids(store)
        assert [headers(message)["sequence"] for message in messages] == [
            f"{position:019d}" for position in range(1, 7)
        ]
        first = messages[0]
        assert first.payload["after"]["name"].startswith("Person")
        assert first.delivery_info["routing_key"] == headers(first)["type"]
        assert headers(first)["type"] == "throughline.customer.created.v1"
        assert headers(first)["specversion"] == "1.0"


def test_what_came_after_is_sent_by_the_next_run(broker_url: str, postgres_url: str) -> None:
    with a_store(postgres_url) as store, a_queue(broker_url) as (queue, options):
        fill(store, 1)
        with closing(open_sink("bus", broker_url, options)) as sink:
            publish(store.connection, sink)
            store.put_party("erp", "p0", name="Another Name")
            store.merge()
            assert publish(store.connection, sink)["events"] == 1
        assert len(received(broker_url, queue)) == 3


def test_a_message_is_persistent_and_carries_the_events_id(
    rabbitmq: RabbitMQ, postgres_url: str
) -> None:
    with a_store(postgres_url) as store, a_queue(rabbitmq.url) as (queue, options):
        fill(store, 1)
        with closing(open_sink("bus", rabbitmq.url, options)) as sink:
            publish(store.connection, sink)
        message = received(rabbitmq.url, queue)[0]
        assert message.properties["message_id"] == sent_ids(store)[0]
        assert message.properties["delivery_mode"] == 2


def test_a_broker_that_is_down_costs_nothing(rabbitmq: RabbitMQ, postgres_url: str) -> None:
    with a_store(postgres_url) as store, a_queue(rabbitmq.url) as (queue, options):
        fill(store, 2)
        sink = open_sink("bus", rabbitmq.url, options | {"connect_timeout": 2.0})
        rabbitmq.kill()
        try:
            with pytest.raises(SinkUnavailableError) as caught:
                publish(store.connection, sink)
        finally:
            rabbitmq.start()
        assert "guest" not in str(caught.value)
        assert store.rows("SELECT count(*) FROM sink_position") == [(0,)]
        assert publish(store.connection, sink)["events"] == 4
        sink.close()
        assert [headers(one)["id"] for one in received(rabbitmq.url, queue)] == sent_ids(store)


def test_a_broker_that_dies_between_batches_gets_the_rest_later(
    rabbitmq: RabbitMQ, postgres_url: str
) -> None:
    with a_store(postgres_url) as store, a_queue(rabbitmq.url) as (queue, options):
        fill(store, 1)
        with closing(open_sink("bus", rabbitmq.url, options)) as sink:
            publish(store.connection, sink)
            rabbitmq.kill()
            rabbitmq.start()
            store.put_party("erp", "p0", name="Changed")
            store.merge()
            with pytest.raises(SinkUnavailableError):
                publish(store.connection, sink)
            assert publish(store.connection, sink)["events"] == 1
        ids = [headers(message)["id"] for message in received(rabbitmq.url, queue)]
        assert ids == sent_ids(store)


def test_a_killed_publisher_loses_nothing_and_repeats_under_the_same_ids(
    broker_url: str, postgres_url: str
) -> None:
    with a_store(postgres_url) as store, a_queue(broker_url) as (queue, options):
        fill(store, 60)
        command = [sys.executable, "-c", PUBLISHER, postgres_url, broker_url, queue]
        process = subprocess.Popen(command, stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        with closing(open_sink("bus", broker_url, options)) as sink:
            wait_for_lock(store)
            publish(store.connection, sink)
        ids = [headers(message)["id"] for message in received(broker_url, queue)]
        assert list(dict.fromkeys(ids)) == sent_ids(store)


def wait_for_lock(store: AStore) -> None:
    """Wait until the server saw that the killed process is gone."""
    with relay_lock(store.connection, "bus"):
        time.sleep(0)


def test_a_sink_behind_a_restored_store_gets_the_new_feed_from_its_start(
    redis_url: str, postgres_url: str
) -> None:
    with a_store(postgres_url) as store, a_queue(redis_url) as (_, options):
        fill(store, 1)
        with closing(open_sink("bus", redis_url, options)) as sink:
            publish(store.connection, sink)
            store.connection.execute("UPDATE feed_head SET epoch = 'abcd'")
            assert publish(store.connection, sink)["events"] == feed_head(store.connection).position
            assert publish(store.connection, sink)["events"] == 0


def test_two_runs_never_send_to_one_sink_at_once(redis_url: str, postgres_url: str) -> None:
    with a_store(postgres_url) as store, a_store(postgres_url) as other:
        sink = open_sink("bus", redis_url)
        with relay_lock(other.connection, "bus"), pytest.raises(BusyError):
            publish(store.connection, sink)


def test_an_unknown_scheme_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="amqp://"):
        open_sink("bus", "carrier-pigeon://roof")


@pytest.mark.parametrize(
    ("url", "options", "said"),
    [
        ("redis://u:hunter2@cache.example/x", {}, "number of a database"),
        ("redis://u:hunter2@cache.example:99999999/0", {}, "up to 65535"),
        ("amqp://u:hunter2@127.0.0.1:notaport//", {}, "up to 65535"),
        ("amqp://u:hunter/2@127.0.0.1//", {}, "up to 65535"),
        ("amqp://[", {}, "host:port"),
        ("amqp://u:hunter2@bus.example//?heart=1", {}, "after `\\?`"),
        ("amqp://bus.example//", {"quue": "crm"}, "no option `quue`; did you mean `queue`"),
        ("amqp://bus.example//", {"queue": 5}, "`queue` must be a name"),
        ("amqp://bus.example//", {"exchange": ""}, "`exchange` must be a name"),
        ("amqp://bus.example//", {"connect_timeout": "soon"}, "a number of seconds"),
        ("redis://cache.example/0", {"queue": ""}, "Redis needs a `queue`"),
        ("amqps://bus.example//?ssl_cert_reqs=none", {}, "use amqps:// and `ca_file`"),
    ],
)
def test_an_address_or_option_that_no_broker_has_is_explained(
    url: str, options: dict[str, Any], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said) as caught:
        open_sink(address_name(url), url, options)
    assert "hunter" not in str(caught.value)


def test_a_sink_shows_no_password() -> None:
    sink = open_sink("bus", "amqp://user:hunter2@localhost//")
    assert "hunter2" not in repr(sink)


def test_a_sync_says_what_it_sent_and_what_it_could_not_send(
    redis_url: str, postgres_url: str, tmp_path: Path
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    config = home / "throughline.yaml"
    stores, sinks = config.read_text(), "feed: {{sinks: {{bus: {{url: '{}', options: {}}}}}}}\n"
    config.write_text(stores + sinks.format("redis://127.0.0.1:1/0", "{connect_timeout: 1}"))

    failed = run("sync", home=home)
    assert failed.returncode == 75
    assert "1 customer is new or changed, 1 event for the feed" in failed.stdout
    assert "bus" in failed.stdout
    assert "the next run sends" in " ".join(failed.stdout.split())
    told = json.loads(run("sync", "--json", home=home).stdout)
    assert (told["changed"], told["exit_code"]) == (False, 75)
    assert told["sinks"][0]["error"].startswith("bus")

    name = f"test-{uuid4().hex[:8]}"
    config.write_text(stores + sinks.format(redis_url, f"{{queue: {name}, exchange: {name}}}"))
    sent = run("sync", home=home)
    assert sent.returncode == 0, sent.stdout
    assert "nothing has changed, 1 sent to its sinks" in sent.stdout
    assert len(received(redis_url, name)) == 1


def test_redis_that_is_down_is_a_retriable_error(postgres_url: str) -> None:
    with a_store(postgres_url) as store:
        fill(store, 1)
        sink = open_sink("bus", "redis://127.0.0.1:1/0")
        with pytest.raises(SinkUnavailableError):
            publish(store.connection, sink)
