"""How far a folder was read, and which of its UIDs are new."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from throughline_email.imap.session import Folder

REMEMBERED = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """All up to `uid` is read. `recent` are the last UIDs read: others among them came late.

    A server may show a message after one with a higher UID; `recent` tells it from those read.
    `missed` are UIDs that are there and could not be read: each run asks for them again.
    """

    folder: str
    uid_validity: int
    uid: int = 0
    recent: tuple[int, ...] = ()
    missed: tuple[int, ...] = ()

    @classmethod
    def of(cls, folder: Folder, known: Mapping[str, Any] | None) -> Position:
        """Return where reading goes on: at the start, if the folder is new or was re-created."""
        if known is None or known["uidvalidity"] != folder.uid_validity:
            return cls(folder=folder.name, uid_validity=folder.uid_validity)
        return cls(
            folder=folder.name,
            uid_validity=folder.uid_validity,
            uid=known["uid"],
            recent=tuple(known["recent"]),
            missed=tuple(known.get("missed", ())),
        )

    def look_from(self) -> int:
        """Return the first UID to ask for."""
        if len(self.recent) < REMEMBERED:
            return 1
        return self.recent[0]

    def new_among(self, uids: Iterable[int]) -> list[int]:
        """Return those that were not read, and those that were missed before, ascending."""
        read = set(self.recent)
        return sorted({*self.missed, *(uid for uid in uids if uid not in read)})

    def still_among(self, uids: Iterable[int]) -> list[int]:
        """Return those of the last read that are there yet, ascending."""
        return sorted(set(self.recent).intersection(uids))

    def after(self, done: Sequence[int], missed: Sequence[int]) -> Position:
        """Return the position once a batch has landed."""
        recent = tuple(sorted({*self.recent, *done})[-REMEMBERED:])
        return Position(
            folder=self.folder,
            uid_validity=self.uid_validity,
            uid=max(self.uid, *done) if done else self.uid,
            recent=recent,
            missed=tuple(sorted({*self.missed, *missed}.difference(done))),
        )

    def to_json(self) -> dict[str, Any]:
        """Return it as a cursor keeps it."""
        return {
            "uidvalidity": self.uid_validity,
            "uid": self.uid,
            "recent": list(self.recent),
            "missed": list(self.missed),
        }
