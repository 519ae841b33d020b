"""Look at a page's records in DuckDB: key, version, group, deletion and hash of each."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cache
from importlib.resources import files

import duckdb
import pyarrow as pa

from throughline.connector import StreamSpec
from throughline.land.mending import mend

MAX_BYTES = 32 << 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """A page's records, looked at: one row for each key (`chosen`), and those refused."""

    received: int
    chosen: pa.Table = field(repr=False)
    refused: pa.Table = field(repr=False)


class PageReader:
    """Reads pages of one stream; keeps the ids it has seen, so that a sweep can end with them."""

    def __init__(self, connection_name: str, stream: StreamSpec) -> None:
        self._duckdb = _database().cursor()
        self._duckdb.execute("CREATE TEMP TABLE seen (source_id UUID)")
        deletion = stream.deletion
        optional = (stream.version, stream.group, deletion.path if deletion else None)
        self._versioned = stream.version is not None
        self._params = {
            "paths": [_json_path(path) for path in (*stream.key, *(p or "" for p in optional))],
            "keys": len(stream.key),
            "connection": connection_name,
            "stream": stream.name,
            "deleted": list(deletion.values) if deletion else [],
            "grouped": stream.group is not None,
            "max_bytes": MAX_BYTES,
        }

    def read(self, records: pa.Array) -> Arrivals:
        """Look at a page's JSON texts; of several with one key the last or greatest is chosen."""
        texts, mended = mend(records)
        page = pa.table(
            {
                "position": pa.array(range(len(texts)), pa.int32()),
                "record": texts,
                "mended": mended,
            }
        )
        self._duckdb.register("page", page)
        self._duckdb.execute(_query("read_page"), self._params)
        refused = self._fetch(
            "SELECT position, record, problem FROM arrival WHERE problem IS NOT NULL"
        )
        self._duckdb.execute(_query("choose_records"), {"versioned": self._versioned})
        self._duckdb.execute(
            "INSERT INTO seen SELECT source_id::UUID FROM chosen WHERE NOT deleted"
        )
        chosen = self._fetch("SELECT source_id FROM chosen")
        return Arrivals(received=len(texts), chosen=chosen, refused=refused)

    def changed(self, stored: pa.Table) -> pa.Table:
        """Return the rows of the page last read that are new or change what is stored, in order."""
        self._duckdb.register("stored", stored)
        return self._duckdb.sql(
            _query("compare_records"), params={"versioned": self._versioned}
        ).to_arrow_table()

    def not_seen(self, source_ids: pa.Array) -> pa.Array:
        """Return those of the ids that no page held."""
        self._duckdb.register("asked", pa.table({"source_id": source_ids}))
        query = (
            "SELECT source_id FROM asked ANTI JOIN seen ON asked.source_id::UUID = seen.source_id"
        )
        return self._fetch(query)["source_id"].combine_chunks()

    def close(self) -> None:
        """Give the memory back."""
        self._duckdb.close()

    def _fetch(self, query: str) -> pa.Table:
        return self._duckdb.sql(query).to_arrow_table()


@cache
def _database() -> duckdb.DuckDBPyConnection:
    """Return this process's DuckDB for landing; each reader has a session with its own tables."""
    return duckdb.connect(":memory:", config={"enable_external_access": "false", "threads": "1"})


@cache
def _query(name: str) -> str:
    """Return a DuckDB statement of this package."""
    return files("throughline.land").joinpath("duckdb_sql", f"{name}.sql").read_text("utf-8")


def _json_path(path: str) -> str:
    """Return the JSON path of a dotted one; the empty path finds nothing."""
    if not path:
        return '$."\x01"'
    return "$" + "".join(f'."{part}"' for part in path.split("."))
