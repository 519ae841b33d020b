"""Serve the API for a home, with logs that hold no personal data."""

from __future__ import annotations

import os
from contextlib import closing

import uvicorn
from fastapi import FastAPI

from throughline.api.app import create_app
from throughline.api.keys import VARIABLE, has_api_keys, keep_given_key
from throughline.errors import ConfigurationError
from throughline.home import Home
from throughline.store import connect, open_store, store_errors, store_url


def serve(home: Home, *, host: str = "127.0.0.1", port: int = 8700) -> None:
    """Serve until interrupted. Raises ConfigurationError while there is no API key.

    A key in THROUGHLINE_API_KEY is valid beside those that were made.

    The access log names method, path, query and status: ids and cursors, no personal data.
    """
    with store_errors(), closing(open_store(home)) as connection:
        keep_given_key(connection, os.environ.get(VARIABLE))
        if not has_api_keys(connection):
            raise ConfigurationError(
                "no API key was made yet; make one with `throughline serve --new-key NAME`, "
                f"or give one in {VARIABLE}"
            )
    uvicorn.run(_app(home), host=host, port=port, server_header=False)


def _app(home: Home) -> FastAPI:
    url = store_url(home)  # asked once: asking looks at the embedded server's processes
    return create_app(lambda: connect(url), source=home.feed.source)
