"""What a connection's process tells the one that started it: JSON, one message a line."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from throughline.counts import Counts


class Teller:
    """The end of the pipe that a connection's process writes to."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor

    def progress(self, what: str, done: int, total: int | None) -> None:
        """Tell how far the run is."""
        self._tell({"progress": [what, done, total]})

    def stream(self, name: str, counts: Counts) -> None:
        """Tell what one stream's run did."""
        self._tell({"stream": name, "counts": dict(counts)})

    def done(self, *, error: str | None, exit_code: int, outcome: str = "failed") -> None:
        """Tell how the run ended; a pipe that closes without it means a killed process."""
        self._tell({"error": error, "exit_code": exit_code, "outcome": outcome})

    def _tell(self, message: dict[str, Any]) -> None:
        rest = memoryview(json.dumps(message).encode() + b"\n")
        while rest:
            rest = rest[os.write(self.descriptor, rest) :]


class Listener:
    """The other end: puts messages together again from what arrives."""

    def __init__(self, descriptor: int) -> None:
        self.descriptor = descriptor
        self._rest = b""

    def receive(self) -> Iterator[dict[str, Any]] | None:
        """Return the messages that are complete now; None when the pipe was closed."""
        chunk = os.read(self.descriptor, 1 << 16)
        if not chunk:
            return None
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        return (json.loads(line) for line in lines)
