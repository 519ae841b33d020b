"""The peers' environment: `bench/.env`, with the versions and hashes of `peers.lock`."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".env"
PYTHON = ENVIRONMENT / "bin" / "python"


def set_up_peers() -> None:
    """Install the pinned peers into an environment of their own, unless it is up to date."""
    lock, stamp = HERE / "peers.lock", ENVIRONMENT / "installed"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    print("setting up the peers in bench/.env (a minute or two, once)", file=sys.stderr)
    subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode", "--python", PYTHON]
    subprocess.run([*install, "--require-hashes", "-r", lock], check=True)
    stamp.write_bytes(lock.read_bytes())
