"""When a change would delete or empty so many records that a person must confirm it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHARE = 0.2
ROWS = 100
WAY_ON = (
    "set `allow_mass_delete: true` in the connection's settings, sync once, and take it out again"
)


def waits(settings: Mapping[str, Any], *, gone: int, known: int) -> bool:
    """Tell whether deleting `gone` of `known` records waits for a person to confirm it."""
    return gone > max(ROWS, SHARE * known) and not allowed(settings)


def allowed(settings: Mapping[str, Any]) -> bool:
    """Tell whether a person has confirmed it in the connection's settings."""
    return settings.get("allow_mass_delete") is True
