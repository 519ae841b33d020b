"""Find connectors by their entry point, read their manifests, and open the ones that run."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cache
from importlib.metadata import EntryPoint, PackageNotFoundError, distribution, entry_points
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from throughline.errors import ConfigurationError, UnknownNameError
from throughline.home.explain import did_you_mean, refusals
from throughline.home.secrets import fill_in
from throughline.home.values import ConnectionConfig, Home
from throughline.home.yaml_positions import dotted, read_document

if TYPE_CHECKING:
    from throughline.connector import Connector, StreamSpec

GROUP = "throughline.connectors"
MANIFEST = "manifest.yaml"
ENGINE_SETTINGS: Mapping[str, Any] = {
    "allow_mass_delete": {
        "type": "boolean",
        "description": "true: many records may go at once; take it out again after.",
    }
}
"""Settings of every connection, which the engine reads and the connector is not given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a connector says of itself; `streams` None: the connection's file names them."""

    name: str
    title: str
    channel: str | None
    settings: Mapping[str, Any] = field(repr=False)
    stream_options: Mapping[str, Any] = field(repr=False)
    streams: Sequence[str] | None


@cache
def connector_names() -> tuple[str, ...]:
    """Return the names of all installed connectors, sorted."""
    return tuple(sorted({point.name for point in entry_points(group=GROUP)}))


@cache
def read_manifest(name: str) -> Manifest:
    """Read a connector's manifest without importing the connector's module."""
    path = _manifest_path(_entry_point(name))
    document = read_document(path, f"{name}/{MANIFEST}")
    if document.mistakes or not isinstance(document.value, dict):
        said = document.mistakes[0] if document.mistakes else f"{path}: expected a block"
        raise ConfigurationError(f"connector {name}: {said}")
    content = document.value
    plain = {"type": "object", "additionalProperties": False, "properties": {}}
    return Manifest(
        name=name,
        title=content.get("title", name),
        channel=content.get("channel"),
        settings=content.get("settings") or plain,
        stream_options=content.get("stream_options") or plain,
        streams=content.get("streams"),
    )


def load_own_connectors(home: Home) -> None:
    """Load the modules of the home's connectors, those of this package only.

    What another package does when it is loaded is not known: that is for its connection's process.
    """
    for config in home.connections.values():
        point = _own_entry_point(config.connector) if config.enabled else None
        if point is not None:
            with suppress(ImportError):  # its connection's process meets it again, and says so
                point.load()


def open_connector(home: Home, name: str, *, scratch: Path | None = None) -> Connector:
    """Open one connection's connector, its secrets filled in.

    `scratch` is a folder for the connector's temporary files; without one a new folder below the
    system's is made. Raises UnknownNameError, and ConfigurationError for settings that are not
    right, or a secret that is not there.
    """
    config = home.connection(name)
    where = f"connection {name}"
    own = {key: value for key, value in config.settings.items() if key not in ENGINE_SETTINGS}
    settings = _checked(config, fill_in(own, home.secrets, home.folder, where))
    point = _entry_point(config.connector)

    from throughline.connector import ConnectionContext  # noqa: PLC0415  # loads Arrow

    opened: Connector = point.load()(
        ConnectionContext(
            name=config.name,
            settings=settings,
            streams=config.streams,
            folder=home.folder,
            scratch=scratch or Path(tempfile.mkdtemp(prefix="throughline-")),
            time_zone=config.time_zone,
            region=config.region,
            currency=config.currency,
        )
    )
    return opened


def streams_of(connector: Connector, config: ConnectionConfig) -> list[StreamSpec]:
    """Return a connector's streams, each with the rule that the connection's file names for it.

    The connector need not know of that option: where the file names none, its own rule stays.
    """
    rules = {name: options["rule"] for name, options in config.streams.items() if "rule" in options}
    return [replace(one, rule=rules.get(one.name, one.rule)) for one in connector.streams()]


def _checked(config: ConnectionConfig, settings: dict[str, Any]) -> dict[str, Any]:
    """Check settings again, now that the secrets are in them; text becomes the number wanted."""
    schema = read_manifest(config.connector).settings
    wanted = schema.get("properties", {})
    for key, value in settings.items():
        kind = wanted.get(key, {}).get("type")
        if config.settings[key] != value and kind in ("integer", "number", "boolean"):
            settings[key] = _as(kind, value)
    found = [f"settings.{dotted(place)}: {text}" for place, text in refusals(schema, settings)]
    if found:
        raise ConfigurationError(f"connection {config.name}: {'; '.join(found)}")
    return settings


def _as(kind: str, text: str) -> Any:
    if kind == "boolean":
        return {"true": True, "false": False}.get(text.strip().lower(), text)
    with suppress(ValueError):
        return int(text) if kind == "integer" else float(text)
    return text


@cache
def _own_entry_point(name: str) -> EntryPoint | None:
    with suppress(PackageNotFoundError):
        for point in distribution("throughline").entry_points:
            if point.group == GROUP and point.name == name:
                return point
    return None


@cache
def _entry_point(name: str) -> EntryPoint:
    own = _own_entry_point(name)
    if own is not None:  # other packages need not be looked through
        return own
    for point in entry_points(group=GROUP, name=name):
        return point
    raise UnknownNameError("connector", name, did_you_mean(name, connector_names()))


def _manifest_path(point: EntryPoint) -> Path:
    try:
        spec = find_spec(point.module)
    except ModuleNotFoundError:
        spec = None
    if spec is None or spec.origin is None:
        raise ConfigurationError(
            f"connector {point.name}: its module {point.module} is not installed; "
            "install the package that brings it again"
        )
    module = Path(spec.origin)
    own = module.with_name(f"{module.stem}.{MANIFEST}")
    return own if own.exists() else module.with_name(MANIFEST)
