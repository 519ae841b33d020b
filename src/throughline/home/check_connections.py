"""Read `connections/*.yaml`, each checked against its connector's own schema."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from throughline.errors import ConfigurationError, InvalidHomeError, Mistake, UnknownNameError
from throughline.home.connectors import Manifest, connector_names, read_manifest
from throughline.home.explain import did_you_mean, refusals
from throughline.home.places import check_time_zone
from throughline.home.rule_files import ENDINGS, own_rules, own_rules_twice, packaged_rules
from throughline.home.schemas import connection_schema, shipped_schema
from throughline.home.secrets import (
    REFERENCE,
    SecretResolver,
    missing,
    references,
    what_is_missing,
)
from throughline.home.values import ConnectionConfig, Defaults
from throughline.home.yaml_positions import Document, Place, read_document

NAME = re.compile(r"[a-z][a-z0-9_-]{0,62}")


def read_connections(
    folder: Path,
    *,
    defaults: Defaults,
    only: Collection[str] | None,
    secrets: SecretResolver | None,
) -> tuple[Mapping[str, ConnectionConfig], list[Mistake]]:
    """Return the connections by name, sorted, and every mistake in their files and rules.

    `secrets` None: secrets are not looked for.
    """
    found: dict[str, ConnectionConfig] = {}
    rules = own_rules(folder / "mapping_rules")
    mistakes = own_rules_twice(folder / "mapping_rules")
    seen: dict[str, str] = {}
    for path in _files(folder / "connections", only):
        check = _Check(path, folder, rules)
        if path.stem.lower() in seen:
            other = seen[path.stem.lower()]
            check.add((), f"a second connection of this name; the first is {other}")
        seen.setdefault(path.stem.lower(), check.file)
        config = check.run(defaults, secrets)
        if config is not None:
            found[config.name] = config
        mistakes += check.mistakes
    return found, mistakes


def channels_of(folder: Path) -> dict[str, str]:
    """Return the channel of each connection, whatever else is wrong in its file.

    Raises InvalidHomeError for a file that does not say it.
    """
    found: dict[str, str] = {}
    mistakes: list[Mistake] = []
    for path in _files(folder / "connections", None):
        check = _Check(path, folder, ())
        value = check.document.value if isinstance(check.document.value, dict) else {}
        manifest = check.manifest(value)
        mistakes += check.mistakes
        if manifest is not None:
            found[path.stem] = _channel(value, manifest)
        elif not check.mistakes:
            check.add(("connector",), "`connector` is missing")
            mistakes += check.mistakes
    if mistakes:
        raise InvalidHomeError(mistakes)
    return found


def _channel(value: Mapping[str, Any], manifest: Manifest) -> str:
    return value.get("channel") or manifest.channel or "other"


def unread_connections(home: Path) -> list[Path]:
    """Return the files that lie deeper than connections do, and so are none."""
    found = sorted((home / "connections").glob("*/**/*"))
    return [path for path in found if path.suffix.lower() in ENDINGS]


def connection_names(home: Path) -> list[str]:
    """Return the names of the connections in a home's folder, those of their files, sorted."""
    return sorted({path.stem for path in _files(home / "connections", None)})


def _files(folder: Path, only: Collection[str] | None) -> list[Path]:
    found = [
        path
        for path in sorted(folder.glob("*"))
        if path.suffix.lower() in ENDINGS and not path.name.startswith(".")
    ]
    if only is None:
        return found
    names = [path.stem for path in found]
    for name in only:
        if name not in names:
            raise UnknownNameError("connection", name, did_you_mean(name, names))
    return [path for path in found if path.stem in only]


class _Check:
    """The look at one connection's file."""

    def __init__(self, path: Path, home: Path, rules: Collection[str]) -> None:
        self.path, self.home, self.rules = path, home, rules
        self.file = str(path.relative_to(home))
        self.document: Document = read_document(path, self.file)
        self.mistakes = list(self.document.mistakes)

    def add(self, place: Place, message: str) -> None:
        self.mistakes.append(self.document.mistake(place, message))

    def run(self, defaults: Defaults, secrets: SecretResolver | None) -> ConnectionConfig | None:
        """Check the file; return the connection, or None when there is any mistake."""
        if not NAME.fullmatch(self.path.stem):
            self.add((), "the file's name is the connection's: small letters, digits, `-` and `_`")
        value = self.document.value
        if not isinstance(value, dict):
            if not self.document.mistakes:
                self.add((), "expected `connector: …` and its settings")
            return None
        manifest = self.manifest(value)
        schema = connection_schema(manifest) if manifest else shipped_schema("connection")
        for place, message in refusals(schema, value):
            if not _holds_reference(value, place):
                self.add(place, message)
        check_time_zone(value, (), self.add)
        self._check_rules(value.get("streams"))
        wanted = secrets if value.get("enabled") is not False else None
        for place, reference in references(value):
            self._check_reference(place, reference, wanted)
        if self.mistakes or manifest is None:
            return None
        return _connection(self.path, value, manifest, defaults)

    def manifest(self, value: Mapping[str, Any]) -> Manifest | None:
        """Return the manifest of the connector that the file names."""
        name = value.get("connector")
        if not isinstance(name, str):
            return None
        try:
            return read_manifest(name)
        except UnknownNameError:
            near = did_you_mean(name, connector_names())
            self.add(("connector",), f"no connector `{name}` is installed{near}")
            return None
        except ConfigurationError as error:
            self.add(("connector",), str(error))
            return None

    def _check_rules(self, streams: Any) -> None:
        for stream, options in (streams if isinstance(streams, dict) else {}).items():
            rule = options.get("rule") if isinstance(options, dict) else None
            if not isinstance(rule, str) or rule in self.rules:
                continue
            try:
                if packaged_rules().find(rule) is None:
                    near = did_you_mean(rule, {*self.rules, *packaged_rules().files})
                    self.add(("streams", stream, "rule"), f"no mapping rule `{rule}`{near}")
            except ConfigurationError as error:
                self.add(("streams", stream, "rule"), str(error))

    def _check_reference(
        self, place: Place, reference: str, secrets: SecretResolver | None
    ) -> None:
        if place[:1] != ("settings",):
            self.add(place, "a `${…}` reference can stand in `settings` only")
        elif secrets is not None and missing(reference, secrets, self.home):
            self.add(place, what_is_missing(reference))


def _holds_reference(value: Any, place: Place) -> bool:
    """Tell whether the value at a place is text with a reference: checked once it is filled in."""
    for step in place:
        try:
            value = value[step]
        except (KeyError, IndexError, TypeError):
            return False
    return isinstance(value, str) and REFERENCE.search(value) is not None


def _connection(
    path: Path, value: Mapping[str, Any], manifest: Manifest, defaults: Defaults
) -> ConnectionConfig:
    return ConnectionConfig(
        name=path.stem,
        connector=manifest.name,
        channel=_channel(value, manifest),
        settings=value.get("settings") or {},
        streams={name: options or {} for name, options in (value.get("streams") or {}).items()},
        time_zone=value.get("time_zone") or defaults.time_zone,
        region=value.get("region") or defaults.region,
        currency=value.get("currency") or defaults.currency,
        enabled=value.get("enabled") is not False,
        file=path,
    )
