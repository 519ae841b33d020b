"""The JSON Schemas of a home's files: shipped ones, and one for each installed connector."""

from __future__ import annotations

import json
from contextlib import suppress
from copy import deepcopy
from functools import cache
from importlib.resources import files
from typing import Any

from throughline.errors import ConfigurationError
from throughline.home.connectors import ENGINE_SETTINGS, Manifest, connector_names, read_manifest


@cache
def shipped_schema(name: str) -> dict[str, Any]:
    """Return `<name>.schema.json` of the configuration, complete in itself.

    The organisation's schema is put into the home's, so that an editor needs no second file and
    no network.
    """
    folder = files("throughline_schemas").joinpath("configuration")
    schema: dict[str, Any] = json.loads(folder.joinpath(f"{name}.schema.json").read_text("utf-8"))
    properties = schema.get("properties", {})
    if properties.get("organisation", {}).get("$ref") == "organisation.schema.json":
        inner = deepcopy(shipped_schema("organisation"))
        schema["$defs"] |= inner.pop("$defs")
        for key in ("$schema", "$id"):
            inner.pop(key, None)
        properties["organisation"] = inner
    schema.pop("$id", None)
    return schema


def connection_schema(manifest: Manifest) -> dict[str, Any]:
    """Return the schema of a connection's file for one connector: settings and options included."""
    schema = deepcopy(shipped_schema("connection"))
    properties = schema["properties"]
    properties["connector"] = {"const": manifest.name, "description": manifest.title}
    settings = {"description": properties["settings"]["description"], **manifest.settings}
    settings["properties"] = {**settings.get("properties", {}), **ENGINE_SETTINGS}
    properties["settings"] = settings
    if manifest.settings.get("required"):
        schema["required"] = [*schema["required"], "settings"]
    if manifest.channel is None:
        schema["required"] = [*schema["required"], "channel"]
    options = {"description": "Options of this stream.", **manifest.stream_options}
    options["properties"] = {
        **properties["streams"]["additionalProperties"]["properties"],
        **options.get("properties", {}),
    }
    streams = properties["streams"]
    if manifest.streams is None:
        streams["additionalProperties"] = options
        streams["minProperties"] = 1
        streams["x-expected"] = "the options of at least one stream"
        schema["required"] = [*schema["required"], "streams"]
    else:
        streams.pop("propertyNames", None)
        streams["properties"] = dict.fromkeys(manifest.streams, options)
        streams["additionalProperties"] = False
    return schema


def editor_schemas() -> dict[str, dict[str, Any]]:
    """Return the schemas that a home keeps for editors, by file name.

    A connector whose package is broken has none; `check` says so where it is used.
    """
    schemas = {"throughline.schema.json": shipped_schema("throughline")}
    for name in connector_names():
        with suppress(ConfigurationError):
            schemas[f"connection-{name}.schema.json"] = connection_schema(read_manifest(name))
    return schemas
