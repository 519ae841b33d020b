"""Find mapping rules by name, a home's before ours, and say where they are wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.resources import as_file, files
from pathlib import Path
from typing import Any

from throughline.errors import InvalidHomeError, Mistake, UnknownNameError
from throughline.home.explain import nearest, refusals
from throughline.home.yaml_positions import Document, dotted, read_document

RULES_PACKAGE = "throughline_rules"


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

    def mistake(self, place: tuple[str | int, ...], message: str) -> Mistake:
        """Return a mistake at a place in the file."""
        line = self.document.line(place)
        return Mistake(file=self.document.file, line=line, path=dotted(place), message=message)


@dataclass(frozen=True, slots=True)
class RuleSet:
    """The rule files that a home can use, by name; each is read and checked when asked for."""

    paths: Mapping[str, Path]

    def file(self, name: str) -> RuleFile:
        """Return a rule file. Raises UnknownNameError, or InvalidHomeError with its mistakes."""
        if name not in self.paths:
            raise UnknownNameError("mapping rule", name, nearest(name, list(self.paths)))
        path = self.paths[name]
        document = read_document(path, _shown(path))
        mistakes = [*document.mistakes]
        if not mistakes:
            for place, message in refusals(rule_schema(), document.value):
                line = document.line(place)
                mistakes.append(
                    Mistake(file=document.file, line=line, path=dotted(place), message=message)
                )
        if mistakes:
            raise InvalidHomeError(mistakes)
        return RuleFile(name=name, document=document)


def load_rules(folder: Path | None = None) -> RuleSet:
    """Return the rules that come with Throughline, each replaced by the home's of the same name."""
    with as_file(files(RULES_PACKAGE)) as ours:
        paths = dict(_rule_files(ours))
    if folder is not None and folder.is_dir():
        paths |= dict(_rule_files(folder))
    return RuleSet(paths)


@cache
def rule_schema() -> dict[str, Any]:
    """Return the schema of a mapping rule file."""
    text = files("throughline_schemas").joinpath("mapping_rule.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _rule_files(folder: Path) -> Iterator[tuple[str, Path]]:
    for path in sorted(folder.rglob("*.y*ml")):
        if path.suffix in (".yaml", ".yml") and path.stem not in ("identity", "survivorship"):
            yield path.stem, path


def _shown(path: Path) -> str:
    parts = path.parts
    return "/".join(parts[-3:]) if RULES_PACKAGE in parts[-3:] else str(path)
