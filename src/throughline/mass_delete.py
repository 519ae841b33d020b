"""When so much would go at once that a person must say whether that is meant."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

SHARE = 0.2
ROWS = 100
WAY_ON = (
    "set `allow_mass_delete: true` in the connection's settings, sync once, and take it out again"
)


def waits(settings: Mapping[str, Any], *, gone: int, known: int) -> bool:
    """Tell whether the end of `gone` of `known` records waits for a person."""
    return gone > max(ROWS, SHARE * known) and not allowed(settings)


def allowed(settings: Mapping[str, Any]) -> bool:
    """Tell whether a person has said that it is meant."""
    return settings.get("allow_mass_delete") is True
