"""A folder, local or behind any fsspec URL: its files, their marks of change, their bytes."""

from __future__ import annotations

import glob
import re
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any

import fsspec

from throughline.connector import open_storage
from throughline.errors import AccessError, ChannelUnavailableError

RACY_SECONDS = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ListedFile:
    """A file as the listing shows it. `name` is relative to the folder.

    `mark` changes with the content: time of change, or the store's etag. `settled` is false while
    a further change could leave size and mark as they are; then only a checksum can tell.
    `growing`: it changed a moment ago, so it may not be whole yet. `missing`: a link to nothing.
    """

    name: str
    path: str
    size: int
    mark: str
    settled: bool
    growing: bool = False
    missing: bool = False


class Folder:
    """Lists and opens the files below one URL. Foreign errors are mapped at this border."""

    def __init__(
        self,
        connection: str,
        url: str,
        *,
        home: Path,
        storage_options: Mapping[str, Any],
        setting: str = "url",
    ) -> None:
        self._connection = connection
        self.url = url if "://" in url or "::" in url else str((home / url).resolve())
        with self.reachable():
            self._files, self._root = open_storage(
                f"{connection}: `{setting}`", self.url, storage_options
            )

    @contextmanager
    def reachable(self, what: str = "the folder") -> Iterator[None]:
        """Map the errors of whichever file system this is, met at the folder or a file of it."""
        try:
            yield
        except PermissionError as error:
            raise AccessError(
                self._connection, f"{what} may not be read; grant its user the right to read"
            ) from error
        except OSError as error:
            reason = f"{type(error).__name__} in {what}"
            raise ChannelUnavailableError(self._connection, reason=reason) from error

    def exists(self) -> bool:
        """Say whether the folder is there."""
        with self.reachable():
            return bool(self._files.isdir(self._root)) or bool(self._files.exists(self._root))

    def glob(self, pattern: str) -> list[ListedFile]:
        """Return the files that match, in the natural order of their names (2 before 10).

        A folder that is not there is not an empty one: it may be a share that is not mounted.
        """
        now = time.time()
        if not self.exists():
            raise ChannelUnavailableError(self._connection, reason="the folder is not there")
        with self.reachable():
            found = self._files.glob(f"{glob.escape(self._root)}/{pattern}", detail=True)
            found = {path: self._followed(path, info) for path, info in found.items()}
        listed = [
            self._listed(path, info, now)
            for path, info in found.items()
            if info["type"] in ("file", "missing")
        ]
        return sorted(listed, key=lambda file: _natural(file.name))

    def _followed(self, path: str, info: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what a link points to, for the listing does not tell."""
        if not info.get("islink") and info["type"] != "link":
            return info
        try:
            target: Mapping[str, Any] = self._files.info(path)
        except FileNotFoundError:
            return {**info, "type": "missing"}
        return target

    def _listed(self, path: str, info: Mapping[str, Any], now: float) -> ListedFile:
        when = info.get("mtime") or info.get("LastModified") or info.get("last_modified")
        mark = next((info[name] for name in ("ETag", "etag", "md5Hash") if info.get(name)), when)
        mark = info.get("created") if mark is None else mark
        written = info.get("mtime")
        written = written.timestamp() if isinstance(written, datetime) else written
        growing = isinstance(written, float) and abs(now - written) < RACY_SECONDS
        return ListedFile(
            name=path.removeprefix(self._root).lstrip("/"),
            path=path,
            size=int(info.get("size") or 0),
            mark=str(mark or ""),
            settled=mark is not None and not growing,
            growing=growing,
            missing=info["type"] == "missing",
        )

    def open(self, file: ListedFile) -> IO[bytes]:
        """Open a file for reading its bytes as they are."""
        with self.reachable(f"the file {file.name}"):
            opened: IO[bytes] = self._files.open(file.path, "rb")
            return opened

    def local(self, file: ListedFile, scratch: Path) -> Path:
        """Return a local path to the file's content: itself, or a copy in the scratch folder."""
        if isinstance(self._files, fsspec.implementations.local.LocalFileSystem):
            return Path(file.path)
        scratch.mkdir(parents=True, exist_ok=True)
        copy = scratch / re.sub(r"[^\w.-]", "_", file.name)
        with self.reachable(), self.open(file) as source, copy.open("wb") as target:
            shutil.copyfileobj(source, target, 1 << 20)
        return copy


def _natural(name: str) -> list[tuple[int, int, str]]:
    parts = re.split(r"(\d+)", name)
    return [(0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts]
