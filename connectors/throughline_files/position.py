"""Where the reading of one file stands, and what of it goes into the cursor."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa

from throughline.connector import Place, Refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """How far a file has been read.

    `at` counts bytes of the unpacked UTF-8 text (of a JSON or Parquet file: its records), `lines`
    the line ends among them. `sha256` is the checksum of that much text (of a JSON or Parquet
    file: of the file). `dialect` is what the first bytes told, remembered as the file grows.
    `tail`: where behind it something was refused that may be whole when the file has grown.
    """

    at: int = 0
    lines: int = 0
    sha256: str = ""
    done: bool = False
    dialect: Mapping[str, str] = field(default_factory=dict)
    tail: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One file in the cursor: what the listing said of it when it was read, and the position."""

    size: int
    mark: str
    position: Position

    def as_json(self) -> dict[str, Any]:
        """Return the entry as the cursor keeps it."""
        position = self.position
        entry: dict[str, Any] = {"size": self.size, "mark": self.mark, "at": position.at}
        entry |= {"lines": position.lines, "sha256": position.sha256, "done": position.done}
        entry |= {"dialect": dict(position.dialect)} if position.dialect else {}
        return entry | ({"tail": list(position.tail)} if position.tail else {})


def entry_from(value: Mapping[str, Any]) -> Entry:
    """Read an entry of the cursor."""
    position = Position(
        at=value["at"],
        lines=value["lines"],
        sha256=value["sha256"],
        done=value["done"],
        dialect=value.get("dialect", {}),
        tail=tuple(value.get("tail", ())),
    )
    return Entry(size=value["size"], mark=value["mark"], position=position)


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """Some records of one file, in its order, and the position that is true behind them.

    `raw`: the bytes that they were read from, where these are exactly what the file holds;
    `files`: the file itself, where they are not. `anew`: the file is read from its start.
    `again`: where something was refused that is read again here. `where`: the number of the first
    record's line, if each record is one line and there are no others, else what tells a record's.
    """

    records: pa.Array = field(repr=False)
    position: Position
    refused: tuple[Refused, ...] = ()
    raw: bytes = field(default=b"", repr=False)
    files: tuple[Path, ...] = ()
    anew: bool = False
    again: tuple[str, ...] = ()
    where: int | Place | None = None


def resumed(sha256: str, read: Sequence[Position]) -> Position:
    """Return the position with this file's checksum, else the file's start."""
    return next((one for one in read if one.sha256 == sha256), Position(sha256=sha256))
