"""The command line as a person meets it: messages, exit codes, files."""

from __future__ import annotations

import csv
import io
import json
import os
import pty
import signal
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pyarrow import parquet

from tests.fix_homes import (
    COMMAND,
    SHOP,
    a_home,
    a_plugin,
    a_told,
    an_account,
    run,
    start,
    write_shop,
)
from tests.fix_postgres import PostgresServer
from tests.fix_processes import free_port
from throughline.cli.statuses import TOTALS, show_status


def a_synced_shop(folder: Path, url: str) -> Path:
    """Return a synced home with a web shop of three accounts."""
    write_shop(folder / "shop", [an_account(1), an_account(2), an_account(3, email="n/a")])
    home = a_home(folder / "home", url, shop=SHOP)
    done = run("sync", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.fixture(scope="module")
def shop(
    embedded_template: PostgresServer, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Path]:
    """Yield a synced home that tests share: they only read it."""
    with embedded_template.database(migrated=True) as url:
        yield a_synced_shop(tmp_path_factory.mktemp("shop"), url)


@pytest.fixture
def own_shop(tmp_path: Path, postgres_url: str) -> Path:
    """Return a synced home that the test may change."""
    return a_synced_shop(tmp_path, postgres_url)


def test_an_error_is_one_clear_line_and_an_exit_code(tmp_path: Path) -> None:
    done = run("status", home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("throughline: ")
    assert len(done.stderr.splitlines()) == 1
    assert "Traceback" not in done.stderr


def test_debug_shows_the_traceback(tmp_path: Path) -> None:
    assert "Traceback" in run("--debug", "status", home=tmp_path).stderr


def test_the_home_is_found_above_or_named_by_the_environment(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home", "mysql://x")
    below = run("store", "url", folder=home / "connections")
    assert "throughline.yaml:1: store.url" in below.stderr
    named = run("store", "url", folder=tmp_path, environment={"THROUGHLINE_HOME": str(home)})
    assert "throughline.yaml:1: store.url" in named.stderr
    nowhere = run("store", "url", folder=tmp_path)
    assert "throughline init" in nowhere.stderr
    after = run("store", "url", "--home", home, folder=tmp_path)
    assert "throughline.yaml:1: store.url" in after.stderr


def test_a_store_that_does_not_answer_is_an_error_to_retry(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home", "postgresql://u:hunter2@127.0.0.1:1/x")
    done = run("status", home=home)
    assert done.returncode == 75
    assert "does not answer" in done.stderr
    assert "hunter2" not in done.stderr


def test_init_makes_a_home_that_is_well_and_never_writes_over_one(tmp_path: Path) -> None:
    done = run("init", tmp_path / "home")
    assert done.returncode == 0
    text = (tmp_path / "home" / "throughline.yaml").read_text("utf-8")
    assert text.startswith("# yaml-language-server: $schema=.schemas/throughline.schema.json")
    assert (tmp_path / "home" / ".schemas" / "connection-files.schema.json").exists()
    again = run("init", tmp_path / "home")
    assert again.returncode == 2
    assert "already holds a home" in again.stderr
    assert (tmp_path / "home" / "throughline.yaml").read_text("utf-8") == text


def test_init_with_a_folder_that_holds_no_demo_data_says_how_to_make_some(tmp_path: Path) -> None:
    done = run("init", tmp_path / "home", "--demo-data", tmp_path)
    assert done.returncode == 2
    assert "throughline demo-data" in done.stderr
    assert not (tmp_path / "home").exists()


def test_a_connector_of_another_package_plugs_in(tmp_path: Path, postgres_url: str) -> None:
    plugin = a_plugin(tmp_path / "site")
    home = a_home(tmp_path / "home", postgres_url, crm=a_told("work", pages=2))
    assert run("check", home=home, environment=plugin).returncode == 0
    assert run("sync", home=home, environment=plugin).returncode == 0
    found = run("customer", "--email", "crm1@one.example", "--json", home=home)
    assert json.loads(found.stdout)[0]["golden_record"]["given_name"] == "Ada"


def test_sync_every_ends_well_when_asked_to(tmp_path: Path, postgres_url: str) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    process = start("sync", "--every", "1s", "--json", home=home)
    assert process.stdout is not None
    rounds = [json.loads(process.stdout.readline()) for _ in range(2)]
    process.send_signal(signal.SIGTERM)
    process.communicate(timeout=60)
    assert process.returncode == 0
    assert [one["changed"] for one in rounds] == [True, False]


@pytest.mark.parametrize("text", ["15", "0m", "soon", "-1m"])
def test_a_time_that_is_none_is_refused(shop_files: Path, text: str) -> None:
    done = run("sync", f"--every={text}", home=shop_files)
    assert done.returncode == 2
    assert "expected a time such as 30s, 15m or 2h" in done.stderr


@pytest.fixture
def shop_files(tmp_path: Path) -> Path:
    """Return a home whose store does not answer: for what is refused before it is asked."""
    return a_home(tmp_path / "home", "postgresql://u@127.0.0.1:1/x", shop=SHOP)


def test_status_says_for_each_stream_how_it_stands(shop: Path) -> None:
    status = json.loads(run("status", "--json", home=shop).stdout)
    (stream,) = status["streams"]
    assert (stream["connection"], stream["stream"]) == ("shop", "customers")
    assert (stream["landed"], stream["refused"], stream["waiting_batches"]) == (3, 0, 0)
    assert stream["lag_seconds"] < 600
    assert status["totals"]["customers"] == 3
    assert "3 parties are 3 customers" in run("status", home=shop).stdout


def test_status_marks_streams_and_leaves_out_runs_of_a_connection_that_is_gone(
    own_shop: Path,
) -> None:
    (own_shop / "connections" / "shop.yaml").unlink()
    status = json.loads(run("status", "--json", home=own_shop).stdout)
    assert [(one["stream"], one["gone"]) for one in status["streams"]] == [("customers", True)]
    assert {one["stage"] for one in status["runs"]} == {"resolve", "merge"}
    assert "customers (gone)" in run("status", home=own_shop).stdout


def test_status_tells_how_many_records_have_no_customer(tmp_path: Path, postgres_url: str) -> None:
    orders = [{"id": number, "mail": f"ada{number}@one.example"} for number in range(3)]
    write_shop(tmp_path / "shop", [*orders, {"id": 3}])
    shop = SHOP.replace(", version: date_modified_gmt", "")
    home = a_home(tmp_path / "home", postgres_url, shop=shop)
    (home / "mapping_rules").mkdir()
    (home / "mapping_rules" / "woocommerce_customers.yaml").write_text(
        "connector: x\nstream: y\nrules: [{record: order, set: {number: id}, participants: "
        "[{role: customer, principal: true, party: {set: {emails: [mail]}}}]}]\n",
        "utf-8",
    )
    assert run("sync", home=home).returncode == 0
    totals = json.loads(run("status", "--json", home=home).stdout)["totals"]
    assert (totals["records"], totals["without_customer"]) == (4, 1)
    assert "1 of 4 records have no customer" in run("status", home=home).stdout


def test_status_tells_which_values_were_left_out(tmp_path: Path, postgres_url: str) -> None:
    accounts = [an_account(n, email=f"ada {n}") for n in (1, 2)]
    write_shop(tmp_path / "shop", [*accounts, an_account(3, last_name="A\udc41")])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert run("sync", home=home).returncode == 0
    notes = json.loads(run("status", "--json", home=home).stdout)["notes"]
    assert [(one["count"], one["note"].split(": ")[0]) for one in notes] == [
        (2, "$.emails"),
        (1, "$"),
    ]
    shown = run("status", home=home).stdout
    assert "not an e-mail address" in shown
    assert "ada 1" not in shown


def test_the_status_of_a_run_that_has_not_failed_shows_no_error(
    capsys: pytest.CaptureFixture[str],
) -> None:
    run = {"stage": "connection", "subject": "shop", "started_at": datetime.now(UTC)}
    running = {**run, "outcome": "running", "error": None}
    totals = dict.fromkeys(TOTALS, 0)
    show_status({"streams": [], "never_read": [], "notes": [], "runs": [running], "totals": totals})
    assert "connection shop: running, begun 0 s ago\n" in capsys.readouterr().out


def test_a_terminal_that_does_not_know_its_width_gets_whole_tables(shop: Path) -> None:
    ours, theirs = pty.openpty()  # of no size until somebody gives it one
    with os.fdopen(ours, "rb", buffering=0) as reading:
        process = subprocess.Popen([*COMMAND, "--home", str(shop), "status"], stdout=theirs)
        os.close(theirs)
        shown = b""
        with suppress(OSError):  # its end is told so
            while block := reading.read(4096):
                shown += block
        assert process.wait(60) == 0
    assert b"shop" in shown
    assert b"customers" in shown


def test_a_connection_never_read_is_in_the_status(tmp_path: Path, postgres_url: str) -> None:
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert json.loads(run("status", "--json", home=home).stdout)["never_read"] == ["shop"]


def test_the_crosswalk_has_its_columns_and_a_row_a_record(shop: Path) -> None:
    done = run("export", "crosswalk", home=shop)
    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert list(rows[0]) == ["connection", "stream", "source_id", "customer_id"]
    assert sorted(row["source_id"] for row in rows) == ["1", "2", "3"]
    assert len({row["customer_id"] for row in rows}) == 3


@pytest.mark.parametrize("subject", ["customers", "parties", "interactions", "orders", "invoices"])
def test_the_formats_of_an_export_agree(shop: Path, tmp_path: Path, subject: str) -> None:
    counts = []
    for form in ("csv", "jsonl", "parquet"):
        out = tmp_path / f"out.{form}"
        done = run("export", subject, "--format", form, "--out", out, home=shop)
        assert done.returncode == 0, done.stderr
        if form == "csv":
            counts.append(len(list(csv.DictReader(out.open(encoding="utf-8", newline="")))))
        elif form == "jsonl":
            counts.append(len([json.loads(line) for line in out.open(encoding="utf-8")]))
        else:
            counts.append(parquet.read_table(out).num_rows)
    assert counts == [3 if subject in ("customers", "parties") else 0] * 3


@pytest.mark.parametrize("subject", ["crosswalk", "customers", "parties", "interactions"])
def test_csv_and_parquet_have_the_same_columns(shop: Path, tmp_path: Path, subject: str) -> None:
    out = tmp_path / "out.parquet"
    run("export", subject, "--format", "parquet", "--out", out, home=shop)
    header = run("export", subject, home=shop).stdout.splitlines()[0]
    assert header.split(",") == parquet.read_schema(out).names


def test_an_export_that_cannot_be_written_leaves_no_file(shop: Path, tmp_path: Path) -> None:
    done = run("export", "customers", "--out", tmp_path / "no" / "out.csv", home=shop)
    assert done.returncode == 2
    assert "can't be written" in done.stderr
    (tmp_path / "folder").mkdir()
    folder = run("export", "customers", "--out", tmp_path / "folder", home=shop)
    assert folder.returncode == 2
    assert "can't be written (Is a directory)" in folder.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["folder"]
    assert run("export", "customers", "--format", "parquet", home=shop).returncode == 2


def test_a_customer_is_found_by_email_phone_and_id(tmp_path: Path, postgres_url: str) -> None:
    billing = {"phone": "030 901820", "country": "DE", "email": "ada@one.example"}
    write_shop(tmp_path / "shop", [an_account(1, billing=billing)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert run("sync", home=home).returncode == 0
    by_email = json.loads(
        run("customer", "--email", "ADA1@one.example", "--json", home=home).stdout
    )
    one = by_email[0]["customer_id"]
    for written in ("Ada <ada1@one.example>", "mailto:ada1@one.example", " <ADA1@one.example> "):
        found = json.loads(run("customer", "--email", written, "--json", home=home).stdout)
        assert [each["customer_id"] for each in found] == [one]
    for words in (("--phone", "+49 30 901820"), ("--phone", "030/901820"), ("--id", one)):
        found = json.loads(run("customer", *words, "--json", home=home).stdout)
        assert [each["customer_id"] for each in found] == [one]
    page = run("customer", "--id", one, home=home).stdout
    assert "ada1@one.example" in page
    assert "shop customers 1" in page, "where a value came from"


def test_an_unknown_customer_is_an_error_that_repeats_no_address(shop: Path) -> None:
    done = run("customer", "--email", "nobody@secret.example", home=shop)
    assert done.returncode == 2
    assert "no customer has this" in done.stderr
    assert "secret" not in done.stderr
    assert run("customer", home=shop).returncode == 2
    assert run("customer", "--id", "7", home=shop).returncode == 2


def test_the_feed_goes_on_after_a_position(shop: Path) -> None:
    whole = [json.loads(line) for line in run("feed", home=shop).stdout.splitlines()]
    assert [int(event["sequence"]) for event in whole] == [1, 2, 3]
    assert {event["type"] for event in whole} == {"throughline.customer.created.v1"}
    rest = run("feed", "--after", "1", "--limit", "1", home=shop).stdout.splitlines()
    assert [json.loads(line) for line in rest] == whole[1:2]
    cursor = f"{whole[0]['epoch']}.2"
    assert len(run("feed", "--after", cursor, home=shop).stdout.splitlines()) == 1
    assert run("feed", "--after", "x", home=shop).returncode == 2
    assert run("feed", "--after", "00000000.1", home=shop).returncode != 0


def test_following_the_feed_brings_what_comes_later(own_shop: Path, tmp_path: Path) -> None:
    process = start("feed", "--after", "3", "--limit", "1", "--follow", home=own_shop)
    write_shop(tmp_path / "shop", [an_account(4)], name="b")
    assert run("sync", home=own_shop).returncode == 0
    out, _ = process.communicate(timeout=120)
    assert json.loads(out)["type"] == "throughline.customer.created.v1"


def test_publishing_without_a_sink_says_where_to_name_one(shop: Path) -> None:
    done = run("feed", "publish", home=shop)
    assert done.returncode == 2
    assert "sinks" in done.stderr
    assert run("feed", "publish", "--to", "ftp://x", home=shop).returncode == 2


def test_serving_needs_a_key_that_is_shown_once(own_shop: Path) -> None:
    assert "--new-key" in run("serve", home=own_shop).stderr
    made = run("serve", "--new-key", "crm", home=own_shop)
    assert made.stdout.startswith("tl_")
    listed = run("serve", "--keys", home=own_shop).stdout
    assert "crm" in listed
    assert "tl_" not in listed


def test_an_api_key_that_is_ended_is_listed_no_more(own_shop: Path) -> None:
    run("serve", "--new-key", "crm", home=own_shop)
    assert run("serve", "--keys", "--end-key", "crm", home=own_shop).returncode == 2
    assert "crm" in run("serve", "--keys", home=own_shop).stdout
    assert run("serve", "--end-key", "crm", home=own_shop).returncode == 0
    assert "no API key" in run("serve", "--keys", home=own_shop).stdout
    assert run("serve", "--end-key", "crm", home=own_shop).returncode == 2


def test_the_stores_address_is_printed_without_its_password(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home", "postgresql://ada:hunter2@db.example/x?sslmode=require")
    done = run("store", "url", home=home)
    assert done.stdout == "postgresql://ada@db.example/x?sslmode=require\n"
    assert run("store", "stop", home=home).returncode == 2


def test_the_embedded_store_starts_and_stops(tmp_path: Path) -> None:
    home = a_home(tmp_path / "home")
    try:
        assert run("store", "start", home=home).stdout == "started\n"
        assert run("store", "start", home=home).stdout == "was running\n"
        assert "applied" in run("store", "migrate", home=home).stdout
        assert run("store", "migrate", home=home).stdout == "is up to date\n"
    finally:
        assert run("store", "stop", home=home).stdout == "stopped\n"
    assert run("store", "stop", home=home).stdout == "was not running\n"


def test_a_backup_restores_into_an_empty_store_only(
    shop: Path, tmp_path: Path, empty_postgres_url: str
) -> None:
    archive = tmp_path / "backup.tar.zst"
    assert run("store", "backup", "--out", archive, home=shop).returncode == 0
    again = run("store", "restore", archive, home=shop)
    assert again.returncode == 1, "the store holds data"
    other = a_home(tmp_path / "other", empty_postgres_url, shop=SHOP)
    done = run("store", "restore", archive, home=other)
    assert done.returncode == 0, done.stderr
    restored = run("export", "crosswalk", home=other).stdout
    assert sorted(restored.splitlines()) == sorted(
        run("export", "crosswalk", home=shop).stdout.splitlines()
    )
    assert run("store", "restore", tmp_path / "none", home=other).returncode == 2


def test_a_store_moves_to_another_server(
    own_shop: Path, tmp_path: Path, empty_postgres_url: str
) -> None:
    done = run("store", "move", "--to", empty_postgres_url, home=own_shop)
    assert done.returncode == 0, done.stderr
    other = a_home(tmp_path / "other", empty_postgres_url)
    assert run("feed", home=other).stdout == run("feed", home=own_shop).stdout


def test_a_move_to_a_server_that_is_down_says_that_it_is_the_one_to_move_to(shop: Path) -> None:
    address = f"postgresql://store@127.0.0.1:{free_port()}/customers"
    done = run("store", "move", "--to", address, home=shop)
    assert done.returncode == 1
    assert "the store to move to does not answer" in done.stderr
    assert "the customer store" not in done.stderr
