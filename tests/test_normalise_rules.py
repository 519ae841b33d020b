"""Mapping rules: how they are found, what they make, and what is said of a mistake in them."""

from __future__ import annotations

import json
from dataclasses import replace
from importlib.resources import files
from pathlib import Path
from typing import Any

import jsonschema_rs
import pyarrow as pa
import pytest

from throughline.errors import InvalidHomeError, UnknownNameError
from throughline.home.organisation import organisation_from
from throughline.normalise import Mapper, Sandbox, canonical_schema, load_rules, rule_schema
from throughline.normalise.compiling import Context
from throughline.normalise.mapping import SOURCE, Mapped
from throughline.normalise.phones import parsed, phone

CONTEXT = Context(
    connection="shop", stream="things", time_zone="Europe/Berlin", region="DE", currency="EUR"
)
OURS = organisation_from(
    {
        "domains": ["acme.example"],
        "extensions": ["2XX"],
        "numbers": ["+49309999X"],
        "staff": [{"name": "Pat", "email": "pat@mail.example"}],
        "no_reply": ["no-reply@"],
    }
)


def a_mapper(folder: Path, text: str) -> Mapper:
    (folder / "mine.yaml").write_text(text)
    return Mapper(load_rules(folder).file("mine"), context=CONTEXT, sandbox=Sandbox(OURS))


def mapped(folder: Path, text: str, *records: Any) -> Mapped:
    rows = [
        {"source_id": f"{n:032x}", "key": str(n), "record": json.dumps(one)}
        for n, one in enumerate(records)
    ]
    mapper = a_mapper(folder, text)
    try:
        return mapper.map(pa.Table.from_pylist(rows, SOURCE))
    finally:
        mapper.close()


def party(folder: Path, members: str, record: Any) -> Any:
    rules = f"rules: [{{record: party, set: {{name: {{value: Ann}}, {members}}}}}]"
    (doc,) = mapped(folder, rules, record).parties["doc"].to_pylist()
    return {name: value for name, value in json.loads(doc).items() if name not in ("kind", "name")}


@pytest.mark.parametrize("name", load_rules().names())
def test_every_rule_that_comes_with_throughline_can_be_run(name: str) -> None:
    file = load_rules().file(name)
    context = replace(CONTEXT, group=file.rules[0].get("group_by"))
    Mapper(file, context=context, sandbox=Sandbox(OURS)).close()


def test_a_rule_of_the_home_takes_the_place_of_ours(tmp_path: Path) -> None:
    mine = tmp_path / "webshop" / "woocommerce_orders.yaml"
    mine.parent.mkdir()
    mine.write_text("rules: [{record: order, set: {number: id}}]")
    assert load_rules(tmp_path).file("woocommerce_orders").titles() == ("order",)
    assert len(load_rules().file("woocommerce_orders").rules) > 1


def test_an_unknown_rule_is_told_with_the_nearest() -> None:
    with pytest.raises(UnknownNameError, match="woocommerce_orders"):
        load_rules().file("woocomerce_orders")


MISTAKES = {
    "rules: [{record: party, set: {name: a, given_name: a.b}}]": "`a` is used whole, and `a.b`",
    "rules: [{record: party, set: {name: l, emails: {each: l, value: '.'}}}]": (
        "`l` is used as a list and as text"
    ),
    "rules: [{record: ordr, set: {number: id}}]": "order",
    "rules: [{record: order, set: {numbr: id}}]": "did you mean `number`",
    "rules: [{record: order, set: {number: {form: id}}}]": "not known here",
    "rules: [{record: order, set: {number: {from: id, apply: [emial]}}}]": "email",
    "rules: [{record: order, set: {number: {sql: 'id +'}}}]": "not a DuckDB expression",
    "rules: [{record: order, set: {number: {sql: '(SELECT 1)'}}}]": "a subquery",
    "rules: [{record: order, set: {number: {sql: 'random()'}}}]": "`random` is no function",
    "rules: [{record: order, set: {number: {sql: 'now()::VARCHAR'}}}]": "`now` is no function",
    "rules: [{record: order, set: {number: {sql: 'uuid()::VARCHAR'}}}]": "`uuid` is no function",
    "rules: [{record: order, set: {number: {sql: 'current_database()'}}}]": "no function",
    "rules: [{record: order, set: {number: {sql: 'getenv(''HOME'')'}}}]": "no function",
    "rules: [{record: order, set: {number: {sql: 'current_setting(''x'')'}}}]": "no function",
    "rules: [{record: order, set: {number: {sql: 'x FROM read_csv(''/etc/passwd'')'}}}]": "one",
    "rules: [{record: order, set: {number: {sql: 'a; DROP TABLE source'}}}]": "Only SELECT",
    "rules: [{record: order, set: {number: {sql: 'max(a)'}}}]": "aggregate",
    "rules: [{record: order, set: {number: {sql: 'a', apply: [trim]}, total: a.b}}]": "whole",
    "rules: [{record: order, set: {number: {sql: 'abs(a, b, c)'}}}]": "DuckDB can't run it",
    "rules: [{record: order, when: '*', set: {number: id}}]": "a star",
}


@pytest.mark.parametrize(("text", "said"), MISTAKES.items(), ids=list(MISTAKES.values()))
def test_a_mistake_in_a_rule_is_told_with_file_and_line(
    tmp_path: Path, text: str, said: str
) -> None:
    with pytest.raises(InvalidHomeError, match=r"mine\.yaml:2: ") as caught:
        a_mapper(tmp_path, f"# mine\n{text}").close()
    assert said in str(caught.value)


def test_what_an_expression_gives_depends_on_no_time_zone_of_the_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", "America/New_York")
    sql = "strftime(told::TIMESTAMPTZ, ''%H:%M'') || '' '' || (told::DATE - 1)"
    rules = f"rules: [{{record: order, set: {{number: {{sql: '{sql}'}}}}}}]"
    made = mapped(tmp_path, rules, {"told": "2026-03-01 12:00"}, {"told": "2026-03-01T12:00+05:00"})
    assert [json.loads(doc)["number"] for doc in made.records["doc"].to_pylist()] == [
        "12:00 2026-02-28",
        "07:00 2026-02-28",
    ]


def test_a_failing_expression_leaves_its_value_out_with_a_note(tmp_path: Path) -> None:
    rules = (
        "rules: [{record: order, set: {number: id, lines:"
        " [{set: {quantity: {sql: 'n::INT * 2'}}}]}}]"
    )
    made = mapped(tmp_path, rules, {"id": 1, "n": "2"}, {"id": 2, "n": "two"})
    assert [json.loads(doc) for doc in made.records["doc"].to_pylist()] == [
        {"number": "1", "lines": [{"quantity": 4}]},
        {"number": "2"},
    ]
    assert made.notes["reason"].to_pylist() == ["its sql failed on this record"]
    assert made.notes["path"].to_pylist() == ["$.lines[0].quantity"]


def test_a_condition_gets_a_name_that_means_the_record_everywhere(tmp_path: Path) -> None:
    rules = """rules:
  - record: party
    let: {guest: "customer_id = '0'"}
    when: guest
    set:
      name: {sql: "CASE WHEN guest THEN 'Guest' ELSE 'Member' END"}
      emails: [{each: mails, when: "guest AND address <> 'b'", value: {from: address}}]
"""
    mails = [{"address": "a@x.example", "guest": "no"}, {"address": "b"}]
    records = [{"customer_id": one, "mails": mails, "guest": "mine"} for one in "01"]
    found = mapped(tmp_path, rules, *records)
    assert [json.loads(doc) for doc in found.parties["doc"].to_pylist()] == [
        {"kind": "person", "name": "Guest", "emails": ["a@x.example"]}
    ]


def test_a_mistake_in_a_named_condition_is_told_at_its_line(tmp_path: Path) -> None:
    rules = "rules:\n  - record: party\n    let:\n      guest: 'random() > 1'\n    set: {name: a}\n"
    with pytest.raises(InvalidHomeError) as caught:
        a_mapper(tmp_path, rules)
    (mistake,) = caught.value.mistakes
    assert (mistake.line, mistake.path) == (4, "rules[0].let.guest")


def test_a_failing_condition_or_a_missing_key_refuses_the_record(tmp_path: Path) -> None:
    rules = "rules: [{record: order, when: 'n::INT > 1', key: k, set: {number: id}}]"
    records = [{"id": 1, "n": "x", "k": 1}, {"id": 2, "n": 5}, {"id": 3, "n": 0, "k": 3}]
    made = mapped(tmp_path, rules, *records, {"id": 4, "n": 2, "k": 4})
    assert made.records["key"].to_pylist() == ["4"]
    assert sorted(made.refusals["path"].to_pylist()) == ["$.key", "$.when"]


def test_all_mistakes_of_a_rule_are_told_at_once(tmp_path: Path) -> None:
    rules = """
rules:
  - record: order
    when: "now() > 1"
    key: {sql: "nosuch(id)"}
    set: {number: {sql: "1 +"}, totl: x, lines: {each: l, set: {sku: {sql: "random()"}}}}
    participants:
      - {role: a, party: {set: {name: {sql: "SELECT 1"}}}}
      - {role: b, party: {ref: {stream: s, key: [x]}}}
"""
    with pytest.raises(InvalidHomeError) as raised:
        a_mapper(tmp_path, rules)
    assert sorted(mistake.path for mistake in raised.value.mistakes) == [
        "rules[0].key.sql",
        "rules[0].participants[0].party.set.name.sql",
        "rules[0].participants[1].party.ref.key",
        "rules[0].set.lines.set.sku.sql",
        "rules[0].set.number.sql",
        "rules[0].set.totl",
        "rules[0].when",
    ]


LEGS = """
rules:
  - record: interaction
    group_by: {group}
    order_by: seq
    set: {{channel: {{value: telephone}}, kind: {{value: call}}, direction: {{value: inbound}},
      occurred_at: {{value: "2026-11-22T13:19:33Z"}}, subject: who}}
"""


def grouped_mapper(folder: Path, by: str, group: str | None) -> Mapper:
    (folder / "mine.yaml").write_text(LEGS.format(group=by))
    context = replace(CONTEXT, group=group)
    return Mapper(load_rules(folder).file("mine"), context=context, sandbox=Sandbox(OURS))


@pytest.mark.parametrize(("group", "told"), [(None, "has no groups"), ("leg", "grouped by `leg`")])
def test_a_rule_groups_by_what_the_stream_is_grouped_by(
    tmp_path: Path, group: str | None, told: str
) -> None:
    with pytest.raises(InvalidHomeError, match=f"rules\\[0\\].group_by.*{told}"):
        grouped_mapper(tmp_path, "call", group)


def test_legs_are_sorted_by_number_where_their_order_is_one(tmp_path: Path) -> None:
    legs = [{"seq": "10", "who": "late"}, {"seq": "9", "who": "early"}, {"who": "last"}]
    source = pa.Table.from_pylist(
        [
            {"source_id": str(n), "key": str(n), "group_id": "g", "group_key": "g",
             "record": json.dumps(leg)}
            for n, leg in enumerate(legs)
        ],
        SOURCE,
    )  # fmt: skip
    (record,) = grouped_mapper(tmp_path, "call", "call").map(source).records.to_pylist()
    assert json.loads(record["doc"])["subject"] == "early"


@pytest.mark.parametrize(
    "record",
    [
        {"e": "Sales@Acme.example"},
        {"e": "x@sub.acme.example"},
        {"e": "pat@mail.example"},
        {"e": "no-reply@other.example"},
        {"p": "030 99991"},
    ],
)
def test_our_own_organisation_is_never_a_party(tmp_path: Path, record: Any) -> None:
    rules = (
        "rules: [{record: party, set: {name: {value: A}, emails: [{from: e, apply: [email]}],"
        " phones: [{from: p, apply: [phone]}]}}]"
    )
    assert mapped(tmp_path, rules, record).parties.num_rows == 0
    assert mapped(tmp_path, rules, {"e": "a@notacme.example"}).parties.num_rows == 1


def test_who_has_nothing_to_be_known_by_is_no_party(tmp_path: Path) -> None:
    rules = "rules: [{record: party, set: {language: l, name: n}}]"
    assert mapped(tmp_path, rules, {"l": "de"}, {"l": "de", "n": "A"}).parties.num_rows == 1


def test_the_first_marked_participant_that_is_not_ours_is_the_principal(tmp_path: Path) -> None:
    rules = """
rules:
  - record: interaction
    set:
      channel: {value: email}
      kind: {value: message}
      occurred_at: {value: "2026-01-01T00:00:00Z"}
    participants:
      - {role: sender, principal: true, party: {set: {emails: [{from: f, apply: [email]}]}}}
      - role: recipient
        principal: true
        each: to
        party: {set: {emails: [{from: ".", apply: [email]}]}}
"""
    made = mapped(tmp_path, rules, {"f": "me@acme.example", "to": ["a@x.org", "b@x.org", "?"]})
    rows = made.participants.select(["position", "role", "principal"]).to_pylist()
    assert [tuple(row.values()) for row in rows] == [
        (0, "recipient", True),
        (1, "recipient", False),
    ]
    (doc,) = made.records["doc"].to_pylist()
    assert json.loads(doc)["direction"] == "outbound"
    assert len(json.loads(doc)["participants"]) == 3
    assert made.parties.num_rows == 2


def test_the_quick_way_with_telephones_gives_what_phonenumbers_gives() -> None:
    from random import Random

    chance = Random(7)
    regions = ["DE", "AT", "GB", "FR", "IT", "US", "CN", "DK", "AR", "BR", "MX", "RU", "HU", None]
    starts = ["", "0", "00", "+", "+49", "0049", "+4", "+1", "+86", "+39", "1", "+54", "+520", "44"]
    for _ in range(5_000):
        digits = "".join(chance.choice("0123456789") for _ in range(chance.randrange(1, 14)))
        text = chance.choice(starts) + chance.choice(["", " ", "("]) + digits
        region = chance.choice(regions)
        assert phone(text, region) == parsed(text, region), (text, region)


@pytest.mark.parametrize("name", ["party", "interaction", "order", "invoice", "mapping_rule"])
def test_each_schema_takes_its_good_examples_and_refuses_its_bad_ones(name: str) -> None:
    schema = rule_schema() if name == "mapping_rule" else canonical_schema(name)
    folder = files("throughline_schemas").joinpath("examples")
    examples = json.loads(folder.joinpath(f"{name}.json").read_text("utf-8"))
    assert len(examples["good"]) > 0 and len(examples["bad"]) > 1
    for good in examples["good"]:
        jsonschema_rs.validate(schema, good)
    for bad in examples["bad"]:
        assert not jsonschema_rs.is_valid(schema, bad["value"]), bad["why"]
