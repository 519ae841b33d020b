"""Put a home together from its files, and report every mistake in them at once."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from throughline.errors import ConfigurationError, InvalidHomeError, Mistake
from throughline.home.check_connections import read_connections
from throughline.home.explain import mistakes_in
from throughline.home.organisation import organisation_from
from throughline.home.places import check_time_zone
from throughline.home.schemas import shipped_schema
from throughline.home.secrets import (
    EnvironmentSecrets,
    SecretResolver,
    fill_in,
    missing,
    references,
    what_is_missing,
)
from throughline.home.values import Defaults, Feed, Home, Sink
from throughline.home.yaml_positions import Document, Place, read_document

HOME_FILE = "throughline.yaml"
EMBEDDED = "embedded"


def find_home(start: Path) -> Path:
    """Return the nearest folder, from `start` upwards, that holds a throughline.yaml."""
    start = start.resolve()
    for folder in (start, *start.parents):
        if (folder / HOME_FILE).is_file():
            return folder
    raise ConfigurationError(
        f"no {HOME_FILE} in {start} or above; name a home with --home, "
        "or make one with `throughline init DIR`"
    )


def load_home(
    folder: Path,
    *,
    only: Collection[str] | None = None,
    secrets: SecretResolver | None = None,
    secrets_needed: bool = True,
) -> Home:
    """Read and check a home; raises InvalidHomeError with every mistake.

    `only`: read these connections' files and no others, so that a mistake in one stops no other.
    `secrets_needed`: the secrets of enabled connections must be there; a command that opens none
    does without. Raises UnknownNameError for a connection in `only` that has no file.
    """
    folder = folder.resolve()
    secrets = secrets or EnvironmentSecrets()
    if not (folder / HOME_FILE).is_file():
        raise ConfigurationError(
            f"{folder} is no home: it holds no {HOME_FILE}; "
            f"make one with `throughline init {folder}`"
        )
    document = read_document(folder / HOME_FILE, HOME_FILE)
    mistakes = _mistakes_of_home(document, secrets, folder)
    content: Mapping[str, Any] = document.value if isinstance(document.value, dict) else {}
    defaults = _defaults(content.get("defaults"))
    connections, more = read_connections(
        folder, defaults=defaults, only=only, secrets=secrets if secrets_needed else None
    )
    mistakes += more
    if mistakes:  # each file's in the order of its lines, throughline.yaml first
        mistakes.sort(key=lambda mistake: (mistake.file != HOME_FILE, mistake.file, mistake.line))
        raise InvalidHomeError(mistakes)
    return _home(folder, content, secrets, defaults, connections)


def _mistakes_of_home(document: Document, secrets: SecretResolver, folder: Path) -> list[Mistake]:
    value = document.value
    if value is None and not document.mistakes:
        return []  # an empty file is a home with every default
    mistakes = mistakes_in(document, shipped_schema("throughline"))

    def add(place: Place, message: str) -> None:
        mistakes.append(document.mistake(place, message))

    if isinstance(value, dict):
        check_time_zone(value.get("defaults"), ("defaults",), add)
        for part in ("store", "landing"):  # a sink's secrets are needed by who sends, not here
            for place, reference in references(value.get(part)):
                if missing(reference, secrets, folder):
                    add((part, *place), what_is_missing(reference))
    return mistakes


def _defaults(block: Any) -> Defaults:
    block = block if isinstance(block, dict) else {}
    return Defaults(
        time_zone=block.get("time_zone") or "UTC",
        region=block.get("region"),
        currency=block.get("currency"),
    )


def _home(
    folder: Path,
    content: Mapping[str, Any],
    secrets: SecretResolver,
    defaults: Defaults,
    connections: Mapping[str, Any],
) -> Home:
    store = fill_in((content.get("store") or {}).get("url", EMBEDDED), secrets, folder, HOME_FILE)
    landing = (content.get("landing") or {}).get("url", "data/landing")
    landing = fill_in(landing, secrets, folder, HOME_FILE)
    feed = content.get("feed") or {}
    sinks = {
        name: Sink(name=name, url=sink["url"], options=sink.get("options") or {})
        for name, sink in (feed.get("sinks") or {}).items()
    }
    return Home(
        folder=folder,
        store_url=None if store == EMBEDDED else store,
        landing_url=landing if "://" in landing else str(folder / landing),
        organisation=organisation_from(content.get("organisation")),
        connections=connections,
        defaults=defaults,
        rules_folder=folder / "mapping_rules",
        feed=Feed(source=feed.get("source") or "throughline", sinks=sinks),
        secrets=secrets,
    )
