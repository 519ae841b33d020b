"""What a small delivery costs follows what it changes, not what is stored."""

from __future__ import annotations

import random
import time
from pathlib import Path

import psycopg

from tests.fix_deliveries import a_home_at, deliver, drop, sync_here
from throughline.demo_data import generate

PEOPLE = 3_000
CHANGED = 15
# What is stored of each person adds to these. The tables that are missing here are so small at this
# size that the server rightly reads them whole rather than look up a guessed number of rows.
TABLES = (
    *("source_record", "record", "profile", "blocking_key", "link"),
    *("contact_point", "record_customer", "feed_event"),
)
STATEMENT = """
SELECT relname, seq_scan, n_live_tup FROM pg_stat_user_tables
WHERE relname = ANY (%s) ORDER BY relname
"""
OTHERS = """
SELECT count(*) FROM pg_stat_activity
WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'
"""


def scans(url: str) -> dict[str, int]:
    """Return how often each table was read from end to end, once every session has told."""
    with psycopg.connect(url, autocommit=True) as connection:
        deadline = time.monotonic() + 10
        while connection.execute(OTHERS).fetchone() != (0,) and time.monotonic() < deadline:
            time.sleep(0.02)
        rows = connection.execute(STATEMENT, [list(TABLES)]).fetchall()
    assert len(rows) == len(TABLES)
    assert all(live >= PEOPLE for _, _, live in rows), rows
    return {name: int(number) for name, number, _ in rows}


def test_a_small_delivery_reads_no_large_table_from_end_to_end(
    tmp_path: Path, postgres_url: str
) -> None:
    data = tmp_path / "data"
    generate(data, people=PEOPLE, seed=3, delta_people=CHANGED)
    home, inbox = a_home_at(tmp_path, data, postgres_url), tmp_path / "inbox"
    (first,) = deliver(data, inbox, cuts=1, chance=random.Random(1))
    (second,) = deliver(data / "delta", inbox, cuts=1, chance=random.Random(2))
    drop(first, inbox)
    sync_here(home)
    before = scans(postgres_url)
    drop(second, inbox)
    sync_here(home)
    after = scans(postgres_url)
    assert {name: after[name] - before[name] for name in TABLES} == dict.fromkeys(TABLES, 0)
