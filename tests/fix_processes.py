"""Server processes that tests start themselves: their user, their port, their log, their end."""

from __future__ import annotations

import fcntl
import os
import pwd
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A new folder of mode 0700 for one server, and the system user that it runs as."""

    folder: Path
    user: str | None

    @property
    def log(self) -> Path:
        """Return the file that takes what the server prints."""
        return self.folder / "log"

    def run(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> None:
        """Run a command to its end as the server's user; fail with what it printed."""
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env={**os.environ, **(environment or {})},
            user=self.user,
            group=self.user,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(
                f"{command[0]} failed: {done.stdout.decode(errors='replace')[-2000:]}"
            )

    def start(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> subprocess.Popen[bytes]:
        """Start the server, in a process group of its own, and return at once."""
        with self.log.open("ab") as output:
            return subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                cwd=self.folder,
                env={**os.environ, **(environment or {})},
                user=self.user,
                group=self.user,
                start_new_session=True,
            )


@contextmanager
def a_place(name: str, *, user: str | None = None) -> Iterator[Place]:
    """Make a folder for a server, given to the user if we are root; remove it at the end."""
    folder = Path(tempfile.mkdtemp(prefix=f"tl-{name}-"))
    drops = user is not None and os.geteuid() == 0
    if user is not None and drops:
        shutil.chown(folder, user, pwd.getpwnam(user).pw_gid)
    try:
        yield Place(folder=folder, user=user if drops else None)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def file_lock(file: Path) -> Iterator[None]:
    """Hold a lock that test processes share: what is costly is made by one of them."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


def free_port() -> int:
    """Return a TCP port of the loopback address that nothing listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


def wait_until(
    answers: Callable[[], bool], process: subprocess.Popen[bytes], log: Path, *, seconds: float = 60
) -> None:
    """Return once the server answers; fail with its log if it ends first or time is up."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline and process.poll() is None:
        if answers():
            return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-3000:]}")


def listens(port: int) -> bool:
    """Say whether something accepts connections on a port of the loopback address."""
    with socket.socket() as client:
        client.settimeout(1)
        return client.connect_ex(("127.0.0.1", port)) == 0


def stop(process: subprocess.Popen[bytes], *, by: signal.Signals = signal.SIGTERM) -> None:
    """Ask the process to end; after ten seconds kill what is left of its process group."""
    if process.poll() is None:
        process.send_signal(by)
        with suppress(subprocess.TimeoutExpired):
            process.wait(10)
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait(10)
