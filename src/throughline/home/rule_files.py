"""Find rule files: a home's own, and the mapping rules that installed packages bring.

A package names itself in the entry point group `throughline.mapping_rules`. Its code is not run:
rules are data, and a connector's module may take long to load.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib.metadata import entry_points
from importlib.readers import NamespaceReader
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from throughline.errors import ConfigurationError, InvalidHomeError, Mistake
from throughline.home.explain import mistakes_in
from throughline.home.schemas import shipped_schema
from throughline.home.yaml_positions import read_document

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

GROUP = "throughline.mapping_rules"
ENDINGS = (".yaml", ".yml")
OTHER_RULES = ("identity", "survivorship")
"""Rules of other kinds, which lie beside mapping rules."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedRule:
    """One mapping rule file of a package; `shown` is how messages call it."""

    shown: str
    file: Traversable = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class PackagedRules:
    """What all packages bring: files by rule name, and a sentence for each package that fails."""

    files: Mapping[str, tuple[PackagedRule, ...]]
    failures: tuple[str, ...]

    def find(self, name: str) -> PackagedRule | None:
        """Return the one rule of this name; None where no package brings it.

        Raises ConfigurationError where two do, or where the package that should may be broken.
        """
        found = self.files.get(name, ())
        if len(found) > 1:
            raise ConfigurationError(_brought_twice(name, found))
        if not found and self.failures:
            failures = "; ".join(self.failures)
            raise ConfigurationError(f"no mapping rule `{name}` is installed, but {failures}")
        return found[0] if found else None

    def mistakes(self, own: Mapping[str, Path]) -> list[str]:
        """Return what is wrong with the packages, where no rule of the home's own settles it."""
        twice = [
            _brought_twice(name, found)
            for name, found in sorted(self.files.items())
            if len(found) > 1 and name not in own
        ]
        return [*self.failures, *twice]


def own_rules(folder: Path) -> dict[str, Path]:
    """Return a home's own mapping rule files by name; they may lie at any depth."""
    return {path.stem: path for path in _yaml_files(folder) if path.stem not in OTHER_RULES}


def own_rules_twice(folder: Path) -> list[Mistake]:
    """Return a mistake for each mapping rule file whose name another of the home's has."""
    first: dict[str, str] = {}
    mistakes = []
    for path in _yaml_files(folder):
        file = str(path.relative_to(folder.parent))
        if path.stem not in OTHER_RULES and first.setdefault(path.stem, file) != file:
            message = f"a second mapping rule of this name; the first is {first[path.stem]}"
            mistakes.append(Mistake(file=file, line=1, path="file", message=message))
    return mistakes


def unread_rules(folder: Path) -> list[Path]:
    """Return the files of other rules that lie deeper, or end otherwise, than where they count."""
    found = [path for path in _yaml_files(folder) if path.stem in OTHER_RULES]
    return [path for path in found if path != folder / f"{path.stem}.yaml"]


def _yaml_files(folder: Path) -> list[Path]:
    return sorted(path for ending in ENDINGS for path in folder.rglob(f"*{ending}"))


def own_part(folder: Path, kind: str) -> dict[str, Any]:
    """Return what a home's own identity.yaml or survivorship.yaml replaces; nothing without one.

    `folder` is where a home's rules lie. Raises InvalidHomeError with every mistake.
    """
    path = folder / f"{kind}.yaml"
    if not path.exists():
        return {}
    document = read_document(path, f"{folder.name}/{path.name}")
    if document.value is None and not document.mistakes:
        return {}  # an empty file replaces nothing
    mistakes = mistakes_in(document, shipped_schema(kind))
    if mistakes:
        raise InvalidHomeError(mistakes)
    own: dict[str, Any] = document.value
    return own


@cache
def packaged_rules() -> PackagedRules:
    """Look through the installed packages: once a process, for it reads all their entry points."""
    files: dict[str, tuple[PackagedRule, ...]] = {}
    failures: list[str] = []
    points = {point.value: point for point in entry_points(group=GROUP)}
    for module, point in sorted(points.items()):
        folder = _folder(module)
        found = list(_rule_files(folder, module)) if folder is not None else []
        for name, rule in found:
            files[name] = (*files.get(name, ()), rule)
        if not found:
            lack = "holds no rule files (*.yaml)" if folder is not None else "can't be imported"
            by = point.dist.name if point.dist is not None else point.name
            failures.append(
                f"the package {module}, which {by} names under {GROUP}, {lack}; "
                f"install {by} again, or uninstall it"
            )
    return PackagedRules(files=files, failures=tuple(failures))


def _brought_twice(name: str, found: tuple[PackagedRule, ...]) -> str:
    places = " and ".join(rule.shown for rule in found)
    return (
        f"mapping rule `{name}` is brought twice, by {places}; uninstall one of the packages, "
        f"or settle it with a {name}.yaml of your own in the home's mapping_rules folder"
    )


def _rule_files(folder: Traversable, shown: str) -> Iterator[tuple[str, PackagedRule]]:
    for entry in sorted(folder.iterdir(), key=lambda one: one.name):
        name, dot, ending = entry.name.rpartition(".")
        if entry.is_dir():
            yield from _rule_files(entry, f"{shown}/{entry.name}")
        elif dot + ending in ENDINGS and name not in OTHER_RULES:
            yield name, PackagedRule(shown=f"{shown}/{entry.name}", file=entry)


def _folder(module: str) -> Traversable | None:
    """Return what a package holds, by its loader: neither it nor what it lies in is imported."""
    top, *inner = module.split(".")
    spec = find_spec(top) if top.isidentifier() else None
    if spec is None or spec.submodule_search_locations is None:
        return None
    loader: Any = spec.loader
    if loader is None:  # a folder without an __init__.py
        folder: Traversable = NamespaceReader(spec.submodule_search_locations).files()
    else:
        folder = loader.get_resource_reader(top).files()
    for word in inner:
        folder = folder.joinpath(word)
    return folder if folder.is_dir() else None
