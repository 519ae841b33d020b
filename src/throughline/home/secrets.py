"""Fill secrets into settings at the last moment: `${env:NAME}`, `${file:PATH}`.

A resolver is one method, so that another keeper of secrets can be put in its place.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Protocol

from throughline.errors import ConfigurationError
from throughline.home.yaml_positions import Place

REFERENCE = re.compile(r"\$\{(?:([a-z_]+):([^}]*)\}|[^}]*\}?)")
"""A reference, or what begins like one: a slip must not be sent to a server as a password."""


class SecretResolver(Protocol):
    """Finds a secret by its kind (`env`, `file`, …) and name; None when it is not there."""

    def resolve(self, kind: str, name: str, folder: Path) -> str | None:
        """Return the secret. `folder` is the one that relative paths count from: the home."""
        ...


class EnvironmentSecrets:
    """Secrets from environment variables and from files (a trailing newline is left out)."""

    kinds = ("env", "file")

    def resolve(self, kind: str, name: str, folder: Path) -> str | None:
        """Return the variable's or the file's content."""
        if kind == "env":
            return os.environ.get(name)
        if kind == "file":
            try:
                return (folder / name).read_text("utf-8").rstrip("\r\n")
            except (OSError, UnicodeDecodeError, ValueError):
                return None
        return None


def references(value: Any) -> Iterator[tuple[Place, str]]:
    """Yield each `${…}` in a value, however deep, with its place."""
    if isinstance(value, str):
        for found in REFERENCE.finditer(value):
            yield (), found.group()
    elif isinstance(value, Mapping):
        for key, item in value.items():
            for place, reference in references(item):
                yield (key, *place), reference
    elif isinstance(value, list | tuple):
        for at, item in enumerate(value):
            for place, reference in references(item):
                yield (at, *place), reference


def what_is_missing(reference: str) -> str:
    """Say in a sentence what must be set, for a reference that could not be filled in."""
    found = REFERENCE.fullmatch(reference)
    kind, name = found.groups() if found else (None, reference)
    if kind == "env":
        return f"the environment variable `{name}` is not set"
    if kind == "file":
        return f"the file `{name}` can't be read"
    what = f"`{kind}` is no kind of secret" if kind else "`${` begins a secret's name"
    return f"{what}; there are `${{env:NAME}}` and `${{file:PATH}}`"


def missing(reference: str, secrets: SecretResolver, folder: Path) -> bool:
    """Tell whether a reference can't be filled in; what it names is not kept."""
    found = REFERENCE.fullmatch(reference)
    if found is None or found.group(1) is None:
        return True
    return secrets.resolve(found.group(1), found.group(2), folder) is None


def fill_in(value: Any, secrets: SecretResolver, folder: Path, where: str) -> Any:
    """Return `value` with every reference replaced by its secret.

    ConfigurationError, with the name of the place: a secret is not there.
    """

    def replaced(found: re.Match[str]) -> str:
        kind, name = found.groups()
        secret = secrets.resolve(kind, name, folder) if kind else None
        if secret is None:
            raise ConfigurationError(f"{where}: {what_is_missing(found.group())}")
        return secret

    if isinstance(value, str):
        return REFERENCE.sub(replaced, value)
    if isinstance(value, Mapping):
        return {key: fill_in(item, secrets, folder, where) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [fill_in(item, secrets, folder, where) for item in value]
    return value
