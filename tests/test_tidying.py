"""The landing is tidied once a day, and never while a connection is being read."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.fix_homes import SHOP, a_home, an_account, write_shop
from throughline.connector import Raw
from throughline.home import Home, load_home
from throughline.land import Landing
from throughline.store import connect, connection_lock
from throughline.sync import sync_connection, tidy_landing

LONG_AGO = time.time() - 3 * 24 * 3600


@pytest.fixture
def home(tmp_path: Path, postgres_url: str) -> Home:
    """Return a synced home in whose landing a killed run left a file, three days ago."""
    write_shop(tmp_path / "shop", [an_account(1)])
    found = load_home(a_home(tmp_path / "home", postgres_url, shop=SHOP))
    sync_connection(found, "shop")
    Landing(found.landing_url).write_raw(Raw(name="lost", content=b"lost"))
    for path in files(found):
        os.utime(path, (LONG_AGO, LONG_AGO))
    return found


def files(home: Home) -> list[Path]:
    """Return the files in the landing."""
    return [path for path in (home.folder / "data" / "landing").rglob("*") if path.is_file()]


def let_a_day_pass(home: Home) -> None:
    os.utime(home.folder / "data" / "tidied", (LONG_AGO, LONG_AGO))


def test_what_a_killed_run_left_is_removed_once_a_day(home: Home) -> None:
    before = set(files(home))
    assert tidy_landing(home) == 0, "a new home has nothing to tidy"
    assert tidy_landing(home) == 0, "no day has passed"
    let_a_day_pass(home)
    assert tidy_landing(home) == 1
    (removed,) = before - set(files(home))
    assert removed.parent.parent.name == "raw"
    assert tidy_landing(home) == 0


def test_temporary_files_of_a_killed_run_are_removed_with_them(home: Home) -> None:
    tidy_landing(home)
    scratch = home.folder / "data" / "scratch"
    for name, touched in (("killed", LONG_AGO), ("running", time.time())):
        (scratch / name).mkdir()
        (scratch / name / "copy.csv").write_bytes(b"id\n1\n")
        os.utime(scratch / name, (touched, touched))
    let_a_day_pass(home)
    assert tidy_landing(home) == 2, "the lost file of the landing too"
    assert [path.name for path in scratch.iterdir()] == ["running"]


def test_nothing_is_removed_while_a_connection_is_being_read(home: Home, postgres_url: str) -> None:
    tidy_landing(home)
    let_a_day_pass(home)
    with connect(postgres_url) as other, connection_lock(other, "shop"):
        assert tidy_landing(home) == 0
    assert tidy_landing(home) == 1, "the next run tries again"
