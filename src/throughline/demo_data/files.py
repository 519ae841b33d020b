"""The files of one delivery: numbered, written through buffers, a new one when one is full."""

from __future__ import annotations

from pathlib import Path
from typing import IO

MAIL_FILE = 20_000
ROW_FILE = 250_000


class Numbered:
    """Records in <stem>0001<suffix>, 0002 and so on, `most` in each; no record, no file."""

    def __init__(self, folder: Path, stem: str, suffix: str, most: int, head: bytes = b"") -> None:
        self._folder, self._stem, self._suffix = folder, stem, suffix
        self._most, self._head = most, head
        self._file: IO[bytes] | None = None
        self._part = 0
        self._in_part = 0
        self.records = 0
        for old in folder.glob(f"{stem}[0-9][0-9][0-9][0-9]{suffix}"):
            old.unlink()

    def _open(self) -> IO[bytes]:
        self._part += 1
        path = self._folder / f"{self._stem}{self._part:04d}{self._suffix}"
        self.close()
        self._folder.mkdir(parents=True, exist_ok=True)
        self._file = path.open("wb", buffering=1 << 20)
        self._file.write(self._head)
        self._in_part = 0
        return self._file

    def write(self, record: bytes) -> None:
        file = self._file
        if file is None or self._in_part == self._most:
            file = self._open()
        file.write(record)
        self._in_part += 1
        self.records += 1

    def close(self) -> None:
        if self._file is not None:
            self._file.close()
            self._file = None
