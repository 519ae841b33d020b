"""A company of a hundred thousand people: memory does not grow with it, and nothing is missing."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.fix_demo_home import a_demo_home
from throughline.testing.memory import peak_memory

PEOPLE = 100_000
MOST_MEMORY = 1.5 * 2**30


def run(home: Path, *words: str) -> tuple[str, int]:
    """Run a command on a home; return what it printed and the peak PSS of its processes."""
    command = [sys.executable, "-m", "throughline.cli", "--home", str(home), *words]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    with process, peak_memory(process.pid) as peaks:
        out, _ = process.communicate()
    assert process.returncode == 0
    return out, max(peaks, default=0)


@pytest.mark.soak
@pytest.mark.timeout(1800)
def test_a_large_company_is_synced_in_bounded_memory_and_nothing_is_missing(
    tmp_path: Path,
) -> None:
    with a_demo_home(tmp_path, people=PEOPLE, seed=11) as home:
        sync_and_look(home, tmp_path / "data" / "truth.csv")


def sync_and_look(home: Path, truth: Path) -> None:
    first, peak = run(home, "sync", "--json")
    assert peak < MOST_MEMORY
    report: dict[str, Any] = json.loads(first)
    received = sum(
        stream["received"] for one in report["connections"] for stream in one["streams"].values()
    )
    assert received > 5 * PEOPLE
    again, _ = run(home, "sync", "--json")
    assert json.loads(again)["changed"] is False
    out, _ = run(home, "export", "crosswalk")
    crosswalk = {
        (row["connection"], row["stream"], row["source_id"])
        for row in csv.DictReader(io.StringIO(out))
    }
    with truth.open(encoding="utf-8", newline="") as file:
        told = {(r["connection"], r["stream"], r["source_id"]) for r in csv.DictReader(file)}
    assert not told - crosswalk
