"""Read YAML with the line of every value, finding all that is wrong with its form.

Only the booleans, numbers and null of YAML 1.2 are taken as such: `NO` is Norway, `22:30` and
`2024-01-01` are text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import yaml

from throughline.errors import Mistake

if TYPE_CHECKING:
    from importlib.resources.abc import Traversable

Place = tuple[str | int, ...]

LARGEST_FILE = 4 * 1024 * 1024
DEEPEST = 50
MOST_VALUES = 100_000

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_FORMS: tuple[tuple[str, re.Pattern[str], str], ...] = (
    ("tag:yaml.org,2002:bool", re.compile(r"^(?:true|True|TRUE|false|False|FALSE)$"), "tTfF"),
    ("tag:yaml.org,2002:null", re.compile(r"^(?:~|null|Null|NULL|)$"), "~nN"),
    ("tag:yaml.org,2002:int", re.compile(r"^[-+]?[0-9]+$"), "-+0123456789"),
    (
        "tag:yaml.org,2002:float",
        re.compile(r"^[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?$"),
        "-+.0123456789",
    ),
)


def _resolvers() -> dict[str, list[tuple[str, re.Pattern[str]]]]:
    table: dict[str, list[tuple[str, re.Pattern[str]]]] = {"": [_FORMS[1][:2]]}
    for tag, form, first in _FORMS:
        for letter in first:
            table.setdefault(letter, []).append((tag, form))
    return table


class _CoreLoader(_Loader):  # type: ignore[misc]  # the C loader where libyaml is there
    """A loader with the plain scalars of YAML 1.2's core schema."""

    yaml_implicit_resolvers = _resolvers()


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file's content, the line of each place in it, and what was wrong with its form."""

    file: str
    value: Any = field(repr=False)
    lines: Mapping[Place, int] = field(repr=False)
    mistakes: tuple[Mistake, ...] = ()

    def line(self, place: Place) -> int:
        """Return the line (from 1) of a place, or of the nearest one around it."""
        while place and place not in self.lines:
            place = place[:-1]
        return self.lines.get(place, 1)

    def mistake(self, place: Place, message: str) -> Mistake:
        """Return a mistake at a place in the file."""
        line = self.line(place)
        return Mistake(file=self.file, line=line, path=dotted(place), message=message)


def dotted(place: Place) -> str:
    """Write a place as a person would: `staff[0].email`; the whole file is `file`."""
    text = ""
    for step in place:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".") or "file"


def read_document(path: Traversable, name: str) -> Document:
    """Read one YAML file, of a folder or of a package; `name` is how messages call it.

    Never raises for what is in the file.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST_FILE + 1)
    except OSError as error:
        return _unreadable(name, 1, f"can't be read ({error.strerror or 'error'})")
    if len(content) > LARGEST_FILE:
        return _unreadable(name, 1, "is larger than 4 MB; is this a configuration file?")
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content[: error.start].count(b"\n") + 1
        return _unreadable(name, line, "is not UTF-8 text; save it as UTF-8")
    return parse_document(text, name)


def parse_document(text: str, name: str) -> Document:
    """Parse YAML text; a form that can't be parsed is the document's only mistake."""
    loader = None
    try:
        loader = _CoreLoader(text)
        node = loader.get_single_node()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        return _unreadable(name, mark.line + 1 if mark else 1, _problem(error, text))
    except (yaml.YAMLError, RecursionError) as error:
        return _unreadable(name, _line_of(error, text), "holds a character that YAML forbids")
    finally:
        if loader is not None:
            loader.dispose()
    reader = _Reader(name)
    value = reader.read(node, ()) if node is not None else None
    return Document(file=name, value=value, lines=reader.lines, mistakes=tuple(reader.mistakes))


def _unreadable(name: str, line: int, message: str) -> Document:
    mistake = Mistake(file=name, line=line, path="file", message=message)
    return Document(file=name, value=None, lines={}, mistakes=(mistake,))


def _line_of(error: Exception, text: str) -> int:
    position = getattr(error, "position", 0)
    return text.count("\n", 0, position) + 1 if isinstance(position, int) else 1


def _problem(error: yaml.MarkedYAMLError, text: str) -> str:
    mark = error.problem_mark
    lines = text.splitlines()
    line = lines[mark.line] if mark and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())] or "'\\t'" in str(error.problem):
        return "a tab indents this line; YAML wants spaces"
    if "expected a single document" in str(error.context):
        return "holds a second document (`---`); one file is one document"
    said = " ".join(str(part) for part in (error.context, error.problem) if part)
    if "flow" in said and line.count("[") + line.count("{") > 1:
        said += "; between `{` and `}` or `[` and `]`, quote a value that holds a bracket or comma"
    return f"is not YAML: {said}"


class _Reader:
    """Turns nodes into values, noting lines, duplicate keys and what is not allowed here."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[Place, int] = {}
        self.mistakes: list[Mistake] = []
        self._values = 0
        self._refused = False

    def read(self, node: yaml.Node, place: Place) -> Any:
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node, place)
        if len(place) > DEEPEST:  # an alias of what it stands in is deeper than any number
            return self._refuse(node, place, f"is nested deeper than {DEEPEST} levels")
        self._values += len(node.value)
        if self._values > MOST_VALUES:
            return self._refuse(node, place, f"makes, with its aliases, over {MOST_VALUES} values")
        if isinstance(node, yaml.SequenceNode):
            return [self.read(item, (*place, at)) for at, item in enumerate(node.value)]
        return self._mapping(node, place)

    def _refuse(self, node: yaml.Node, place: Place, message: str) -> None:
        if not self._refused:
            self._add(node, place, message)
        self._refused = True

    def _mapping(self, node: yaml.Node, place: Place) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key_node, value_node in node.value:
            if not isinstance(key_node, yaml.ScalarNode):
                self._add(key_node, place, "a key must be a word")
                continue
            key = str(key_node.value)
            if key in found:
                first = self.lines[(*place, key)]
                self._add(key_node, (*place, key), f"stands here twice; first in line {first}")
                continue
            self.lines[(*place, key)] = key_node.start_mark.line + 1
            found[key] = self.read(value_node, (*place, key))
        return found

    def _scalar(self, node: yaml.ScalarNode, place: Place) -> Any:
        kind = node.tag.removeprefix("tag:yaml.org,2002:")
        if kind == "bool":
            return node.value.lower() == "true"
        if kind == "null":
            return None
        if kind == "int":
            return int(node.value) if len(node.value) <= 30 else node.value
        if kind == "float":
            return float(node.value)
        if kind != "str":
            self._add(node, place, f"the tag `{node.tag}` can't stand here")
        return node.value

    def _add(self, node: yaml.Node, place: Place, message: str) -> None:
        line = node.start_mark.line + 1
        self.mistakes.append(
            Mistake(file=self.name, line=line, path=dotted(place), message=message)
        )
