"""Print what changed rules would change."""

from __future__ import annotations

import json
from collections.abc import Sequence

from throughline.cli.show import console, number, table
from throughline.sync.diffing import Change, StreamDiff


def print_diff(diffs: Sequence[StreamDiff], *, show_values: bool) -> None:
    """Print a table of counts, then the examples."""
    screen = console()
    shown = table(
        *("connection", "stream", "makes", "new", "changed", "gone", "fields that change"),
        numbers=("new", "changed", "gone"),
    )
    for one in diffs:
        for kind, counts in one.kinds.items():
            fields = ", ".join(f"{name} ({count:,})" for name, count in counts.fields.items())
            shown.add_row(
                one.connection, one.stream, kind,
                number(counts.new), number(counts.changed), number(counts.gone), fields,
            )  # fmt: skip
        if one.refused_before != one.refused_after:
            words = f"refused: {one.refused_before:,} now, {one.refused_after:,} then"
            shown.add_row(one.connection, one.stream, words)
    if not shown.row_count:
        screen.print("nothing would change")
        return
    screen.print(shown)
    for one in diffs:
        for change in one.samples:
            screen.print(f"{one.connection}.{one.stream} {change.kind} {change.key}")
            for line in _lines(change, show_values=show_values):
                screen.print(f"  {line}", soft_wrap=True)


def _lines(change: Change, *, show_values: bool) -> list[str]:
    lines = []
    for name, (before, after) in change.fields().items():
        if show_values:
            lines.append(f"{name}: {_text(before)} → {_text(after)}")
        else:
            word = "new" if before is None else "gone" if after is None else "changed"
            lines.append(f"{name}: {word}")
    return lines


def _text(value: object) -> str:
    return "nothing" if value is None else json.dumps(value, ensure_ascii=False)
