"""Make demo data, sync it, and read back its parties, their evidence and their customers."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pyarrow as pa
from pyarrow import parquet

from throughline.demo_data import generate
from throughline.resolve import load_identity_rules
from throughline.resolve.engine import PARTIES, Engine
from throughline.store import Connection, EmbeddedServer, connect, copy_out_batches

SourceKey = tuple[str, str, str]
THROUGHLINE = Path(sys.executable).with_name("throughline")

RECORDS = """
SELECT s.connection, s.name, r.key, p.party_id::text, m.customer_id::text
FROM record r JOIN stream s USING (stream_id)
JOIN participant p ON p.record_id = r.record_id AND p.principal
JOIN member m ON m.party_id = p.party_id
UNION ALL
SELECT s.connection, s.name, y.key, y.party_id::text, m.customer_id::text
FROM party y JOIN stream s USING (stream_id) JOIN member m ON m.party_id = y.party_id
WHERE y.self
"""
EXACT = """
SELECT CAST(p.party_id AS VARCHAR), unnest(
    list_transform(f.emails, lambda v: 'email ' || v)
    || list_transform(f.phones, lambda v: 'phone ' || v)
    || list_transform(f.identifiers, lambda v: 'identifier ' || v))
FROM party_profile p JOIN feature f USING (profile_id)
"""
EVERY = """
SELECT CAST(p.party_id AS VARCHAR), unnest(
    list_transform(f.emails, lambda v: 'email ' || v)
    || list_transform(f.emails, lambda v: 'local part ' || split_part(v, '@', 1))
    || list_transform(f.phones, lambda v: 'phone ' || v)
    || list_transform(f.identifiers, lambda v: 'identifier ' || v)
    || list_transform(f.full_names, lambda v: 'name ' || v)
    || list_transform(f.streets, lambda v: 'street ' || v)
    || ['organisation ' || coalesce(f.organisation, f.whole), 'born ' || f.birth_date])
FROM party_profile p JOIN feature f USING (profile_id)
"""
COLUMNS = """
SELECT CAST(p.party_id AS VARCHAR) AS party, f.given, f.given_names, nullif(f.family, '') AS family,
    f.given || ' ' || nullif(f.family, '') AS full_name,
    f.emails[1] AS email, CASE WHEN len(f.emails) > 0 THEN f.emails END AS emails,
    CASE WHEN count(*) OVER (PARTITION BY split_part(f.emails[1], '@', 1)) <= 20
        THEN split_part(f.emails[1], '@', 1) END AS mailbox,
    f.phones[1] AS phone, CASE WHEN len(f.phones) > 0 THEN f.phones END AS phones,
    f.streets[1] AS street, f.postcodes[1] AS postcode, f.birth_date,
    coalesce(f.organisation, CASE WHEN f.is_organisation THEN f.whole END) AS organisation,
    f.identifiers[1] AS identifier
FROM party_profile p JOIN feature f USING (profile_id) ORDER BY party
"""


@dataclass(slots=True, kw_only=True)
class Evidence:
    """The parties of one synced home: which record names which, what they hold, whose they are."""

    data: Path
    party_of: dict[SourceKey, str]
    customer_of: dict[str, str]
    exact_values: list[tuple[str, str]] = field(repr=False)
    all_values: list[tuple[str, str]] = field(repr=False)
    columns: pa.Table = field(repr=False)

    @property
    def parties(self) -> list[str]:
        """Return every party that has a customer."""
        return list(self.customer_of)

    def write(self, file: Path, people: Mapping[str, str]) -> Path:
        """Write the parties with their person and number of records as Parquet."""
        records = Counter(self.party_of.values())
        known = [party in people for party in self.columns.column("party").to_pylist()]
        rows = self.columns.filter(pa.array(known))
        parties = rows.column("party").to_pylist()
        rows = rows.append_column("person", pa.array([people[party] for party in parties]))
        rows = rows.append_column("records", pa.array([records[party] for party in parties]))
        parquet.write_table(rows, file)
        return file


def evidence_of(out: Path, *, people: int, seed: int) -> Evidence:
    """Make the data and a home of it, sync, and read the evidence; the home is removed again."""
    data, home = out / f"data-{people}-{seed}", out / f"home-{people}-{seed}"
    if not (data / "truth.csv").exists():
        generate(data, people=people, seed=seed)
    server = EmbeddedServer(home / "data" / "store")
    server.stop()
    shutil.rmtree(home, ignore_errors=True)
    steps: list[list[str | Path]] = [["init", home, "--demo-data", data], ["--home", home, "sync"]]
    for command in steps:
        subprocess.run([THROUGHLINE, *command], check=True, stdout=subprocess.DEVNULL)
    server.start()
    try:
        with connect(server.url()) as connection:
            return read(connection, data)
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


def read(connection: Connection, data: Path) -> Evidence:
    """Read everything of a synced store; the evidence is what our own rules see."""
    rows = connection.execute(RECORDS).fetchall()
    with Engine(load_identity_rules()) as engine:
        query = b"SELECT party_id, stream_id, self, doc FROM party"
        for parties in copy_out_batches(connection, query, None, PARTIES):
            engine.add_parties(parties, members=True)
        customers = connection.execute("SELECT party_id::text, customer_id::text FROM member")
        return Evidence(
            data=data,
            party_of={(where, stream, key): party for where, stream, key, party, _ in rows},
            customer_of=dict(customers.fetchall()),
            exact_values=[(p, v) for p, v in engine.db.execute(EXACT).fetchall() if v],
            all_values=[(p, v) for p, v in engine.db.execute(EVERY).fetchall() if v],
            columns=engine.table(COLUMNS),
        )
