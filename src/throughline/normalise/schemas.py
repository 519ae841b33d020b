"""The canonical schemas, and the validation of documents against them."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from functools import cache
from importlib.resources import files
from typing import Any

import jsonschema_rs
import orjson

DOCUMENTS_A_SLICE = 1_000  # more at once are slower: their objects leave the processor's caches


@cache
def canonical_schema(name: str) -> dict[str, Any]:
    """Return the schema of a canonical record type."""
    text = files("throughline_schemas").joinpath(f"{name}.schema.json").read_text("utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


@cache
def _validators(name: str) -> tuple[Any, Any]:
    """Return a validator of one document, and one of many at once."""
    schema = canonical_schema(name)
    one = jsonschema_rs.validator_for(schema, mask="the value")
    return one, jsonschema_rs.validator_for({"type": "array", "items": schema})


def refused(name: str, documents: Sequence[str | None]) -> Iterator[tuple[int, str, str]]:
    """Yield index, JSON path and reason of each document that the schema refuses.

    Reasons never quote a value. No document at all is refused as well.
    """
    one, many = _validators(name)
    for start in range(0, len(documents), DOCUMENTS_A_SLICE):
        some = documents[start : start + DOCUMENTS_A_SLICE]
        values = orjson.loads(f"[{','.join(document or 'null' for document in some)}]")
        if many.is_valid(values):
            continue
        for index, value in enumerate(values, start):
            if value is None:
                yield index, "$", "the rule made nothing of it"
            elif not one.is_valid(value):
                error = next(one.iter_errors(value))
                yield index, _path(error.instance_path), str(error.message)


def _path(steps: Sequence[str | int]) -> str:
    return "$" + "".join(f"[{s}]" if isinstance(s, int) else f".{s}" for s in steps)
