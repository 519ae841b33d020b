"""Give columns names that JSON members can bear."""

from __future__ import annotations

from collections.abc import Sequence


def unique_names(head: Sequence[str]) -> tuple[str, ...]:
    """Return names that differ, case apart: `name`, `name_2`; a column without one: `column_3`."""
    names: list[str] = []
    taken: set[str] = set()
    for place, name in enumerate(head, 1):
        stem = name.strip().replace("\0", "") or f"column_{place}"
        chosen, number = stem, 1
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{stem}_{number}"
        taken.add(chosen.casefold())
        names.append(chosen)
    return tuple(names)
