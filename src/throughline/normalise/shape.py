"""The shape of a source record as far as a rule uses it, so that types are never guessed."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from throughline.home.yaml_positions import Place

_STEP = re.compile(r'"((?:[^"]|"")*)"|\[(\d+)\]|([^.\[\]"]+)|(\.)')


@dataclass(slots=True)
class Shape:
    """A text, an object with members, or a list; derived from how a rule uses it."""

    members: dict[str, Shape] = field(default_factory=dict)
    element: Shape | None = None
    text: bool = False
    place: Place = ()
    """Where in the rule it is first used."""

    def member(self, name: str) -> Shape:
        """Return the shape of a member, which makes this an object."""
        return self.members.setdefault(name, Shape())

    def elements(self) -> Shape:
        """Return the shape of the elements, which makes this a list."""
        if self.element is None:
            self.element = Shape()
        return self.element

    def used_at(self, place: Place) -> None:
        """Set the place of this and all below it, where none is set yet."""
        self.place = self.place or place
        for one in self.members.values():
            one.used_at(place)
        if self.element is not None:
            self.element.used_at(place)

    def structure(self, path: str = "") -> Any:
        """Return what DuckDB's json_transform takes; raises ValueError for two uses at odds.

        `path` is where this lies in the record.
        """
        if self.members and (self.element is not None or self.text):
            member = next(iter(self.members))
            raise ValueError(
                f"`{path}` is used whole, and `{path}.{member}` is read: use its members"
            )
        if self.element is not None and self.text:
            raise ValueError(f"`{path}` is used as a list and as text: use its elements")
        if self.members:
            folded = [name.lower() for name in self.members]
            for name in self.members:
                if folded.count(name.lower()) > 1:
                    raise ValueError(f"two fields differ from `{name}` in case only")
            below = f"{path}." if path else ""
            return {name: one.structure(below + name) for name, one in self.members.items()}
        return [self.element.structure(f"{path}[]")] if self.element is not None else "VARCHAR"


def steps(path: str) -> list[str | int]:
    """Return the steps of a dotted path; `.` alone has none. Raises ValueError for a bad one."""
    if path == ".":
        return []
    found: list[str | int] = []
    place = 0
    while place < len(path):
        match = _STEP.match(path, place)
        if match is None:
            raise ValueError(f"`{path}` is no path")
        quoted, index, plain, _dot = match.groups()
        if quoted is not None:
            found.append(quoted.replace('""', '"'))
        elif index is not None:
            found.append(int(index))
        elif plain is not None:
            found.append(plain)
        place = match.end()
    if not found:
        raise ValueError(f"`{path}` is no path")
    return found


def reach(base: str, shape: Shape, path: list[str | int]) -> tuple[str, Shape]:
    """Return the DuckDB expression of what lies at the path below `base`, and its shape."""
    for step in path:
        if isinstance(step, int):
            shape = shape.elements()
            base = f"{base}[{step + 1}]"
        else:
            shape = shape.member(step)
            base = f"{base}.{identifier(step)}"
    return base, shape


def identifier(name: str) -> str:
    """Quote a name for DuckDB."""
    return '"' + name.replace('"', '""') + '"'


def literal(text: str) -> str:
    """Quote a text for DuckDB."""
    return "'" + text.replace("'", "''") + "'"
