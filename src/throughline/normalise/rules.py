"""Find mapping rules by name, a home's before packaged ones, and locate mistakes in them."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from throughline.errors import InvalidHomeError, Mistake, UnknownNameError
from throughline.home.explain import did_you_mean, mistakes_in
from throughline.home.rule_files import own_rules, packaged_rules
from throughline.home.yaml_positions import Document, Place, read_document


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleFile:
    """One mapping rule file: its name, its checked content, and the line of each place in it."""

    name: str
    document: Document = field(repr=False)

    @property
    def rules(self) -> tuple[Mapping[str, Any], ...]:
        """The rules, in the file's order."""
        return tuple(self.document.value["rules"])

    def titles(self) -> tuple[str, ...]:
        """Return a name for each rule: its own, or what it makes, numbered where that repeats."""
        found: list[str] = []
        for rule in self.rules:
            title = rule.get("name", rule["record"])
            same = sum(1 for one in found if one.split("#")[0] == title)
            found.append(f"{title}#{same + 1}" if same else title)
        return tuple(found)

    def expressions(self) -> set[str]:
        """Return every `sql` and `when` in it."""
        return set(_expressions(self.document.value))

    def strangers(self, streams: Collection[str]) -> list[Mistake]:
        """Return the references to streams that are none of these."""
        return [
            self.mistake(
                ("rules", at, "participants", number, "party", "ref", "stream"),
                f"this connection has no stream `{ref['stream']}`"
                + did_you_mean(ref["stream"], streams),
            )
            for at, rule in enumerate(self.rules)
            for number, one in enumerate(rule.get("participants", ()))
            if (ref := one["party"].get("ref")) and ref["stream"] not in streams
        ]

    def mistake(self, place: Place, message: str) -> Mistake:
        """Return a mistake at a place in the file."""
        return self.document.mistake(place, message)


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleSet:
    """The rule files that a home can use, by name; each is read and checked when asked for."""

    own: Mapping[str, Path]

    def names(self) -> list[str]:
        """Return the names of all rule files, sorted."""
        return sorted({*self.own, *packaged_rules().files})

    def mistakes(self) -> list[str]:
        """Return what is wrong with the packages that bring rules, used or not."""
        return packaged_rules().mistakes(self.own)

    def file(self, name: str) -> RuleFile:
        """Return a rule file.

        Raises InvalidHomeError with its mistakes, UnknownNameError, or ConfigurationError where
        packages don't agree about who brings it.
        """
        document = self._read(name)
        mistakes = mistakes_in(document, rule_schema())
        if mistakes:
            raise InvalidHomeError(mistakes)
        return RuleFile(name=name, document=document)

    def _read(self, name: str) -> Document:
        if name in self.own:  # the home's own settles it: packages need not be looked through
            return read_document(self.own[name], str(self.own[name]))
        rule = packaged_rules().find(name)
        if rule is None:
            raise UnknownNameError("mapping rule", name, did_you_mean(name, self.names()))
        return read_document(rule.file, rule.shown)


def load_rules(folder: Path | None = None) -> RuleSet:
    """Return the rules that installed packages bring, each replaced by the home's of its name."""
    return RuleSet(own=own_rules(folder) if folder is not None else {})


@cache
def rule_schema() -> dict[str, Any]:
    """Return the schema of a mapping rule file."""
    text = files("throughline_schemas").joinpath("mapping_rule.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _expressions(spec: Any) -> Iterator[str]:
    if isinstance(spec, list):
        for one in spec:
            yield from _expressions(one)
    elif isinstance(spec, Mapping):
        for name, one in spec.items():
            if name in ("sql", "when") and isinstance(one, str):
                yield one
            else:
                yield from _expressions(one)
