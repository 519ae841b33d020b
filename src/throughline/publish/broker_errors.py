"""Say what a broker's refusal means, and who mends it: in our words, for its own may hold data."""

from __future__ import annotations

import ssl
from collections.abc import Iterator

import amqp.exceptions as amqp

from throughline.errors import (
    AccessError,
    ConfigurationError,
    SinkUnavailableError,
    ThroughlineError,
)

RIGHTS = "allow it to configure, write and read them, or name others in the sink's `options`"
PASSWORD = "the broker refuses the user or its password"


def explained(sink: str, error: BaseException, *, connected: bool) -> ThroughlineError:
    """Return the error to raise for a broker's: `connected` tells a login from what came after."""
    for one in _causes(error):
        if isinstance(one, ssl.SSLCertVerificationError):
            return AccessError(
                sink,
                f"the broker's certificate is not trusted ({one.verify_message}); see the"
                " sink's option `ca_file`",
            )
        if isinstance(one, amqp.AMQPError):
            found = _of_rabbitmq(sink, one, connected=connected)
        else:
            found = _of_redis(sink, one)
        if found is not None:
            return found
    return SinkUnavailableError(sink, type(error).__name__)


def _of_rabbitmq(
    sink: str, error: amqp.AMQPError, *, connected: bool
) -> AccessError | ConfigurationError | None:
    if isinstance(error, amqp.AccessRefused):
        right = f"the user may not use the exchange or the queue; {RIGHTS}"
        return AccessError(sink, right if connected else PASSWORD)
    if isinstance(error, amqp.NotAllowed):
        return AccessError(sink, "the virtual host does not exist, or the user may not enter it")
    if isinstance(error, amqp.PreconditionFailed):
        return ConfigurationError(
            f"sink {sink}: its exchange or queue exists with other properties than a durable topic"
            " exchange and a durable queue; remove it, or name others in the sink's `options`"
        )
    return None


def _of_redis(sink: str, error: BaseException) -> AccessError | ConfigurationError | None:
    """Look at the name of an error's class: the driver is not loaded for other brokers."""
    kind = type(error).__name__
    if kind in {"AuthenticationError", "AuthenticationWrongNumberOfArgsError"}:
        return AccessError(sink, PASSWORD)
    if kind == "NoPermissionError":
        return AccessError(sink, f"the user may not use the lists; {RIGHTS}")
    if "WRONGTYPE" in str(error):
        return ConfigurationError(
            f"sink {sink}: its queue's name is taken in Redis by what is no list; remove it, or"
            " name another in the sink's `options`"
        )
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
