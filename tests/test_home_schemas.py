"""The schemas of the configuration: good and bad examples, and one for each connector."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs
import pytest
import yaml
from jsonschema import Draft202012Validator

from tests.fix_homes import a_home
from throughline.home.connectors import connector_names, read_manifest
from throughline.home.making import make_home, write_editor_schemas
from throughline.home.schemas import connection_schema, editor_schemas, shipped_schema
from throughline.home.yaml_positions import read_document

FOLDER = Path(__file__).parents[1] / "schemas/throughline_schemas/configuration"
NAMES = sorted(path.name.removesuffix(".schema.json") for path in FOLDER.glob("*.schema.json"))
EXAMPLES = sorted((FOLDER / "examples").glob("*.yaml"))


def members(schema: Any, place: str = "") -> Iterator[tuple[str, Mapping[str, Any]]]:
    """Yield every property that a schema names, however deep."""
    if isinstance(schema, dict):
        for name, member in (schema.get("properties") or {}).items():
            yield f"{place}.{name}", member
            yield from members(member, f"{place}.{name}")
        for key in ("items", "additionalProperties"):
            yield from members(schema.get(key), place)


@pytest.mark.parametrize("name", NAMES)
def test_each_schema_is_one_and_has_good_and_bad_examples(name: str) -> None:
    Draft202012Validator.check_schema(json.loads((FOLDER / f"{name}.schema.json").read_text()))
    kinds = {
        path.name.split(".")[1].split("-")[0] for path in EXAMPLES if path.name.startswith(name)
    }
    assert kinds == {"good", "bad"}


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.name)
def test_an_example_is_judged_as_its_name_says_by_both_libraries(path: Path) -> None:
    name, kind = path.name.split(".")[:2]
    schema = shipped_schema(name)
    document = read_document(path, path.name)
    assert not document.mistakes
    expected = kind.startswith("good")
    assert Draft202012Validator(schema).is_valid(document.value) is expected
    assert jsonschema_rs.is_valid(schema, document.value) is expected


@pytest.mark.parametrize("name", connector_names())
def test_a_connectors_manifest_meets_its_schema(name: str) -> None:
    from throughline.home.connectors import _entry_point, _manifest_path

    document = read_document(_manifest_path(_entry_point(name)), name)
    errors = [
        e.message
        for e in Draft202012Validator(shipped_schema("manifest")).iter_errors(document.value)
    ]
    assert errors == []


@pytest.mark.parametrize("name", connector_names())
def test_every_setting_of_a_connector_says_what_it_is(name: str) -> None:
    schema = connection_schema(read_manifest(name))
    Draft202012Validator.check_schema(schema)
    silent = [
        place
        for place, member in members(schema)
        if isinstance(member, dict) and "description" not in member and "$ref" not in member
    ]
    assert silent == []


def test_every_setting_of_a_home_says_what_it_is() -> None:
    silent = [
        place
        for place, member in members(shipped_schema("throughline"))
        if place.count(".") == 1 and "description" not in member
    ]
    assert silent == []


def test_a_home_holds_a_schema_for_every_connector(tmp_path: Path) -> None:
    make_home(tmp_path / "home")
    found = {path.name for path in (tmp_path / "home" / ".schemas").iterdir()}
    assert found == {
        "throughline.schema.json",
        *(f"connection-{name}.schema.json" for name in connector_names()),
    }


def test_an_editor_needs_no_other_file_and_no_network() -> None:
    for schema in editor_schemas().values():
        text = json.dumps(schema)
        assert "$id" not in schema
        assert '.schema.json"' not in text


def test_schemas_of_an_older_release_are_brought_up_to_date(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    old = home / ".schemas" / "connection-files.schema.json"
    old.parent.mkdir()
    old.write_text("{}")
    write_editor_schemas(home)
    assert yaml.safe_load(old.read_text())["properties"]["connector"]["const"] == "files"
