"""Find out what changed rules would change: normalise, compare, and roll it all back."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from throughline.home.values import Home
from throughline.progress import Progress, silent

if TYPE_CHECKING:
    from throughline.connector import StreamSpec
    from throughline.store import Connection

PACKAGE = "throughline.sync"


@dataclass(frozen=True, slots=True, kw_only=True)
class KindDiff:
    """How many canonical records of one kind would be new, changed, gone; which fields change."""

    new: int
    changed: int
    gone: int
    fields: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One canonical record that would change; `parties` in it are those who take part."""

    kind: str
    key: str = field(repr=False)
    before: Mapping[str, Any] | None = field(repr=False)
    after: Mapping[str, Any] | None = field(repr=False)

    def fields(self) -> dict[str, tuple[Any, Any]]:
        """Return the members that differ, with both values."""
        before, after = self.before or {}, self.after or {}
        names = [*before, *(name for name in after if name not in before)]
        pairs = {name: (before.get(name), after.get(name)) for name in names}
        return {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}


@dataclass(frozen=True, slots=True, kw_only=True)
class StreamDiff:
    """What would change in one stream."""

    connection: str
    stream: str
    kinds: Mapping[str, KindDiff]
    samples: tuple[Change, ...]
    refused_before: int
    refused_after: int

    def as_json(self, *, show_values: bool) -> dict[str, Any]:
        """Return it as JSON values; without `show_values` samples name their fields only."""
        return {
            "connection": self.connection,
            "stream": self.stream,
            "kinds": {
                kind: {"new": one.new, "changed": one.changed, "gone": one.gone}
                | {"fields": dict(one.fields)}
                for kind, one in self.kinds.items()
            },
            "refused": {"before": self.refused_before, "after": self.refused_after},
            "samples": [_sample(one, show_values=show_values) for one in self.samples],
        }


def _sample(change: Change, *, show_values: bool) -> dict[str, Any]:
    pairs = change.fields()
    shown: Any = {name: {"before": b, "after": a} for name, (b, a) in pairs.items()}
    return {"record": change.kind, "fields": shown if show_values else list(pairs)}


def diff_rules(home: Home, *, samples: int, progress: Progress = silent) -> list[StreamDiff]:
    """Return what the next sync would change in each landed stream; nothing is kept of it.

    Holds each connection's lock while it looks at that connection.
    """
    from throughline.store import connection_lock, open_store, store_errors  # noqa: PLC0415  # Arrow

    found: list[StreamDiff] = []
    with store_errors(), closing(open_store(home)) as connection:
        for name, config in home.connections.items():
            if not config.enabled:
                continue
            with connection_lock(connection, name):
                found += _connection_diffs(home, connection, name, samples, progress)
    return found


def _connection_diffs(
    home: Home, connection: Connection, name: str, samples: int, progress: Progress
) -> Iterator[StreamDiff]:
    from throughline.home.connectors import open_connector  # noqa: PLC0415  # loaded where it runs
    from throughline.sync.connection import Streams  # noqa: PLC0415

    with TemporaryDirectory() as scratch:
        connector = open_connector(home, name, scratch=Path(scratch))
        streams = Streams(home, name, connection, connector, progress)
        for spec in streams.specs:
            with connection.transaction(force_rollback=True):
                yield _stream_diff(connection, streams, name, spec, samples)


def _stream_diff(
    connection: Connection, streams: Any, name: str, spec: StreamSpec, samples: int
) -> StreamDiff:
    from throughline.store import statement  # noqa: PLC0415  # loaded where it runs

    of = {"connection": name, "stream": spec.name}

    def run(query: str, more: Mapping[str, Any] | None = None) -> list[tuple[Any, ...]]:
        cursor = connection.execute(statement(PACKAGE, query), {**of, **(more or {})})
        return cursor.fetchall() if cursor.description else []

    refused_before = run("count_refused")[0][0]
    run("diff_remember")
    run("diff_remember_parties")
    streams.normalise(spec, guarded=False)
    run("diff_compare")
    kinds = {
        kind: KindDiff(
            new=new, changed=changed, gone=gone, fields=dict(run("diff_fields", {"kind": kind}))
        )
        for kind, new, changed, gone in run("diff_counts")
    }
    return StreamDiff(
        connection=name,
        stream=spec.name,
        kinds=kinds,
        samples=tuple(
            Change(kind=kind, key=key, before=before, after=after)
            for kind, key, before, after in run("diff_samples", {"number": samples})
        ),
        refused_before=refused_before,
        refused_after=run("count_refused")[0][0],
    )
