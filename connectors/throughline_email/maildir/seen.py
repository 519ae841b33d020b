"""Which message files were read, in eight bytes each: a cursor of bounded size for each message."""

from __future__ import annotations

import base64
import hashlib
from array import array
from collections.abc import Iterable


class Seen:
    """The set of message files that were read, by folder and unique name.

    Eight bytes of a hash: among a million files the chance that any two are mixed up is 3 in 10^8.
    """

    __slots__ = ("_marks",)

    def __init__(self, packed: str = "") -> None:
        marks = array("Q", base64.b64decode(packed))
        self._marks = dict.fromkeys(marks)

    def __contains__(self, name: str) -> bool:
        return _mark(name) in self._marks

    def add(self, names: Iterable[str]) -> None:
        """Remember files as read."""
        self._marks.update(dict.fromkeys(map(_mark, names)))

    def keep_only(self, names: Iterable[str]) -> None:
        """Forget files that are gone, so that the set does not grow for ever."""
        there = set(map(_mark, names))
        self._marks = dict.fromkeys(mark for mark in self._marks if mark in there)

    def pack(self) -> str:
        """Return the set as a cursor keeps it, in the order in which it grew."""
        return base64.b64encode(array("Q", self._marks).tobytes()).decode("ascii")


def _mark(name: str) -> int:
    data = name.encode("utf-8", "surrogateescape")
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest(), "little")
