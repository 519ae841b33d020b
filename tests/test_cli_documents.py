"""docs/commands.md and docs/configuration.md say what the command line and the schemas say."""

from __future__ import annotations

import re
import resource
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer

from tests.fix_homes import run
from throughline.cli.app import build
from throughline.errors import ThroughlineError
from throughline.home.connectors import read_manifest
from throughline.home.schemas import shipped_schema

DOCS = Path(__file__).parents[1] / "docs"
COMMANDS = (DOCS / "commands.md").read_text("utf-8")
CONFIGURATION = (DOCS / "configuration.md").read_text("utf-8")
EVERYWHERE = {"--home", "--json", "--help", "-h"}


def commands() -> dict[str, Any]:
    """Return every command by its words."""

    def found(group: Any, words: tuple[str, ...]) -> Iterator[tuple[str, Any]]:
        for name, command in group.commands.items():
            inner = getattr(command, "commands", None)
            if not inner or getattr(command, "invoke_without_command", False):
                yield " ".join((*words, name)), command
            if inner:
                yield from found(command, (*words, name))

    return dict(found(typer.main.get_command(build()), ("throughline",)))


def section(name: str) -> str:
    """Return what the document says of a command."""
    _, found, rest = COMMANDS.partition(f"\n## {name}\n")
    assert found, f"docs/commands.md has no section `{name}`"
    return rest.partition("\n## ")[0]


def options(command: Any) -> set[str]:
    """Return a command's options."""
    return {word for parameter in command.params for word in parameter.opts if word[0] == "-"}


@pytest.mark.parametrize("name", sorted(commands()))
def test_a_command_is_documented_with_an_example_and_all_its_options(name: str) -> None:
    text = section(name)
    assert f"$ {name}" in text or name in text
    assert "```console" in text
    missing = [word for word in options(commands()[name]) - EVERYWHERE if word not in text]
    assert missing == []


def test_the_document_names_no_command_that_there_is_not() -> None:
    named = set(re.findall(r"^## (throughline .*)$", COMMANDS, flags=re.MULTILINE))
    assert named == set(commands())


def test_every_example_is_a_command_with_options_that_exist() -> None:
    known = commands()
    for line in re.findall(r"^\$ (.*)$", COMMANDS, flags=re.MULTILINE):
        words = shlex.split(line)
        if words[0] != "throughline":
            continue
        name = max((one for one in known if line.startswith(one)), key=len)
        used = {word for word in words if word.startswith("--")}
        assert used <= options(known[name]), line


def test_every_exit_code_of_the_error_tree_is_documented() -> None:
    def codes(kind: type[ThroughlineError]) -> set[int]:
        return {kind.exit_code}.union(*(codes(inner) for inner in kind.__subclasses__()))

    documented = {int(code) for code in re.findall(r"^\| ([0-9]+)", COMMANDS, flags=re.MULTILINE)}
    assert codes(ThroughlineError) <= documented


def test_every_setting_of_a_home_is_documented() -> None:
    for name in ("throughline", "organisation", "connection", "survivorship"):
        for key, member in shipped_schema(name)["properties"].items():
            assert f"`{key}`" in CONFIGURATION, f"{name}: {key}"
            if name == "throughline":
                for inner in member.get("properties", {}):
                    assert f"`{inner}`" in CONFIGURATION, f"{key}.{inner}"


def test_every_setting_of_a_connector_is_documented() -> None:
    mails = dict.fromkeys(("imap", "maildir", "mbox"), "email")
    for name, page in {**mails, "asterisk": "telephony", "tryton": "erp"}.items():
        text = (DOCS / f"{page}.md").read_text("utf-8")
        assert f"`{name}`" in text
        for key in read_manifest(name).settings["properties"]:
            assert f"`{key}`" in text, f"{name}: {key}"


def test_help_is_quick_and_loads_no_engine() -> None:
    before = resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime
    assert run("--help").returncode == 0
    assert resource.getrusage(resource.RUSAGE_CHILDREN).ru_utime - before < 1.0
    code = "import sys; from throughline.cli.app import build; build(); print(sorted(sys.modules))"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    for heavy in ("duckdb", "pyarrow", "psycopg", "yaml", "rich", "structlog", "requests"):
        assert f"'{heavy}'" not in loaded.stdout


def test_the_version_is_printed() -> None:
    assert run("--version").stdout.startswith("throughline 0.")
