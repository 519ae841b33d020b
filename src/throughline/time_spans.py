"""Time spans as people write them: 30s, 15m, 2h, 1d."""

from __future__ import annotations

import re
from datetime import timedelta

from throughline.errors import ConfigurationError

UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def read_time_span(setting: str, text: str) -> timedelta:
    """Read a span longer than nothing; raises ConfigurationError that names the setting."""
    found = re.fullmatch(r"0*([1-9][0-9]{0,5})([smhd])", text.strip())
    if found is None:
        raise ConfigurationError(f"{setting} {text}: expected a time such as 30s, 15m or 2h")
    return timedelta(**{UNITS[found[2]]: int(found[1])})
