"""Changed rules from the command line: what they would change, what they refuse, and once more."""

from __future__ import annotations

import json
from importlib.resources import files
from pathlib import Path

import psycopg
import pytest

from tests.fix_homes import SHOP, a_home, an_account, run, write_shop

RULE = "woocommerce_customers"


def override(home: Path, before: str, after: str) -> Path:
    """Give the home a rule of its own: the shipped one with one part changed; return its file."""
    shipped = files("throughline_rules").joinpath("webshop", f"{RULE}.yaml").read_text("utf-8")
    assert before in shipped
    file = home / "mapping_rules" / f"{RULE}.yaml"
    file.parent.mkdir(exist_ok=True)
    file.write_text(shipped.replace(before, after), "utf-8")
    return file


@pytest.fixture
def shop(tmp_path: Path, postgres_url: str) -> Path:
    """Return a synced home with a web shop of two accounts."""
    write_shop(tmp_path / "shop", [an_account(1), an_account(2)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    done = run("sync", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


def everything(home: Path) -> list[str]:
    """Return what the store holds, as its exports tell it."""
    return sorted(run("export", "parties", "--format", "jsonl", home=home).stdout.splitlines())


def test_an_unchanged_rule_would_change_nothing(shop: Path) -> None:
    assert "nothing would change" in run("rules", "diff", home=shop).stdout


def test_a_changed_rule_is_told_field_by_field_and_changes_nothing_yet(shop: Path) -> None:
    before = everything(shop)
    override(shop, "ELSE 'person'", "ELSE 'organisation'")
    (stream,) = json.loads(run("rules", "diff", "--json", home=shop).stdout)
    assert stream["kinds"] == {"party": {"new": 0, "changed": 2, "gone": 0, "fields": {"kind": 2}}}
    assert [one["fields"] for one in stream["samples"]] == [["kind"], ["kind"]]
    shown = run("rules", "diff", home=shop).stdout
    assert "ada1@one.example" not in shown
    assert everything(shop) == before


def test_a_difference_is_told_of_what_landed_in_several_batches(shop: Path) -> None:
    write_shop(shop.parent / "shop", [an_account(1), an_account(2), an_account(3)])
    assert run("sync", home=shop).returncode == 0
    override(shop, "ELSE 'person'", "ELSE 'organisation'")
    told = run("rules", "diff", "--json", home=shop)
    assert told.returncode == 0, told.stderr
    (stream,) = json.loads(told.stdout)
    assert stream["kinds"]["party"]["changed"] == 3


def test_values_of_a_difference_are_shown_when_asked_for(shop: Path) -> None:
    override(shop, "ELSE 'person'", "ELSE 'organisation'")
    shown = run("rules", "diff", "--show-values", "--samples", "1", home=shop).stdout
    assert 'kind: "person" → "organisation"' in shown


def test_a_difference_tells_who_takes_part_in_a_record(tmp_path: Path, postgres_url: str) -> None:
    write_shop(tmp_path / "shop", [an_account(1, payer=2), an_account(2, payer=2)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    rule = home / "mapping_rules" / f"{RULE}.yaml"
    rule.parent.mkdir()
    text = (
        "connector: x\nstream: y\nrules: [{record: party, set: {emails: [email]}}, {record: order,"
        " set: {number: id}, participants: [{role: customer, principal: true, party: {ref:"
        " {stream: customers, key: id}}}]}]\n"
    )
    rule.write_text(text, "utf-8")
    assert run("sync", home=home).returncode == 0
    rule.write_text(text.replace("key: id", "key: payer"), "utf-8")
    (stream,) = json.loads(run("rules", "diff", "--json", home=home).stdout)
    assert stream["kinds"]["order"]["fields"] == {"parties": 1}
    shown = run("rules", "diff", "--show-values", home=home).stdout
    assert '"party": "customers/1"}] → ' in shown
    assert '"party": "customers/2"}]' in shown


def test_the_next_sync_does_what_the_difference_said(shop: Path) -> None:
    override(shop, "ELSE 'person'", "ELSE 'organisation'")
    assert run("sync", home=shop).returncode == 0
    assert all('"kind":"organisation"' in line for line in everything(shop))
    assert "nothing would change" in run("rules", "diff", home=shop).stdout


def test_refused_records_are_listed_shown_without_values_and_replayed(
    shop: Path, postgres_url: str
) -> None:
    file = override(shop, "ELSE 'person'", "ELSE 'robot'")
    assert "2 records were refused; `throughline quarantine list`" in run("sync", home=shop).stdout
    listed = json.loads(run("quarantine", "list", "--json", home=shop).stdout)
    assert [one["path"] for one in listed] == ["$.kind", "$.kind"]
    words = run("quarantine", "list", "shop", home=shop).stdout
    assert "$.kind" in words
    one = listed[0]["id"]
    shown = run("quarantine", "show", one[:8], home=shop).stdout
    assert "one.example" not in shown
    assert '"email": "text of 16"' in shown
    assert "one.example" in run("quarantine", "show", one, "--show-values", home=shop).stdout
    file.unlink()
    assert run("quarantine", "replay", home=shop).stdout == "2 were in quarantine, 0 are now\n"
    assert "nothing is in quarantine" in run("quarantine", "list", home=shop).stdout
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM party").fetchone() == (2,)


@pytest.mark.parametrize("command", ["list", "replay"])
def test_quarantine_of_what_does_not_exist_is_refused(shop: Path, command: str) -> None:
    done = run("quarantine", command, "shop", "custmers", home=shop)
    assert done.returncode == 2
    assert "no stream of shop `custmers`; did you mean `customers`?" in done.stderr
    assert run("quarantine", command, "shp", home=shop).returncode == 2
    assert run("quarantine", command, "shop", "customers", home=shop).returncode == 0


def test_a_refused_record_that_is_none_is_not_found(shop: Path) -> None:
    assert run("quarantine", "show", "ffffffff", home=shop).returncode == 2


def test_a_broken_rule_fails_the_sync_with_its_line(shop: Path, tmp_path: Path) -> None:
    write_shop(tmp_path / "shop", [an_account(3)], name="b")
    override(shop, "given_name: {", "givn_name: {")
    done = run("sync", home=shop)
    assert done.returncode == 2
    assert "did you mean `given_name`?" in " ".join(done.stdout.split())


def test_a_rule_that_would_forget_all_customers_holds_up_its_own_stream_only(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(number) for number in range(150)])
    stream = SHOP.splitlines()[-1].replace("rule: woocommerce_customers", "rule: own_customers")
    later = stream.replace("*.jsonl", "later/*.jsonl").replace("customers:", "later:")
    home = a_home(tmp_path / "home", postgres_url, shop=f"{SHOP}{later}\n")
    ours = override(home, "", "")
    text = ours.read_text("utf-8").replace("stream: customers", "stream: later")
    (ours.parent / "own_customers.yaml").write_text(text, "utf-8")
    assert run("sync", home=home).returncode == 0
    before = everything(home)
    override(home, "coalesce(role, 'customer') NOT IN", "coalesce(rolle, '') IN")
    write_shop(tmp_path / "shop" / "later", [an_account(number) for number in range(200, 203)])
    held = run("sync", home=home)
    assert held.returncode == 2
    assert "make no party any more of 150 of 150 source records" in held.stdout
    assert "`throughline rules diff shop`" in held.stdout
    status = json.loads(run("status", "--json", home=home).stdout)
    assert {one["subject"]: one["outcome"] for one in status["runs"]}["shop"] == "held"
    words = " ".join(run("status", home=home).stdout.split())
    assert "shop: held" in words
    assert "`throughline rules diff shop`; if it is meant, set `allow_mass_delete: true`" in words
    after = everything(home)
    assert set(before) < set(after)
    assert len(after) == 153
    first, _ = json.loads(run("rules", "diff", "--json", home=home).stdout)
    assert first["kinds"]["party"]["gone"] == 150
