"""Where DuckDB puts what does not fit into memory, instead of the folder that one stands in."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path


def spill_folder() -> str:
    """Return a folder that this user alone may enter, for every engine; "", which is none, without.

    An engine names its files by its process, and removes them itself.
    """
    folder = Path(tempfile.gettempdir()) / f"throughline-{os.geteuid()}"
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return ""
    ours = found.st_uid == os.geteuid() and not folder.is_symlink()
    return str(folder) if ours and not found.st_mode & 0o077 else ""
