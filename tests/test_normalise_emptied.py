"""A delivery that empties a field of very many records waits: its source calls it otherwise now."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path

import pytest

from tests.fix_homes import a_home, run

RULE = """
connector: files
stream: people
rules:
  - record: party
    set:
      kind: {value: person}
      given_name: {from: Vorname, apply: [name]}
      family_name: {from: Name, apply: [name]}
      emails: [{from: Mail, apply: [email]}]
"""
CRM = """
connector: files
channel: other
settings: {url: ../crm%s}
streams: {people: {files: people.csv, key: Nr}}
"""
MANY = range(150)


def deliver(home: Path, people: list[dict[str, object]]) -> None:
    """Replace the source's file."""
    folder = home.parent / "crm"
    folder.mkdir(exist_ok=True)
    with (folder / "people.csv").open("w", newline="", encoding="utf-8") as file:
        rows = csv.DictWriter(file, list(people[0]), delimiter=";")
        rows.writeheader()
        rows.writerows(people)


def people(given: str, day: int, numbers: range = MANY) -> list[dict[str, object]]:
    return [
        {"Nr": n, given: f"Anna{n}", "Name": f"Voss{day}", "Mail": f"a{n}@voss.example.net"}
        for n in numbers
    ]


def names(home: Path) -> set[tuple[str | None, str]]:
    """Return the names that the customers have."""
    out = home / "customers.jsonl"
    assert run("export", "customers", "--format", "jsonl", "--out", out, home=home).returncode == 0
    found = [json.loads(line) for line in out.read_text("utf-8").splitlines()]
    return {(one.get("given_name"), one["family_name"]) for one in found}


@pytest.fixture
def home(tmp_path: Path, postgres_url: str) -> Path:
    """Return a home with 150 synced people, whose next delivery has another column for a name."""
    made = a_home(tmp_path / "home", postgres_url, crm=CRM % "")
    (made / "mapping_rules").mkdir(exist_ok=True)
    (made / "mapping_rules" / "people.yaml").write_text(RULE, "utf-8")
    deliver(made, people("Vorname", 1))
    assert run("sync", home=made).returncode == 0
    deliver(made, people("Rufname", 2))
    return made


FIRST_DAY = {(f"Anna{n}", "Voss1") for n in MANY}
SECOND_DAY = {(f"Anna{n}", "Voss2") for n in MANY}


def test_it_waits_and_says_which_field_and_what_to_do_until_the_rule_is_mended(home: Path) -> None:
    for _ in range(2):
        done = run("sync", home=home)
        assert done.returncode == 2
        assert "has `party.given_name` (150 had it)" in " ".join(done.stdout.split())
        assert names(home) == FIRST_DAY
    assert "crm held" in " ".join(done.stdout.split())
    assert "crm: held" in run("status", home=home).stdout
    rule = home / "mapping_rules" / "people.yaml"
    rule.write_text(RULE.replace("Vorname", "Rufname"), "utf-8")
    assert run("sync", home=home).returncode == 0
    assert names(home) == SECOND_DAY


def test_a_run_is_held_only_where_nothing_else_is_wrong(home: Path) -> None:
    outcomes = []
    for _ in range(2):
        (report,) = json.loads(run("sync", "--json", home=home).stdout)["connections"]
        (kept,) = (
            one["outcome"]
            for one in json.loads(run("status", "--json", home=home).stdout)["runs"]
            if one["subject"] == "crm"
        )
        assert report["outcome"] == kept
        outcomes.append(kept)
        shutil.rmtree(home.parent / "crm", ignore_errors=True)
    assert outcomes == ["held", "failed"]


def test_the_next_delivery_under_the_known_name_ends_the_wait(home: Path) -> None:
    assert run("sync", home=home).returncode == 2
    deliver(home, people("Vorname", 2))
    assert run("sync", home=home).returncode == 0
    assert names(home) == SECOND_DAY


def test_a_person_may_say_that_it_is_meant(home: Path) -> None:
    allowed = CRM % ", allow_mass_delete: true"
    (home / "connections" / "crm.yaml").write_text(allowed, "utf-8")
    assert run("sync", home=home).returncode == 0
    assert names(home) == {(None, "Voss2")}


def test_a_few_records_may_lose_a_field(home: Path) -> None:
    deliver(home, people("Rufname", 2, range(100)))
    assert run("sync", home=home).returncode == 0
    assert (None, "Voss2") in names(home)
