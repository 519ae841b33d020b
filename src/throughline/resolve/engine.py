"""The vectorised engine of resolve: parties become evidence, keys and scored pairs in DuckDB."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterable, Sequence
from functools import partial
from pathlib import Path
from threading import Thread
from types import TracebackType
from typing import Self

import duckdb
import pyarrow as pa

from throughline.letters import DIGITS, LETTERS
from throughline.resolve.latin import load_readings, names_in_latin
from throughline.resolve.rules import IdentityRules
from throughline.resolve.scoring import scoring_query
from throughline.store import duckdb_statement

PARTIES = pa.schema(
    [
        ("party_id", pa.string()),
        ("stream_id", pa.int32()),
        ("self", pa.bool_()),
        ("doc", pa.string()),
    ]
)
PAIRS_A_SLICE = 200_000
ROWS_A_THREAD = 4_096  # an Arrow batch is what one thread takes at a time
THREADS = 2


engine_sql = partial(duckdb_statement, "throughline.resolve")
"""Returns a DuckDB statement of resolve by its name."""


class Engine:
    """One resolve run's DuckDB, in memory with a limit; what does not fit spills into a folder."""

    def __init__(self, rules: IdentityRules, *, memory: str = "600MB") -> None:
        self.rules = rules
        Thread(target=load_readings, daemon=True).start()  # they may be needed in a moment
        self._folder = tempfile.TemporaryDirectory(prefix="throughline-resolve-")
        self.db = duckdb.connect(
            config={
                "memory_limit": memory,
                "threads": THREADS,
                "temp_directory": str(Path(self._folder.name)),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
            }
        )
        self._define_words()
        for script in ("macros", "tables"):
            for text in engine_sql(script).split(";\n"):
                self.db.execute(text)
        self.load("key_limit", self._limits())
        self._define_nicknames()

    def close(self) -> None:
        """Let memory and spilled files go."""
        self.db.close()
        self._folder.cleanup()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        Thread(target=self.close).start()  # nobody waits for it to let its memory go

    def expect(self, parties: int) -> None:
        """Say how many parties will be added: a thread more than few need only costs memory."""
        self.db.execute(f"SET threads = {THREADS if parties > ROWS_A_THREAD else 1}")

    def free_of_duplicates(self, streams: Sequence[int]) -> None:
        """Name the streams that are declared free of duplicates; before parties are added."""
        numbers = ", ".join(str(int(number)) for number in streams)
        self._constant("free_of_duplicates", f"CAST([{numbers}] AS INTEGER[])")

    def table(self, query: str) -> pa.Table:
        """Return a query's result as one Arrow table."""
        return self.db.sql(query).to_arrow_table()

    def value(self, query: str) -> int:
        """Return the one number that a query gives."""
        return int(self.db.execute(query).fetchall()[0][0])

    def load(self, name: str, rows: pa.Table) -> None:
        """Make (or replace) the table `name` with these rows."""
        self.db.register("arriving", rows)
        self.db.execute(f'CREATE OR REPLACE TEMP TABLE "{name}" AS SELECT * FROM arriving')
        self.db.unregister("arriving")

    def add_parties(self, parties: pa.Table, *, members: bool) -> None:
        """Add the profiles of parties (of schema PARTIES) with their evidence and keys.

        `members`: note whose profile it is, too; else a party stands for its profile only.
        """
        if parties.num_rows == 0:
            return
        self.db.register("incoming", _for_all_threads(parties))
        self.load("pinyin", names_in_latin(self._han_texts()))
        self.db.execute("CREATE OR REPLACE TEMP TABLE slice AS " + engine_sql("features"))
        self.db.unregister("incoming")
        if members:
            self.db.execute(engine_sql("add_party_profiles"))
        self.db.execute(engine_sql("keep_new_profiles"))
        self.db.execute(self._features_query())
        self.db.execute(f"INSERT INTO profile_key {self._keys_query()}")

    def score_pairs(self) -> None:
        """Score the table `candidate` (left_n, right_n) into `scored`, a slice at a time."""
        query = scoring_query(self.rules, engine_sql("evidence"))
        total = self.value("SELECT count(*) FROM candidate")
        for start in range(0, total, PAIRS_A_SLICE):
            slice_of = {"start": start, "end": start + PAIRS_A_SLICE}
            pairs = self.db.sql(engine_sql("pair"), params=slice_of).to_arrow_table()
            self.db.register("pair", _for_all_threads(pairs))
            self.db.execute(f"INSERT INTO scored {query}")
            self.db.unregister("pair")

    def _limits(self) -> pa.Table:
        """Return the limits of each kind of key."""
        keys = self.rules.blocking_keys
        return pa.table(
            {
                "kind": pa.array([key.number for key in keys], pa.int32()),
                "names": pa.array([key.names for key in keys], pa.int32()),
                "profiles": pa.array([key.profiles for key in keys], pa.int32()),
            }
        )

    def _features_query(self) -> str:
        """Return the statement that keeps the evidence of `fresh`, with its name keys."""
        name = next(key for key in self.rules.blocking_keys if key.name == "name")
        keys = f"list_transform({name.values}, lambda value: key_of({name.number}, value))"
        return f"INSERT INTO feature BY NAME SELECT *, {keys} AS rare_names FROM fresh"

    def _keys_query(self) -> str:
        """Return the query of all keys of the profiles in `fresh`, built from the checked rules."""
        return " UNION ALL ".join(
            f"SELECT key_of({key.number}, value) AS key, name, n FROM (SELECT name, n, "
            f"unnest({key.values}) AS value FROM fresh) WHERE value <> ''"
            for key in self.rules.blocking_keys
        )

    def _han_texts(self) -> Iterable[str]:
        rows = self.db.execute(engine_sql("han_texts")).fetchall()
        return [text for (text,) in rows]

    def _define_words(self) -> None:
        rules = self.rules
        forms = [one for one in rules.words["legal_forms"] if one not in rules.words["particles"]]
        lists = {
            **rules.words,
            "legal_forms_at_end": forms,
            "legal_forms_anywhere": [form for form in forms if len(form) > 2],
            "exclusive_schemes": rules.exclusive_identifiers,
        }
        for name, words in lists.items():
            self._constant(name, f"CAST([{', '.join(map(_quoted, words))}] AS VARCHAR[])")
        self.free_of_duplicates([])
        numbers = {key.name: key.number for key in rules.blocking_keys}
        for kind in ("email", "phone", "identifier", "name"):
            self._constant(f"{kind}_kind", str(numbers[kind]))
        self._constant("uses_ratio", str(rules.uses_ratio))
        ways = "|".join(re.escape(word) for word in rules.words["street_words"])
        self._constant("street_pattern", _quoted(rf"\b({ways})\b| "))
        self._constant("no_letters", _quoted(f"[^{LETTERS}{DIGITS}]+"))
        for kind, pattern in rules.junk.items():
            self._constant(f"junk_{kind}", _quoted(pattern))

    def _constant(self, name: str, value: str) -> None:
        self.db.execute(f'CREATE OR REPLACE TEMP MACRO "{name}"() AS {value}')

    def _define_nicknames(self) -> None:
        shorts = self.rules.nicknames
        self.load(
            "nickname_text",
            pa.table(
                {
                    "word": pa.array([s for s, full in shorts.items() for _ in full], pa.string()),
                    "name": pa.array([n for full in shorts.values() for n in full], pa.string()),
                }
            ),
        )
        self.db.execute(engine_sql("nicknames"))


def _for_all_threads(rows: pa.Table) -> pa.Table:
    """Return the rows in small batches, so that every thread has some of them."""
    return pa.Table.from_batches(rows.to_batches(max_chunksize=ROWS_A_THREAD), rows.schema)


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
