"""Choose what a model compares and from which weight on it links, by a home of known truth."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

WORTH = 0.0002  # F1 that a change must gain; less is chance


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Pairwise F1 over source records when pairs of this weight or more are linked."""

    f1: float = 0.0
    weight: float = 0.0


class Components:
    """Parties joined pair by pair, how many pairs of records that claims and how many are right."""

    def __init__(self, people: Sequence[str], records: Sequence[int]) -> None:
        self._parent = list(range(len(people)))
        self._size = list(records)
        self._of_person = [{person: number} for person, number in zip(people, records, strict=True)]
        self.claimed = self.right = sum(number * (number - 1) // 2 for number in records)

    def join(self, one: int, other: int) -> None:
        """Make the components of two parties one."""
        one, other = self._root(one), self._root(other)
        if one == other:
            return
        if len(self._of_person[one]) < len(self._of_person[other]):
            one, other = other, one
        self._parent[other] = one
        self.claimed += self._size[one] * self._size[other]
        self._size[one] += self._size[other]
        held = self._of_person[one]
        for person, number in self._of_person[other].items():
            before = held.get(person, 0)
            self.right += before * number
            held[person] = before + number

    def _root(self, party: int) -> int:
        parent = self._parent
        while parent[party] != party:
            parent[party] = parent[parent[party]]
            party = parent[party]
        return party


@dataclass(slots=True, kw_only=True)
class Tuning:
    """Scored pairs of parties whose persons are known.

    `parts` has, for each part that a model may have, what it adds to the weight of each pair. A
    part that refines another (`needs`) goes only with it.
    """

    people: Sequence[str]
    records: Sequence[int]
    pairs: Sequence[tuple[int, int]]
    parts: Mapping[str, Sequence[float]]
    needs: Mapping[str, str]
    _known: dict[frozenset[str], Choice] = field(default_factory=dict)

    def best(self) -> tuple[frozenset[str], Choice]:
        """Return the best parts found: changed one at a time, from none of them and from all."""
        ends = [self._climb(start) for start in (frozenset[str](), frozenset(self.parts))]
        return max(ends, key=lambda end: end[1].f1)

    def choice(self, parts: frozenset[str]) -> Choice:
        """Return the best weight for a model of these parts."""
        if parts not in self._known:
            self._known[parts] = self._measure(parts) if parts else Choice()
        return self._known[parts]

    def _climb(self, parts: frozenset[str]) -> tuple[frozenset[str], Choice]:
        while True:
            now = self.choice(parts)
            changed = max(self._changes(parts), key=lambda one: self.choice(one).f1)
            if self.choice(changed).f1 <= now.f1 + WORTH:
                return parts, now
            parts = changed

    def _changes(self, parts: frozenset[str]) -> Iterator[frozenset[str]]:
        for part in self.parts:
            if part in parts:
                yield frozenset(one for one in parts if one != part and self.needs.get(one) != part)
            elif self.needs.get(part, part) in {part, *parts}:
                yield parts | {part}

    def _measure(self, parts: frozenset[str]) -> Choice:
        """Link the pairs by falling weight; stop where F1 cannot rise above the best any more."""
        weights = [sum(each) for each in zip(*(self.parts[p] for p in sorted(parts)), strict=True)]
        order = sorted(range(len(weights)), key=weights.__getitem__, reverse=True)
        components, true, best = Components(self.people, self.records), self._true_pairs(), Choice()
        for place, pair in enumerate(order):
            components.join(*self.pairs[pair])
            if place + 1 < len(order) and weights[order[place + 1]] == weights[pair]:
                continue
            claimed = components.claimed + true
            f1 = 2 * components.right / claimed
            if f1 > best.f1:
                best = Choice(f1=f1, weight=weights[pair])
            if 2 * true / claimed < best.f1:
                break
        return best

    def _true_pairs(self) -> int:
        totals: dict[str, int] = {}
        for person, number in zip(self.people, self.records, strict=True):
            totals[person] = totals.get(person, 0) + number
        return sum(number * (number - 1) // 2 for number in totals.values())
