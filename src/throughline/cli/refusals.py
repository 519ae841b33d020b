"""Find the text of a refused record in the landing, and show it: its shape, or its values."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from throughline.cli.show import ago, console, print_json
from throughline.home import Home
from throughline.land import Landing

LONGEST = 4000


def refused_record(home: Home, row: tuple[Any, ...], *, show_values: bool) -> dict[str, Any]:
    """Return a refused record as JSON values; without `show_values` its values are left out."""
    (
        one,
        connection,
        stream,
        position,
        rule,
        path,
        reason,
        at,
        content,
        batch,
        line,
        current,
        raw,
    ) = row
    text = _text(home, current or batch, line, content)
    return {
        "id": one,
        "connection": connection,
        "stream": stream,
        "position": position,
        "rule": rule,
        "path": path,
        "reason": reason,
        "refused_at": at,
        "landing": current or batch,
        "raw": raw or [],
        "record": _shown(text, show_values=show_values),
    }


def show_refusal(record: dict[str, Any]) -> None:
    """Print it for a person."""
    screen = console()
    for name in ("connection", "stream", "rule", "path", "reason", "position", "landing"):
        if record[name] is not None:
            screen.print(f"{name:>10}  {record[name]}", soft_wrap=True)
    screen.print(f"{'refused':>10}  {ago(record['refused_at'])}")
    print_json(record["record"])


def _text(home: Home, path: str | None, line: int | None, content: bytes | None) -> str | None:
    if content:
        return bytes(content).decode(errors="replace")
    if path is None or line is None or line < 0:
        return None
    (record,) = Landing(home.landing_url).read_lines(path, pa.array([line], pa.int32()))
    return str(record)


def _shown(text: str | None, *, show_values: bool) -> Any:
    if text is None:
        return None
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text[:LONGEST] if show_values else f"{len(text):,} characters that are no JSON"
    return _cut(value) if show_values else shape(value)


def _cut(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _cut(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_cut(item) for item in value]
    return value[:LONGEST] if isinstance(value, str) else value


def shape(value: Any) -> Any:
    """Return what kind of value stands where, and how long texts are: no personal data."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:3]] + ([f"… {len(value)}"] if len(value) > 3 else [])
    if isinstance(value, str):
        return f"text of {len(value)}" if value else ""
    if value is None or isinstance(value, bool):
        return value
    return "number"
