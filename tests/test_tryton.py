"""The tryton connector on a real Tryton: everything, changes, children, deletions, keys."""

from __future__ import annotations

import itertools
import json
import time
from functools import partial
from pathlib import Path
from typing import Any

import psycopg
import pytest

from tests.fix_postgres import PostgresServer
from tests.fix_tryton import PASSWORD, Tryton
from throughline.connector import Connector, Cursor
from throughline.errors import AccessError
from throughline.testing import (
    assert_conforms,
    assert_keeps_secrets,
    context,
    manifest_mistakes,
    read_all,
)
from throughline_erp.tryton import open_connection

MANIFEST = Path(__file__).parents[1] / "connectors" / "throughline_erp" / "tryton" / "manifest.yaml"
pytestmark = pytest.mark.xdist_group("tryton")


def open_it(server: Tryton, folder: Path, **settings: Any) -> Connector:
    """Open the connection as the administrator, unless the settings say otherwise."""
    login = {} if "key" in settings else {"user": server.user, "password": server.password}
    given = {"url": server.url, "database": server.database, **login, **settings}
    return open_connection(context(folder, given))


def parties(server: Tryton, folder: Path, cursor: Cursor | None, **settings: Any) -> Any:
    """Read the stream of parties; return the reading and its records by name."""
    reading = read_all(open_it(server, folder, **settings), "parties", cursor)
    records = (json.loads(text) for text in reading.records.values())
    return reading, {record["name"]: record for record in records}


def a_party(server: Tryton, name: str, **values: Any) -> int:
    """Make a party and wait until the server's clock has passed its second."""
    (made,) = server.model("party.party", "create", [{"name": name, "addresses": [], **values}])
    time.sleep(1.1)
    return int(made)


def test_parties_come_with_addresses_contact_mechanisms_and_identifiers(
    tryton: Tryton, tmp_path: Path
) -> None:
    _, found = parties(tryton, tmp_path, None)
    person, company = found["Jürgen Müller"], found["Nordlicht Handels GmbH"]
    assert [(one["type"], one["value"]) for one in person["contact_mechanisms"]] == [
        ("email", "juergen.mueller@example.com"),
        ("phone", "+49 30 901820"),
    ]
    address = person["addresses"][0]
    assert (address["street"], address["city"]) == ("Torstraße 12", "Berlin")
    assert address["country"]["code"] == "DE"
    assert [(one["type"], one["code"]) for one in company["identifiers"]] == [
        ("eu_vat", "DE136695976")
    ]
    assert person["write_date"].endswith("Z")


def test_sales_and_invoices_have_plain_amounts_and_days(tryton: Tryton, tmp_path: Path) -> None:
    connector = open_it(tryton, tmp_path)
    (sale,) = map(json.loads, read_all(connector, "sales").records.values())
    (invoice,) = map(json.loads, read_all(connector, "invoices").records.values())
    assert sale["total_amount"] == invoice["total_amount"] == "20.00"
    assert len(sale["sale_date"]) == len("2026-11-22")
    assert [line["quantity"] for line in sale["lines"]] == [2.0]
    assert invoice["type"] == "out"


def test_the_connection_conforms(tryton: Tryton, tmp_path: Path) -> None:
    opened = partial(open_it, tryton, tmp_path, streams=["parties"])
    assert_conforms(opened, secrets=[PASSWORD])


def test_a_new_and_a_changed_party_are_found(tryton: Tryton, tmp_path: Path) -> None:
    first, _ = parties(tryton, tmp_path, None)
    made = a_party(tryton, "New One")
    second, found = parties(tryton, tmp_path, first.cursor, overlap_seconds=0)
    assert list(found) == ["New One"]
    tryton.model("party.party", "write", [made], {"name": "Renamed"})
    time.sleep(1.1)
    third, found = parties(tryton, tmp_path, second.cursor, overlap_seconds=0)
    assert list(found) == ["Renamed"]
    assert not parties(tryton, tmp_path, third.cursor, overlap_seconds=0)[1]


def test_a_contact_mechanism_changed_alone_brings_its_party(tryton: Tryton, tmp_path: Path) -> None:
    made = a_party(tryton, "Has A Phone")
    first, _ = parties(tryton, tmp_path, None)
    mechanism = {"party": made, "type": "phone", "value": "+49 30 12345678"}
    tryton.model("party.contact_mechanism", "create", [mechanism])
    time.sleep(1.1)
    _, found = parties(tryton, tmp_path, first.cursor, overlap_seconds=0)
    assert found["Has A Phone"]["contact_mechanisms"][0]["value"] == "+49 30 12345678"


def test_inactive_parties_are_read(tryton: Tryton, tmp_path: Path) -> None:
    made = a_party(tryton, "Put To Rest")
    tryton.model("party.party", "write", [made], {"active": False})
    _, found = parties(tryton, tmp_path, None)
    assert found["Put To Rest"]["active"] is False


def test_a_deleted_party_is_missing_from_a_sweep_that_says_it_is_complete(
    tryton: Tryton, tmp_path: Path
) -> None:
    made = a_party(tryton, "Soon Gone")
    first, _ = parties(tryton, tmp_path, None)
    tryton.model("party.party", "delete", [made])
    second, _ = parties(tryton, tmp_path, first.cursor, sweep=2)
    assert not any(page.sweep_complete for page in second.pages)
    third, _ = parties(tryton, tmp_path, second.cursor, sweep=2)
    assert third.pages[-1].sweep_complete
    assert str(made) in first.records
    assert str(made) not in third.records


def test_a_wrong_password_is_an_access_error_without_the_password(
    tryton: Tryton, tmp_path: Path
) -> None:
    connector = open_it(tryton, tmp_path, password="not-the-password")
    with pytest.raises(AccessError) as refused:
        list(connector.read("parties", None))
    assert "not-the-password" not in str(refused.value)
    assert [finding.ok for finding in connector.check()] == [False]


def test_a_key_reads_what_a_login_reads(
    tryton: Tryton, embedded_server: PostgresServer, tmp_path: Path
) -> None:
    key = a_key(tryton, embedded_server)
    by_key = read_all(open_it(tryton, tmp_path, key=key), "parties")
    by_login = read_all(open_it(tryton, tmp_path), "parties")
    assert by_key.records == by_login.records
    assert_keeps_secrets(lambda: open_it(tryton, tmp_path, key=key), [key])


def test_a_run_cut_off_within_a_window_goes_on_where_it_stopped(
    tryton: Tryton, tmp_path: Path
) -> None:
    first, _ = parties(tryton, tmp_path, None)
    names = [f"Windowed {number}" for number in range(3)]
    for name in names:
        a_party(tryton, name)
    connector = open_it(tryton, tmp_path, overlap_seconds=0)
    (page,) = itertools.islice(connector.read("parties", first.cursor), 1)
    assert page.cursor is not None
    assert "window" in page.cursor
    _, rest = parties(tryton, tmp_path, page.cursor, overlap_seconds=0)
    assert len(page.records) == 3
    assert not rest


def a_key(server: Tryton, postgres: PostgresServer) -> str:
    """Make a key of a user application for REST, validated as its user would on the screen."""
    (user,) = server.model("res.user", "search", [["login", "=", server.user]], 0, 1, None)
    fields = [{"application": "rest", "user": user}]
    (made,) = server.model("res.user.application", "create", fields)
    with psycopg.connect(postgres.url(server.database)) as store:
        validate = "UPDATE res_user_application SET state = 'validated' WHERE id = %s RETURNING key"
        row = store.execute(validate, [made]).fetchone()
    assert row is not None
    return str(row[0])


def test_the_manifest_describes_every_setting() -> None:
    login = {"url": "https://x.example", "database": "d", "user": "u", "password": "p"}
    assert manifest_mistakes(MANIFEST, login) == []
    assert manifest_mistakes(MANIFEST, {"url": "https://x.example", "database": "d"}) != []
