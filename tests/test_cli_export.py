"""Exports of a small company's four channels: each form tells the same of every record."""

from __future__ import annotations

import csv
import json
import shlex
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from tests.fix_demo_home import a_demo_home
from tests.fix_homes import COMMAND, run
from throughline.cli.exporting import COLUMNS

NAMED_BY = {
    "crosswalk": ("connection", "stream", "source_id", "customer_id"),
    "customers": ("customer_id",),
    "parties": ("party_id",),
}
"""What names a row of an export; the others' have a record_id."""
IN_ADDRESS = ("street", "postal_code", "city", "country")


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Yield a synced home that the tests only read."""
    with a_demo_home(tmp_path_factory.mktemp("company")) as home:
        done = run("sync", home=home)
        assert done.returncode == 0, done.stdout + done.stderr
        yield home


def exported(home: Path, subject: str, form: str, folder: Path) -> Path:
    """Write an export and return its file."""
    out = folder / f"{subject}.{form}"
    done = run("export", subject, "--format", form, "--out", out, home=home)
    assert done.returncode == 0, done.stderr
    return out


def csv_rows(home: Path, subject: str, folder: Path) -> list[dict[str, str]]:
    """Return an export's rows as a spreadsheet reads them."""
    with exported(home, subject, "csv", folder).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def documents(home: Path, subject: str, folder: Path) -> list[dict[str, Any]]:
    """Return an export's documents."""
    with exported(home, subject, "jsonl", folder).open(encoding="utf-8", newline="\n") as file:
        return [json.loads(line) for line in file]


def flat(subject: str, document: Mapping[str, Any]) -> dict[str, str]:
    """Return the row that docs/commands.md promises for a document."""
    first = (document.get("addresses") or [{}])[0]
    row: dict[str, str] = {}
    for name in COLUMNS[subject]:
        value = first.get(name) if name in IN_ADDRESS else document.get(name)
        if name in ("emails", "phones"):
            row[name] = " ".join(value or [])
        elif isinstance(value, list):
            row[name] = json.dumps(value)
        else:
            row[name] = "" if value is None else str(value)
    return row


def by_name(subject: str, rows: list[dict[str, str]]) -> list[dict[str, str]]:
    """Return rows in the order of what names them, their JSON in one spelling."""
    for row in rows:
        if row.get("lines"):
            row["lines"] = json.dumps(json.loads(row["lines"]))
    names = NAMED_BY.get(subject, ("record_id",))
    return sorted(rows, key=lambda row: [row[name] for name in names])


@pytest.mark.parametrize("subject", sorted(COLUMNS))
def test_each_form_tells_the_same_of_every_record(
    company: Path, tmp_path: Path, subject: str
) -> None:
    rows = by_name(subject, csv_rows(company, subject, tmp_path))
    assert len(rows) >= 10
    assert list(rows[0]) == list(COLUMNS[subject])
    lines = [flat(subject, one) for one in documents(company, subject, tmp_path)]
    assert by_name(subject, lines) == rows
    table = parquet.read_table(exported(company, subject, "parquet", tmp_path))
    assert table.column_names == list(COLUMNS[subject])
    cells = [
        {name: "" if value is None else str(value) for name, value in row.items()}
        for row in table.to_pylist()
    ]
    assert by_name(subject, cells) == rows


def test_the_lists_of_a_document_are_lists_not_texts(company: Path, tmp_path: Path) -> None:
    orders = documents(company, "orders", tmp_path)
    assert all(isinstance(line, dict) for order in orders for line in order["lines"])
    assert any(len(order["lines"]) > 1 for order in orders)
    customers = documents(company, "customers", tmp_path)
    assert any(len(customer.get("emails", [])) > 1 for customer in customers)
    assert all(isinstance(one, dict) for each in customers for one in each.get("addresses", []))
    assert all(isinstance(customer["version"], int) for customer in customers)
    interactions = documents(company, "interactions", tmp_path)
    assert any(isinstance(one.get("participants"), list) for one in interactions)


def test_a_document_says_more_than_a_row_and_leaves_out_what_is_not_there(
    company: Path, tmp_path: Path
) -> None:
    parties = documents(company, "parties", tmp_path)
    made = [party for party in parties if "source_id" not in party]
    assert 0 < len(made) < len(parties)  # senders and callers are no source records
    assert all(value is not None for party in parties for value in party.values())
    blank = [row for row in csv_rows(company, "parties", tmp_path) if not row["source_id"]]
    assert {row["party_id"] for row in blank} == {party["party_id"] for party in made}
    assert any("identifiers" in party for party in parties)


def test_an_export_for_which_the_disk_is_too_small_leaves_nothing(
    company: Path, tmp_path: Path
) -> None:
    words = [*COMMAND, "--home", str(company), "export", "parties", "--format", "jsonl"]
    limited = f"ulimit -f 8 && trap '' XFSZ && {shlex.join([*words, '--out', str(tmp_path / 'p')])}"
    done = subprocess.run(["bash", "-c", limited], capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "can't be written (File too large)" in done.stderr
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("form", ["csv", "jsonl", "parquet"])
def test_an_export_can_be_read_by_who_wrote_it_alone(
    company: Path, tmp_path: Path, form: str
) -> None:
    assert exported(company, "customers", form, tmp_path).stat().st_mode & 0o777 == 0o600
