"""Files and folders that only the user who runs Throughline may read."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def private_opener(path: str, flags: int) -> int:
    """Open a file for `open(…, opener=)`; one that is new is readable by this user alone."""
    return os.open(path, flags, 0o600)


def spill_folder() -> str:
    """Return the private folder to which DuckDB writes what does not fit into memory.

    It is "", which is none, where that folder can't be made or another user may enter it. DuckDB
    names its files by its process, and removes them itself.
    """
    folder = Path(tempfile.gettempdir()) / f"throughline-{os.geteuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return ""
    ours = found.st_uid == os.geteuid() and not folder.is_symlink()
    return str(folder) if ours and not found.st_mode & 0o077 else ""
