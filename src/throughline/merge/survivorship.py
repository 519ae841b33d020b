"""Survivorship rules: which of a customer's parties gives each field of the golden record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from throughline.errors import ConfigurationError

VERSION = "2"  # of what the rules don't show: raise it when golden records come out different

SINGLE_FIELDS = (
    "kind", "name", "given_name", "additional_name", "family_name", "native_name", "organisation",
    "birth_date", "gender", "language",
)  # fmt: skip
LIST_FIELDS = ("emails", "phones", "addresses", "identifiers")
DOCUMENT_ORDER = (*SINGLE_FIELDS[:7], *LIST_FIELDS, *SINGLE_FIELDS[7:], "attributes")


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldRule:
    """How one field, or a group of fields that survive together, is chosen.

    `prefer` is never empty; its first criterion decides, the next ones break ties.
    """

    name: str
    fields: tuple[str, ...]
    prefer: tuple[str, ...]
    aggregate: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class SurvivorshipRules:
    """The rules of all fields, in the golden record's order, and the trust in each connection.

    `ranks` gives 0 to the most trusted connection; one that is not named ranks as `last`.
    """

    systems: tuple[str, ...]
    fields: tuple[FieldRule, ...]
    ranks: Mapping[str, int] = field(default_factory=dict)

    @property
    def last(self) -> int:
        """Return the rank of connections that the rules don't name."""
        return len(self.systems)

    def as_json(self) -> str:
        """Return the rules as one JSON text, the same for the same rules."""
        return json.dumps(
            {
                "systems": list(self.systems),
                "ranks": dict(sorted(self.ranks.items())),
                "fields": {
                    rule.name: {"fields": list(rule.fields), "prefer": list(rule.prefer)}
                    for rule in self.fields
                },
            }
        )

    @property
    def fingerprint(self) -> str:
        """Return what changes whenever a golden record might come out different."""
        return hashlib.sha256(f"{VERSION}{self.as_json()}".encode()).hexdigest()[:12]


def rules_from(document: Mapping[str, Any], channels: Mapping[str, str]) -> SurvivorshipRules:
    """Make rules from a document that its schema holds for good.

    `channels` names each connection's channel. Raises ConfigurationError for what no schema sees:
    a field that is chosen twice, or in a way that does not fit its kind.
    """
    systems = tuple(document["systems"])
    places = {name: place for place, name in enumerate(systems)}
    ranks = {
        connection: places.get(connection, places.get(channel, len(systems)))
        for connection, channel in channels.items()
    }
    fields = tuple(
        FieldRule(
            name=name,
            fields=tuple(rule.get("group", [name])),
            prefer=tuple(rule["prefer"]),
            aggregate=bool(rule.get("aggregate", False)),
        )
        for name, rule in document["fields"].items()
    )
    _check(fields)
    return SurvivorshipRules(systems=systems, fields=fields, ranks=ranks)


def _check(rules: tuple[FieldRule, ...]) -> None:
    owner: dict[str, str] = {}
    for rule in rules:
        where = f"survivorship.yaml: fields.{rule.name}"
        for member in rule.fields:
            if member not in DOCUMENT_ORDER:
                raise ConfigurationError(f"{where}: a group needs `group: [field, …]`")
            if member in owner:
                raise ConfigurationError(f"{where}: `{member}` is chosen by `{owner[member]}` too")
            owner[member] = rule.name
        if rule.aggregate != (rule.name in LIST_FIELDS):
            wanted = "write `aggregate: true`" if not rule.aggregate else "leave `aggregate` out"
            raise ConfigurationError(f"{where}: {wanted} for this field")
