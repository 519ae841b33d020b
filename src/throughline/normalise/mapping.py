"""Run compiled rules over a batch of records in a locked DuckDB, and check the results."""

from __future__ import annotations

import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from throughline.errors import InvalidHomeError, Mistake
from throughline.normalise.compiling import CompiledRule, Context, compile_rule
from throughline.normalise.expressions import Grammar
from throughline.normalise.rules import RuleFile
from throughline.normalise.sandbox import OurOrganisation, Sandbox
from throughline.normalise.schemas import canonical_schema, refused
from throughline.normalise.shape import literal
from throughline.normalise.transforms import transforms_version
from throughline.normalise.values import MistakeAt
from throughline.store import duckdb_statement

VERSION = "2"  # raise it when results change for reasons that `fingerprint` does not cover
DOUBLE = "another record of this stream has this key"
NOT_RUN = "DuckDB can't run the rules on it"
SOURCE = pa.schema(
    [
        ("source_id", pa.string()),
        ("key", pa.string()),
        ("version", pa.string()),
        ("group_id", pa.string()),
        ("group_key", pa.string()),
        ("record", pa.string()),
    ]
)
_BAD = pa.schema([("row", pa.int64()), ("path", pa.string()), ("reason", pa.string())])

_query = partial(duckdb_statement, "throughline.normalise")


@dataclass(frozen=True, slots=True, kw_only=True)
class Mapped:
    """What the rules made of a batch, ready for the store; ids are 32 hexadecimal digits."""

    parties: pa.Table = field(repr=False)
    records: pa.Table = field(repr=False)
    participants: pa.Table = field(repr=False)
    notes: pa.Table = field(repr=False)
    refusals: pa.Table = field(repr=False)


class Mapper:
    """One stream's rules, compiled. Not safe for use by two threads."""

    def __init__(
        self, file: RuleFile, *, context: Context, sandbox: Sandbox, check: bool = True
    ) -> None:
        """Compile the rules; with `check`, DuckDB plans each, so that no mistake waits for data.

        Raises InvalidHomeError with every mistake.
        """
        self._context = context
        self._file = file
        self._check = check
        self._sandbox = sandbox  # its functions must not go before the session does
        self._duckdb = sandbox.session()
        self.rules = self._compiled(file, sandbox.grammar)
        self.grouped = any(rule.grouped for rule in self.rules)
        self.mixed = self.grouped and not all(rule.grouped for rule in self.rules)

    @property
    def connection_name(self) -> str:
        """The name of the connection whose stream this is."""
        return self._context.connection

    def close(self) -> None:
        """Give the memory back; the sandbox stays open."""
        self._duckdb.close()

    def map(self, source: pa.Table) -> Mapped:
        """Run every rule over the records of `source` (SOURCE's columns).

        A record (or group) on which the whole query fails is refused, without affecting others.
        Raises InvalidHomeError for a rule that can't be run on any, and MemoryError.
        """
        try:
            return self._mapped(source)
        except duckdb.OutOfMemoryException:
            raise MemoryError from None
        except duckdb.Error:
            failing = self._failing(source)
            others = pc.invert(pc.is_in(source[self._unit], failing))
            mapped = self._mapped(source.filter(others))
            return replace(mapped, refusals=pa.concat_tables([mapped.refusals, _refusals(failing)]))

    @property
    def _unit(self) -> str:
        """The column by whose values records are normalised together."""
        return "group_id" if self.grouped else "source_id"

    def _failing(self, source: pa.Table) -> pa.Array:
        """Return the units of `source` on which the rules fail, found by halving."""
        units = pc.unique(source[self._unit])
        if len(units) == 1:
            return units
        half = pc.is_in(source[self._unit], units[: len(units) // 2])
        found = [pa.array([], pa.string())]
        for part in (source.filter(half), source.filter(pc.invert(half))):
            try:
                self._mapped(part)
            except duckdb.Error:
                found.append(self._failing(part))
        return pa.concat_arrays(found)

    def _mapped(self, source: pa.Table) -> Mapped:
        self._duckdb.register("source", source)
        self._duckdb.execute(_query("make_tables"))
        for index, rule in enumerate(self.rules):
            try:
                self._run(rule)
            except (duckdb.BinderException, duckdb.CatalogException) as error:
                raise InvalidHomeError([_not_planned(self._file, index, error)]) from None
        return Mapped(
            parties=self._fetch("parties"),
            records=self._fetch("records"),
            participants=self._fetch("participants"),
            notes=self._fetch("notes"),
            refusals=self._fetch("refusals"),
        )

    def _compiled(self, file: RuleFile, grammar: Grammar) -> tuple[CompiledRule, ...]:
        compiled: list[CompiledRule] = []
        mistakes: list[Mistake] = []
        self._duckdb.register("source", SOURCE.empty_table())
        with suppress(duckdb.Error):  # whichever can't be parsed is met again in its own rule
            grammar.parse(file.expressions())
        for index, (spec, title) in enumerate(zip(file.rules, file.titles(), strict=True)):
            try:
                rule = compile_rule(
                    spec,
                    name=title,
                    place=("rules", index),
                    grammar=grammar,
                    schema=canonical_schema(spec["record"]),
                    context=self._context,
                )
                if self._check:
                    self._duckdb.execute(f"EXPLAIN {rule.query}")
                compiled.append(rule)
            except MistakeAt as error:
                mistakes += [file.mistake(place, message) for place, message in error.all()]
            except duckdb.Error as error:
                mistakes.append(_not_planned(file, index, error))
        if mistakes:
            raise InvalidHomeError(mistakes)
        return tuple(compiled)

    def _run(self, rule: CompiledRule) -> None:
        run = self._duckdb.execute
        made = self._count(
            "CREATE OR REPLACE TEMP TABLE mapped AS"
            f" SELECT row_number() OVER () - 1 AS row, * FROM ({rule.query})"
        )
        self._refuse(rule, made)
        names = [self._context.connection, self._context.stream]
        names += [rule.record] if rule.record != "party" else []
        subject = ", ".join(literal(name) for name in names)
        run(
            "CREATE OR REPLACE TEMP TABLE accepted AS"
            f" SELECT md5(concat_ws(chr(31), {subject}, key)) AS id, * FROM mapped"
            " WHERE refusal IS NULL"
        )
        self._refuse_doubles(rule)
        run(_query("add_notes"))
        if rule.record == "party":
            run(_query("add_parties"))
            return
        run(
            _query("make_participants"),
            {"connection": self._context.connection, "stream": self._context.stream},
        )
        run(_query("add_inline_parties"))
        run(_query("add_records"), {"type": rule.record})
        run(_query("add_participants"))

    def _refuse(self, rule: CompiledRule, made: int) -> None:
        documents = self._fetch("(SELECT row, doc FROM mapped WHERE refusal IS NULL)")
        rows, texts = documents["row"].to_pylist(), documents["doc"].to_pylist()
        found = [
            {"row": rows[index], "path": path, "reason": reason}
            for index, path, reason in refused(rule.record, texts)
        ]
        if not found and documents.num_rows == made:
            return
        self._duckdb.register("bad", pa.Table.from_pylist(found, _BAD))
        self._duckdb.execute(_query("add_refusals"), {"rule": rule.name})
        self._duckdb.execute("DELETE FROM mapped WHERE row IN (SELECT row FROM bad)")

    def _refuse_doubles(self, rule: CompiledRule) -> None:
        """Refuse all but the smallest source_id of several records that make one key."""
        made = "parties" if rule.record == "party" else "records"
        if not self._count(_query(f"find_double_{made}")):
            return
        self._duckdb.execute("DELETE FROM accepted WHERE row IN (SELECT row FROM double)")
        # by what they make, not by the rule's name: between batches that is not known
        self._duckdb.execute(_query("refuse_doubles"), {"rule": rule.record, "reason": DOUBLE})

    def _count(self, query: str) -> int:
        """Run a statement that makes a table, and return how many rows it has."""
        row = self._duckdb.execute(query).fetchone()
        return int(row[0]) if row else 0

    def _fetch(self, relation: str) -> pa.Table:
        return self._duckdb.sql(f"SELECT * FROM {relation}").to_arrow_table()


def _refusals(units: pa.Array) -> pa.Table:
    """Return the refusals of units that no rule could be run on."""
    size = len(units)
    texts = {"rule": "rules", "path": "$", "reason": NOT_RUN, "subject_id": None}
    told = {name: pa.repeat(pa.scalar(text, pa.string()), size) for name, text in texts.items()}
    return pa.table({"source_id": units, **told})


def _not_planned(file: RuleFile, index: int, error: duckdb.Error) -> Mistake:
    message = f"DuckDB can't run it: {str(error).splitlines()[0]}"
    return file.mistake(("rules", index), message)


def fingerprint(file: RuleFile, context: Context, ours: OurOrganisation) -> str:
    """Return a hash of all that results depend on beside the records.

    That is rules, schemas, transforms, context and our organisation. When it changes, everything
    that has landed is normalised again.
    """
    parts = {
        "version": [VERSION, transforms_version()],
        "rules": file.document.value,
        "schemas": {rule["record"]: canonical_schema(rule["record"]) for rule in file.rules},
        "context": [context.time_zone, context.region, context.currency],
        "ours": [
            *ours.addresses,
            ours.address_pattern(),
            ours.number_pattern(),
            ours.extension_pattern(),
        ],
    }
    text = json.dumps(parts, sort_keys=True)
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
