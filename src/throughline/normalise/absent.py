"""Find what rules read that a stream's first records do not hold."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline.errors import Mistake
from throughline.home.explain import did_you_mean
from throughline.normalise.compiling import CompiledRule
from throughline.normalise.rules import RuleFile
from throughline.normalise.shape import Shape

PLAIN = re.compile(r'[^.\[\]"]+')

Names = tuple[str | None, ...]
"""The names of a path; None stands for a list's elements."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Absent:
    """A path that no record has, and where it is read."""

    names: Names
    mistake: Mistake


def absent_paths(
    file: RuleFile, rules: Sequence[CompiledRule], records: Sequence[Mapping[str, Any]]
) -> list[Absent]:
    """Return the paths that the rules read and no record has, each where it is first read, by line.

    What lies below a value that is no object in any record is not judged.
    """
    many = f"in none of the first {len(records):,} records"
    where = many if len(records) > 1 else "not in the first record"
    found: dict[Names, Absent] = {}
    for rule in rules:
        for names, shape, known in _absent(rule.shape, records, ()):
            path, words = written(names), [written(one) for one in known]
            message = f"`{path}` is {where}{did_you_mean(path, words)}"
            mistake = file.mistake(shape.place, message)
            found.setdefault(names, Absent(names=names, mistake=mistake))
    return sorted(found.values(), key=lambda one: one.mistake.line)


def written(names: Names) -> str:
    """Write a path as a rule has it: a name that would be read as another in double quotes."""
    text = ""
    for name in names:
        if name is None:
            text += "[]"
        else:
            doubled = name.replace('"', '""')
            text += f".{name}" if PLAIN.fullmatch(name) else f'."{doubled}"'
    return text.removeprefix(".")


def _absent(
    shape: Shape, values: Sequence[Any], path: Names
) -> Iterator[tuple[Names, Shape, list[Names]]]:
    """Yield path and shape of each leaf that no value has, and the paths that there are instead."""
    objects = [one for one in values if isinstance(one, Mapping)]
    known = {name for one in objects for name in one}
    for name, inner in shape.members.items() if objects else ():
        if name in known:
            below = [one[name] for one in objects if name in one]
            yield from _absent(inner, below, (*path, name))
        else:
            words = list(dict.fromkeys((*path, *one) for one in _words(objects)))
            yield from ((leaf, one, words) for leaf, one in _leaves(inner, (*path, name)))
    if shape.element is not None:
        elements = [one for value in values if isinstance(value, list) for one in value]
        yield from _absent(shape.element, elements, (*path, None))


def _leaves(shape: Shape, path: Names) -> Iterator[tuple[Names, Shape]]:
    if not shape.members:
        yield path, shape
    for name, inner in shape.members.items():
        yield from _leaves(inner, (*path, name))


def _words(objects: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, ...]]:
    """Yield the paths that objects have, two names deep."""
    for one in objects:
        for name, value in one.items():
            yield (name,)
            for inner in value if isinstance(value, Mapping) else ():
                yield (name, inner)
