"""`sync --every`: rounds in processes of their own, what ends one of them, what ends them all."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import psutil

from tests.fix_homes import (
    SHOP,
    a_home,
    a_plugin,
    a_told,
    an_account,
    rows,
    start,
    wait_for,
    write_shop,
)


class Rounds:
    """A running `sync --every 1s`, and what it logs."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self.process = process

    def logged(self) -> dict[str, Any]:
        """Return the next line of its log."""
        assert self.process.stderr is not None
        return dict(json.loads(self.process.stderr.readline()))

    def logged_when(self, true: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Return the next line that is as wanted, of the next ten."""
        return next(line for line in (self.logged() for _ in range(10)) if true(line))

    def end(self, by: signal.Signals) -> int:
        """Ask its process group to end, as a terminal does; return its exit code."""
        os.killpg(self.process.pid, by)
        self.process.communicate(timeout=60)
        return self.process.returncode


@contextmanager
def rounds(home: Path, environment: dict[str, str] | None = None) -> Iterator[Rounds]:
    """Yield a running `sync --every 1s`; what is left of it at the end is killed."""
    process = start("sync", "--every", "1s", "--json", home=home, environment=environment)
    try:
        yield Rounds(process)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=60)


def landed(url: str) -> int:
    ((count,),) = rows(url, "SELECT count(*) FROM source_record")
    assert isinstance(count, int)
    return count


def the_round(running: Rounds) -> psutil.Process:
    """Return the process of the round that runs now."""
    (one_round,) = psutil.Process(running.process.pid).children()
    return one_round


def test_each_round_brings_what_is_new_and_loads_nothing_again(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    with rounds(home) as running:
        assert running.logged()["customers"] == 1
        for number in (2, 3):
            write_shop(tmp_path / "shop", [an_account(number)], name=f"n{number}")
            assert running.logged_when(lambda line: line["customers"])["events"] == 1
        assert running.logged_when(lambda line: not line["customers"])["failed"] == []
        ours, seen = psutil.Process(running.process.pid), set[tuple[str, ...]]()
        for _ in range(200):
            with suppress(psutil.NoSuchProcess):
                seen |= {tuple(one.cmdline()) for one in ours.children(recursive=True)}
            time.sleep(0.01)
        assert seen - {()} == {tuple(ours.cmdline())}, "a process was started anew, not forked"
        assert running.end(signal.SIGINT) == 0
    assert landed(postgres_url) == 3


def test_a_mistake_made_meanwhile_is_told_and_once_mended_the_rounds_go_on(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    file = home / "connections" / "shop.yaml"
    with rounds(home) as running:
        assert running.logged()["event"] == "synced"
        file.write_text(SHOP.replace("settings:", "setings:"))
        told = running.logged_when(lambda line: line["event"] == "not synced")
        assert "shop.yaml:3: setings" in told["reason"]
        assert "did you mean `settings`" in told["reason"]
        file.write_text(SHOP)
        write_shop(tmp_path / "shop", [an_account(2)], name="b")
        assert running.logged_when(lambda line: line["event"] == "synced")["customers"] == 1
        assert running.end(signal.SIGTERM) == 0


def test_a_killed_round_is_told_and_the_next_one_goes_on(tmp_path: Path, postgres_url: str) -> None:
    plugin = a_plugin(tmp_path / "site")
    home = a_home(tmp_path / "home", postgres_url, crm=a_told("crawl", pages=20))
    with rounds(home, plugin) as running:
        wait_for(home / "crm.began")
        the_round(running).kill()
        assert running.logged()["reason"] == "the process was ended by signal 9"
        assert running.logged_when(lambda line: line["event"] == "synced")["failed"] == []
        assert running.end(signal.SIGTERM) == 0
    assert landed(postgres_url) == 20


def test_a_stop_ends_the_round_after_its_batch(tmp_path: Path, postgres_url: str) -> None:
    plugin = a_plugin(tmp_path / "site")
    home = a_home(tmp_path / "home", postgres_url, crm=a_told("crawl", pages=100))
    with rounds(home, plugin) as running:
        wait_for(home / "crm.began")
        one_round = the_round(running)
        assert running.end(signal.SIGTERM) == 0
        assert not one_round.is_running()
    assert 0 < landed(postgres_url) < 100
