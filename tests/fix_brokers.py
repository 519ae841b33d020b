"""Real brokers for tests: a RabbitMQ that can be killed and started again, and a Redis."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.fix_processes import Place, a_place, free_port, listens, stop, wait_until

RABBITMQ = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")
MISSING = "is not installed: see deploy/dev/install-servers.sh"


@dataclass(slots=True, kw_only=True)
class RabbitMQ:
    """A broker on loopback; its queues outlive `kill` and `start` if they are durable."""

    place: Place
    port: int
    epmd_port: int
    distribution_port: int
    _process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    @property
    def url(self) -> str:
        """Return the address for kombu."""
        return f"amqp://guest:guest@127.0.0.1:{self.port}//"

    @property
    def pid(self) -> int:
        """Return the process id of the Erlang machine."""
        assert self._process is not None, "RabbitMQ is not running"
        return self._process.pid

    def start(self) -> None:
        """Start the broker and return once it takes connections."""
        folder = self.place.folder
        (folder / "enabled_plugins").write_text("[].\n")
        (folder / "rabbitmq.conf").write_text("log.console = true\nloopback_users.guest = true\n")
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        environment = {
            "HOME": str(folder),
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.epmd_port),
            "RABBITMQ_NODENAME": f"throughline{self.port}@localhost",
            "RABBITMQ_NODE_IP_ADDRESS": "127.0.0.1",
            "RABBITMQ_NODE_PORT": str(self.port),
            "RABBITMQ_DIST_PORT": str(self.distribution_port),
            "RABBITMQ_MNESIA_BASE": str(folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(folder),
            "RABBITMQ_LOGS": "-",
            "RABBITMQ_CONF_ENV_FILE": str(folder / "no-such-file"),
            "RABBITMQ_CONFIG_FILE": str(folder / "rabbitmq.conf"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": loopback,
            "RABBITMQ_ALLOW_INPUT": "true",  # the script becomes the broker: its pid is ours
        }
        self._process = self.place.start([RABBITMQ, "-noinput"], environment)
        wait_until(lambda: listens(self.port), self._process, self.place.log, seconds=90)

    def kill(self) -> None:
        """End the broker as a power cut would."""
        os.killpg(self.pid, signal.SIGKILL)
        self.stop()

    def stop(self) -> None:
        """End the broker if it runs."""
        if self._process is not None:
            stop(self._process)
            self._process = None


@pytest.fixture(scope="session")
def rabbitmq_broker() -> Iterator[RabbitMQ]:
    """Yield a running RabbitMQ, one a test process, with an epmd of its own."""
    if not RABBITMQ.exists():
        pytest.skip(f"RabbitMQ {MISSING}")
    with a_place("rabbitmq", user="rabbitmq") as place:
        broker = RabbitMQ(
            place=place, port=free_port(), epmd_port=free_port(), distribution_port=free_port()
        )
        epmd = place.start(["epmd", "-address", "127.0.0.1", "-port", str(broker.epmd_port)])
        try:
            broker.start()
            yield broker
        finally:
            broker.stop()
            stop(epmd)


@pytest.fixture
def rabbitmq(rabbitmq_broker: RabbitMQ) -> RabbitMQ:
    """Return a running RabbitMQ, started again if the test before killed it."""
    if rabbitmq_broker._process is None:
        rabbitmq_broker.start()
    return rabbitmq_broker


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Yield the address of a Redis that keeps nothing, one a test process."""
    program = shutil.which("redis-server")
    if program is None:
        pytest.skip(f"Redis {MISSING}")
    with a_place("redis", user="redis") as place:
        port = free_port()
        options = ["--port", str(port), "--bind", "127.0.0.1", "--save", ""]
        process = place.start([program, *options, "--dir", place.folder])
        try:
            wait_until(lambda: listens(port), process, place.log)
            yield f"redis://127.0.0.1:{port}/0"
        finally:
            stop(process)
