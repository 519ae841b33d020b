"""Marks of direction, which mail programs put around words among letters from right to left."""

from __future__ import annotations

import re

_MARK = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


def without_marks(text: str) -> str:
    """Return the text without them."""
    return text if text.isascii() else _MARK.sub("", text)
