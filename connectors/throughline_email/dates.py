"""The time of a message, from the many ways that its header fields write it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta, timezone
from email.utils import parsedate_to_datetime
from functools import lru_cache

_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_USUAL = re.compile(
    r"\s*(?:[A-Za-z]{3},\s*)?(\d{1,2}) ([A-Za-z]{3}) (\d{4}) (\d\d):(\d\d)(?::(\d\d))?"
    r" ([+-])(\d\d)(\d\d)(?:\s*\([^()]*\))?\s*"
)
_UNUSUAL = re.compile(
    r"(?P<day>.*?)[ T](?P<hour>\d{1,2})[:.](?P<minute>\d\d)(?:[:.](?P<second>\d\d)(?:[.,]\d+)?)?"
    r" ?(?P<half>[AP]M\b)? ?(?P<year>\d{4})? ?(?P<name>[A-Z]{1,5})?"
    r" ?(?:(?P<sign>[+-])(?P<hours>\d{1,2}):?(?P<minutes>\d\d)?)?"
    r" ?(?P<same>[A-Z]{1,5})? ?(?P<late>\d{4})?",
    re.IGNORECASE,
)
_LONGEST = 200
_ISO_DAY = re.compile(r"\d{4}-\d\d-\d\d")
_COMMENT = re.compile(r"\(.*\)")
_ZONES = {
    "": 0, "Z": 0, "UT": 0, "UTC": 0, "GMT": 0, "WET": 0, "WEST": 1, "BST": 1,
    "CET": 1, "MEZ": 1, "MET": 1, "CEST": 2, "MESZ": 2, "MEST": 2, "EET": 2, "EEST": 3, "MSK": 3,
    "AST": -4, "ADT": -3, "EST": -5, "EDT": -4, "CST": -6, "CDT": -5, "MST": -7, "MDT": -6,
    "PST": -8, "PDT": -7, "HKT": 8, "SGT": 8, "JST": 9, "KST": 9, "AEST": 10, "AEDT": 11,
}  # fmt: skip
_ASCTIME = re.compile(
    r"([A-Z][a-z]{2}) +(\d{1,2}) +(\d{1,2}):(\d\d)(?::(\d\d))?(?: [A-Z]{3,4}| [+-]\d{4})?"
    r" +(\d{4})(?: ([+-]\d{4}))?"
)


def date_of(value: str) -> str | None:
    """Return a Date field's time as RFC 3339 in UTC; None if it says no time.

    A time without a zone is taken for UTC; one in a zone that is not known says no time.
    """
    match = _USUAL.fullmatch(value)
    try:
        moment = _usual(match) if match else _unusual(value)
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        return moment.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    except (ValueError, TypeError, LookupError, OverflowError, AttributeError):
        return None


def _usual(match: re.Match[str]) -> datetime:
    day, month, year, hour, minute, second, sign, hours, minutes = match.groups()
    return datetime(
        int(year),
        _MONTHS.index(month.lower()) + 1,
        int(day),
        int(hour),
        int(minute),
        min(int(second or 0), 59),
        tzinfo=_zone(sign, hours, minutes),
    )


def _unusual(value: str) -> datetime:
    """Read what is written against the rules; the library would leave out what it doesn't know."""
    short = value if len(value) < _LONGEST else ""
    text = " ".join(_COMMENT.sub(" ", short).split()).rstrip(" .;,")
    match = _UNUSUAL.fullmatch(text)
    if not match:
        raise ValueError
    one = match.groupdict("")
    if _ISO_DAY.fullmatch(one["day"]):
        day = datetime.fromisoformat(one["day"])
    else:
        day = parsedate_to_datetime(f"{one['day']} {one['year'] or one['late']} 00:00:00 +0000")
    hour = int(one["hour"])
    if one["half"]:
        hour = hour % 12 + (12 if one["half"].lower() == "pm" else 0)
    if one["sign"]:
        zone = _zone(one["sign"], one["hours"], one["minutes"] or "0")
    else:
        zone = timezone(timedelta(hours=_ZONES[(one["name"] or one["same"]).upper()]))
    second = min(int(one["second"] or 0), 59)
    return day.replace(hour=hour, minute=int(one["minute"]), second=second, tzinfo=zone)


@lru_cache(maxsize=128)
def _zone(sign: str, hours: str, minutes: str) -> timezone:
    offset = timedelta(hours=int(hours), minutes=int(minutes))
    return timezone(-offset if sign == "-" else offset)


def received_date(values: Sequence[str]) -> str | None:
    """Return when the last server received the message: after the last `;` of a Received field."""
    for value in values:
        date = date_of(value.rpartition(";")[2])
        if date:
            return date
    return None


def separator_date(line: bytes) -> str | None:
    """Return the time in an mbox's `From ` line (`From a@example.com Fri Apr 24 00:02:06 2026`)."""
    match = _ASCTIME.search(line.decode("latin-1"))
    if not match:
        return None
    month, day, hour, minute, second, year, zone = match.groups()
    return date_of(
        f"{int(day)} {month} {year} {int(hour):02}:{minute}:{second or '00'} {zone or '+0000'}"
    )


def epoch_date(seconds: int) -> str | None:
    """Return the time that seconds since 1970 mean; None for what is no time of a message."""
    if not 100_000_000 < seconds < 20_000_000_000:
        return None
    return datetime.fromtimestamp(seconds, UTC).isoformat().replace("+00:00", "Z")
