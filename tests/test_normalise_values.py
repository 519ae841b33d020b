"""Values: what paths, transforms, sql and lists of a mapping rule make of a record's fields."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.test_normalise_rules import mapped, party

VALUES: list[tuple[str, Any, Any]] = [
    ("birth_date: {from: d, apply: [date]}", {"d": "31.12.1980"}, {"birth_date": "1980-12-31"}),
    ("birth_date: {from: d, apply: [date]}", {"d": "0000-00-00"}, {}),
    ("birth_date: {from: d, apply: [date]}", {"d": "31.12.80"}, {}),
    ("birth_date: {from: d, apply: [date], format: '%d.%m.%Y'}", {"d": "31.12.80"}, {}),
    (
        "birth_date: {from: d, apply: [date], format: '%d.%m.%y'}",
        {"d": "31.12.80"},
        {"birth_date": "1980-12-31"},
    ),
    ("language: {from: l, apply: [language]}", {"l": "de_DE"}, {"language": "de-DE"}),
    ("gender: g", {"g": "  f\u00a0"}, {"gender": "f"}),
    ("gender: 'a.b[1].c'", {"a": {"b": [1, {"c": "f"}]}}, {"gender": "f"}),
    ("gender: '\"a.b\"'", {"a.b": "f"}, {"gender": "f"}),
    ("gender: {sql: 'l[2].x'}", {"l": [{"x": "f"}, {"x": "m"}]}, {"gender": "m"}),
    ("given_name: {from: n, apply: [name]}", {"n": " N/A "}, {}),
    ("given_name: {from: n, apply: [name]}", {"n": "--"}, {}),
    ("given_name: {from: n, apply: [name]}", {"n": "A  B\te\u0301"}, {"given_name": "A B é"}),
    ("given_name: {from: n, apply: [name]}", {"n": "李 小龙"}, {"given_name": "李 小龙"}),
    ("emails: [{from: e, apply: [email]}]", {"e": "MAILTO:A@X.Org"}, {"emails": ["a@x.org"]}),
    ("emails: [{from: e, apply: [email]}]", {"e": "n/a"}, {}),
    ("emails: [{from: e, apply: [email]}]", {"e": "a@@x.org"}, {}),
    ("emails: [e, e, f]", {"e": "a@x.org", "f": "b@x.org"}, {"emails": ["a@x.org", "b@x.org"]}),
    (
        "emails: [e, {each: l, value: {from: '.', apply: [email]}}]",
        {"e": "a@x.org", "l": ["B@x.org", None, "a@x.org", "?"]},
        {"emails": ["a@x.org", "b@x.org"]},
    ),
    (
        "phones: [{from: p, apply: [phone], region: c}]",
        {"p": "(212) 555-0100", "c": "USA"},
        {"phones": ["+12125550100"]},
    ),
    ("phones: [{from: p, apply: [phone]}]", {"p": "anonymous"}, {}),
    (
        "addresses: [{set: {city: c, country: {from: l, apply: [country]}}}]",
        {"c": "", "l": "Österreich"},
        {"addresses": [{"country": "AT"}]},
    ),
    (
        "identifiers: [{set: {scheme: {value: a}, value: v}}, {set: {scheme: w, value: w}}]",
        {"v": " ", "w": "b"},
        {"identifiers": [{"scheme": "b", "value": "b"}]},
    ),
    ("addresses: [{set: {city: c, country: {value: AU}}}]", {"c": ""}, {}),
    ("addresses: [{set: {country: {value: AU}}}]", {}, {"addresses": [{"country": "AU"}]}),
    (
        "identifiers: {each: ids, set: {scheme: {value: a}, value: x}}",
        {"ids": [{"x": ""}, {"x": "1"}, {}]},
        {"identifiers": [{"scheme": "a", "value": "1"}]},
    ),
    (
        "identifiers: {each: ids, when: \"t = 'vat'\", set: {scheme: t, value: v}}",
        {"ids": [{"t": "vat", "v": 1}, {"t": "x", "v": 2}, 3]},
        {"identifiers": [{"scheme": "vat", "value": "1"}]},
    ),
    (
        "identifiers: {each: ids, set: {scheme: {value: a}, value: {sql: 'x || _record.y'}}}",
        {"ids": [{"x": "1"}], "y": "2"},
        {"identifiers": [{"scheme": "a", "value": "12"}]},
    ),
    (
        "attributes: {set: {size: {value: 3}, b: x}}",
        {"x": 1},
        {"attributes": {"b": "1", "size": 3}},
    ),
]


@pytest.mark.parametrize(("members", "record", "wanted"), VALUES)
def test_values_are_read_as_the_rule_says(
    tmp_path: Path, members: str, record: Any, wanted: Any
) -> None:
    assert party(tmp_path, members, record) == wanted


TIMES = {
    "2026-11-22T13:19:33": "2026-11-22T12:19:33Z",
    "2026-07-22 13:19:33.5": "2026-07-22T11:19:33.5Z",
    "2026-11-22T13:19:33+0200": "2026-11-22T11:19:33Z",
    "2026-11-22T13:19:33Z": "2026-11-22T13:19:33Z",
    "1795354248": "2026-11-22T13:30:48Z",
    "1795354248000": "2026-11-22T13:30:48Z",
    "yesterday": None,
    "25-11-22 13:19:33": None,
}


@pytest.mark.parametrize(("text", "wanted"), TIMES.items())
def test_times_without_an_offset_are_of_the_connection(
    tmp_path: Path, text: str, wanted: str | None
) -> None:
    rules = (
        "rules: [{record: order, set: {number: {value: '1'},"
        " placed_at: {from: t, apply: [local_time]}}}]"
    )
    (doc,) = mapped(tmp_path, rules, {"t": text}).records["doc"].to_pylist()
    assert json.loads(doc).get("placed_at") == wanted


AMOUNTS = {
    "39.90": "39.90",
    "1,234.50": "1234.50",
    "1.234,50": "1234.50",
    "0039,9": "39.9",
    "-5": "-5",
    "+ 7": "7",
    "1,234": None,
    "ten": None,
}


@pytest.mark.parametrize(("text", "wanted"), AMOUNTS.items())
def test_money_is_decimal_text_and_never_guessed(
    tmp_path: Path, text: str, wanted: str | None
) -> None:
    rules = (
        "rules: [{record: order, set: {number: {value: '1'}, total: {from: t, apply: [decimal]}}}]"
    )
    (doc,) = mapped(tmp_path, rules, {"t": text}).records["doc"].to_pylist()
    assert json.loads(doc).get("total") == wanted


@pytest.mark.parametrize(
    ("form", "text", "wanted"),
    [
        ("1.234,56", "1.500", "1500"),
        ("1.234,56", "-1.234.567,5", "-1234567.5"),
        ("1.234,56", "12,345", "12.345"),
        ("1.234,56", "39.90", None),
        ("1,234.56", "1,500", "1500"),
        ("1,234.56", "39.90", "39.90"),
        ("1,234.56", "12,5", None),
    ],
)
def test_money_is_read_in_the_format_that_the_rule_names(
    tmp_path: Path, form: str, text: str, wanted: str | None
) -> None:
    total = f"{{from: t, apply: [decimal], format: '{form}'}}"
    rules = f"rules: [{{record: order, set: {{number: {{value: '1'}}, total: {total}}}}}]"
    (doc,) = mapped(tmp_path, rules, {"t": text}).records["doc"].to_pylist()
    assert json.loads(doc).get("total") == wanted
