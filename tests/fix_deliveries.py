"""Deliveries for tests: demo data cut, shuffled and dropped into a home; what came of it."""

from __future__ import annotations

import random
import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from throughline.home import Home, load_home
from throughline.home.making import make_home
from throughline.publish import fold, read_feed
from throughline.store import connect
from throughline.sync import identify, sync_connection

MESSAGE_START = re.compile(rb"(?m)^(?=From \S+ \w{3} \w{3} [ \d]\d )")
HEADER = {"erp"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a consumer and a steward see, free of ids: customers are named by their records."""

    partition: frozenset[frozenset[str]]
    golden: dict[frozenset[str], Any]
    records: dict[str, tuple[frozenset[str], Any]]


def a_home_at(folder: Path, data: Path, url: str) -> Home:
    """Make a home whose inbox folders are empty, on a database of its own."""
    inbox = folder / "inbox"
    for channel in ("mail", "telephony", "webshop", "erp"):
        (inbox / channel).mkdir(parents=True)
    (inbox / "organisation.yaml").write_bytes((data / "organisation.yaml").read_bytes())
    make_home(folder / "home", demo_data=inbox)
    settings = folder / "home" / "throughline.yaml"
    text = settings.read_text()
    assert "url: embedded" in text
    settings.write_text(text.replace("url: embedded", f'url: "{url}"'))
    return load_home(folder / "home")


def records_of(path: Path) -> tuple[bytes, list[bytes]]:
    """Return a source file's header line (or nothing) and its records, each as bytes."""
    content = path.read_bytes()
    if path.suffix == ".mbox":
        return b"", [piece for piece in MESSAGE_START.split(content) if piece]
    lines = content.splitlines(keepends=True)
    if path.parent.name in HEADER:
        return lines[0], lines[1:]
    return b"", lines


def deliver(source: Path, inbox: Path, *, cuts: int, chance: random.Random) -> list[list[Path]]:
    """Shuffle each file's records, cut them into deliveries, and return the files of each.

    The files are written under other names beside the inbox; `drop` brings a delivery in.
    """
    deliveries: list[list[Path]] = [[] for _ in range(cuts)]
    for path in sorted(source.glob("*/*")):
        if path.parent.name == "delta":
            continue
        header, records = records_of(path)
        chance.shuffle(records)
        places = sorted(chance.randint(0, len(records)) for _ in range(cuts - 1))
        for number, (start, end) in enumerate(
            zip([0, *places], [*places, len(records)], strict=True)
        ):
            if start == end:
                continue
            name = f"{path.stem}-{source.name}-{number}{path.suffix}"
            waiting = inbox.parent / "waiting" / path.parent.name / name
            waiting.parent.mkdir(parents=True, exist_ok=True)
            waiting.write_bytes(header + b"".join(records[start:end]))
            deliveries[number].append(waiting)
    return deliveries


def drop(files: Sequence[Path], inbox: Path) -> None:
    """Bring the files of one delivery into the inbox."""
    for path in files:
        path.rename(inbox / path.parent.name / path.name)


def sync_here(home: Home, names: Sequence[str] | None = None) -> None:
    """Run every stage in this process, connection after connection."""
    for name in names or list(home.connections):
        sync_connection(home, name)
    identify(home)


def outcome(url: str) -> Outcome:
    """Return what is in the store, and hold the folded feed to it on the way."""
    from importlib.resources import files

    crosswalk = (files("throughline.cli") / "sql" / "export_crosswalk.sql").read_bytes()
    with connect(url) as connection:
        keys: dict[str, set[str]] = defaultdict(set)
        for system, stream, key, customer, *_ in connection.execute(crosswalk).fetchall():
            keys[str(customer)].add(f"{system}/{stream}/{key}")
        events = list(read_feed(connection))
        golden = {
            str(row[0]): row[1]
            for row in connection.execute(
                "SELECT v.customer_id, v.doc FROM customer c "
                "JOIN customer_version v ON v.customer_id = c.customer_id AND v.version = c.version"
                " WHERE v.doc IS NOT NULL"
            )
        }
        owners = {
            str(row[0]): str(row[1])
            for row in connection.execute(
                "SELECT p.record_id, m.customer_id FROM participant p "
                "JOIN record USING (record_id) JOIN member m USING (party_id) WHERE p.principal"
            )
        }
    assert [event.position for event in events] == list(range(1, len(events) + 1))
    assert len({event.id for event in events}) == len(events)
    folded = fold(events)
    assert folded.customers == golden
    assert folded.owners == owners
    names = {customer: frozenset(found) for customer, found in keys.items()}
    assert set(golden) >= set(names)
    return Outcome(
        partition=frozenset(names.values()),
        golden={names[customer]: golden[customer] for customer in names},
        records={
            record: (names[owner], folded.records[record])
            for record, owner in folded.owners.items()
        },
    )
