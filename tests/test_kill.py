"""Killed anywhere, a sync that is run again ends as if it had never been killed."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import psutil
import pytest

from tests.fix_deliveries import Outcome, a_home_at, outcome
from tests.fix_postgres import PostgresServer
from throughline.demo_data import generate

PEOPLE = 60
THROUGHLINE = Path(sys.executable).with_name("throughline")


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return demo data with a second delivery."""
    folder = tmp_path_factory.mktemp("data")
    generate(folder, people=PEOPLE, seed=11, delta=0.1)
    return folder


@pytest.fixture(scope="module")
def unkilled(embedded_template: PostgresServer, data: Path) -> tuple[Outcome, float]:
    """Return the outcome of runs that nobody killed, and the seconds that the first took."""
    return run(embedded_template, data, chance=None)


def run(
    server: PostgresServer, data: Path, *, chance: random.Random | None, within: float = 0.0
) -> tuple[Outcome, float]:
    """Sync the base and the delta, each killed once at random within so many seconds."""
    with server.database(migrated=True) as url, tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        home = a_home_at(folder, data, url).folder
        seconds = 0.0
        for source in (data, data / "delta"):
            for channel in ("mail", "telephony", "webshop", "erp"):
                for path in (source / channel).glob("*"):
                    shutil.copy2(path, folder / "inbox" / channel)
            if chance is not None:
                killed_sync(home, chance, within)
            started = time.monotonic()
            whole_sync(home)
            seconds = seconds or time.monotonic() - started
        return outcome(url), seconds


def whole_sync(home: Path) -> None:
    done = subprocess.run(
        [THROUGHLINE, "--home", home, "sync"],
        capture_output=True,
        text=True,
        timeout=240,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-2000:]


def killed_sync(home: Path, chance: random.Random, within: float) -> None:
    """Start a sync; kill all of it, or one process of it, at a random moment."""
    process = subprocess.Popen(
        [THROUGHLINE, "--home", home, "sync"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    time.sleep(chance.uniform(0.0, within))
    if chance.random() < 0.7:
        os.killpg(process.pid, signal.SIGKILL)
    else:
        tree = [psutil.Process(process.pid)]
        tree += tree[0].children(recursive=True)
        chance.choice(tree).kill()
    process.wait(timeout=240)


@pytest.mark.parametrize("seed", range(10))
def test_a_killed_sync_run_again_ends_as_an_unkilled_one(
    embedded_template: PostgresServer, data: Path, unkilled: tuple[Outcome, float], seed: int
) -> None:
    expected, seconds = unkilled
    got, _ = run(embedded_template, data, chance=random.Random(seed), within=seconds)
    assert got == expected


@pytest.mark.soak
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("seed", range(100, 300))
def test_two_hundred_kills_leave_no_trace(
    embedded_template: PostgresServer, data: Path, unkilled: tuple[Outcome, float], seed: int
) -> None:
    expected, seconds = unkilled
    got, _ = run(embedded_template, data, chance=random.Random(seed), within=seconds)
    assert got == expected
