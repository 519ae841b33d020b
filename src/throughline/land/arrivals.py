"""Extract key, version, group, deletion and hash of each of a page's records, in DuckDB."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial

import pyarrow as pa
import pyarrow.compute as pc

from throughline.connector import StreamSpec, path_names, text_engine
from throughline.land.mending import mend
from throughline.store import duckdb_statement

MAX_BYTES = 32 << 20

_query = partial(duckdb_statement, "throughline.land")


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrivals:
    """A page's records: the id of one for each key (`chosen`), and those refused."""

    received: int
    chosen: pa.Table = field(repr=False)
    refused: pa.Table = field(repr=False)


class PageReader:
    """Reads pages of one stream; keeps the ids it has seen, so that a sweep can end with them."""

    def __init__(self, connection_name: str, stream: StreamSpec) -> None:
        self._duckdb = text_engine().cursor()
        self._duckdb.execute("CREATE TEMP TABLE seen (source_id UUID, deleted BOOLEAN)")
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
        """Take a page's JSON texts; of one key's, the greatest version or the last is chosen."""
        self._texts, self._mended = mend(records)
        positions = pa.array(range(len(self._texts)), pa.int32())
        self._duckdb.register("page", pa.table({"position": positions, "record": self._texts}))
        self._duckdb.execute(_query("read_page"), self._params)
        refused = self._fetch("SELECT position, problem FROM arrival WHERE problem IS NOT NULL")
        if refused.num_rows:
            self._duckdb.execute("DELETE FROM arrival WHERE problem IS NOT NULL")
        at = refused["position"].combine_chunks()
        return Arrivals(
            received=len(self._texts),
            chosen=self._chosen(),
            refused=refused.append_column("record", self._texts.take(at)),
        )

    def _chosen(self) -> pa.Table:
        """Keep one delivery of each key in `arrival`, and return their ids."""
        arrived = self._fetch("SELECT source_id FROM arrival")
        if pc.count_distinct(arrived["source_id"]).as_py() == arrived.num_rows:
            return arrived
        self._duckdb.execute(_query("choose_records"), {"versioned": self._versioned})
        return self._fetch("SELECT source_id FROM arrival")

    def seen_before(self) -> pa.Array:
        """Return those ids of the page last read that an earlier page of this reader held, too."""
        return self._fetch(_query("seen_before"))["source_id"].combine_chunks()

    def changed(self, stored: pa.Table) -> pa.Table:
        """Return the rows of the page last read that are new or change what is stored, in order."""
        self._duckdb.register("stored", stored)
        rows = self._duckdb.sql(
            _query("compare_records"), params={"versioned": self._versioned}
        ).to_arrow_table()
        self._duckdb.execute(_query("add_seen"))
        rows = rows.append_column("record", self._lines(rows))
        return rows.append_column("mended", self._mended.take(rows["position"].combine_chunks()))

    def _lines(self, rows: pa.Table) -> pa.Array:
        """Return the rows' records, each as one line."""
        records = _at(self._texts, rows["position"])
        broken = rows["many_lines"].combine_chunks()
        if not pc.any(broken).as_py():
            return records
        self._duckdb.register("broken", pa.table({"record": records.filter(broken)}))
        mended = self._fetch("SELECT json(record)::VARCHAR AS record FROM broken")["record"]
        texts = mended.combine_chunks().cast(records.type)
        return pc.replace_with_mask(records, broken, texts)

    def not_seen(self, source_ids: pa.Array) -> pa.Array:
        """Return those of the ids that no page held."""
        self._duckdb.register("asked", pa.table({"source_id": source_ids}))
        return self._fetch(_query("not_seen"))["source_id"].combine_chunks()

    def close(self) -> None:
        """Give the memory back."""
        self._duckdb.close()

    def _fetch(self, query: str) -> pa.Table:
        return self._duckdb.sql(query).to_arrow_table()


def _at(texts: pa.Array, positions: pa.ChunkedArray) -> pa.Array:
    """Return the texts at some positions; all of them, in order, are not copied."""
    every = pa.array(range(len(texts)), positions.type)
    whole = positions.equals(pa.chunked_array([every]))
    return texts if whole else texts.take(positions.combine_chunks())


def _json_path(path: str) -> str:
    """Return the JSON path of a dotted one; the empty path finds nothing."""
    names = path_names(path) or ["\x01"]
    escaped = [name.replace("\\", "\\\\").replace('"', '\\"') for name in names]
    return "$" + "".join(f'."{name}"' for name in escaped)
