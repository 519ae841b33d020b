"""The demo: what it shows, how narrow it is, and that a second run changes nothing."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fix_homes import run


@pytest.fixture(scope="module")
def demo(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, list[str]]]:
    """Run the demo twice; yield its folder and what each run printed."""
    folder = tmp_path_factory.mktemp("demo")
    runs: list[subprocess.CompletedProcess[str]] = []
    try:
        for _ in range(2):
            runs.append(run("demo", "--dir", "demo", "--people", "150", folder=folder))
            assert runs[-1].returncode == 0, runs[-1].stdout + runs[-1].stderr
        yield folder, [done.stdout for done in runs]
    finally:
        run("store", "stop", home=folder / "demo" / "home")


def test_it_shows_every_channel_and_one_customer_in_all_of_them(
    demo: tuple[Path, list[str]],
) -> None:
    first = demo[1][0]
    for name in ("mail", "telephony", "webshop", "erp"):
        assert f" {name} " in first
    assert "One customer, seen in all four channels" in first
    story = first.partition("One customer")[2].partition("The last events")[0]
    for what in ("e-mail in", "call in", "order", "invoice"):
        assert what in story
    assert story.index("e-mail in") < story.index("call in")


def test_it_says_what_was_refused_or_left_out_and_why(demo: tuple[Path, list[str]]) -> None:
    assert "not an e-mail address" in demo[1][0]


def test_a_second_run_changes_and_publishes_nothing_and_says_so(
    demo: tuple[Path, list[str]],
) -> None:
    first, second = demo[1]
    assert "nothing has changed, nothing was published" in second
    assert first.partition("Who is who")[2] == second.partition("Who is who")[2]


def test_it_is_plain_text_of_a_hundred_columns_in_a_pipe(demo: tuple[Path, list[str]]) -> None:
    for text in demo[1]:
        assert "\x1b" not in text
        commands = text.rpartition("Next")[2].splitlines()[1:]
        lines = [line for line in text.splitlines() if line not in commands]
        assert max(len(line) for line in lines) <= 100


def test_the_commands_that_it_offers_next_work(demo: tuple[Path, list[str]]) -> None:
    folder, texts = demo
    offered = [line.split() for line in texts[1].rpartition("Next")[2].splitlines()[1:]]
    assert len(offered) == 3
    for words in offered:
        done = run(*words[1:], folder=folder)
        assert done.returncode == 0, done.stderr
        assert "--home demo/home" in " ".join(words)


def test_the_crosswalk_names_a_customer_for_every_key_of_the_truth(
    demo: tuple[Path, list[str]],
) -> None:
    folder = demo[0]

    def keys(text: str) -> set[str]:
        return {line.rpartition(",")[0] for line in text.splitlines()[1:]}

    truth = keys((folder / "demo" / "data" / "truth.csv").read_text("utf-8"))
    found = keys(run("export", "crosswalk", home=folder / "demo" / "home").stdout)
    assert len(truth - found) <= len(truth) * 0.02, sorted(truth - found)[:10]
