"""Read a stream's first records and map them, without store or landing."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pyarrow as pa

from throughline.cli.show import console, table
from throughline.connector import Page, StreamSpec
from throughline.errors import UnknownNameError
from throughline.home import Home
from throughline.home.connectors import open_connector, streams_of
from throughline.home.explain import did_you_mean
from throughline.land.arrivals import PageReader
from throughline.land.writing import STORED_NOTHING
from throughline.normalise import Sandbox, load_rules, open_mapper
from throughline.normalise.mapping import SOURCE, Mapped
from throughline.normalise.stream import group_id

LONGEST = 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """One source record (or one group of them) and its result.

    What is no record is its text. `results` are canonical records, and who took part in them.
    `deleted`: the record says that it is gone, so that what was made of it goes.
    """

    sources: Sequence[Any] = field(repr=False)
    results: Sequence[dict[str, Any]] = field(default=(), repr=False)
    notes: Sequence[str] = ()
    refusals: Sequence[str] = ()
    deleted: bool = False

    def as_json(self) -> dict[str, Any]:
        """Return it as JSON values."""
        return {
            "source": list(self.sources),
            "result": list(self.results),
            "notes": list(self.notes),
            "refused": list(self.refusals),
            "deleted": self.deleted,
        }


def preview_stream(home: Home, connection: str, stream: str, limit: int) -> list[Preview]:
    """Return the first records of a stream, each with what its rule makes of it."""
    rules, config = load_rules(home.rules_folder), home.connection(connection)
    with TemporaryDirectory() as scratch:
        connector = open_connector(home, connection, scratch=Path(scratch))
        specs = {spec.name: spec for spec in streams_of(connector, config)}
        if stream not in specs:
            hint = did_you_mean(stream, list(specs))
            raise UnknownNameError(f"stream of {connection}", stream, hint)
        spec = specs[stream]
        source, others = _first(connector.read(stream, None), connection, spec, limit)
    with (
        closing(Sandbox(home.organisation)) as sandbox,
        closing(open_mapper(config, spec, rules, sandbox)) as mapper,
    ):
        mapped = mapper.map(source)
    return [*_previews(source, mapped, grouped=mapper.grouped), *others]


def _first(
    pages: Iterator[Page], connection: str, spec: StreamSpec, limit: int
) -> tuple[pa.Table, list[Preview]]:
    """Return the first records (of a grouped stream: groups) as normalising takes them.

    With them those that count as deleted, and what landing would refuse of the pages read for them.
    """
    reader = PageReader(connection, spec)
    rows: list[dict[str, Any]] = []
    refused: list[Preview] = []
    try:
        for page in pages:
            for one in page.refused:
                text = one.content.decode(errors="replace")
                refused.append(Preview(sources=[text], refusals=[f"{one.position}: {one.reason}"]))
            for row in reader.read(page.records).refused.to_pylist():
                refused.append(Preview(sources=[row["record"] or ""], refusals=[row["problem"]]))
            rows += reader.changed(STORED_NOTHING).to_pylist()
            if len({row["group_key"] or row["source_id"] for row in rows}) > limit:
                break
    finally:
        reader.close()
    wanted = list(dict.fromkeys(row["group_key"] or row["source_id"] for row in rows))[:limit]
    chosen = [row for row in rows if (row["group_key"] or row["source_id"]) in wanted]
    gone = [
        Preview(sources=[json.loads(row["record"])], deleted=True)
        for row in chosen
        if row["deleted"]
    ]
    chosen = [row for row in chosen if not row["deleted"]]
    for row in chosen:
        key = row["group_key"]
        row["group_id"] = None if key is None else group_id(connection, spec.name, key)
    source = [{name: row[name] for name in SOURCE.names} for row in chosen]
    return pa.Table.from_pylist(source, SOURCE), [*gone, *refused[:limit]]


def _previews(source: pa.Table, mapped: Mapped, *, grouped: bool) -> Iterator[Preview]:
    owners: dict[str, list[Any]] = {}
    for row in source.to_pylist():
        owner = row["group_id"] if grouped and row["group_id"] else row["source_id"]
        owners.setdefault(owner, []).append(json.loads(row["record"]))
    made = [
        *(("party", row["party_id"], row) for row in mapped.parties.to_pylist()),
        *((row["type"], row["record_id"], row) for row in mapped.records.to_pylist()),
    ]
    notes, refusals = mapped.notes.to_pylist(), mapped.refusals.to_pylist()
    told = {row["party_id"]: json.loads(row["doc"]) for row in mapped.parties.to_pylist()}
    participants = mapped.participants.to_pylist()
    for owner, records in owners.items():
        mine = [(kind, one, row) for kind, one, row in made if row["source_id"] == owner]
        ids = {one for _, one, _ in mine}
        yield Preview(
            sources=records,
            results=[
                *(
                    {"record": kind, **_changed(row), **json.loads(row["doc"])}
                    for kind, _, row in mine
                ),
                *(
                    {"record": "participant", "role": one["role"], "principal": one["principal"]}
                    | told.get(one["party_id"], {})
                    for one in participants
                    if one["record_id"] in ids
                ),
            ],
            notes=[f"{n['path']}: {n['reason']}" for n in notes if n["subject_id"] in ids],
            refusals=[f"{r['path']}: {r['reason']}" for r in refusals if r["source_id"] == owner],
        )


def _changed(row: dict[str, Any]) -> dict[str, Any]:
    """Return when a party was changed, where its rule tells."""
    return {"changed_at": row["changed_at"]} if row.get("changed_at") else {}


def print_preview(previews: Sequence[Preview]) -> None:
    """Print source and result side by side."""
    from rich.text import Text  # noqa: PLC0415  # slow to load

    screen = console()
    if not previews:
        screen.print("the stream holds no records")
    shown = table("source", "result")
    for one in previews:
        left, right = Text(), Text()
        for record in one.sources:
            left.append(_pretty(record) + "\n")
        for result in one.results:
            right.append(_pretty(result) + "\n")
        if one.deleted:
            right.append("deleted: what was made of it goes\n", style="yellow")
        elif not one.results and not one.refusals:
            right.append("nothing is made of it\n", style="yellow")
        for note in one.notes:
            right.append(f"left out: {note}\n", style="yellow")
        for refusal in one.refusals:
            right.append(f"refused: {refusal}\n", style="bold red")
        shown.add_row(left, right, end_section=True)
    screen.print(shown)


def _pretty(value: Any) -> str:
    if isinstance(value, str):
        return _cut(value)
    text = json.dumps(value, ensure_ascii=False, indent=1)
    lines = (line.removeprefix(" ") for line in text.splitlines()[1:-1])
    return "\n".join(map(_cut, lines))


def _cut(line: str) -> str:
    return line if len(line) < LONGEST else f"{line[:LONGEST]}…"
