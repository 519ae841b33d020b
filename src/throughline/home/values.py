"""The values that a home's files become."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from throughline.errors import UnknownNameError
from throughline.home.explain import did_you_mean
from throughline.home.organisation import Organisation
from throughline.home.secrets import EnvironmentSecrets, SecretResolver


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds for connections that don't say otherwise."""

    time_zone: str = "UTC"
    region: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectionConfig:
    """One configured system. `settings` still hold their `${…}` references: no repr."""

    name: str
    connector: str
    channel: str
    settings: Mapping[str, Any] = field(default_factory=dict, repr=False)
    streams: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    time_zone: str = "UTC"
    region: str | None = None
    currency: str | None = None
    enabled: bool = True
    file: Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Sink:
    """One way out for the feed; `url` may hold references and passwords: no repr."""

    name: str
    url: str = field(repr=False)
    options: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """What the feed calls itself (CloudEvents' `source`), and where it is sent."""

    source: str = "throughline"
    sinks: Mapping[str, Sink] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """One installation. `store_url` None: the embedded store below `folder/data/store`."""

    folder: Path
    store_url: str | None = field(default=None, repr=False)
    landing_url: str
    organisation: Organisation = field(default_factory=Organisation, repr=False)
    connections: Mapping[str, ConnectionConfig] = field(default_factory=dict)
    defaults: Defaults = field(default_factory=Defaults)
    rules_folder: Path
    feed: Feed = field(default_factory=Feed)
    secrets: SecretResolver = field(default_factory=EnvironmentSecrets, repr=False)

    def connection(self, name: str) -> ConnectionConfig:
        """Return the connection of this name; raises UnknownNameError."""
        if name not in self.connections:
            raise UnknownNameError("connection", name, did_you_mean(name, self.connections))
        return self.connections[name]
