"""Turn tables into JSON text, one object a row, in bulk."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pyarrow as pa

from throughline.connector import text_engine

Derive = Callable[[Sequence[str], Sequence[pa.Array]], tuple[Sequence[str], Sequence[pa.Array]]]
"""A named function that adds columns which follow from others, or changes some."""


class JsonWriter:
    """Write rows as JSON objects whose members stand in the order of the columns.

    The same values always give the same text, whichever way the row was read. `derive` is applied
    to the columns first.
    """

    def __init__(self, derive: Derive | None = None) -> None:
        self._derive = derive
        self._duckdb = text_engine().cursor()

    def write(self, names: Sequence[str], columns: Sequence[pa.Array]) -> pa.Array:
        """Return an Arrow string for each row. Names differ from each other, case apart."""
        if self._derive:
            names, columns = self._derive(names, columns)
        rows = pa.StructArray.from_arrays(list(columns), names=list(names))
        self._duckdb.register("page", pa.table({"row": rows}))
        text = self._duckdb.sql("SELECT to_json(row)::VARCHAR AS record FROM page")
        return one_array(text.to_arrow_table().column(0))


def one_array(column: pa.ChunkedArray) -> pa.Array:
    """Return a column's chunks as one array of strings."""
    chunks = column.chunks
    array = (
        chunks[0] if len(chunks) == 1 else pa.concat_arrays([pa.array([], column.type), *chunks])
    )
    return array if array.type == pa.string() else array.cast(pa.string())
