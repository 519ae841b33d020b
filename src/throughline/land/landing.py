"""The landing's files: raw content by its hash, and records as compressed NDJSON by theirs."""

from __future__ import annotations

import hashlib
import os
import shutil
import uuid
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

import pyarrow as pa

from throughline.connector import Raw, open_storage
from throughline.errors import LandingError, LandingUnavailableError
from throughline.land.batch_file import DamagedError, pack, unpack_lines


@contextmanager
def _reached() -> Iterator[None]:
    """Raise LandingUnavailableError for an OSError, without its text, which may name a bucket."""
    try:
        yield
    except OSError as error:
        raise LandingUnavailableError(error.strerror or type(error).__name__) from None


@dataclass(frozen=True, slots=True, kw_only=True)
class LandedFile:
    """A file in the landing: its path below the landing URL, and its size."""

    path: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Landing:
    """The folder or bucket that keeps what was received. Files are never changed, only added.

    A path is a function of the content, so the same content twice is one file. A file is complete
    and on disk (file and folder are synced) before its path is returned.
    """

    url: str
    _system: Any = field(init=False, repr=False, compare=False)
    _root: str = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        with _reached():
            system, root = open_storage("`landing.url`", self.url, {})
        object.__setattr__(self, "_system", system)
        object.__setattr__(self, "_root", root)

    @property
    def local(self) -> bool:
        """Tell whether the files lie on this machine's own disks."""
        return "file" in self._protocols()

    def _protocols(self) -> Sequence[str]:
        protocol = self._system.protocol
        return (protocol,) if isinstance(protocol, str) else tuple(protocol)

    def _place(self, path: str) -> str:
        return f"{self._root}/{path}"

    @_reached()
    def reach(self) -> None:
        """See that files can be added here; raise LandingUnavailableError when they can't."""
        if self.local:
            part = self._part("check")
            part.touch()
            part.unlink()
        else:
            self._system.exists(self._root)

    def write_records(self, folder: str, records: pa.Array) -> LandedFile:
        """Keep JSON texts, one a line, as `folder/<hash>.ndjson.zst`."""
        if isinstance(records, pa.ChunkedArray):
            records = records.combine_chunks()
        content = pack(records)
        sha256 = hashlib.sha256(content).hexdigest()
        path = f"{folder}/{sha256[:2]}/{sha256}.ndjson.zst"
        self._write(path, content)
        return LandedFile(path=path, bytes=len(content), sha256=sha256)

    def write_raw(self, raw: Raw) -> LandedFile:
        """Keep content as received, under its own SHA-256 as it is on disk now."""
        if isinstance(raw.content, bytes):
            sha256 = hashlib.sha256(raw.content).hexdigest()
            self._write(_raw_path(sha256), raw.content)
            return LandedFile(path=_raw_path(sha256), bytes=len(raw.content), sha256=sha256)
        return self._copy(raw.content)

    def read_lines(self, path: str, lines: pa.Array) -> pa.Array:
        """Return the records at some lines of a batch file (int32, from 0), in their order."""
        with self._opened(path) as file:
            return unpack_lines(file, lines)

    @contextmanager
    def _opened(self, path: str) -> Iterator[BinaryIO]:
        place = self._place(path)
        try:
            with Path(place).open("rb") if self.local else self._system.open(place, "rb") as file:
                yield file
        except (OSError, DamagedError):
            raise LandingError(path) from None

    def paths(self) -> Iterator[tuple[str, float]]:
        """Yield each file's path and the POSIX time of its last change."""
        with _reached():
            found = self._system.find(self._root, detail=True)
        for place, entry in found.items():
            path = place.removeprefix(self._root).lstrip("/")
            changed = entry.get("mtime") or entry.get("LastModified") or entry.get("created") or 0
            yield path, float(changed if isinstance(changed, int | float) else changed.timestamp())

    @_reached()
    def remove(self, path: str) -> None:
        """Remove a file; one that is gone already is no error."""
        if self._system.exists(self._place(path)):
            self._system.rm_file(self._place(path))

    def _part(self, path: str) -> Path:
        """Return a new name beside a path, in a landing that this user alone may enter.

        What older versions wrote all may read, so it is the folder that keeps others out.
        """
        folder, root = Path(self._place(path)).parent, Path(self._root)
        _make(folder)
        with suppress(OSError):  # another user's, or a disk that knows no modes
            if (mode := root.stat().st_mode) & 0o077:
                root.chmod(mode & 0o7700)
        return folder / f".{uuid.uuid4().hex}.part"

    @_reached()
    def _write(self, path: str, content: bytes) -> None:
        if not self.local:
            if not self._system.exists(self._place(path)):
                self._system.pipe_file(self._place(path), content)
            return
        target = Path(self._place(path))
        if target.exists():
            os.utime(target)
            return
        part = self._part(path)
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        _rename(part, target)

    @_reached()
    def _copy(self, source: Path) -> LandedFile:
        if not self.local:
            with source.open("rb") as file:
                sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            if not self._system.exists(self._place(_raw_path(sha256))):
                self._system.put_file(str(source), self._place(_raw_path(sha256)))
            return LandedFile(path=_raw_path(sha256), bytes=source.stat().st_size, sha256=sha256)
        part = self._part("raw/incoming")
        shutil.copyfile(source, part)
        with part.open("rb+") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            os.fsync(file.fileno())
        size = part.stat().st_size
        _rename(part, Path(self._place(_raw_path(sha256))))
        return LandedFile(path=_raw_path(sha256), bytes=size, sha256=sha256)


def _raw_path(sha256: str) -> str:
    return f"raw/{sha256[:2]}/{sha256}"


def _rename(part: Path, target: Path) -> None:
    _make(target.parent)
    part.chmod(0o600)  # what customers wrote is nobody else's on this machine
    part.replace(target)
    _sync(target.parent)


def _make(folder: Path) -> None:
    """Make a folder and those above it; each that is new is on disk in the one above it."""
    if folder.is_dir():
        return
    _make(folder.parent)
    folder.mkdir(exist_ok=True)
    _sync(folder.parent)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
