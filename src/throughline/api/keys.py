"""API keys: made at random, shown once, kept as hashes."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime

from throughline.errors import ConfigurationError, UnknownNameError
from throughline.store import Connection, statement

PREFIX = "tl_"
VARIABLE = "THROUGHLINE_API_KEY"
GIVEN = "environment"
SHORTEST = 24


def create_api_key(connection: Connection, name: str) -> str:
    """Make a key, keep its hash under `name`, and return it: it can't be read again.

    A name's older key ends. The hash needs no salt: the key has 256 random bits. Raises
    ConfigurationError for a blank name.
    """
    if not name.strip():
        raise ConfigurationError("an API key needs a name: that of who will read with it")
    key = PREFIX + secrets.token_urlsafe(32)
    connection.execute(
        statement("throughline.api", "put_api_key"), {"name": name, "hash": hash_of(key)}
    )
    return key


def api_keys(connection: Connection) -> list[tuple[str, datetime]]:
    """Return the names of the keys that were made, in their order, and when each was."""
    return connection.execute(statement("throughline.api", "list_api_keys")).fetchall()


def end_api_key(connection: Connection, name: str) -> None:
    """End a key: from now on no request is answered to it. Raises UnknownNameError."""
    ended = connection.execute(statement("throughline.api", "end_api_key"), {"name": name})
    if not ended.rowcount:
        raise UnknownNameError("API key", name)


def given_key(key: str | None) -> bytes | None:
    """Return the hash of the key that the environment gives, for the serving process alone.

    Raises ConfigurationError for one that is too short to be safe.
    """
    if key is not None and len(key) < SHORTEST:
        raise ConfigurationError(f"{VARIABLE} is too short: give {SHORTEST} random characters")
    return hash_of(key) if key is not None else None


def hash_of(key: str) -> bytes:
    """Return what is kept of a key."""
    return hashlib.sha256(key.encode()).digest()


def has_api_keys(connection: Connection) -> bool:
    """Tell whether any key was made."""
    query = statement("throughline.api", "api_key_hashes")
    return connection.execute(query).fetchone() is not None


def holder_of(connection: Connection, key: str, given: bytes | None = None) -> str | None:
    """Return the name that a key was made under, or None; compares in constant time.

    `given` is the hash of the environment's own key.
    """
    hashed = hash_of(key)
    found = GIVEN if given is not None and hmac.compare_digest(hashed, given) else None
    for name, kept in connection.execute(statement("throughline.api", "api_key_hashes")):
        if hmac.compare_digest(hashed, bytes(kept)):
            found = str(name)
    return found
