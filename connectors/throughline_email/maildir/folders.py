"""Which Maildir folders and message files there are; a message's identity outlives its flags."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

_FLAGS = re.compile(r"[:;!]2,[A-Za-z]*$")
_LEFT_OUT = re.compile(
    r"\.?(?:.*[./])?(?:trash|junk|spam|drafts?|deleted (?:items|messages)|papierkorb|entw.rfe"
    r"|corbeille|brouillons)",
    re.IGNORECASE,
)
_KINDS = ("new", "cur")


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class MessageFile:
    """A message's file. `unique` is its name without flags: it stays when the file is renamed."""

    delivered: int
    unique: str
    folder: str
    path: str


def find_folders(root: Path, wanted: Sequence[str]) -> list[str]:
    """Return the folders to read, by their path below the root, sorted; `.` is the root."""
    if wanted:
        return sorted(name for name in wanted if _is_maildir(root / name))
    found = []
    for place, names, _ in os.walk(root):
        if "cur" in names or "new" in names:
            name = os.path.relpath(place, root)
            if not _LEFT_OUT.fullmatch(name):
                found.append(name)
        names[:] = sorted(name for name in names if name not in ("cur", "new", "tmp"))
    return sorted(found)


def _is_maildir(folder: Path) -> bool:
    return any((folder / kind).is_dir() for kind in _KINDS)


def message_files(root: Path, folder: str) -> Iterator[MessageFile]:
    """Yield the message files of a folder; a file that is in `new` and in `cur` comes once."""
    seen: set[str] = set()
    for kind in _KINDS:
        place = root / folder / kind
        if not place.is_dir():
            continue
        with os.scandir(place) as entries:
            for entry in entries:
                unique = _FLAGS.sub("", entry.name)
                if entry.name.startswith(".") or unique in seen or not entry.is_file():
                    continue
                seen.add(unique)
                yield MessageFile(
                    delivered=_delivered(unique), unique=unique, folder=folder, path=entry.path
                )


def _delivered(unique: str) -> int:
    """Return the time in a file's name (`1712345678.M20046P2137.host`), to read oldest first."""
    head = unique.partition(".")[0]
    return int(head) if head.isascii() and head.isdigit() and len(head) < 18 else 0


def find_again(root: Path, file: MessageFile) -> MessageFile | None:
    """Return the file under its new name, if flags were set since it was listed."""
    for one in message_files(root, file.folder):
        if one.unique == file.unique:
            return one
    return None
