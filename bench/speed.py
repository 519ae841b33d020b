"""Time a whole sync beside `dlt` loading the same files into the same PostgreSQL, in one run.

    python bench/speed.py --people 20000 200000 --runs 3
For each size: a first sync (land, normalise, resolve, merge, publish), dlt's load alone, a second
sync of nothing new, a 2 % delta and a delta of 400 people, each from a copy of the same first load
on the server that made it: by a command of its own, and as a round of a running `sync --every`. At
last a change of configuration for which every record is made anew.
Prints medians, ratios, records a second, and of the first load the peak memory of our process tree
(PSS, PostgreSQL apart).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote

import psycopg

from peers import PYTHON, set_up_peers
from throughline.demo_data import generate
from throughline.store import EmbeddedServer
from throughline.testing.memory import peak_memory

HERE = Path(__file__).resolve().parent
OUT = HERE / "out"
THROUGHLINE = Path(sys.executable).with_name("throughline")
CHANGED_PEOPLE = 400
NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"  # else each run would compile all of its modules
ENVIRONMENT = {name: os.environ[name] for name in os.environ if name != NO_BYTECODE}
SECONDS_A_ROUND = 15
SEED = 7


@dataclass(slots=True, kw_only=True)
class Measured:
    """Seconds of each run by what was timed, and peaks of memory in bytes."""

    seconds: dict[str, list[float]] = field(default_factory=dict)
    peak: dict[str, list[int]] = field(default_factory=dict)
    records: int = 0

    def add(self, what: str, seconds: float, peak: int | None = None) -> None:
        self.seconds.setdefault(what, []).append(seconds)
        if peak is not None:
            self.peak.setdefault(what, []).append(peak)

    def median(self, what: str) -> float:
        return statistics.median(self.seconds[what])


def timed(
    command: Sequence[str | Path], *, cwd: Path, watched: bool = False
) -> tuple[float, int | None]:
    """Run a command; return its seconds and, if `watched`, the peak PSS of its process tree.

    Watching takes a twentieth of the time of a small delta, so that nothing short is watched.
    """
    started = time.perf_counter()
    process = subprocess.Popen(
        [str(word) for word in command],
        cwd=cwd,
        env=ENVIRONMENT,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    unwatched: AbstractContextManager[list[int]] = nullcontext([])
    with peak_memory(process.pid) if watched else unwatched as peaks:
        out, err = process.communicate()
        seconds = time.perf_counter() - started
    if process.returncode != 0:
        sys.exit(
            f"{process.args!r} ended with {process.returncode}\n{out.decode()}\n{err.decode()}"
        )
    return seconds, max(peaks, default=None)


def first_sync(measured: Measured, data: Path, home: Path) -> None:
    """Make a home on the data and sync it for the first time."""
    subprocess.run(
        [THROUGHLINE, "init", home, "--demo-data", data], check=True, capture_output=True
    )
    EmbeddedServer(home / "data" / "store").start()
    measured.add("sync", *timed([THROUGHLINE, "--home", home, "sync"], cwd=home, watched=True))


def dlt_load(measured: Measured, data: Path, home: Path) -> None:
    """Load the same files with dlt into a database of its own on the same server."""
    server = EmbeddedServer(home / "data" / "store")
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("CREATE DATABASE peer")
        connection.execute("CHECKPOINT")
    user, _, place = server.url("peer").removeprefix("postgresql://").partition("@/peer?host=")
    work = OUT / "dlt"
    shutil.rmtree(work, ignore_errors=True)
    # dlt wants a password; peer login does not look at it
    url = f"postgresql://{user}:none@{quote(place, safe='')}/peer"
    command: list[str | Path] = [PYTHON, HERE / "load_with_dlt.py", data, url, work]
    measured.add("dlt", *timed(command, cwd=OUT, watched=True))
    with psycopg.connect(server.url(), autocommit=True) as connection:
        connection.execute("DROP DATABASE peer")


@contextmanager
def second_delivery(
    data: Path, home: Path, delta: Path
) -> Iterator[tuple[Path, Callable[[], None]]]:
    """Yield a copy of the home as it was after the first load, and what delivers the files.

    Its store is a copy of the first one's database on the same server, which goes on running.
    """
    copy = home.with_name("delta-home")
    shutil.rmtree(copy, ignore_errors=True)
    shutil.copytree(home, copy, ignore=shutil.ignore_patterns("store"))
    server = EmbeddedServer(home / "data" / "store")
    settings = copy / "throughline.yaml"
    settings.write_text(settings.read_text().replace("embedded", server.url("delta"), 1))
    with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE delta TEMPLATE throughline")
        connection.execute("CHECKPOINT")
    with psycopg.connect(server.url("delta")) as connection:
        connection.execute("SELECT FROM customer LIMIT 1")  # the first one reads the catalogue
    added = [data / path.relative_to(delta) for path in delta.glob("*/*") if path.is_file()]

    def deliver() -> None:
        for path in added:
            shutil.copy2(delta / path.relative_to(data), path)
        os.sync()  # else the files are still being written when the sync waits for its own commits

    os.sync()
    try:
        yield copy, deliver
    finally:
        for path in added:
            path.unlink(missing_ok=True)
        shutil.rmtree(copy)
        with psycopg.connect(server.url("postgres"), autocommit=True) as connection:
            connection.execute("DROP DATABASE delta WITH (FORCE)")


def delta_sync(measured: Measured, what: str, data: Path, home: Path, delta: Path) -> None:
    """Sync a second delivery by a command of its own."""
    with second_delivery(data, home, delta) as (copy, deliver):
        deliver()
        measured.add(what, *timed([THROUGHLINE, "--home", copy, "sync"], cwd=copy))


def delta_round(measured: Measured, what: str, data: Path, home: Path, delta: Path) -> None:
    """Let a running `sync --every` find a second delivery: the seconds of that round's process."""
    with second_delivery(data, home, delta) as (copy, deliver):
        process = subprocess.Popen(
            [THROUGHLINE, "--home", copy, "sync", "--json", "--every", f"{SECONDS_A_ROUND}s"],
            env=ENVIRONMENT,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert process.stderr is not None
        with process:
            first = json.loads(process.stderr.readline())
            children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
            while children.read_text():
                time.sleep(0.01)
            deliver()
            while not children.read_text():
                time.sleep(0.002)
            started = time.perf_counter()
            second = json.loads(process.stderr.readline())
            seconds = time.perf_counter() - started
            process.terminate()
        if first["event"] != "synced" or not second.get("customers"):
            sys.exit(f"the rounds did not go as expected: {first}\n{second}")
        measured.add(what, seconds)


def made_anew(measured: Measured, home: Path) -> None:
    """Name one more domain as our own: normalise, resolve and merge make everything anew."""
    settings = home / "throughline.yaml"
    text = settings.read_text()
    changed = text.replace("  domains:\n", "  domains:\n  - sister.example\n", 1)
    assert changed != text
    settings.write_text(changed)
    command = [THROUGHLINE, "--home", home, "sync"]
    measured.add("all made anew", *timed(command, cwd=home, watched=True))


def demo_data(people: int) -> tuple[Path, dict[str, Path]]:
    """Return the folder of the first delivery and those of the two deltas; made once."""
    data = OUT / f"data-{people}"
    deltas = {"delta 2 %": OUT / f"delta-{people}", "delta 400": OUT / f"delta400-{people}"}
    if not (data / "truth.csv").exists():
        generate(data, people=people, seed=SEED)
    for what, folder in deltas.items():
        if folder.exists():
            continue
        scratch = OUT / "scratch"
        shutil.rmtree(scratch, ignore_errors=True)
        size = {"delta": 0.02} if what == "delta 2 %" else {"delta_people": CHANGED_PEOPLE}
        generate(scratch, people=people, seed=SEED, **size)
        (scratch / "delta").rename(folder)
        shutil.rmtree(scratch)
    return data, deltas


def measure(people: int, runs: int, *, peer: bool) -> Measured:
    """Run everything `runs` times at one size."""
    data, deltas = demo_data(people)
    measured = Measured()
    for _ in range(runs):
        home = OUT / "home"
        EmbeddedServer(home / "data" / "store").stop()
        shutil.rmtree(home, ignore_errors=True)
        first_sync(measured, data, home)
        with psycopg.connect(EmbeddedServer(home / "data" / "store").url()) as connection:
            row = connection.execute("SELECT count(*) FROM source_record").fetchone()
            measured.records = int(row[0]) if row else 0
        if peer:
            dlt_load(measured, data, home)
        measured.add("nothing new", *timed([THROUGHLINE, "--home", home, "sync"], cwd=home))
        for what, delta in deltas.items():
            delta_sync(measured, what, data, home, delta)
            delta_round(measured, f"{what}, round", data, home, delta)
        made_anew(measured, home)
    EmbeddedServer(OUT / "home" / "data" / "store").stop()
    return measured


def report(results: dict[int, Measured]) -> None:
    """Print the table, a row a size, and the ratios that are promised."""
    for people, measured in results.items():
        sync = measured.median("sync")
        print(f"\n{people:,} people, {measured.records:,} source records")
        for what, seconds in measured.seconds.items():
            peaks = measured.peak.get(what)
            print(
                f"  {what:16} median {statistics.median(seconds):8.2f} s"
                f"   min {min(seconds):8.2f}   max {max(seconds):8.2f}"
                + (f"   peak {max(peaks) / 2**20:7.0f} MiB" if peaks else "")
            )
        print(f"  {measured.records / sync:,.0f} records/s for the whole sync")
        if "dlt" in measured.seconds:
            beside = list(zip(measured.seconds["sync"], measured.seconds["dlt"], strict=True))
            ratios = [ours / theirs for ours, theirs in beside]
            each = f"run by run {min(ratios):.2f} to {max(ratios):.2f}"
            print(f"  sync / dlt        {sync / measured.median('dlt'):.2f}   {each}")
        print(f"  delta 2 % / sync  {measured.median('delta 2 %') / sync:.3f}")
    if len(results) > 1:
        small, large = min(results), max(results)
        ratio = results[large].median("delta 400") / results[small].median("delta 400")
        print(f"\ndelta of {CHANGED_PEOPLE} people, {large:,} / {small:,} people: {ratio:.2f}")


def main() -> None:
    """Read the arguments, measure each size, print, and keep the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--people", type=int, nargs="+", default=[20_000, 200_000])
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--no-peer", action="store_true", help="leave dlt out")
    arguments = parser.parse_args()
    if not arguments.no_peer:
        set_up_peers()
    OUT.mkdir(exist_ok=True)
    results = {
        people: measure(people, arguments.runs, peer=not arguments.no_peer)
        for people in sorted(arguments.people)
    }
    report(results)
    kept = {
        people: {"seconds": measured.seconds, "peak_bytes": measured.peak}
        for people, measured in results.items()
    }
    (OUT / "speed.json").write_text(json.dumps(kept, indent=1))


if __name__ == "__main__":
    main()
