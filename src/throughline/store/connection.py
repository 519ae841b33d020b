"""Open sessions on the store, and turn the driver's errors into ours at this one border."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import psycopg

from throughline.errors import ConfigurationError, StoreError, StoreUnavailableError

Connection = psycopg.Connection[tuple[Any, ...]]

# starting a parallel worker takes as long as all of a small query: only large ones are shared
SETUP_COST = "20000"
SESSION_SETTINGS = (
    "-c timezone=UTC -c jit=off -c client_min_messages=warning -c random_page_cost=1.1"
    f" -c parallel_setup_cost={SETUP_COST}"
    # an administrator's limits are for people's queries: a long run would meet them every time
    " -c statement_timeout=0 -c lock_timeout=0"
    " -c idle_in_transaction_session_timeout=0 -c idle_session_timeout=0"
)
PATIENCE_SECONDS = 8.0
READ_ONLY = (
    "it takes no changes: it is a standby, or `default_transaction_read_only` is on; name the"
    " server that leads"
)
POOLED = (
    "the store's address leads to a connection pooler that keeps no session of ours, and a run"
    " locks by session; name PostgreSQL itself"
)
ADDRESS = (
    "a store's address is `postgresql://role:password@host/database`, with the password's special"
    " signs percent-encoded (# as %23), or `embedded`; what was given is neither"
)


def connect(url: str, *, patience: float = PATIENCE_SECONDS) -> Connection:
    """Return an autocommit session; stages open their own transactions on it.

    A server that is starting, or recovering from a kill, refuses for a moment: attempts go on
    for `patience` seconds. Raises StoreUnavailableError when it still does not answer, and
    ConfigurationError for an address that is none, that the server will never let in, that
    leads to a connection pooler, or whose database is not in UTF8.
    """
    if not url.strip():  # the driver would look for a server at its default place
        raise ConfigurationError(ADDRESS)
    deadline = time.monotonic() + patience
    pause = 0.05
    while True:
        try:
            connection = psycopg.connect(
                url, autocommit=True, application_name="throughline", options=SESSION_SETTINGS
            )
        except psycopg.ProgrammingError:  # its words may hold a part of the password
            raise ConfigurationError(ADDRESS) from None
        except psycopg.OperationalError as error:
            if "unsupported startup parameter" in str(error):
                raise ConfigurationError(POOLED) from None
            if not _may_pass(error):
                raise ConfigurationError(
                    f"the store does not let us in ({_reason(error)}); mend its address"
                ) from None
            if time.monotonic() + pause > deadline:
                raise StoreUnavailableError(_reason(error)) from None
            time.sleep(pause)
            pause = min(pause * 2, 1.0)
        else:
            _require_utf8(connection)
            _require_a_session(connection)
            return connection


@contextmanager
def store_errors() -> Iterator[None]:
    """Map the driver's errors to ours: lost sessions are retriable, the rest names only its code.

    The driver's own message is left out because it may quote a row.
    """
    try:
        yield
    except (psycopg.OperationalError, psycopg.InterfaceError) as error:
        raise StoreUnavailableError(_reason(error)) from None
    except psycopg.errors.ReadOnlySqlTransaction:
        raise StoreUnavailableError(READ_ONLY) from None
    except psycopg.errors.InsufficientPrivilege:
        raise ConfigurationError(
            "the store's role may not do what is needed there; it must own the database: "
            "ALTER DATABASE … OWNER TO …"
        ) from None
    except psycopg.Error as error:
        name = type(error).__name__
        raise StoreError(f"the store refused a statement ({name}, {error.sqlstate})") from error


def _require_utf8(connection: Connection) -> None:
    """Raise ConfigurationError for a database that can't hold every text; asks the server nothing.

    A database's encoding is fixed when it is made.
    """
    encoding = connection.info.parameter_status("server_encoding")
    if encoding != "UTF8":
        connection.close()
        raise ConfigurationError(
            f"the store's database has the encoding {encoding}, which can't hold every text; name"
            " one that was made with UTF8: CREATE DATABASE … ENCODING 'UTF8' TEMPLATE template0"
        )


def _require_a_session(connection: Connection) -> None:
    """Raise ConfigurationError where our settings did not arrive: what dropped them is a pooler.

    One that lends a session for a transaction alone leaves our locks with whoever is next.
    """
    with store_errors():
        row = connection.execute("SELECT current_setting('parallel_setup_cost')").fetchone()
    if row != (SETUP_COST,):
        connection.close()
        raise ConfigurationError(POOLED)


def _may_pass(error: psycopg.OperationalError) -> bool:
    """Tell whether waiting can help: not for a wrong password or a database that is not there."""
    text = str(error)
    return not any(
        sign in text for sign in ("authentication failed", "does not exist", "no password supplied")
    )


def _reason(error: psycopg.Error) -> str:
    """Return the first line of a connection error, which names no row and no secret."""
    return str(error).strip().splitlines()[0][:200] if str(error).strip() else type(error).__name__
