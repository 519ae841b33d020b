"""Check a rule's `sql` by its syntax tree, and bind its names to the source record."""

from __future__ import annotations

import json
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import duckdb

from throughline.normalise.layers import Layers
from throughline.normalise.shape import Shape, reach

CONTEXT_NAMES = ("_key", "_version", "_connection", "_currency", "_region", "_time_zone")
_REFUSED_CLASSES = {
    "SUBQUERY": "a subquery",
    "STAR": "a star",
    "WINDOW": "a window function",
    "PARAMETER": "a parameter",
    "POSITIONAL_REFERENCE": "a positional reference",
}
_REFUSED_MACROS = (
    "pg_",
    "has_",
    "current",
    "session",
    "user",
    "inet_",
    "shobj",
    "col_desc",
    "obj_",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """Where names are looked up: an expression, its shape, and the record around it.

    `layers` takes the columns (of an element: the fields) that values are worked out in. `named`:
    what the rule's own names stand for.
    """

    base: str
    shape: Shape
    layers: Layers
    record: Scope | None = None
    grouped: bool = False
    depth: int = 0
    named: Mapping[str, str] = field(default_factory=dict)

    def must_be_one(self) -> None:
        """Raise ValueError if there are many records: then `_record` would be none of them."""
        if self.grouped:
            raise ValueError("`_record` can't be used where `group_by` makes one of many records")


@dataclass(frozen=True, slots=True)
class Grammar:
    """Which functions `sql` may call: those whose result depends on their arguments alone."""

    connection: duckdb.DuckDBPyConnection
    scalars: frozenset[str]
    aggregates: frozenset[str]
    _trees: dict[str, str] = field(default_factory=dict, repr=False)

    @classmethod
    def of(cls, connection: duckdb.DuckDBPyConnection) -> Grammar:
        """Ask DuckDB for its functions."""
        # what no overload gives from its arguments alone is the clock, chance or a session's state;
        # one may also depend on the session's time zone, but that is the sandbox's own
        rows = connection.execute(
            "SELECT function_name, function_type FROM duckdb_functions()"
            " WHERE coalesce(stability, 'CONSISTENT') = 'CONSISTENT'"
        ).fetchall()
        stable: dict[str, set[str]] = {}  # grouped here: DuckDB takes twice as long for it
        for name, kind in rows:
            stable.setdefault(name, set()).add(kind)
        allowed = {name for name in stable if not name.startswith(_REFUSED_MACROS)}
        return cls(
            connection,
            frozenset(
                name
                for name, kinds in stable.items()
                if "scalar" in kinds or ("macro" in kinds and name in allowed)
            ),
            frozenset(name for name, kinds in stable.items() if "aggregate" in kinds),
        )

    def parse(self, texts: Collection[str]) -> None:
        """Parse these expressions at once, which is quicker than each when it is bound."""
        unknown = [text for text in texts if text not in self._trees]
        if not unknown:
            return
        rows = self.connection.execute(
            "SELECT t, json_serialize_sql('SELECT ' || t) FROM (SELECT unnest(?::VARCHAR[]) AS t)",
            [unknown],
        ).fetchall()
        self._trees.update(rows)

    def bind(self, text: str, scope: Scope) -> str:
        """Return the expression with its names bound to the scope.

        Raises ValueError, saying what is wrong, for anything but one scalar expression (in a
        grouped rule: one that may hold aggregates).
        """
        tree = self.tree(text)
        bound = _Binder(self, scope).bound(tree["statements"][0]["node"]["select_list"][0], {})
        tree["statements"][0]["node"]["select_list"][0] = bound
        row = self.connection.execute(
            "SELECT json_deserialize_sql(?)", [json.dumps(tree)]
        ).fetchone()
        assert row is not None
        return "(" + str(row[0]).removeprefix("SELECT ") + ")"

    def tree(self, text: str) -> Any:
        """Return the syntax tree of a query for one expression; ValueError: it is none."""
        self.parse([text])
        tree = json.loads(self._trees[text])
        if tree["error"]:
            raise ValueError(f"is not a DuckDB expression: {tree['error_message']}")
        statements = tree["statements"]
        node = statements[0]["node"]
        plain = (
            len(statements) == 1
            and node["type"] == "SELECT_NODE"
            and len(node["select_list"]) == 1
            and node["from_table"]["type"] == "EMPTY"
            and not any(node[part] for part in ("where_clause", "having", "qualify", "sample"))
            and not any(node[part] for part in ("modifiers", "group_expressions"))
            and not node["cte_map"]["map"]
        )
        if not plain:
            raise ValueError("must be one expression, not a query")
        return tree


class _Binder:
    """Walks a syntax tree: refuses what is not allowed, prefixes names with where they live."""

    def __init__(self, grammar: Grammar, scope: Scope) -> None:
        self._grammar = grammar
        self._scope = scope

    def bound(self, node: Any, variables: dict[str, Shape | None]) -> Any:
        if isinstance(node, list):
            return [self.bound(one, variables) for one in node]
        if not isinstance(node, dict):
            return node
        kind = node.get("class")
        if kind in _REFUSED_CLASSES:
            raise ValueError(f"{_REFUSED_CLASSES[kind]} can't stand here")
        if kind == "COLUMN_REF":
            return self._name(node, variables)
        if kind == "LAMBDA":
            raise ValueError("`->` can't stand here; json_extract(value, '$.path') reads JSON")
        if kind == "FUNCTION":
            return self._function(node, variables)
        if node.get("type") == "STRUCT_EXTRACT" and self._reaches(node, variables):
            return self._indexed(node, variables)
        return {key: self.bound(value, variables) for key, value in node.items()}

    def _function(self, node: dict[str, Any], variables: dict[str, Shape | None]) -> Any:
        name = node["function_name"].lower()
        grammar = self._grammar
        aggregate = name in grammar.aggregates and name not in grammar.scalars
        if aggregate and not self._scope.grouped:
            raise ValueError(f"`{name}` is an aggregate, which only a grouped rule can use")
        if not aggregate and name not in grammar.scalars:
            raise ValueError(f"`{name}` is no function that can be used here")
        arguments = node.get("arguments") or []
        inner = [one["expression"] for one in arguments]
        if len(inner) > 1 and inner[1].get("class") == "LAMBDA":
            return self._over_list(node, inner, variables)
        found = {key: self.bound(value, variables) for key, value in node.items()}
        if aggregate:
            for one in found["arguments"]:
                one["expression"] = _tried(one["expression"])
        return found

    def _reaches(self, node: dict[str, Any], variables: dict[str, Shape | None]) -> bool:
        """Take in the shape that `items[1].price` tells; false for what is no such chain."""
        steps: list[str | None] = []
        while node.get("type") in ("STRUCT_EXTRACT", "ARRAY_EXTRACT"):
            member = node["children"][1].get("literal", {}).get("text")
            steps.append(member if node["type"] == "STRUCT_EXTRACT" else None)
            node = node["children"][0]
        shape = self._shape(node["column_names"], variables) if "column_names" in node else None
        if shape is None:
            return False
        for step in reversed(steps):
            shape = shape.elements() if step is None else shape.member(step)
        shape.text = True
        return True

    def _indexed(self, node: dict[str, Any], variables: dict[str, Shape | None]) -> Any:
        """Bind a chain of members and indexes, whose name is not a text."""
        if node.get("class") == "COLUMN_REF":
            return self._name(node, variables, whole=True)
        first, *rest = node["children"]
        children = [self._indexed(first, variables), *(self.bound(one, variables) for one in rest)]
        return {**node, "children": children}

    def _over_list(
        self, node: dict[str, Any], inner: list[Any], variables: dict[str, Shape | None]
    ) -> Any:
        """Bind `list_transform(items, lambda item: …)`: the lambda tells the elements' shape."""
        element = None
        if inner[0].get("class") == "COLUMN_REF":
            shape = self._shape(inner[0]["column_names"], variables)
            element = shape.elements() if shape is not None else None
            first = self._name(inner[0], variables, whole=True)
        else:
            first = self.bound(inner[0], variables)
        arguments = [dict(one) for one in node["arguments"]]
        arguments[0]["expression"] = first
        arguments[1]["expression"] = self._lambda(inner[1], variables, element)
        for one in arguments[2:]:
            one["expression"] = self.bound(one["expression"], variables)
        return {**node, "arguments": arguments}

    def _lambda(
        self, node: dict[str, Any], variables: dict[str, Shape | None], element: Shape | None
    ) -> Any:
        names = [names[0] for names in _column_names(node["lhs"])]
        inner = {**variables, **dict.fromkeys(names)}
        if names:
            inner[names[0]] = element
        return {**node, "expr": self.bound(node["expr"], inner)}

    def _shape(self, names: list[str], variables: dict[str, Shape | None]) -> Shape | None:
        if names[0] in variables:
            shape = variables[names[0]]
            return reach("", shape, list(names[1:]))[1] if shape is not None else None
        scope, path = self._scope_of(names)
        return reach("", scope.shape, list(path))[1] if path is not None else None

    def _scope_of(self, names: list[str]) -> tuple[Scope, list[str] | None]:
        if names[0] == "_record":
            if self._scope.record is None:
                raise ValueError("`_record` can be used inside `each` only")
            self._scope.record.must_be_one()
            return self._scope.record, names[1:]
        if names[0] in CONTEXT_NAMES and len(names) == 1:
            return self._scope, None
        return self._scope, names

    def _name(
        self, node: dict[str, Any], variables: dict[str, Shape | None], *, whole: bool = False
    ) -> Any:
        names = list(node["column_names"])
        if names[0] in variables:
            shape = variables[names[0]]
            if shape is not None and not whole:
                reach("", shape, list(names[1:]))[1].text = True
            return node
        scope, path = self._scope_of(names)
        if path is None:
            return node
        if len(path) == 1 and path[0] in (scope.record or scope).named:
            return self._meant(path[0], scope.record or scope)
        if not whole:
            reach("", scope.shape, list(path))[1].text = True
        return {**node, "column_names": [scope.base, *path]}

    def _meant(self, name: str, record: Scope) -> Any:
        """Return what a name of the rule's own stands for: a condition on the record."""
        if record is not self._scope:
            record.must_be_one()
        tree = self._grammar.tree(record.named[name])["statements"][0]["node"]["select_list"][0]
        return _Binder(self._grammar, replace(record, named={})).bound(tree, {})


def _tried(node: Any) -> Any:
    return {
        "class": "OPERATOR",
        "type": "OPERATOR_TRY",
        "alias": "",
        "query_location": node.get("query_location", 0),
        "children": [node],
    }


def _column_names(node: Any) -> Iterator[list[str]]:
    if isinstance(node, dict):
        if node.get("class") == "COLUMN_REF":
            yield node["column_names"]
            return
        for value in node.values():
            yield from _column_names(value)
    elif isinstance(node, list):
        for value in node:
            yield from _column_names(value)
