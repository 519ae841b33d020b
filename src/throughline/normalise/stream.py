"""Normalise one stream: every batch that its current rules have not read yet."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import orjson
import psycopg
import pyarrow as pa
import pyarrow.compute as pc

from throughline import mass_delete
from throughline.connector import StreamSpec
from throughline.counts import Counts, OnCounts
from throughline.errors import InvalidHomeError, MassEmptyError, RulesDeleteError
from throughline.normalise.compiling import Context
from throughline.normalise.mapping import SOURCE, Mapper, fingerprint
from throughline.normalise.rules import RuleSet
from throughline.normalise.sandbox import Sandbox
from throughline.normalise.writing import PACKAGE, Touched, write_mapped
from throughline.progress import Progress, silent
from throughline.store import Connection, connection_lock, copy_out, statement

CURRENT = pa.schema(
    [
        ("source_id", pa.string()),
        ("key", pa.string()),
        ("version", pa.string()),
        ("line", pa.int32()),
        ("group_key", pa.string()),
    ]
)
UNMADE = {
    "party": "make no party",
    "record": "make no record",
    "principal": "name no customer",
}
"""How to report that changed rules no longer produce something, by the kinds of `unmade.sql`."""
IN_GROUPS = CURRENT.append(pa.field("path", pa.string()))


class LandedFiles(Protocol):
    """The landing, as far as normalising reads it."""

    def read_lines(self, path: str, lines: pa.Array) -> pa.Array:
        """Return the records at some lines of a batch file (int32, from 0), in their order."""
        ...


class MappedConnection(Protocol):
    """What rules need to know of a configured connection."""

    @property
    def name(self) -> str: ...
    @property
    def time_zone(self) -> str: ...
    @property
    def region(self) -> str | None: ...
    @property
    def currency(self) -> str | None: ...


class NormalisedConnection(MappedConnection, Protocol):
    """What normalising needs to know of a configured connection, beyond the rules."""

    @property
    def settings(self) -> Mapping[str, Any]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """One batch to normalise; `again`: it was normalised with other rules before."""

    batch_id: int
    path: str | None
    records: int
    again: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Read:
    """The source records of a batch (and of its groups), and the ids that are normalised now.

    `shared`: those groups that have members in another batch, too.
    """

    source: pa.Table = field(repr=False)
    touched: pa.Array = field(repr=False)
    shared: frozenset[str] = frozenset()


def normalise_stream(
    connection: Connection,
    *,
    connection_config: NormalisedConnection,
    stream: StreamSpec,
    rules: RuleSet,
    sandbox: Sandbox,
    landing: LandedFiles,
    progress: Progress = silent,
    on_counts: OnCounts | None = None,
    guarded: bool = True,
) -> Counts:
    """Normalise what is new, and everything again if rules, schema or settings changed.

    Each batch is one transaction, under the connection's lock; after a change of rules all batches
    are one. Only a record's current delivery is read. Without anything new, no row is touched.
    `on_counts` is called with each batch's counts. Raises RulesDeleteError if changed rules produce
    nothing any more from very many of the stream's records, and MassEmptyError if a batch empties
    a field of very many; the stream, or that batch and those after it, then stay as they were.
    Neither is raised if `guarded` is false or the settings allow it.
    """
    file, context = rules.file(stream.rule), _context(connection_config, stream)
    mark = fingerprint(file, context, sandbox.organisation)
    with connection_lock(connection, connection_config.name):
        names = {"connection": connection_config.name, "name": stream.name}
        row = connection.execute(statement(PACKAGE, "stream_to_normalise"), names).fetchone()
        counts = Counts()
        if row is None or not (batches := _waiting(connection, row[0], mark)):
            return counts
        mapper = Mapper(file, context=context, sandbox=sandbox, check=False)
        title = f"{connection_config.name}.{stream.name} normalised"
        guard = connection_config.settings if guarded else None
        try:
            while batches:
                normaliser = _Normaliser(connection, row[0], stream, mapper, landing, mark, guard)
                for more in normaliser.run(batches, progress, title):
                    counts += more
                    if on_counts is not None:
                        on_counts(more)
                batches = _waiting(connection, row[0], mark)
            return counts
        finally:
            mapper.close()


def _waiting(connection: Connection, stream_id: int, mark: str) -> list[Batch]:
    """Return the batches to read; after a pass, those whose refused records may pass now."""
    params = {"stream_id": stream_id, "fingerprint": mark}
    rows = connection.execute(statement(PACKAGE, "batches_to_normalise"), params).fetchall()
    return [Batch(batch_id=b, path=p, records=r, again=a) for b, p, r, a in rows]


def open_mapper(
    config: MappedConnection,
    stream: StreamSpec,
    rules: RuleSet,
    sandbox: Sandbox,
    *,
    streams: Collection[str] | None = None,
) -> Mapper:
    """Compile and check a stream's rules. Raises InvalidHomeError with every mistake in them.

    `streams`: the names of all streams of the connection, which participants may refer to.
    """
    file = rules.file(stream.rule)
    if streams is not None and (mistakes := file.strangers(streams)):
        raise InvalidHomeError(mistakes)
    return Mapper(file, context=_context(config, stream), sandbox=sandbox)


def _context(config: MappedConnection, stream: StreamSpec) -> Context:
    return Context(
        connection=config.name,
        stream=stream.name,
        time_zone=config.time_zone,
        region=config.region,
        currency=config.currency,
        group=stream.group,
    )


class _Normaliser:
    """Normalises batches of one stream; knows whether the stream was empty when it began.

    A group is made once in a run, from all its members: everything has landed before, and the
    connection's lock keeps it so. `guard`: the settings that say whether very many records may be
    deleted or emptied; None: any number may.
    """

    def __init__(
        self,
        connection: Connection,
        stream_id: int,
        stream: StreamSpec,
        mapper: Mapper,
        landing: LandedFiles,
        mark: str,
        guard: Mapping[str, Any] | None,
    ) -> None:
        self._connection = connection
        self._guard = guard
        self._mark = mark
        self._stream_id = stream_id
        self._stream = stream
        self._mapper = mapper
        self._landing = landing
        row = connection.execute(
            statement(PACKAGE, "stream_is_new"), {"stream_id": stream_id}
        ).fetchone()
        self._new = bool(row and row[0])
        self._unmade = {kind: Counts() for kind in UNMADE}
        self._made: set[str] = set()  # groups that a batch to come shares
        self._read_before: set[str] = set()  # their records, where rules look at each record too

    def run(self, batches: Sequence[Batch], progress: Progress, title: str) -> Iterator[Counts]:
        """Normalise batches in order; yield what each came to, once that is kept."""
        if not any(batch.again for batch in batches):
            yield from self._each(batches, progress, title)
            return
        with self._connection.transaction():  # wrong rules must not delete a part of it, either
            counts = list(self._each(batches, progress, title))
            if self._guard is not None:
                self._refuse_mass_delete(self._guard)
        yield from counts

    def _each(self, batches: Sequence[Batch], progress: Progress, title: str) -> Iterator[Counts]:
        total, done = sum(batch.records for batch in batches), 0
        for batch in batches:
            yield self.normalise(batch)
            done += batch.records
            progress(title, done, total)

    def normalise(self, batch: Batch) -> Counts:
        """Normalise a batch in one transaction."""
        try:
            return self._normalise(batch)
        except psycopg.errors.UniqueViolation:
            if not self._new:
                raise
            self._new = False  # two source records make one key: which one does must be looked up
            return self._normalise(batch)

    def _normalise(self, batch: Batch) -> Counts:
        with self._connection.transaction():
            read = self._read(batch)
            counts = Counts()
            if len(read.touched):
                mapped = self._mapper.map(read.source)
                touched = Touched(source_ids=read.touched, first=self._new)
                emptied: list[tuple[str, int]] = []
                counts = write_mapped(
                    self._connection,
                    self._stream_id,
                    batch.batch_id,
                    mapped,
                    touched,
                    unmade=self._unmade if batch.again else None,
                    emptied=emptied if self._asks_before_emptying(batch) else None,
                )
                if emptied:
                    name = self._mapper.connection_name
                    raise MassEmptyError(name, self._stream.name, fields=emptied)
            self._connection.execute(
                statement(PACKAGE, "finish_batch"),
                {"batch_id": batch.batch_id, "fingerprint": self._mark},
            )
        self._made |= read.shared
        return counts

    def _asks_before_emptying(self, batch: Batch) -> bool:
        """Tell whether emptied fields need a person's consent; not after a change of rules."""
        return self._guard is not None and not batch.again and not mass_delete.allowed(self._guard)

    def _refuse_mass_delete(self, settings: Mapping[str, Any]) -> None:
        for kind, unmade in self._unmade.items():
            gone, known = unmade["gone"], unmade["known"]
            if mass_delete.waits(settings, gone=gone, known=known):
                name = self._mapper.connection_name
                raise RulesDeleteError(
                    f"{name}.{self._stream.name}: the rules as they are now {UNMADE[kind]} any more"
                    f" of {gone} of {known} source records; nothing was changed. See"
                    f" `throughline rules diff {name}`; if it is meant, {mass_delete.WAY_ON}"
                )

    def _read(self, batch: Batch) -> Read:
        current = self._current(batch)
        touched = current["source_id"].combine_chunks()
        if self._mapper.grouped:
            return self._read_groups(batch, current, touched)
        path = batch.path
        source = self._source(current, path) if path is not None else SOURCE.empty_table()
        return Read(source=source, touched=touched)

    def _current(self, batch: Batch) -> pa.Table:
        """Return the source records whose current delivery is in the batch."""
        params = {"batch_id": batch.batch_id}
        row = self._connection.execute(statement(PACKAGE, "batch_records"), params).fetchone()
        if row is None or row[0] is None:
            return CURRENT.empty_table()
        columns = zip(row, CURRENT, strict=True)
        return pa.table([pa.array(orjson.loads(text), at.type) for text, at in columns], CURRENT)

    def _source(self, current: pa.Table, path: str) -> pa.Table:
        """Join the current lines of one file with their records."""
        live = current.filter(pc.greater_equal(current["line"], 0))
        records = self._landing.read_lines(path, live["line"].combine_chunks())
        groups = self._group_ids(live["group_key"].combine_chunks())
        joined = live.append_column("record", records).append_column("group_id", groups)
        return joined.select(SOURCE.names)

    def _read_groups(self, batch: Batch, current: pa.Table, touched: pa.Array) -> Read:
        stale = self._connection.execute(
            statement(PACKAGE, "stale_groups"), {"stream_id": self._stream_id}
        ).fetchall()
        keys = {row[0] for row in stale} | set(current["group_key"].to_pylist()) - {None}
        groups = pa.array(sorted(keys - self._made), pa.string())
        params = {"stream_id": self._stream_id, "groups": groups.to_pylist()}
        rows = copy_out(self._connection, statement(PACKAGE, "group_records"), params, IN_GROUPS)
        paths = pc.unique(rows["path"]).to_pylist()
        tables = [
            self._source(rows.filter(pc.equal(rows["path"], path)).drop(["path"]), path)
            for path in paths
        ]
        source = pa.concat_tables(tables) if tables else SOURCE.empty_table()
        elsewhere = rows.filter(pc.not_equal(rows["path"], batch.path or ""))
        touched = touched.cast(pa.string())
        if self._mapper.mixed:
            touched = self._each_once(touched, elsewhere["source_id"].to_pylist())
        ids = pa.concat_arrays([touched, self._group_ids(groups)])
        shared = frozenset(elsewhere["group_key"].to_pylist())
        return Read(source=source, touched=ids, shared=shared)

    def _each_once(self, here: pa.Array, elsewhere: Sequence[str]) -> pa.Array:
        """Return the ids of the records to normalise now, each only once in a run.

        A record of another batch that is read with its group is not normalised again in its own.
        """
        ids = [one for one in here.to_pylist() if one not in self._read_before]
        self._read_before.update(elsewhere)
        return pa.array([*ids, *elsewhere], pa.string())

    def _group_ids(self, groups: pa.Array) -> pa.Array:
        unique = groups.dictionary_encode()
        names = (self._mapper.connection_name, self._stream.name)
        ids = [group_id(*names, key) for key in unique.dictionary.to_pylist()]
        return pa.DictionaryArray.from_arrays(unique.indices, pa.array(ids, pa.string())).cast(
            pa.string()
        )


def group_id(connection: str, stream: str, key: str) -> str:
    """Return the id of a group of source records: 32 hexadecimal digits."""
    text = "\x1f".join((connection, stream, "group", key))
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
