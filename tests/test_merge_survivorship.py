"""Golden records by example: each criterion, groups, lists, attributes, and ties."""

from __future__ import annotations

import itertools
import json
from collections.abc import Mapping
from typing import Any

import pyarrow as pa
import pytest

from tests.stores import rules
from throughline.errors import ConfigurationError
from throughline.merge.golden import PARTIES, GoldenRecords
from throughline.provenance import explain

DAY = 86_400_000_000
STREAMS = {"mail": "messages", "telephony": "calls", "webshop": "customers", "erp": "partners"}


def a_party(connection: str, key: str, day: int | None = None, **doc: Any) -> dict[str, Any]:
    """Return a party that its source changed on that day of 1970."""
    return {
        "customer": 1,
        "connection": connection,
        "stream": STREAMS.get(connection, "customers"),
        "key": key,
        "changed_at": None if day is None else day * DAY,
        "doc": json.dumps({"kind": "person", **doc}, ensure_ascii=False),
    }


def build(parties: list[dict[str, Any]], fields: Mapping[str, Any] | None = None) -> Any:
    """Return the golden record's document, and its explained provenance."""
    chosen = rules(fields)
    golden, _ = GoldenRecords(chosen).build(pa.Table.from_pylist(parties, schema=PARTIES))
    row = golden.to_pylist()[0]
    doc = json.loads(row["doc"])
    in_force = {chosen.fingerprint: json.loads(chosen.as_json())}
    return doc, explain(json.loads(row["provenance"]), in_force, doc)


def golden(parties: list[dict[str, Any]], fields: Mapping[str, Any] | None = None) -> Any:
    """Return the golden record's document."""
    return build(parties, fields)[0]


def test_the_system_of_record_wins_over_a_newer_one() -> None:
    parties = [a_party("erp", "1", 1, gender="f"), a_party("mail", "2", 9, gender="m")]
    assert golden(parties)["gender"] == "f"


def test_a_connection_that_the_rules_do_not_name_comes_last() -> None:
    parties = [a_party("other", "1", 9, gender="m"), a_party("mail", "2", 1, gender="f")]
    assert golden(parties)["gender"] == "f"


def test_a_system_that_has_no_value_leaves_the_field_to_the_next() -> None:
    parties = [a_party("erp", "1"), a_party("mail", "2", gender="f")]
    assert golden(parties)["gender"] == "f"


def test_the_most_recent_value_wins_and_an_undated_one_is_oldest() -> None:
    parties = [
        a_party("webshop", "1", 1, language="de"),
        a_party("webshop", "2", 5, language="en"),
        a_party("webshop", "3", None, language="fr"),
    ]
    assert golden(parties, {"language": {"prefer": ["most_recent"]}})["language"] == "en"


def test_the_most_frequent_value_wins_over_the_system_of_record() -> None:
    parties = [
        a_party("erp", "1", birth_date="1970-01-02"),
        a_party("mail", "2", birth_date="1970-01-01"),
        a_party("webshop", "3", birth_date="1970-01-01"),
    ]
    assert golden(parties)["birth_date"] == "1970-01-01"


def test_the_most_complete_text_is_the_longest() -> None:
    parties = [a_party("erp", "1", name="Ada"), a_party("mail", "2", name="Ada Lovelace")]
    assert golden(parties, {"name": {"prefer": ["most_complete"]}})["name"] == "Ada Lovelace"


def test_a_name_is_never_put_together_from_two_parties() -> None:
    parties = [
        a_party("erp", "1", name="A. Byron", family_name="Byron"),
        a_party("webshop", "2", name="Ada Lovelace", given_name="Ada", family_name="Lovelace"),
    ]
    doc = golden(parties)
    assert (doc["name"], doc.get("given_name"), doc["family_name"]) == ("A. Byron", None, "Byron")


def test_of_one_system_the_most_complete_name_survives() -> None:
    parties = [
        a_party("erp", "1", 9, name="Lovelace"),
        a_party("erp", "2", 1, name="Ada Lovelace", given_name="Ada", family_name="Lovelace"),
    ]
    assert golden(parties)["name"] == "Ada Lovelace"


def test_addresses_stay_whole() -> None:
    one = {"street": "Hauptstraße 1", "postal_code": "10115"}
    two = {"city": "Wien", "country": "AT"}
    parties = [a_party("mail", "2", addresses=[two]), a_party("erp", "1", addresses=[one])]
    assert golden(parties)["addresses"] == [one, two]


def test_emails_are_kept_once_each_the_most_frequent_first() -> None:
    parties = [
        a_party("erp", "1", emails=["a@x.example"]),
        a_party("mail", "2", emails=["b@x.example", "a@x.example"]),
        a_party("webshop", "3", emails=["b@x.example"]),
        a_party("telephony", "4", emails=["b@x.example"]),
    ]
    doc, provenance = build(parties)
    assert doc["emails"] == ["b@x.example", "a@x.example"]
    assert [one["connection"] for one in provenance["emails"]] == ["webshop", "erp"]


def test_each_attribute_is_a_field_of_its_own() -> None:
    parties = [
        a_party("erp", "1", 1, attributes={"tier": "gold", "since": 1999}),
        a_party("webshop", "2", 2, attributes={"tier": "silver", "vip": True, "tags": ["a"]}),
    ]
    doc, provenance = build(parties)
    assert doc["attributes"] == {"since": 1999, "tags": ["a"], "tier": "silver", "vip": True}
    assert provenance["attributes"]["since"]["connection"] == "erp"


def test_provenance_names_source_rule_and_time() -> None:
    _, provenance = build([a_party("erp", 'k"1', 1, name="Ada")])
    assert provenance["name"] == {
        "connection": "erp",
        "stream": "partners",
        "key": 'k"1',
        "rule": "system_of_record",
        "time": "1970-01-02T00:00:00Z",
    }


def test_provenance_speaks_only_of_fields_that_are_there() -> None:
    doc, provenance = build([a_party("erp", "1", name="Ada")])
    assert set(doc) == set(provenance)


def test_no_value_is_changed_on_its_way() -> None:
    text = 'O\'Brien "Bo" \\ 林小明 {x} $1 %s\nnext'
    assert golden([a_party("erp", "1", name=text)])["name"] == text


def test_the_order_of_arrival_never_shows() -> None:
    parties = [
        a_party("webshop", key, 1, name=f"N{key}", emails=[f"{key}@x.example"], language=key)
        for key in ("a", "B", "ä", "10", "9")
    ]
    orders = itertools.islice(itertools.permutations(parties), 0, None, 17)
    found = {json.dumps(golden(list(order))) for order in orders}
    assert len(found) == 1


@pytest.mark.parametrize(
    "fields",
    [
        {"names": {"prefer": ["most_recent"]}},
        {"emails": {"prefer": ["most_recent"]}},
        {"gender": {"prefer": ["most_recent"], "aggregate": True}},
        {
            "name": {"prefer": ["most_recent"]},
            "names": {"group": ["name", "given_name"], "prefer": ["most_recent"]},
        },
    ],
)
def test_rules_that_make_no_sense_are_refused(fields: dict[str, Any]) -> None:
    with pytest.raises(ConfigurationError, match="survivorship"):
        rules(fields)


@pytest.mark.parametrize(
    ("parts", "whole"),
    [
        ({"given_name": "Ada", "family_name": "Voss"}, "Ada Voss"),
        ({"given_name": "Ana", "additional_name": "M.", "family_name": "Ruiz"}, "Ana M. Ruiz"),
        ({"family_name": 'Voss "Wind"'}, 'Voss "Wind"'),
        ({"given_name": "伟", "family_name": "王"}, "王伟"),
        ({"given_name": "Wei", "family_name": "王"}, "Wei 王"),
    ],
)
def test_a_name_that_no_source_gives_whole_is_made_of_its_parts(
    parts: dict[str, Any], whole: str
) -> None:
    doc, provenance = build([a_party("erp", "1", **parts), a_party("mail", "2", name="A. V.")])
    assert doc == {"kind": "person", "name": whole, **parts}
    assert provenance["name"]["key"] == provenance["family_name"]["key"] == "1"
