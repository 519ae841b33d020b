"""`check` and `preview`: what a home needs, and what a stream would become, before a sync."""

from __future__ import annotations

import json
import re
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from kombu.connection import Connection as Broker

from tests.fix_brokers import RabbitMQ
from tests.fix_homes import SHOP, a_home, an_account, run, write_shop
from tests.fix_processes import free_port
from throughline.errors import AccessError, LandingUnavailableError


def test_check_reports_every_finding_and_ends_with_the_errors_code(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    gone = SHOP.replace("../shop", "../nowhere")
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP, gone=gone)
    done = run("check", "--json", home=home)
    findings = json.loads(done.stdout)["findings"]
    assert done.returncode == 75  # as a sync's
    assert {one["connection"] for one in findings} == {"", "shop", "gone"}
    assert all(one["ok"] for one in findings if one["connection"] != "gone")
    assert not all(one["ok"] for one in findings if one["connection"] == "gone")
    only = run("check", "shop", home=home)
    assert only.returncode == 0
    assert "all well" in only.stdout


def test_check_finds_a_rule_that_cannot_be_compiled(tmp_path: Path, postgres_url: str) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    rule = home / "mapping_rules" / "woocommerce_customers.yaml"
    rule.parent.mkdir()
    rule.write_text("connector: x\nstream: y\nrules: [{record: party, st: {}}]\n", "utf-8")
    done = run("check", home=home)
    assert done.returncode == 2
    assert "did you mean `set`?" in " ".join(done.stdout.split())


def test_check_finds_a_reference_to_a_stream_that_is_not_there(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    rule = home / "mapping_rules" / "woocommerce_customers.yaml"
    rule.parent.mkdir()
    party = "{ref: {stream: custmers, key: id}}"
    rule.write_text(
        "connector: x\nstream: y\nrules:\n  - record: order\n    set: {number: id}\n"
        f"    participants: [{{role: customer, party: {party}}}]\n",
        "utf-8",
    )
    done = run("check", home=home)
    assert done.returncode == 2
    told = " ".join(done.stdout.split())
    assert "no stream `custmers`; did you mean `customers`?" in told


READING = """
connector: x
stream: y
rules:
  - record: order
    set:
      number: id
      status: state
      placed_at: {sql: "coalesce(placed, plced)", apply: [utc]}
      lines: {each: items, set: {sku: skuu, quantity: _record.status}}
    participants: [{role: customer, party: {set: {emails: [billing.emial]}}}]
"""


def test_check_finds_what_a_rule_reads_and_no_record_has(tmp_path: Path, postgres_url: str) -> None:
    record = {"id": 1, "status": "x", "placed": "2026-01-01", "items": [{"sku": "a"}]}
    write_shop(tmp_path / "shop", [{**record, "billing": {"email": "a@b.example"}}])
    home = a_home(
        tmp_path / "home", postgres_url, shop=SHOP.replace(", version: date_modified_gmt", "")
    )
    (home / "mapping_rules").mkdir()
    rule = home / "mapping_rules" / "woocommerce_customers.yaml"
    rule.write_text(READING, "utf-8")
    done = run("check", "--json", home=home)
    assert done.returncode == 0, done.stdout
    (note,) = [one for one in json.loads(done.stdout)["findings"] if one["note"]]
    told = re.findall(r":(\d+): rules\S+ `(.+)` is not .* did you mean `(.+)`", note["message"])
    assert told == [
        ("8", "state", "status"),
        ("9", "plced", "placed"),
        ("10", "items[].skuu", "items[].sku"),
        ("11", "billing.emial", "billing.email"),
    ]


def test_check_refuses_a_column_that_no_file_of_a_table_has(
    tmp_path: Path, postgres_url: str
) -> None:
    (tmp_path / "shop").mkdir()
    for name, text in (("a", "id;name\n1;Ada\n"), ("b", "id;name;mail\n2;Bob;bob@b.example\n")):
        (tmp_path / "shop" / f"{name}.csv").write_text(text, "utf-8")
    stream = '{files: "*.csv", key: id, rule: people}'
    shop = SHOP.replace(SHOP[SHOP.index("{files") :], stream)
    home = a_home(tmp_path / "home", postgres_url, shop=shop)
    (home / "mapping_rules").mkdir()
    rule = home / "mapping_rules" / "people.yaml"
    text = "connector: x\nstream: y\nrules: [{record: party, set: {name: name, emails: [%s]}}]\n"
    rule.write_text(text % "mail", "utf-8")
    assert run("check", home=home).returncode == 0
    rule.write_text(text % "e_mail", "utf-8")
    done = run("check", home=home)
    assert done.returncode == 2
    assert "`e_mail` is in none of the first 2 records; did you mean `mail`?" in " ".join(
        done.stdout.split()
    )


def test_check_names_files_that_are_not_read(tmp_path: Path, postgres_url: str) -> None:
    home = a_home(tmp_path / "home", postgres_url)
    for file in ("connections/old/shop.yaml", "mapping_rules/shop/identity.yaml"):
        (home / file).parent.mkdir(parents=True)
        (home / file).write_text("connector: files\n", "utf-8")
    done = run("check", "--json", home=home)
    assert done.returncode == 0, done.stderr
    notes = [one["message"] for one in json.loads(done.stdout)["findings"] if one["note"]]
    assert notes == [
        "connections/old/shop.yaml is not read; it would be as connections/shop.yaml",
        "mapping_rules/shop/identity.yaml is not read; it would be as mapping_rules/identity.yaml",
    ]


def test_check_connects_to_every_sink_and_sends_it_nothing(
    tmp_path: Path, postgres_url: str, rabbitmq: RabbitMQ
) -> None:
    home = a_home(tmp_path / "home", postgres_url)
    known, name = rabbitmq.url, f"test-{uuid4().hex[:8]}"
    sinks = {
        "bus": {"url": known, "options": {"queue": name, "exchange": name}},
        "down": {"url": f"amqp://guest:hidden@127.0.0.1:{free_port()}//"},
        "stranger": {"url": known.replace("guest:guest", "guest:hidden")},
    }
    with (home / "throughline.yaml").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"feed": {"sinks": sinks}})[1:-1])
    done = run("check", "--json", home=home)
    assert done.returncode == AccessError.exit_code, done.stderr
    found = {one["subject"]: one for one in json.loads(done.stdout)["findings"]}
    assert found["sink bus"]["ok"], found["sink bus"]
    assert "down: the broker can't be reached" in found["sink down"]["message"]
    assert "the user or its password" in found["sink stranger"]["message"]
    assert "hidden" not in done.stdout
    with Broker(known) as broker, pytest.raises(broker.channel_errors):
        broker.default_channel.queue_declare(name, passive=True)


def test_check_finds_a_landing_that_files_cannot_be_added_to(
    tmp_path: Path, postgres_url: str
) -> None:
    home = a_home(tmp_path / "home", postgres_url)
    (tmp_path / "taken").write_text("a file", "utf-8")
    with (home / "throughline.yaml").open("a", encoding="utf-8") as file:
        file.write(json.dumps({"landing": {"url": str(tmp_path / "taken")}})[1:-1])
    done = run("check", "--json", home=home)
    assert done.returncode == LandingUnavailableError.exit_code
    found = {one["subject"]: one for one in json.loads(done.stdout)["findings"]}
    assert "the landing can't be used: File exists" in found["landing"]["message"]


def test_preview_shows_source_and_result_and_writes_nothing(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(1), an_account(2)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    before = sorted(home.rglob("*"))
    done = run("preview", "shop", "customers", "--limit", "1", "--json", home=home)
    assert done.returncode == 0, done.stderr
    (one,) = json.loads(done.stdout)
    assert one["source"][0]["id"] == 1
    assert one["result"][0]["emails"] == ["ada1@one.example"]
    assert sorted(home.rglob("*")) == before
    with psycopg.connect(postgres_url) as connection:
        assert connection.execute("SELECT count(*) FROM stream").fetchone() == (0,)
    wrong = run("preview", "shop", "customer", home=home)
    assert "no stream of shop `customer`; did you mean `customers`?" in wrong.stderr


PREVIEWED = """
connector: x
stream: y
rules:
  - record: order
    when: "kind = 'order'"
    set: {number: id}
    participants:
      - {role: customer, principal: true, party: {set: {name: buyer}}}
      - {role: payer, party: {ref: {stream: customers, key: payer}}}
  - record: party
    when: "kind = 'account'"
    set: {name: name, emails: [mail]}
    changed_at: {from: changed, apply: [utc]}
"""


def test_preview_shows_who_took_part_and_what_would_be_refused(tmp_path: Path) -> None:
    lines = [
        '{"id": 1, "kind": "order", "buyer": "Ann", "payer": 7}',
        '{"id": 2, "kind": "account", "name": "Bob", "changed": "someday"}',
        '{"id": 3, "kind": "account"}',
        '{"id": 5, "kind": "account", "name": "Eve", "state": "trash"}',
        '{"id": 4, "kind',
        '{"kind": "order"}',
    ]
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.jsonl").write_text("\n".join(lines) + "\n", "utf-8")
    shop = SHOP.replace("key: id", "key: id, deleted: {path: state, values: [trash]}")
    home = a_home(tmp_path / "home", "postgresql://u@127.0.0.1:1/x", shop=shop)
    (home / "mapping_rules").mkdir()
    (home / "mapping_rules" / "woocommerce_customers.yaml").write_text(PREVIEWED, "utf-8")
    done = run("preview", "shop", "customers", "--limit", "4", "--json", home=home)
    assert done.returncode == 0, done.stderr
    order, account, empty, gone, *refused = json.loads(done.stdout)
    assert order["result"][1:] == [
        {"record": "participant", "role": "customer", "principal": True,
         "kind": "person", "name": "Ann"},
        {"record": "participant", "role": "payer", "principal": False},
    ]  # fmt: skip
    assert account["notes"] == ["$.changed_at: not a time"]
    assert empty["result"] == empty["refused"] == []
    assert (gone["deleted"], gone["result"], order["deleted"]) == (True, [], False)
    assert [one["refused"] for one in refused] == [["not JSON"], ["no key"]]
    assert refused[0]["source"] == ['{"id": 4, "kind']
    shown = run("preview", "shop", "customers", home=home).stdout
    assert "nothing is made of it" in shown
    assert "refused: no key" in shown
