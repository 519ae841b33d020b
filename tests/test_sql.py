"""Every statement that ships is understood by PostgreSQL on a migrated store."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

SOURCE = Path(__file__).parents[1] / "src"
PACKAGES = sorted(folder.parent for folder in SOURCE.rglob("sql") if any(folder.glob("*.sql")))
MADE = re.compile(r"^CREATE TEMP(?:ORARY)? TABLE (\w+)", re.MULTILINE)
UNKNOWN_TYPE = psycopg.errors.IndeterminateDatatype
"""Raised for a parameter whose type only the value tells: psycopg sends it with the value."""


def module_name(file: Path) -> str:
    """Return the name by which a file of the engine is imported."""
    return ".".join(file.relative_to(SOURCE).with_suffix("").parts)


def staged_tables(package: Path) -> Iterator[tuple[str, str]]:
    """Yield name and columns of the temporary tables that a package's code stages."""
    for file in package.glob("*.py"):
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "stage":
                name, definition = (value_of(argument, file) for argument in node.args[1:3])
                yield name, definition


def value_of(argument: ast.expr, file: Path) -> str:
    """Return the text of an argument: a literal, or a constant of the module."""
    if isinstance(argument, ast.Name):
        return str(getattr(importlib.import_module(module_name(file)), argument.id))
    return str(ast.literal_eval(argument))


def numbered(text: str) -> str:
    """Replace psycopg's named parameters by PostgreSQL's numbered ones."""
    names = list(dict.fromkeys(re.findall(r"%\((\w+)\)s", text)))
    for number, name in enumerate(names, start=1):
        text = text.replace(f"%({name})s", f"${number}")
    return text.replace("%%", "%")


def try_statement(connection: psycopg.Connection, text: str) -> str | None:
    """Explain one statement, and make its temporary table if it makes one; return what is wrong."""
    try:
        with connection.transaction():
            connection.execute(f"EXPLAIN (GENERIC_PLAN) {numbered(text)}".encode())
    except UNKNOWN_TYPE:
        pass
    except psycopg.Error as error:
        return f"{type(error).__name__}: {error.diag.message_primary}"
    if MADE.search(text):
        empty = re.sub(r"%\(\w+\)s", "NULL", text).replace("%%", "%").rstrip().rstrip(";")
        connection.execute(f"{empty} WITH NO DATA".encode())
    return None


@pytest.mark.parametrize("package", PACKAGES, ids=[folder.name for folder in PACKAGES])
def test_postgresql_explains_every_statement(package: Path, postgres_url: str) -> None:
    waiting = {file.name: file.read_text("utf-8") for file in (package / "sql").glob("*.sql")}
    with psycopg.connect(postgres_url) as connection:
        for name, columns in staged_tables(package):
            connection.execute(f"CREATE TEMP TABLE IF NOT EXISTS {name} ({columns})".encode())
        wrong: dict[str, str] = {}
        for _ in range(len(waiting)):  # a statement may read what another one makes
            wrong = {
                name: said
                for name, text in sorted(waiting.items())
                if (said := try_statement(connection, text)) is not None
            }
            if len(wrong) == len(waiting) or not wrong:
                break
            waiting = {name: waiting[name] for name in wrong}
    assert wrong == {}
