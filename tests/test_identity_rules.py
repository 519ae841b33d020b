"""A home's identity.yaml: what it may say, and how its mistakes are told."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import jsonschema_rs
import pytest

from tests.fix_homes import a_home, run
from throughline.errors import InvalidHomeError
from throughline.home.schemas import shipped_schema
from throughline.home.yaml_positions import read_document
from throughline.resolve import load_identity_rules

FAULTY = """\
# ours
wieghts: {}
thresholds:
  match: high
  review: -1
rules:
  odd: {when: kinds_differ, decision: refuse}
  mine's: {when: kinds_differ, decision: refused}
blocking_keys:
  email: {values: emails, names: 0, profiles: 200}
  phone: [phones]
  name: {value: full_names, names: 20, profiles: 5}
guards:
  exclusive_identifiers: vat
  free_of_duplicates: [shop]
junk: {email: ""}
ceiling: 12.5
"""


def mistakes(folder: Path, text: str) -> list[str]:
    """Return what is told about a home's identity.yaml."""
    rules = folder / "mapping_rules"
    rules.mkdir(exist_ok=True)
    (rules / "identity.yaml").write_text(text, "utf-8")
    with pytest.raises(InvalidHomeError) as caught:
        load_identity_rules(rules)
    return [str(one).removeprefix("mapping_rules/") for one in caught.value.mistakes]


def test_every_mistake_is_told_at_once_with_its_line_and_path(tmp_path: Path) -> None:
    assert mistakes(tmp_path, FAULTY) == [
        "identity.yaml:2: wieghts: not known here; did you mean `weights`?",
        "identity.yaml:4: thresholds.match: expected a number, found text",
        "identity.yaml:7: rules.odd.decision: not a word that is known here;"
        " did you mean `refused`?",
        "identity.yaml:8: rules.mine's: expected a name of small letters, digits and `_`",
        "identity.yaml:9: blocking_keys: `identifier` is missing",
        "identity.yaml:10: blocking_keys.email.names: expected a number from 1",
        "identity.yaml:11: blocking_keys.phone: expected a block of `key: value` lines,"
        " found a list",
        "identity.yaml:12: blocking_keys.name.value: not known here; did you mean `values`?",
        "identity.yaml:14: guards.exclusive_identifiers: expected a list, found text",
        "identity.yaml:15: guards.free_of_duplicates[0]: expected `connection/stream`",
        "identity.yaml:16: junk: `phone` is missing",
        "identity.yaml:16: junk: `identifier` is missing",
        "identity.yaml:16: junk.email: expected a regular expression",
        "identity.yaml:17: ceiling: expected a whole number, found a number",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- weights\n", "1: file: expected a block of `key: value` lines, found a list"),
        ("start: 1\nstart: 2\n", "2: start: stands here twice; first in line 1"),
        ("start: 1\n\tceiling: 5\n", "2: file: a tab indents this line; YAML wants spaces"),
        (
            "\nweights:\n  emial: {same: 1}\n",
            "3: weights.emial: not known here; did you mean `email`?",
        ),
        (
            "weights: {phone:\n  {smae: 9}}\n",
            "2: weights.phone.smae: not known here; did you mean `same`?",
        ),
    ],
)
def test_a_mistake_says_line_place_and_nearest_word(tmp_path: Path, text: str, told: str) -> None:
    assert mistakes(tmp_path, text) == [f"identity.yaml:{told}"]


def test_a_member_that_takes_the_shipped_ones_place_must_be_whole(tmp_path: Path) -> None:
    found = mistakes(tmp_path, "words: {titles: [dr]}\nblocking_keys: {}\n")
    assert found == [
        "identity.yaml:1: words: `particles` is missing",
        "identity.yaml:1: words: `legal_forms` is missing",
        "identity.yaml:1: words: `street_words` is missing",
        "identity.yaml:2: blocking_keys: `email` is missing",
        "identity.yaml:2: blocking_keys: `phone` is missing",
        "identity.yaml:2: blocking_keys: `identifier` is missing",
        "identity.yaml:2: blocking_keys: `name` is missing",
    ]


def test_there_are_at_most_sixteen_kinds_of_keys(tmp_path: Path) -> None:
    key = {"values": "emails", "names": 1, "profiles": 1}
    names = ["email", "phone", "identifier", "name", *(f"key{number}" for number in range(13))]
    found = mistakes(tmp_path, json.dumps({"blocking_keys": dict.fromkeys(names, key)}))
    assert found == ["identity.yaml:1: blocking_keys: expected a block of at most 16 kinds of keys"]


def test_the_shipped_rules_meet_the_schema_of_a_homes_own() -> None:
    shipped = files("throughline_rules").joinpath("identity.yaml")
    document = read_document(shipped, "identity.yaml")
    assert not document.mistakes
    assert set(document.value) == set(shipped_schema("identity")["properties"])
    assert jsonschema_rs.is_valid(shipped_schema("identity"), document.value)


def test_a_member_is_replaced_and_the_others_stay(tmp_path: Path) -> None:
    shipped = load_identity_rules()
    (tmp_path / "identity.yaml").write_text("")
    assert load_identity_rules(tmp_path) == shipped
    (tmp_path / "identity.yaml").write_text(
        "thresholds: {match: 4, review: 0}\n"
        "words: {titles: [no, on], particles: [], legal_forms: [], street_words: []}\n"
    )
    own = load_identity_rules(tmp_path)
    assert (own.match, own.review, own.weights) == (4.0, 0.0, shipped.weights)
    assert own.words["titles"] == ("no", "on")  # words, not YAML 1.1's false and true
    assert own.fingerprint != shipped.fingerprint


def test_check_tells_where_identity_rules_are_wrong(tmp_path: Path, postgres_url: str) -> None:
    home = a_home(tmp_path / "home", postgres_url)
    (home / "mapping_rules").mkdir()
    (home / "mapping_rules" / "identity.yaml").write_text("# ours\nceiling: many\n", "utf-8")
    done = run("check", "--json", home=home)
    assert done.returncode == 2
    (told,) = (one["message"] for one in json.loads(done.stdout)["findings"] if not one["ok"])
    where = "mapping_rules/identity.yaml:2: ceiling"
    assert told == f"{where}: expected a whole number, found text"
