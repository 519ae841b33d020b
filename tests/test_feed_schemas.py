"""Every event of the feed is what its schema says; the schemas refuse what they should."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from tests.stores import AStore, a_store
from throughline.publish import read_feed

SCHEMAS = Path(__file__).parents[1] / "schemas" / "throughline_schemas"
BASE = "https://throughline.example/schemas/"
FEED = sorted((SCHEMAS / "feed").glob("*.schema.json"))
EXAMPLES = sorted(
    [*(SCHEMAS / "feed" / "examples").glob("*.json"), *(SCHEMAS / "examples").glob("customer.*")]
)


def read(file: Path) -> Any:
    """Return the content of a JSON file."""
    return json.loads(file.read_text("utf-8"))


def registry() -> Registry[Any]:
    """Return all schemas by their addresses."""
    found = [read(file) for file in (*FEED, SCHEMAS / "customer.schema.json")]
    return Registry().with_resources(
        [(schema["$id"], Resource.from_contents(schema)) for schema in found]
    )


def validator(address: str) -> Draft202012Validator:
    """Return what checks against the schema at an address."""
    return Draft202012Validator({"$ref": address}, registry=registry())


def changes(store: AStore) -> None:
    """Make every type of event happen."""
    one = store.put_party("erp", "1", "2026-01-01", name="Ada", attributes={"tier": "gold"})
    two = store.put_party("webshop", "2", name="Ada L.", emails=["ada@example.org"])
    three = store.put_party("mail", "3", name="Grace", phones=["+4930123456"])
    first, second = store.put_customer(one), store.put_customer(two)
    third = store.put_customer(three)
    records = [
        store.put_record("mail", "r", two, "interaction", subject="Hi", text="x", channel="email"),
        store.put_record("webshop", "r", two, "order", number="7", total="1.00", lines=[]),
        store.put_record("erp", "r", two, "invoice", number="8", tax="0.19", total="1.19"),
    ]
    store.merge()
    store.merge_customers(first, second)
    store.merge()
    store.split_customer(first, [two])
    store.merge()
    for record in records:
        store.delete_record(record)
    store.delete_party(three)
    store.merge()
    assert third is not None


@pytest.fixture
def events(postgres_url: str) -> Iterator[list[Any]]:
    """Yield a feed that holds every type of event."""
    with a_store(postgres_url) as store:
        changes(store)
        yield list(read_feed(store.connection))


def test_every_event_holds_to_its_schema(events: list[Any]) -> None:
    checked = set()
    for event in events:
        validator(event.schema).validate(event.data)
        checked.add(event.schema)
    assert checked == {read(file)["$id"] for file in FEED}


def test_an_event_says_nothing_that_its_schema_does_not_name(events: list[Any]) -> None:
    schemas = {schema["$id"]: schema for schema in map(read, FEED)}
    for event in events:
        properties = schemas[event.schema]["properties"]
        assert set(event.data) <= set(properties)
        if "record" in event.data:
            assert set(event.data["record"]) <= set(properties["record"]["properties"])


def test_a_golden_record_has_the_fields_of_a_party() -> None:
    party, customer = (read(SCHEMAS / f"{name}.schema.json") for name in ("party", "customer"))
    assert list(customer["properties"]) == list(party["properties"])


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.name)
def test_examples_are_judged_by_their_names(file: Path) -> None:
    name, verdict = file.name.removesuffix(".json").rsplit(".", 1)
    folder = "feed/" if "feed" in file.parts else ""
    assert validator(f"{BASE}{folder}{name}.schema.json").is_valid(read(file)) == (
        verdict == "good"
    )


def test_every_schema_has_a_good_and_a_bad_example() -> None:
    for file in FEED:
        name = file.name.removesuffix(".schema.json")
        verdicts = {each.name.removesuffix(".json").rsplit(".", 1)[1][:3] for each in EXAMPLES
                    if each.name.startswith(name)}  # fmt: skip
        assert verdicts == {"goo", "bad"}, name
