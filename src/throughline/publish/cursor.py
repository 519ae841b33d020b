"""The cursor: a place in the feed, as consumers keep it."""

from __future__ import annotations

import re
from dataclasses import dataclass

_FORM = re.compile(r"(?P<epoch>[0-9a-f]{1,32})\.(?P<position>0|[1-9][0-9]{0,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """A position, and the epoch of the feed that it counts in.

    Written `<epoch>.<position>`. A restored or newly made store begins another epoch, so that its
    positions can't be taken for those of the store before.
    """

    epoch: str
    position: int

    def __str__(self) -> str:
        return f"{self.epoch}.{self.position}"

    @classmethod
    def parse(cls, text: str) -> Cursor:
        """Read a cursor; raises ValueError for a text that is none."""
        found = _FORM.fullmatch(text)
        if found is None:
            raise ValueError("a cursor is written <epoch>.<position>, such as 5f0c2a1b.120")
        return cls(epoch=found["epoch"], position=int(found["position"]))
