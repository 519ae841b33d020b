"""Check the names of places that no schema can list: time zones."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from throughline.home.explain import did_you_mean
from throughline.home.yaml_positions import Place

Add = Callable[[Place, str], None]


def check_time_zone(block: Any, place: Place, add: Add) -> None:
    """Report `time_zone` in a block when it is no IANA name."""
    name = block.get("time_zone") if isinstance(block, dict) else None
    if not isinstance(name, str) or not name or _known(name):
        return
    from zoneinfo import available_timezones  # noqa: PLC0415  # reads a thousand files

    near = did_you_mean(name, available_timezones())
    add((*place, "time_zone"), f"expected an IANA time zone such as Europe/Berlin{near}")


def _known(name: str) -> bool:
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError  # noqa: PLC0415  # only where one is named

    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True
