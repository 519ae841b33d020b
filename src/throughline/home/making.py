"""Write a new home: its commented files, and the schemas that help an editor."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import yaml

from throughline.errors import ConfigurationError
from throughline.home.connectors import connector_names
from throughline.home.load import HOME_FILE
from throughline.home.schemas import editor_schemas
from throughline.home.yaml_positions import read_document

ORGANISATION_FILE = "organisation.yaml"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewConnection:
    """A connection to write into a new home; `body` is YAML after `connector` and `channel`."""

    name: str
    connector: str
    channel: str
    purpose: str
    body: str


def make_home(folder: Path, *, demo_data: Path | None = None) -> list[Path]:
    """Write a home's files and return them; with demo data, four connections that read it.

    Raises ConfigurationError when the folder already holds a home: nothing is written over.
    """
    folder = folder.absolute()
    if (folder / HOME_FILE).exists():
        raise ConfigurationError(
            f"{folder} already holds a home; nothing was written. Choose another folder"
        )
    if demo_data is not None and not (demo_data / ORGANISATION_FILE).is_file():
        raise ConfigurationError(
            f"{demo_data} holds no demo data ({ORGANISATION_FILE} is missing); "
            f"make some with `throughline demo-data --people 300 --seed 1 --out {demo_data}`"
        )
    if folder.exists() and not folder.is_dir():
        raise ConfigurationError(f"{folder} is a file; name a folder")
    texts = _texts(folder, demo_data)
    try:
        for name, text in texts.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        (folder / "mapping_rules").mkdir(exist_ok=True)
    except OSError as error:
        raise ConfigurationError(f"{folder} can't be written ({error.strerror})") from None
    return [folder / name for name in texts if not name.startswith(".")]


def write_editor_schemas(folder: Path) -> None:
    """Bring the schemas in a home's `.schemas` up to date with the installed connectors."""
    for name, text in _schema_texts().items():
        path = folder / name
        if not path.exists() or path.read_text("utf-8") != text:
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, "utf-8")


def _texts(folder: Path, demo_data: Path | None) -> dict[str, str]:
    """Return the files to write, the home's own last: a half-made home is none."""
    texts = _schema_texts()
    texts[".gitignore"] = _template("gitignore.txt")
    connections = _demo_connections(os.path.relpath(demo_data, folder)) if demo_data else []
    for new in connections:
        texts[f"connections/{new.name}.yaml"] = _filled("connection.yaml", vars_of(new))
    if not connections:
        listed = ", ".join(connector_names())
        texts["connections/example.yaml.txt"] = _filled("example.txt", {"connectors": listed})
    texts[HOME_FILE] = _home_text(demo_data)
    return texts


def _schema_texts() -> dict[str, str]:
    return {
        f".schemas/{name}": json.dumps(schema, ensure_ascii=False, indent=1) + "\n"
        for name, schema in editor_schemas().items()
    }


def vars_of(new: NewConnection) -> dict[str, str]:
    """Return a connection's words for its template."""
    return {
        "connector": new.connector,
        "channel": new.channel,
        "purpose": new.purpose,
        "body": new.body,
    }


def _home_text(demo_data: Path | None) -> str:
    words: dict[str, Any] = {"time_zone": "UTC", "region": "GB", "currency": "EUR"}
    organisation = _template(ORGANISATION_FILE)
    if demo_data is not None:
        content = read_document(demo_data / ORGANISATION_FILE, ORGANISATION_FILE).value or {}
        words |= {"time_zone": "Europe/Berlin", "region": "DE"}
        block = content.get("organisation", content)
        organisation = yaml.safe_dump(
            {"organisation": block}, allow_unicode=True, sort_keys=False, width=96
        )
    words |= {"organisation": organisation, "source": "https://throughline.example/feed"}
    return _filled("throughline.yaml", words)


def _demo_connections(data: str) -> list[NewConnection]:
    """Return the four connections of the demo, in the order of the channels."""
    found = yaml.safe_load(_template("demo_connections.yaml").replace("@data@", data))
    return [
        NewConnection(
            name=name,
            connector=block["connector"],
            channel=block["channel"],
            purpose=block["purpose"],
            body=block["body"].rstrip(),
        )
        for name, block in found.items()
    ]


def _template(name: str) -> str:
    return files("throughline.home").joinpath("templates", name).read_text("utf-8")


def _filled(name: str, words: Mapping[str, Any]) -> str:
    text = _template(name)
    for word, value in words.items():
        text = text.replace(f"@{word}@", str(value))
    return text
