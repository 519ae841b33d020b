"""Read provenance: which source gave each field of a golden record, and by which rule."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Rules = Mapping[str, Mapping[str, Any]]


def explain(provenance: Mapping[str, Any], rules: Rules, doc: Mapping[str, Any]) -> dict[str, Any]:
    """Return the origin of each field of `doc`: connection, stream, key, rule, time of change.

    Fields with several values (e-mail addresses) have a list, in the order of the values; a
    group's fields each have the same origin. `rules` holds the rules in force then, by fingerprint.
    """
    fields = rules.get(provenance["rules"], {}).get("fields", {})
    origins: dict[str, Any] = {}
    for name, origin in provenance["fields"].items():
        rule = fields.get(name, {})
        chosen = _origin(origin, provenance["sources"], next(iter(rule.get("prefer", [])), None))
        members = rule.get("fields", [name])
        origins.update({member: chosen for member in members if member in doc})
    return origins


def _origin(place: Any, sources: list[list[str]], rule: str | None) -> Any:
    if isinstance(place, list):
        return [_origin(one, sources, rule) for one in place]
    if isinstance(place, dict):
        return {name: _origin(one, sources, rule) for name, one in place.items()}
    connection, stream, key, *time = sources[place]
    origin = {"connection": connection, "stream": stream, "key": key}
    return {
        **origin,
        **({"rule": rule} if rule else {}),
        **({"time": time[0]} if time else {}),
    }
