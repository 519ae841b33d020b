"""Start Airflow on one machine for a home, and stop all of it again.

For a look and for development. Everything of Airflow's lies in one folder (SQLite, logs, the
login); its API server listens on loopback.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import requests

from throughline.airflow.deployment import EVERY_VARIABLE, HOME_VARIABLE

STARTING = 300
"""Seconds that Airflow gets until it is healthy."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where Airflow keeps its things, which DAG files it reads, and for which home."""

    folder: Path
    dags: Path
    home: Path
    port: int
    every: str = "2m"

    @property
    def url(self) -> str:
        """Return the address of Airflow's console."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def log(self) -> Path:
        """Return the file that takes what Airflow's processes print."""
        return self.folder / "standalone.log"

    def login(self) -> tuple[str, str]:
        """Return the user and password that Airflow made at its first start."""
        file = self.folder / "simple_auth_manager_passwords.json.generated"
        ((user, password),) = json.loads(file.read_text().splitlines()[0]).items()
        return user, password


def environment(place: Place) -> dict[str, str]:
    """Return the environment that Airflow runs in: few processes, loopback, no examples."""
    bundle = {
        "name": "throughline",
        "classpath": "airflow.dag_processing.bundles.local.LocalDagBundle",
        "kwargs": {"path": str(place.dags), "refresh_interval": 30},
    }
    settings = {
        "API__BASE_URL": place.url,
        "API__HOST": "127.0.0.1",
        "API__PORT": str(place.port),
        "API__WORKERS": "1",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__EXECUTION_API_SERVER_URL": f"{place.url}/execution/",
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__PARALLELISM": "4",
        "DAG_PROCESSOR__DAG_BUNDLE_CONFIG_LIST": json.dumps([bundle]),
        "DAG_PROCESSOR__PARSING_PROCESSES": "1",
        "LOGGING__TRIGGER_LOG_SERVER_PORT": str(free_port()),
        "LOGGING__WORKER_LOG_SERVER_PORT": str(free_port()),
        "SCHEDULER__ENABLE_HEALTH_CHECK": "False",
        # the scheduler may be up long before the API server that its first tasks ask
        "WORKERS__EXECUTION_API_RETRIES": "15",
        "WORKERS__EXECUTION_API_RETRY_WAIT_MAX": "5",
    }
    return {
        **os.environ,
        **{f"AIRFLOW__{name}": value for name, value in settings.items()},
        "AIRFLOW_HOME": str(place.folder),
        "PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}",
        "PYTHONUNBUFFERED": "1",
        HOME_VARIABLE: str(place.home),
        EVERY_VARIABLE: place.every,
    }


def free_port(wanted: int = 0) -> int:
    """Return the wanted port of the loopback address, or another one if it is taken."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", wanted))
        except OSError:
            return free_port()
        port: int = listener.getsockname()[1]
        return port


def start(place: Place) -> subprocess.Popen[bytes]:
    """Start Airflow's processes in a group of their own."""
    place.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with place.log.open("wb") as output:
        return subprocess.Popen(
            [Path(sys.executable).with_name("airflow"), "standalone"],
            env=environment(place),
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def healthy(place: Place) -> bool:
    """Say whether the API server answers and scheduler and DAG processor have reported to it."""
    try:
        found = requests.get(f"{place.url}/api/v2/monitor/health", timeout=5).json()
    except (requests.RequestException, ValueError):
        return False
    return all(found[part]["status"] == "healthy" for part in ("scheduler", "dag_processor"))


def stop(process: subprocess.Popen[bytes]) -> None:
    """Stop Airflow: ask it, wait, then kill those of its processes that are left.

    Its parts are asked as well, for SIGINT may be ignored (by what a shell runs behind it).
    """
    with suppress(psutil.NoSuchProcess):
        main = psutil.Process(process.pid)
        parts, family = main.children(), main.children(recursive=True)
        process.send_signal(signal.SIGINT)
        for part in parts:
            with suppress(psutil.NoSuchProcess):
                part.terminate()
        _, alive = psutil.wait_procs(family, timeout=10)
        for left in alive:
            with suppress(psutil.NoSuchProcess):
                left.kill()
    with suppress(subprocess.TimeoutExpired):
        process.wait(5)
    if process.poll() is None:
        process.kill()
        process.wait(10)


def wait_until_healthy(place: Place, process: subprocess.Popen[bytes]) -> bool:
    """Return whether Airflow became healthy in time."""
    deadline = time.monotonic() + STARTING
    while time.monotonic() < deadline and process.poll() is None:
        if healthy(place):
            return True
        time.sleep(0.5)
    return False


def say(text: str) -> None:
    """Write a line for the person at the terminal."""
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def arguments(words: Sequence[str] | None) -> argparse.Namespace:
    """Read the command line."""
    parser = argparse.ArgumentParser(prog="python -m throughline.airflow.standalone")
    parser.add_argument("--home", type=Path, required=True, help="the home that the DAGs serve")
    parser.add_argument("--dir", type=Path, default=Path("airflow-home"), help="Airflow's folder")
    parser.add_argument("--dags", type=Path, default=Path("dags"), help="the DAG files")
    parser.add_argument("--port", type=int, default=8080, help="of the console, if it is free")
    parser.add_argument("--every", default="2m", help="the time between two runs of a DAG")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run Airflow until Ctrl-C or SIGTERM; return the exit code."""
    given = arguments(words)
    place = Place(
        folder=given.dir.absolute(),
        dags=given.dags.absolute(),
        home=given.home.absolute(),
        port=free_port(given.port),
        every=given.every,
    )
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    say("Airflow is starting (half a minute)")
    process = start(place)
    try:
        if not wait_until_healthy(place, process):
            say(f"Airflow did not start; it printed to {place.log}")
            return 1
        user, password = place.login()
        say(f"Airflow is ready at {place.url} (user {user}, password {password})")
        say(f"The DAGs of {place.home} run every {place.every}; Ctrl-C stops Airflow")
        return process.wait()
    except KeyboardInterrupt:
        say("Airflow is stopping")
        return 0
    finally:
        stop(process)


if __name__ == "__main__":
    raise SystemExit(main())
