"""The steps in which values are computed: read from the record, then cleaned, level by level."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_NAME = re.compile(r"\bc\d+\b")


@dataclass(slots=True)
class Layers:
    """Expressions by name, each computed once: `raw` (p0, p1 …) before `clean` (c0, c1 …).

    `prefix` qualifies their names in later expressions: nothing for a query's columns, `e1.` for
    the fields of an element.
    """

    prefix: str = ""
    raw: dict[str, str] = field(default_factory=dict)
    clean: dict[str, str] = field(default_factory=dict)

    def read(self, expression: str) -> str:
        """Name an expression over the source."""
        return self.prefix + self.raw.setdefault(expression, f"p{len(self.raw)}")

    def cleaned(self, expression: str) -> str:
        """Name an expression over what was read or cleaned before."""
        return self.prefix + self.clean.setdefault(expression, f"c{len(self.clean)}")

    def levels(self) -> Iterator[dict[str, str]]:
        """Yield the clean expressions by name, so that each uses only what came before it."""
        level: dict[str, int] = {}
        for expression, name in self.clean.items():
            used = set(_NAME.findall(expression)) & level.keys()
            level[name] = 1 + max((level[one] for one in used), default=0)
        for step in range(1, max(level.values(), default=0) + 1):
            yield {name: text for text, name in self.clean.items() if level[name] == step}


def over_elements(found: str, variable: str, layers: Layers, result: str) -> str:
    """Return the list of `result` for each element of `found`, computed in steps."""
    known = list(layers.raw.values())
    if layers.raw or layers.clean:
        read = {name: text for text, name in layers.raw.items()} or {"_": "NULL"}
        fields = ", ".join(f"'{name}': {text}" for name, text in read.items())
        found = f"list_transform({found}, lambda {variable}: {{{fields}}})"
        for step in layers.levels():
            kept = [f"'{name}': {variable}.{name}" for name in known]
            added = [f"'{name}': {text}" for name, text in step.items()]
            fields = ", ".join([*kept, *added])
            found = f"list_transform({found}, lambda {variable}: {{{fields}}})"
            known += step
    return f"list_transform({found}, lambda {variable}: {result})"
