"""Counts: what a stage took in, gave out, left unchanged and refused; how to write one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping


class Counts(Mapping[str, int]):
    """A frozen mapping of names to numbers; names not counted are 0; adding adds name by name."""

    __slots__ = ("_numbers",)

    def __init__(self, numbers: Mapping[str, int] | None = None, /, **more: int) -> None:
        self._numbers = {**(numbers or {}), **more}

    def __getitem__(self, name: str) -> int:
        return self._numbers.get(name, 0)

    def __iter__(self) -> Iterator[str]:
        return iter(self._numbers)

    def __len__(self) -> int:
        return len(self._numbers)

    def __add__(self, other: Mapping[str, int]) -> Counts:
        names = [*self._numbers, *(name for name in other if name not in self._numbers)]
        return Counts({name: self[name] + other.get(name, 0) for name in names})

    def __repr__(self) -> str:
        return f"Counts({', '.join(f'{name}={number}' for name, number in self._numbers.items())})"


def counted(value: int, one: str, several: str) -> str:
    """Write a count with what is counted: `1 event`, `2,000 events`."""
    return f"{value:,} {one if value == 1 else several}"


OnCounts = Callable[[Counts], None]
"""Called with the counts of each part of the work, so that a later error does not lose them."""
