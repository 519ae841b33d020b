"""The transforms as DuckDB functions: macros, and vectorised functions over distinct values."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import cache
from importlib.metadata import version
from importlib.resources import files

import duckdb
import pyarrow as pa
from duckdb import sqltypes

from throughline.letters import DIGITS, LETTERS
from throughline.normalise.phones import phone
from throughline.store import duckdb_statement

CACHED_PHONES = 200_000


def add_transforms(connection: duckdb.DuckDBPyConnection) -> None:
    """Define every transform `tl_<name>` on a DuckDB connection."""
    one, two = [sqltypes.VARCHAR], [sqltypes.VARCHAR, sqltypes.VARCHAR]
    for name, function, parameters in (
        ("tl_phone", _Remembering(phone).pairs, two),
        ("tl_country_named", _Remembering(country).single, one),
        ("tl_html_to_text", _Remembering(html_to_text, size=0).single, one),
    ):
        connection.create_function(  # type: ignore[call-overload]  # its stubs know no Arrow
            name,
            function,
            parameters,
            sqltypes.VARCHAR,
            type="arrow",
            null_handling="special",
            side_effects=False,
        )
    text = _macros()
    codes = "|".join(sorted(set(_countries().values())))
    for name, value in {"codes": codes, "letters": LETTERS, "digits": DIGITS}.items():
        text = text.replace(f"${name}", value)
    connection.execute(text)


@cache
def transforms_version() -> str:
    """Return what changes when a transform may give another result."""
    parts = [_macros(), _country_names(), LETTERS, DIGITS, version("phonenumbers")]
    return hashlib.md5("\x1f".join(parts).encode(), usedforsecurity=False).hexdigest()


def _macros() -> str:
    return duckdb_statement("throughline.normalise", "transforms")


def _country_names() -> str:
    return files("throughline.normalise").joinpath("countries.txt").read_text("utf-8")


class _Remembering:
    """Applies a function of text to the distinct values of a vector, and remembers results."""

    def __init__(self, function: Callable[..., str | None], size: int = CACHED_PHONES) -> None:
        self._function = function
        self._size = size
        self._known: dict[tuple[str, str | None], str | None] = {}

    def single(self, values: pa.ChunkedArray) -> pa.Array:
        """Apply a function of one argument."""
        return self.pairs(values, pa.nulls(len(values), pa.string()))

    def pairs(self, values: pa.ChunkedArray, seconds: pa.Array) -> pa.Array:
        known, function = self._known, self._function
        if len(known) > self._size:
            known.clear()
        results: list[str | None] = []
        for pair in zip(values.to_pylist(), seconds.to_pylist(), strict=True):
            if pair[0] is None:
                results.append(None)
                continue
            if pair not in known:
                known[pair] = function(*pair)
            results.append(known[pair])
        return pa.array(results, pa.string())


def country(value: str, _: str | None) -> str | None:
    """Return the ISO 3166-1 alpha-2 code of a country's code or name in a larger language."""
    return _countries().get(value.strip().casefold())


def html_to_text(value: str, _: str | None) -> str | None:
    """Return the text that a reader of the HTML sees."""
    from inscriptis import get_text  # noqa: PLC0415  # loads lxml

    return str(get_text(value)).strip() or None


@cache
def _countries() -> dict[str, str]:
    found: dict[str, str] = {}
    for line in _country_names().splitlines():
        code, longer, names = line.split("\t")
        found |= dict.fromkeys((code.casefold(), longer.casefold()), code)
        found |= dict.fromkeys((name.casefold() for name in names.split("|")), code)
    return found
