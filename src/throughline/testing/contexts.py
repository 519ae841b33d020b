"""Make what a connector is opened with, as the engine would, and check its manifest."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import jsonschema
import yaml

from throughline.connector import ConnectionContext


def context(
    folder: Path,
    settings: Mapping[str, Any],
    *,
    streams: Mapping[str, Mapping[str, Any]] | None = None,
    name: str = "tried",
    time_zone: str = "UTC",
    region: str | None = None,
    currency: str | None = None,
) -> ConnectionContext:
    """Return a context whose home is `folder`, with a scratch folder below it."""
    scratch = folder / "scratch"
    scratch.mkdir(exist_ok=True)
    return ConnectionContext(
        name=name,
        settings=settings,
        streams=streams or {},
        folder=folder,
        scratch=scratch,
        time_zone=time_zone,
        region=region,
        currency=currency,
    )


def manifest_mistakes(manifest: Path, settings: Mapping[str, Any] | None = None) -> list[str]:
    """Return what is wrong with a connector's manifest, and with settings under it; none: []."""
    found = yaml.safe_load(manifest.read_text(encoding="utf-8"))
    mistakes = [f"`{name}` is missing" for name in ("title", "settings") if name not in found]
    for part in ("settings", "stream_options"):
        schema = found.get(part, {})
        try:
            jsonschema.Draft202012Validator.check_schema(schema)
        except jsonschema.SchemaError as error:
            mistakes.append(f"`{part}` is no JSON Schema: {error.message}")
            continue
        for name, described in schema.get("properties", {}).items():
            if not described.get("description"):
                mistakes.append(f"`{part}.{name}` has no description")
    if settings is not None and not mistakes:
        validator = jsonschema.Draft202012Validator(found["settings"])
        mistakes += [
            f"settings {error.json_path}: {error.message}"
            for error in validator.iter_errors(dict(settings))
        ]
    return mistakes
