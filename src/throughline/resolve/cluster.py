"""The clusters themselves: nodes joined one link at a time, unless a guard refuses the join."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Guard:
    """A profile's value of a kind that must not differ within one customer."""

    kind: str
    value: str


class Clusters:
    """A union-find forest over nodes 0 … n-1. The caller joins the strongest links first."""

    __slots__ = ("_enemies", "_guards", "_parent", "_size", "ceiling", "refused")

    def __init__(self, nodes: int, *, ceiling: int) -> None:
        self._parent = list(range(nodes))
        self._size = [1] * nodes
        self._enemies: dict[int, set[int]] = {}
        self._guards: dict[int, dict[str, set[str]]] = {}
        self.ceiling = ceiling
        self.refused = 0

    def guard(self, node: int, guards: Iterable[Guard]) -> None:
        """Set a node's guards; before any join."""
        held = self._guards.setdefault(node, {})
        for one in guards:
            held.setdefault(one.kind, set()).add(one.value)

    def never(self, left: int, right: int) -> None:
        """Forbid two nodes to be in one cluster; before any join."""
        self._enemies.setdefault(left, set()).add(right)
        self._enemies.setdefault(right, set()).add(left)

    def root(self, node: int) -> int:
        """Return the node that stands for this node's cluster."""
        parent = self._parent
        while parent[node] != node:
            parent[node] = parent[parent[node]]
            node = parent[node]
        return node

    def join(self, left: int, right: int) -> bool:
        """Join the clusters of two nodes unless a guard refuses; True if they are one now."""
        a, b = self.root(left), self.root(right)
        if a == b:
            return True
        if self._refuses(a, b):
            self.refused += 1
            return False
        if self._size[a] < self._size[b]:
            a, b = b, a
        self._parent[b] = a
        self._size[a] += self._size[b]
        self._inherit(a, b)
        return True

    def _refuses(self, a: int, b: int) -> bool:
        if b in self._enemies.get(a, ()) or self._size[a] + self._size[b] > self.ceiling:
            return True
        held, other = self._guards.get(a), self._guards.get(b)
        return bool(held and other and _differ(held, other))

    def _inherit(self, a: int, b: int) -> None:
        """Give the joined cluster `a` the guards and forbidden nodes of `b`."""
        enemies = self._enemies.pop(b, None)
        if enemies:
            for enemy in enemies:
                theirs = self._enemies[enemy]
                theirs.discard(b)
                theirs.add(a)
            self._enemies.setdefault(a, set()).update(enemies)
        held = self._guards.pop(b, None)
        if held:
            mine = self._guards.setdefault(a, {})
            for kind, values in held.items():
                mine.setdefault(kind, set()).update(values)


def _differ(held: Mapping[str, set[str]], other: Mapping[str, set[str]]) -> bool:
    """Tell whether two clusters differ in a kind that is exclusive, typing errors aside."""
    for kind, values in held.items():
        theirs = other.get(kind)
        if theirs and not any(near_typo(a, b) for a in values for b in theirs):
            return True
    return False


def near_typo(a: str, b: str) -> bool:
    """Tell whether one wrong, missing, added or swapped character explains the difference."""
    if a == b:
        return True
    if abs(len(a) - len(b)) > 1:
        return False
    start = 0
    while start < min(len(a), len(b)) and a[start] == b[start]:
        start += 1
    rest_a, rest_b = a[start:], b[start:]
    if len(a) != len(b):
        return rest_a[1:] == rest_b or rest_a == rest_b[1:]
    return rest_a[1:] == rest_b[1:] or (rest_a[2:] == rest_b[2:] and rest_a[:2] == rest_b[1::-1])
