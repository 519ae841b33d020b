"""Tryton's way of writing values in JSON, and plain JSON in its place."""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from typing import Any

EPOCH = datetime.datetime(1970, 1, 1, tzinfo=datetime.UTC)


def plain(value: Any) -> Any:
    """Return a value as plain JSON: decimals as text, times in ISO 8601, related rows by name.

    `{"__class__": "Decimal", "decimal": "39.90"}` is `"39.90"`; `country.: {"code": "DE", …}`
    is `country: {"code": "DE", …}`.
    """
    if isinstance(value, list):
        return [plain(one) for one in value]
    if not isinstance(value, dict):
        return value
    kind = value.get("__class__")
    if kind == "Decimal":
        return value["decimal"]
    if kind == "datetime":
        return as_text(moment(value))
    if kind == "date":
        return datetime.date(value["year"], value["month"], value["day"]).isoformat()
    if kind == "time":
        return datetime.time(value["hour"], value["minute"], value["second"]).isoformat()
    if kind == "timedelta":
        return value["seconds"]
    if kind == "bytes":
        return value["base64"]
    return {name.removesuffix("."): plain(one) for name, one in value.items() if name != "__name__"}


def moment(value: Mapping[str, Any]) -> datetime.datetime:
    """Return the time that Tryton wrote; its times are UTC."""
    day = (value["year"], value["month"], value["day"])
    clock = (value["hour"], value["minute"], value["second"], value["microsecond"])
    return datetime.datetime(*day, *clock, tzinfo=datetime.UTC)


def as_text(at: datetime.datetime) -> str:
    """Return a time as the cursor and the records hold it."""
    return at.astimezone(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def from_text(text: str) -> datetime.datetime:
    """Read a time of the cursor."""
    return datetime.datetime.fromisoformat(text)


def as_tryton(at: datetime.datetime) -> dict[str, Any]:
    """Return a time as Tryton reads it in a domain."""
    at = at.astimezone(datetime.UTC)
    names = ("year", "month", "day", "hour", "minute", "second", "microsecond")
    return {"__class__": "datetime", **{name: getattr(at, name) for name in names}}
