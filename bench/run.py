"""Set up the peers' environment, then measure speed and identity beside them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ENVIRONMENT = HERE / ".env"


def set_up_peers() -> None:
    """Install the pinned peers into an environment of their own, unless it is up to date."""
    lock, stamp = HERE / "peers.lock", ENVIRONMENT / "installed"
    if stamp.exists() and stamp.read_bytes() == lock.read_bytes():
        return
    subprocess.run([sys.executable, "-m", "venv", ENVIRONMENT], check=True)
    uv = Path(sys.executable).with_name("uv")
    install = [uv, "pip", "install", "--quiet", "--compile-bytecode"]
    install += ["--python", ENVIRONMENT / "bin" / "python"]
    subprocess.run([*install, "--require-hashes", "-r", lock], check=True)
    stamp.write_bytes(lock.read_bytes())


def main() -> None:
    """Run every benchmark; arguments go to none of them (each has its own, see its --help)."""
    set_up_peers()
    for script in ("speed.py", "identity.py"):
        print(f"\n== bench/{script}", flush=True)
        subprocess.run([sys.executable, HERE / script], check=True)


if __name__ == "__main__":
    main()
