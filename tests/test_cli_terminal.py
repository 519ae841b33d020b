"""What a person reads in a terminal: whole words in narrow tables, counts, times, names."""

from __future__ import annotations

import io
import json
import subprocess
import sys
from pathlib import Path

import pytest
from rich.console import Console

from tests.fix_homes import COMMAND, SHOP, a_home, an_account, run, start, write_shop
from throughline.cli.customer_page import print_timeline
from throughline.cli.show import table
from throughline.cli.sync_report import COLUMNS


def a_narrow_screen() -> tuple[Console, io.StringIO]:
    """Return a terminal of 80 columns, and what is shown on it."""
    shown = io.StringIO()
    return Console(file=shown, width=80, highlight=False, emoji=False), shown


def test_a_narrow_table_breaks_headings_and_no_word() -> None:
    screen, shown = a_narrow_screen()
    made = table("connection", "stream", *COLUMNS.values(), numbers=tuple(COLUMNS.values()))
    made.add_row("telephony", "customers", "1,000,000", "1,000,000", "–", "–", "–")
    screen.print(made)
    words = shown.getvalue().split()
    assert {"connection", "telephony", "customers", "unchanged"} <= set(words)
    assert words.count("1,000,000") == 2


def test_a_timeline_names_the_time_zone_of_its_times() -> None:
    screen, shown = a_narrow_screen()
    print_timeline(screen, [])
    assert "when (UTC)" in shown.getvalue()


def test_of_very_many_rows_the_last_are_shown_and_the_rest_is_counted(
    tmp_path: Path, postgres_url: str
) -> None:
    orders = [
        {"id": at, "number": f"N{at}", "billing": {"email": "ada@one.example"}}
        | {"date_created_gmt": f"2026-01-01T{at // 60:02}:{at % 60:02}:00"}
        for at in range(130)
    ]
    write_shop(tmp_path / "shop", orders)
    shop = SHOP.replace("customers:", "orders:").replace("_customers", "_orders")
    home = a_home(
        tmp_path / "home", postgres_url, shop=shop.replace("date_modified", "date_created")
    )
    run("sync", home=home)
    found = ("customer", "--email", "ada@one.example")
    page = run(*found, home=home).stdout
    assert "30 earlier ones, which --json has" in page
    assert [word for word in page.split() if word.startswith("N")] == [
        f"N{at}" for at in range(30, 130)
    ]
    assert len(json.loads(run(*found, "--json", home=home).stdout)[0]["timeline"]) == 130


def test_one_is_not_counted_as_many(tmp_path: Path, postgres_url: str) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert "1 file, " in run("check", home=home).stdout
    told = run("sync", home=home).stdout
    assert "1 customer is new or changed, 1 event for the feed" in told
    assert "1 party is 1 customer;" in run("status", home=home).stdout


def test_a_name_in_brackets_is_shown_as_it_is(tmp_path: Path, postgres_url: str) -> None:
    shop = SHOP.replace("*.jsonl", "[/b]*.jsonl")
    (tmp_path / "shop").mkdir()
    done = run("check", home=a_home(tmp_path / "home", postgres_url, shop=shop))
    assert "[/b]*.jsonl" in done.stdout, done.stderr


def test_an_unknown_name_is_answered_with_those_that_there_are(
    tmp_path: Path, postgres_url: str
) -> None:
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP, erp=SHOP)
    for words in (("sync", "mail"), ("check", "mail"), ("preview", "mail", "x")):
        done = run(*words, home=home)
        assert done.returncode == 2
        assert "no connection `mail`; there are `erp` and `shop`" in done.stderr


@pytest.mark.parametrize("words", [("feed",), ("feed", "--follow"), ("export", "customers")])
def test_a_reader_who_has_enough_makes_no_failure(
    tmp_path: Path, postgres_url: str, words: tuple[str, ...]
) -> None:
    write_shop(tmp_path / "shop", [an_account(number) for number in range(300)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert run("sync", home=home).returncode == 0
    process = start(*words, home=home)
    assert process.stdout
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(60) == 0


@pytest.mark.parametrize("words", [("status",), ("status", "--json"), ("check",), ("--help",)])
def test_a_reader_who_left_at_once_makes_no_failure(
    tmp_path: Path, postgres_url: str, words: tuple[str, ...]
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    assert ended_unread(*words, home=a_home(tmp_path / "home", postgres_url, shop=SHOP)) == (0, "")


def test_a_sync_that_nobody_reads_ends_with_the_code_of_what_it_did(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP, erp=SHOP.replace("shop}", "erp}"))
    assert ended_unread("sync", "shop", home=home) == (0, "")
    assert ended_unread("sync", home=home) == (run("sync", home=home).returncode, "")


def ended_unread(*words: str, home: Path) -> tuple[int, str]:
    """Run a command whose output nobody reads; return its exit code and what it said of errors."""
    process = start(*words, home=home)
    assert process.stdout and process.stderr
    process.stdout.close()
    return process.wait(60), process.stderr.read()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no /dev/full")
@pytest.mark.parametrize("words", [["--version"], ["feed", "--help"]])
def test_output_that_finds_no_room_is_one_clear_line_and_a_failure(words: list[str]) -> None:
    with Path("/dev/full").open("w") as full:
        done = subprocess.run(
            [*COMMAND, *words], stdout=full, stderr=subprocess.PIPE, text=True, check=False
        )
    assert done.returncode == 1
    assert done.stderr == "throughline: a file or the output: No space left on device\n"


def test_ctrl_c_within_a_query_of_duckdb_s_is_no_defect() -> None:
    code = """
import duckdb, os, signal, threading
from throughline.cli.entry import was_interrupted
signal.signal(signal.SIGINT, signal.default_int_handler)  # tests in the background ignore it
threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)).start()
try:
    duckdb.execute("SET threads = 1; SELECT sum(sqrt(range)) FROM range(100000000000)")
except Exception as error:
    print(was_interrupted(error))
"""
    words = [sys.executable, "-c", code]
    done = subprocess.run(words, capture_output=True, text=True, check=False, timeout=60)
    assert done.stdout == "True\n", done.stderr


def test_a_program_reads_utf_8_whatever_the_locale(tmp_path: Path) -> None:
    done = run("init", tmp_path / "Łódź", environment={"PYTHONIOENCODING": "latin-1"})
    assert done.returncode == 0, done.stderr
    assert "Łódź" in done.stdout


def test_what_is_no_place_in_the_feed_is_answered_with_what_is(
    tmp_path: Path, postgres_url: str
) -> None:
    home = a_home(tmp_path / "home", postgres_url)
    done = run("feed", "--after", "-1", home=home)
    assert done.returncode == 2
    assert "expected a position, such as 120, or a cursor; a cursor is written" in done.stderr
    beyond = run("feed", "--after", "120", home=home)
    assert beyond.returncode == 1
    assert "beyond the feed's end" in beyond.stderr


def test_following_ends_when_the_reader_leaves_though_nothing_more_comes(
    tmp_path: Path, postgres_url: str
) -> None:
    process = start("feed", "--follow", home=a_home(tmp_path / "home", postgres_url))
    assert process.stdout is not None
    with pytest.raises(subprocess.TimeoutExpired):
        process.wait(timeout=5)
    process.stdout.close()
    assert process.wait(timeout=20) == 0


def test_what_a_sender_or_buyer_wrote_moves_nothing_on_the_screen(
    tmp_path: Path, postgres_url: str
) -> None:
    name = "\x1b]0;owned\x07\x1b[2JAda\u009b1A\u202e"
    write_shop(tmp_path / "shop", [an_account(1, first_name=name), an_account(2, email=name)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert run("sync", home=home).returncode == 0
    for words in (
        ("customer", "--email", "ada1@one.example"),
        ("customer", "--email", "ada1@one.example", "--json"),
        ("preview", "shop", "customers"),
        ("customer", "--id", name),
    ):
        done = run(*words, home=home)
        said = done.stdout + done.stderr
        assert "Ada" in said
        left = {letter for letter in said if not letter.isprintable()} - {"\n"}
        assert left - ({"\u202e"} if "--json" in words else set()) == set()
