"""docs/write-a-connector.md, followed to the letter: its blocks are written, installed and run."""

from __future__ import annotations

import dataclasses
import inspect
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

from throughline import testing
from throughline.connector import ConnectionContext

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "write-a-connector.md").read_text("utf-8")
BLOCK = re.compile(r"^```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
TITLE = re.compile(r"# (\S+\.(?:toml|yaml|py))\n")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Desk:
    """A folder in which the page's files lie, and a place where its package is installed."""

    folder: Path
    installed: Path

    def run(self, *words: str) -> str:
        """Run a command with the package at hand; fail with what it printed."""
        paths = os.pathsep.join([str(self.installed), str(ROOT)])
        tools = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
        environment = {**os.environ, "PYTHONPATH": paths, "PATH": tools, "COLUMNS": "200"}
        done = subprocess.run(
            words, cwd=self.folder, env=environment, capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, f"{shlex.join(words)}\n{done.stdout}\n{done.stderr}"
        return done.stdout


def blocks() -> list[tuple[str, str]]:
    """Return the page's blocks of code: their language and their text."""
    return BLOCK.findall(PAGE)


def write_files(folder: Path) -> None:
    """Write each block that names a file in its first line."""
    for _, text in blocks():
        if title := TITLE.match(text):
            file = folder / title.group(1)
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text[title.end() :], encoding="utf-8")


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Write the page's files and install its package into a folder of its own."""
    desk = Desk(
        folder=tmp_path_factory.mktemp("desk"), installed=tmp_path_factory.mktemp("installed")
    )
    write_files(desk.folder)
    words = "-m uv pip install --quiet --no-deps --no-build-isolation --target"
    desk.run(sys.executable, *words.split(), str(desk.installed), "./frontdesk")
    return desk


def test_the_connector_s_own_tests_pass(desk: Desk) -> None:
    printed = desk.run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "frontdesk")
    assert "3 passed" in printed


def test_the_commands_of_the_page_bring_visitors_into_the_store(desk: Desk) -> None:
    commands = [
        shlex.split(line) for language, text in blocks() if language == "sh" for line in
        text.splitlines()
    ]  # fmt: skip
    home = desk.folder / "reception"
    kept = {file: file.read_text() for file in home.rglob("*.*") if file.is_file()}
    for file in kept:
        file.unlink()
    printed: dict[str, str] = {}
    try:
        for words in commands:
            if words[0] == "pip":
                continue  # the fixture did so, into a folder of its own
            printed[words[3] if len(words) > 3 else words[-1]] = desk.run(*words)
            if "init" in words:
                for file, text in kept.items():
                    file.parent.mkdir(exist_ok=True)
                    file.write_text(text)
    finally:
        desk.run("throughline", "--home", "reception", "store", "stop")
    assert list((home / "mapping_rules").rglob("*.y*ml")) == []  # the package brings its rule
    assert "4 visitors" in printed["check"]
    assert "rule frontdesk_visitors" in printed["check"]
    assert "reads stream visitors" in printed["check"]
    assert "ada@example.com" in printed["preview"]
    assert "2 customers" in printed["sync"]
    assert "Ada Lovelace" in printed["customer"]


def test_the_installed_package_holds_the_rule_of_the_page(desk: Desk) -> None:
    inside = Path("throughline_frontdesk", "rules", "frontdesk_visitors.yaml")
    written = (desk.folder / "frontdesk" / inside).read_text("utf-8")
    assert "stream: visitors" in written
    assert (desk.installed / inside).read_text("utf-8") == written


def test_the_page_names_each_function_of_the_test_kit() -> None:
    claims = [name for name in testing.__all__ if name.startswith("assert_")]
    assert [name for name in claims if f"`{name}" not in PAGE] == []


def test_the_test_kit_s_context_takes_all_that_the_engine_gives() -> None:
    given = {field.name for field in dataclasses.fields(ConnectionContext)}
    assert given - inspect.signature(testing.context).parameters.keys() == {"scratch"}
