"""A process that parses chunks: they come on standard input, their records go to standard output.

It holds nothing of its parent but these two pipes, and ends when its input does.
"""

from __future__ import annotations

import gc
import pickle
import signal
import struct
import sys
from typing import IO, Any

from throughline_email.chunks import parse

_LENGTH = struct.Struct("<Q")


def send(stream: IO[bytes], value: object) -> None:
    """Write one value, its length before it."""
    data = pickle.dumps(value, protocol=5)
    stream.write(_LENGTH.pack(len(data)))
    stream.write(data)
    stream.flush()


def receive(stream: IO[bytes]) -> Any:
    """Read one value; raises EOFError when the other side has ended."""
    head = stream.read(_LENGTH.size)
    if len(head) < _LENGTH.size:
        raise EOFError
    (length,) = _LENGTH.unpack(head)
    data = stream.read(length)
    if len(data) < length:
        raise EOFError
    return pickle.loads(data)


def main() -> None:
    """Serve until the input ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)  # parsing makes many objects and no cycles among them
    while True:
        try:
            chunk = receive(sys.stdin.buffer)
        except EOFError:
            return
        send(sys.stdout.buffer, parse(chunk))


if __name__ == "__main__":
    main()
