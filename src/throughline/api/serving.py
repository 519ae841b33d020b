"""Serve the API for a home, with logs that hold no personal data."""

from __future__ import annotations

import logging
import os
import re
import socket
from contextlib import closing

import uvicorn
from fastapi import FastAPI

from throughline.api.app import create_app
from throughline.api.keys import VARIABLE, given_key, has_api_keys
from throughline.errors import ConfigurationError
from throughline.home import Home
from throughline.store import connect, open_store, store_errors, store_url

_KNOWN = re.compile(
    r"/(?:healthz|openapi\.json|v1/changes|v1/customers/[0-9a-fA-F-]{32,36})(?=\?|\Z)"
)

STOPPING = 3
"""Seconds that open requests get when the server is stopped: one may wait, or be read slowly."""


def serve(home: Home, *, host: str = "127.0.0.1", port: int = 8700) -> None:
    """Serve until interrupted.

    Raises ConfigurationError while there is no API key, and for a place that can't be listened on.

    A key in THROUGHLINE_API_KEY is valid beside those that were made.

    The access log names method, path and status: ids, no personal data.
    """
    given = given_key(os.environ.get(VARIABLE))
    with store_errors(), closing(open_store(home)) as connection:
        if given is None and not has_api_keys(connection):
            raise ConfigurationError(
                "no API key was made yet; make one with `throughline serve --new-key NAME`, "
                f"or give one in {VARIABLE}"
            )
    logging.getLogger("uvicorn.access").addFilter(_without_personal_data)
    with _listening(host, port) as door:
        settings = uvicorn.Config(
            _app(home, given),
            http="h11",  # httptools, which Airflow brings along, takes headers without end
            server_header=False,
            timeout_graceful_shutdown=STOPPING,
        )
        uvicorn.Server(settings).run([door])


def _listening(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else type(error).__name__
        raise ConfigurationError(
            f"can't listen on {host}, port {port} ({reason}); choose by --host and --port"
        ) from None


def _app(home: Home, given: bytes | None) -> FastAPI:
    url = store_url(home)  # asked once: asking looks at the embedded server's processes
    return create_app(lambda: connect(url), source=home.feed.source, given_key=given)


def _without_personal_data(line: logging.LogRecord) -> bool:
    """Leave of an access log's path what the API knows: somebody may ask for an address by it."""
    client, method, path, version, status = line.args  # type: ignore[misc]  # as uvicorn has it
    shown = _KNOWN.match(str(path))
    line.args = (client, method, shown[0] if shown else "(unknown path)", version, status)
    return True
