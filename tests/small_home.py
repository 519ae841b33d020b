"""The five systems of a small world as they stand, and the home that reads them."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain
from pathlib import Path
from random import Random
from typing import Any

import yaml

from tests import small_rules as rules
from tests import small_world as make
from throughline.home import Home, load_home

STREAMS = {"accounts": "shop", "orders": "shop", "partners": "erp", "invoices": "erp"}
"""The streams of files, and whose they are."""
DELIVERY = ["id", "modified", "deleted", "broken"]
COLUMNS = {
    "partners": [
        *(*DELIVERY, "type", "name", "company", "email", "phone", "vat"),
        *("birth_date", "street", "country"),
    ],
    "invoices": [*DELIVERY, "number", "partner_id", "date", "total"],
}
FOLDERS = ["shop", "erp", "crm", "mail", "telephony", "home/mapping_rules", "home/connections"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One delivery of a record: which, of what version, deleted (0: no), and what it says."""

    key: str
    version: int
    deleted: int
    broken: bool
    body: Mapping[str, Any]

    def fields(self) -> dict[str, Any]:
        """Return the record as the system writes it."""
        own = {"id": self.key, "deleted": str(self.deleted), "broken": "x" if self.broken else ""}
        time = make.a_time(self.version)
        return {**own, "date_modified_gmt": time, "modified": time, **self.body}

    def __str__(self) -> str:
        said = {name: value for name, value in self.body.items() if value}
        state = f", deleted {self.deleted}" if self.deleted else ""
        state += ", broken" if self.broken else ""
        return f"{self.key} (version {self.version}{state}): {said}"


@dataclass(slots=True, kw_only=True)
class FileStream:
    """A stream of the files connector: each delivery that there was, by file; text is no record."""

    versioned: bool = True
    gone: Sequence[str] = ("1",)
    files: dict[str, list[Row | str]] = field(default_factory=dict)
    damaged: bool = False
    """Whether one of them has held what is no record."""

    def rows(self) -> list[Row]:
        """Return all deliveries in their order."""
        return [row for row in chain.from_iterable(self.files.values()) if isinstance(row, Row)]

    def versions(self, key: str) -> set[int]:
        """Return the versions of a record that were delivered."""
        return {row.version for row in self.rows() if row.key == key}

    def current(self) -> dict[str, Row]:
        """Return the delivery of each record that counts: of the highest version, or the last."""
        found: dict[str, Row] = {}
        for row in self.rows():
            if not self.versioned or row.key not in found or row.version > found[row.key].version:
                found[row.key] = row
        return found

    def final(self, chance: Random) -> FileStream:
        """Return a stream with one delivery of each record that is there, in any order."""
        live = [row for row in self.current().values() if str(row.deleted) not in self.gone]
        chance.shuffle(live)
        no_records = [
            one for one in chain.from_iterable(self.files.values()) if isinstance(one, str)
        ]
        files: dict[str, list[Row | str]] = {"all": [*live, *no_records]}
        return FileStream(versioned=self.versioned, gone=self.gone, files=files)

    def options(self, glob: str) -> dict[str, Any]:
        """Return the stream's options in the connection's file."""
        made: dict[str, Any] = {"files": glob, "key": "id"}
        if self.gone:
            made["deleted"] = {"path": "deleted", "values": list(self.gone)}
        return {**made, "version": "modified"} if self.versioned else made


@dataclass(slots=True, kw_only=True)
class Settings:
    """What the home's files say; `rules` and `variants` number those of `small_rules`."""

    rules: dict[str, int] = field(default_factory=lambda: dict.fromkeys(rules.CHANGED, 0))
    variants: dict[str, int] = field(default_factory=lambda: dict.fromkeys(rules.SETTINGS, 0))
    disabled: set[str] = field(default_factory=set)
    utc: bool = False
    """Whether the exchange writes its times in UTC."""
    allowed: bool = False
    """Whether very many records may be deleted."""


@dataclass(slots=True, kw_only=True)
class World:
    """All systems and the home's settings, in memory; `write` makes files of them."""

    settings: Settings = field(default_factory=Settings)
    streams: dict[str, FileStream] = field(
        default_factory=lambda: {name: FileStream() for name in STREAMS}
    )
    people: dict[str, dict[str, str]] = field(default_factory=dict)
    """What the CRM lists, by id."""
    complete: bool = True
    """Whether the CRM lists all that it has, so that what is missing is deleted."""
    mail: dict[str, list[bytes]] = field(default_factory=dict)
    calls: dict[str, list[str]] = field(default_factory=dict)
    late_legs: list[str] = field(default_factory=list)
    accepted: set[tuple[str, str]] = field(default_factory=set)
    """The records of files that were good at some time."""
    number: int = 0

    def count(self) -> int:
        """Return the next number: of a version, a file, a letter, a call."""
        self.number += 1
        return self.number

    def final(self, chance: Random) -> World:
        """Return a world that stands where this one does, without what led there."""
        letters = sorted(set(chain.from_iterable(self.mail.values())))
        legs = sorted(set(chain.from_iterable(self.calls.values())))
        people = list(self.people.items())
        for each in (letters, legs, people):
            chance.shuffle(each)
        return World(
            settings=copy.deepcopy(self.settings),
            streams={name: stream.final(chance) for name, stream in self.streams.items()},
            people=dict(people),
            mail={"all.mbox": letters},
            calls={"Master.csv": legs},
        )

    def write(self, folder: Path, url: str) -> Home:
        """Bring the files of the systems and of the home to where the world stands."""
        texts = {f"home/{name}": text for name, text in self._home(url).items()}
        for name, stream in self.streams.items():
            for file, rows in stream.files.items():
                place = f"{STREAMS[name]}/{name}-{file}"
                records = [row.fields() if isinstance(row, Row) else row for row in rows]
                if name in COLUMNS:
                    texts[f"{place}.csv"] = make.as_csv(records, COLUMNS[name])
                else:
                    texts[f"{place}.jsonl"] = make.as_jsonl(records)
        listed = {"complete": self.complete, "people": list(self.people.values())}
        texts["crm/people.json"] = json.dumps(listed)
        texts |= {f"mail/{box}": b"".join(some).decode() for box, some in self.mail.items()}
        texts |= {f"telephony/{file}": "".join(some) for file, some in self.calls.items()}
        bring(folder, texts)
        return load_home(folder / "home")

    def _home(self, url: str) -> dict[str, str]:
        """Return the texts of the home's files."""
        variants = self.settings.variants
        defaults = {"region": "DE", "currency": "EUR", "time_zone": "Europe/Berlin"}
        ours = {"domains": ["ours.example"], "extensions": ["2XX"]}
        made: dict[str, Mapping[str, Any]] = {
            "throughline.yaml": {
                "store": {"url": url},
                "defaults": {**defaults, **rules.setting("defaults", variants["defaults"])},
                "organisation": {**ours, **rules.setting("organisation", variants["organisation"])},
            }
        }
        for name in ("identity", "survivorship"):
            if variants[name]:
                made[f"mapping_rules/{name}.yaml"] = rules.setting(name, variants[name])
        connections = self._connections()
        connections["telephony"]["settings"]["utc"] = self.settings.utc
        for name, connection in connections.items():
            connection["settings"]["allow_mass_delete"] = self.settings.allowed
            connection["enabled"] = name not in self.settings.disabled
            made[f"connections/{name}.yaml"] = connection
        texts = {name: yaml.safe_dump(content) for name, content in made.items()}
        for name, variant in self.settings.rules.items():
            texts[f"mapping_rules/small_{name}.yaml"] = rules.mapping_rule(name, variant)
        return texts

    def _connections(self) -> dict[str, dict[str, Any]]:
        """Return the connections' files, but for what all of them say."""

        def of(connector: str, channel: str, settings: str, place: str, **streams: Any) -> Any:
            return {
                "connector": connector,
                "channel": channel,
                "settings": {settings: f"../{place}"},
                "streams": {
                    name: {"rule": f"small_{name}", **options} for name, options in streams.items()
                },
            }

        def files_of(connection: str, ending: str) -> dict[str, Any]:
            return {
                name: stream.options(f"{name}-*.{ending}")
                for name, stream in self.streams.items()
                if STREAMS[name] == connection
            }

        return {
            "shop": of("files", "webshop", "url", "shop", **files_of("shop", "jsonl")),
            "erp": of("files", "erp", "url", "erp", **files_of("erp", "csv")),
            "crm": of("listing", "other", "path", "crm/people.json", people={}),
            "mail": of("mbox", "email", "path", "mail", messages={}),
            "telephony": of("asterisk", "telephony", "path", "telephony", calls={}),
        }


def bring(folder: Path, texts: Mapping[str, str]) -> None:
    """Write the files that differ, and take out those that are no longer there."""
    for name in FOLDERS:
        (folder / name).mkdir(parents=True, exist_ok=True)
        for path in (folder / name).iterdir():
            if str(path.relative_to(folder)) not in texts:
                path.unlink()
    for name, text in texts.items():
        path = folder / name
        if not path.exists() or path.read_bytes() != text.encode():
            path.write_bytes(text.encode())
