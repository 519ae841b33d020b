"""What a row of Asterisk's cdr_csv holds: one leg of a call, and which call it belongs to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from throughline.connector import StreamSpec
from throughline_files.options import CsvOptions, FileStream

ALWAYS = (
    "accountcode", "src", "dst", "dcontext", "clid", "channel", "dstchannel", "lastapp", "lastdata",
    "start", "answer", "end", "duration", "billsec", "disposition", "amaflags",
)  # fmt: skip
NEW = ("peeraccount", "linkedid", "sequence")
LAYOUTS = {
    16: ALWAYS,
    17: (*ALWAYS, "uniqueid"),
    18: (*ALWAYS, "uniqueid", "userfield"),
    19: (*ALWAYS, *NEW),
    20: (*ALWAYS, "uniqueid", *NEW),
    21: (*ALWAYS, "uniqueid", "userfield", *NEW),
}
"""The columns by their number: uniqueid, userfield and the newer three are written on request."""

UNIQUE_ID = r"\d{6,}\.\d+$"
TIMES = ("start", "answer", "end")


def call_stream(settings: Mapping[str, Any]) -> FileStream:
    """Return the stream `calls`: its records are legs, its groups are calls."""
    return FileStream(
        spec=StreamSpec(name="calls", key=("leg",), group="call", rule="asterisk_calls"),
        glob=settings.get("files", "Master*.csv*"),
        format="csv",
        encoding=settings.get("encoding"),
        csv=CsvOptions(delimiter=",", quote='"', columns=LAYOUTS[18], layouts=LAYOUTS),
        derive=_in_utc if settings.get("utc") else legs,
    )


def legs(
    names: Sequence[str], columns: Sequence[pa.Array]
) -> tuple[Sequence[str], Sequence[pa.Array]]:
    """Add `leg`, which names the row, and `call`, which names the call that it is a part of.

    One uniqueid can have several rows: `sequence` tells them apart; without it, channels and start.
    """
    row = dict(zip(names, columns, strict=True))
    if "uniqueid" in row and "userfield" not in row and not _are_unique_ids(row["uniqueid"]):
        row = {"userfield" if name == "uniqueid" else name: row[name] for name in row}
    channels = [row["channel"], row["dstchannel"], row["start"]]
    named = row.get("uniqueid", row["src"])
    leg = pc.binary_join_element_wise(named, *channels, "/")
    call = row.get("uniqueid", leg)
    if "sequence" in row and "uniqueid" in row:
        numbered = pc.binary_join_element_wise(named, row["sequence"], "/")
        leg = pc.if_else(pc.equal(row["sequence"], ""), leg, numbered)
    call = pc.if_else(pc.equal(call, ""), leg, call)
    if "linkedid" in row:
        call = pc.if_else(pc.equal(row["linkedid"], ""), call, row["linkedid"])
    return [*row, "leg", "call"], [*row.values(), leg, call]


def _in_utc(
    names: Sequence[str], columns: Sequence[pa.Array]
) -> tuple[Sequence[str], Sequence[pa.Array]]:
    """Add what `legs` adds, and mark the times as UTC, for a PBX with `usegmtime`."""
    names, columns = legs(names, columns)
    marked = [
        pc.if_else(pc.equal(column, ""), "", pc.binary_join_element_wise(column, "Z", ""))
        if name in TIMES
        else column
        for name, column in zip(names, columns, strict=True)
    ]
    return names, marked


def _are_unique_ids(column: pa.Array) -> bool:
    """Say whether a column that may be uniqueid or userfield is the former."""
    return bool(pc.any(pc.match_substring_regex(column, UNIQUE_ID)).as_py())
