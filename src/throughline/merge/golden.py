"""Build golden records: a batch of parties in, one document with its provenance a customer out."""

from __future__ import annotations

import os

import duckdb
import pyarrow as pa

from throughline.merge.compile import compile_rules
from throughline.merge.survivorship import SurvivorshipRules
from throughline.private_files import spill_folder

PARTIES = pa.schema(
    [
        ("customer", pa.int32()),
        ("connection", pa.string()),
        ("stream", pa.string()),
        ("key", pa.string()),
        ("changed_at", pa.int64()),
        ("doc", pa.string()),
    ]
)
MEMORY_LIMIT = "600MB"
ROWS_FOR_THREADS = 20_000  # each thread has tables of its own, which cost more than few rows do
_CONTACTS = """
SELECT DISTINCT ('0x' || left(md5(value), 16))::UBIGINT::BIT::BIGINT AS key, customer
FROM (SELECT customer, json_extract_string(unnest(contacts), '$') AS value FROM golden)
WHERE value IS NOT NULL
"""


class GoldenRecords:
    """Makes golden records by one set of rules; holds a DuckDB that reads nothing but its input."""

    def __init__(self, rules: SurvivorshipRules) -> None:
        self._duckdb = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "temp_directory": spill_folder(),
                "async_threads": "0",  # for files, of which it reads none
                "threads": "1",
            }
        )
        self._duckdb.execute("SET enable_external_access = false")  # once the folder is named
        ranks = pa.table(
            {
                "connection": pa.array(list(rules.ranks), pa.string()),
                "rank": pa.array(list(rules.ranks.values()), pa.int64()),
            }
        )
        self._duckdb.register("ranks", ranks)
        self._duckdb.register("last_rank", pa.table({"last": [rules.last]}))
        self._query = compile_rules(rules)

    def build(self, parties: pa.Table) -> tuple[pa.Table, pa.Table]:
        """Return golden records (customer, doc, provenance, hash) and their contact points.

        Customers are numbers, as `parties` gives them: quicker to group by than their ids.

        Contact points are rows (key, customer), the key being the first 64 bits of the md5 of
        an e-mail address or telephone number. Golden records are sorted by customer, so that
        they go into the store's index in order.
        """
        if parties.num_rows >= ROWS_FOR_THREADS:
            self._duckdb.execute(f"SET threads = {os.cpu_count() or 1}")
        self._duckdb.register("parties", parties)
        self._duckdb.execute(f"CREATE OR REPLACE TEMP TABLE golden AS {self._query}")
        self._duckdb.unregister("parties")
        golden = self._duckdb.sql(
            "SELECT customer, doc, provenance, hash FROM golden ORDER BY customer"
        ).to_arrow_table()
        contacts = self._duckdb.sql(_CONTACTS).to_arrow_table()
        return golden, contacts

    def close(self) -> None:
        """Let the engine's memory go."""
        self._duckdb.close()
