"""Read the SQL that ships with a package: one statement a file, named by what it does."""

from __future__ import annotations

from functools import cache
from importlib.resources import files


@cache
def statement(package: str, name: str) -> bytes:
    """Return the statement in `<package>/sql/<name>.sql`, as bytes for psycopg.

    Parameters in it are psycopg's `%(name)s`. Raises FileNotFoundError for a name without a file.
    """
    return files(package).joinpath("sql", f"{name}.sql").read_bytes()


@cache
def duckdb_statement(package: str, name: str) -> str:
    """Return the statement in `<package>/duckdb_sql/<name>.sql`, as text for DuckDB.

    Raises FileNotFoundError for a name without a file.
    """
    return files(package).joinpath("duckdb_sql", f"{name}.sql").read_text("utf-8")
