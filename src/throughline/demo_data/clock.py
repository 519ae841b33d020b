"""The demo's time line: two years that end at a fixed moment, never at the present."""

from __future__ import annotations

import time
from functools import lru_cache

# 2024-07-01 and 2026-07-01, both UTC midnight; the delta's records follow in the week after.
START = 1_719_792_000
END = 1_782_864_000
DELTA_END = END + 7 * 86_400
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
# Summer time in the European Union, UTC: from the last Sunday of March to that of October, 01:00.
_SUMMERS = (
    (1_711_846_800, 1_729_990_800),
    (1_743_296_400, 1_761_440_400),
    (1_774_746_000, 1_792_890_000),
)


def moment(share: float) -> int:
    """Seconds since the epoch of a point on the time line (0: its start, 1: its end)."""
    return START + int(share * (END - START))


def share_of(seconds: int) -> float:
    return (seconds - START) / (END - START)


def berlin_offset(seconds: int) -> int:
    """Seconds that Berlin's clocks are ahead of UTC."""
    for start, end in _SUMMERS:
        if start <= seconds < end:
            return 7200
    return 3600


@lru_cache(maxsize=4096)
def _day(day: int) -> str:
    """The date of a day counted from 1970-01-01."""
    y, m, d = time.gmtime(day * 86_400)[:3]
    return f"{y}-{m:02d}-{d:02d}"


@lru_cache(maxsize=86_400)
def _time(rest: int) -> str:
    return f"{rest // 3600:02d}:{rest // 60 % 60:02d}:{rest % 60:02d}"


def _written(seconds: int, between: str) -> str:
    day, rest = divmod(seconds, 86_400)
    return f"{_day(day)}{between}{_time(rest)}"


def iso(seconds: int) -> str:
    return _written(seconds, "T")


def berlin(seconds: int) -> str:
    """Wall-clock time in Berlin, as telephone systems and ERPs write it."""
    return _written(seconds + berlin_offset(seconds), " ")


def rfc5322(seconds: int) -> str:
    offset = berlin_offset(seconds)
    y, m, d, hh, mm, ss, day = time.gmtime(seconds + offset)[:7]
    zone = f"+0{offset // 3600}00"
    return f"{_DAYS[day]}, {d:02d} {_MONTHS[m - 1]} {y} {hh:02d}:{mm:02d}:{ss:02d} {zone}"


def asctime(seconds: int) -> str:
    y, m, d, hh, mm, ss, day = time.gmtime(seconds)[:7]
    return f"{_DAYS[day]} {_MONTHS[m - 1]} {d:2d} {hh:02d}:{mm:02d}:{ss:02d} {y}"


def working_hours(seconds: int, shift: int) -> int:
    """The same day between 7:00 and 16:59 UTC; `shift` (seconds) spreads calls over it."""
    return seconds - seconds % 86_400 + 25_200 + shift % 36_000
