"""Sinks: where the feed is sent."""

from __future__ import annotations

import re
import ssl
from collections.abc import Mapping, Sequence
from typing import Any, Protocol
from urllib.parse import urlsplit

from throughline.errors import ConfigurationError
from throughline.home.explain import did_you_mean
from throughline.publish.event import CloudEvent

SCHEMES = ("amqp", "amqps", "redis", "rediss")
OPTIONS = {
    "exchange": "a name",
    "queue": "a name, or empty",
    "connect_timeout": "a number of seconds",
    "ca_file": "the name of a file of certificates",
}
"""What a sink takes besides its address, and what each must be."""

_DATABASE = re.compile(r"^/*[0-9]*$")


class Sink(Protocol):
    """A way out. `send` returns once the receiver has confirmed every event of the batch.

    It raises SinkUnavailableError when it can't: then any part of the batch may have arrived, and
    the whole batch is sent again, with the same ids. Each method raises AccessError where user,
    rights or certificate are refused, ConfigurationError where what is there can't be used.
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
    answer. Options: `exchange`, `queue`, `connect_timeout` (seconds) and `ca_file`. Raises
    ConfigurationError, without the address, for an address or an option that no broker could be
    reached with.
    """
    given = dict(options or {})
    scheme = _check_address(name, url)
    _check_options(name, given)
    if scheme.startswith("redis") and given.get("queue") == "":
        raise ConfigurationError(f"sink {name}: Redis needs a `queue`: the list that events go to")
    from throughline.publish.kombu_sink import KombuSink  # noqa: PLC0415  # slow to load

    try:
        return KombuSink(name=name, url=url, **given)
    except (KeyError, TypeError, ValueError):  # kombu takes what follows `?` for settings
        raise ConfigurationError(
            f"sink {name}: what its address says after `?` is no setting of this broker"
        ) from None


def address_name(url: str) -> str:
    """Return an address without user, password and settings, to call a sink by."""
    scheme, _, rest = url.partition("://")
    return f"{scheme}://{rest.rpartition('@')[2].partition('?')[0].partition('#')[0]}"


def _check_address(name: str, url: str) -> str:
    """Return the scheme of an address that a broker can have."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigurationError(
            f"sink {name}: its address must be `scheme://user:password@host:port/…`, "
            "the port a number up to 65535, and special characters in a password as `%40`"
        ) from None
    if parts.scheme not in SCHEMES:
        raise ConfigurationError(
            f"sink {name}: `{parts.scheme}://` is not known; "
            "use amqp://, amqps://, redis:// or rediss://"
        )
    if port == 0:
        raise ConfigurationError(f"sink {name}: the port in its address must not be 0")
    if parts.scheme.startswith("redis") and not _DATABASE.match(parts.path):
        raise ConfigurationError(
            f"sink {name}: after the host, a Redis address has the number of a database (`/0`)"
        )
    if parts.scheme.startswith("amqp") and re.search(r"(^|&)ssl", parts.query):
        raise ConfigurationError(
            f"sink {name}: encryption is no setting of its address; use amqps:// and `ca_file`"
        )
    return parts.scheme


def _check_options(name: str, options: Mapping[str, Any]) -> None:
    for option, value in options.items():
        if option not in OPTIONS:
            hint = did_you_mean(option, OPTIONS)
            raise ConfigurationError(f"sink {name}: no option `{option}`{hint}")
        if option == "connect_timeout":
            right = isinstance(value, int | float) and not isinstance(value, bool) and value > 0
        else:
            right = isinstance(value, str) and (option == "queue" or value != "")
        if not right:
            raise ConfigurationError(f"sink {name}: option `{option}` must be {OPTIONS[option]}")
        if option == "ca_file":
            _check_certificates(name, value)


def _check_certificates(name: str, file: str) -> None:
    try:
        ssl.create_default_context(cafile=file)
    except OSError as error:
        raise ConfigurationError(
            f"sink {name}: option `ca_file`: {file} holds no certificates that can be read"
            f" ({error.strerror or type(error).__name__})"
        ) from None
