"""The DuckDB that mapping rules run in: with the transforms, without files or network."""

from __future__ import annotations

from functools import cached_property
from typing import Protocol

import duckdb

from throughline.normalise.expressions import Grammar
from throughline.normalise.shape import literal
from throughline.normalise.transforms import add_transforms, transforms_version
from throughline.private_files import spill_folder

MEMORY_LIMIT = "1GB"


class OurOrganisation(Protocol):
    """Who we are, as patterns over whole addresses and numbers."""

    @property
    def addresses(self) -> tuple[str, ...]: ...
    def address_pattern(self) -> str: ...
    def no_reply_pattern(self) -> str: ...
    def extension_pattern(self) -> str: ...
    def number_pattern(self) -> str: ...


class Sandbox:
    """One locked DuckDB for all streams of a connection, opened when it is first needed.

    It reaches no file and no network, its settings cannot be changed, and its memory is limited.
    """

    def __init__(self, organisation: OurOrganisation) -> None:
        self.organisation = organisation

    def session(self) -> duckdb.DuckDBPyConnection:
        """Return a session of its own temporary tables; the caller closes it."""
        return self._database.cursor()

    def open(self) -> None:
        """Open it now; it has no thread of its own, so that a process may fork after that.

        What normalising needs to know of the transforms is known then, too.
        """
        transforms_version()
        _ = self.grammar

    def close(self) -> None:
        """Give the memory back."""
        if "_database" in self.__dict__:
            self._database.close()

    @cached_property
    def grammar(self) -> Grammar:
        """What a rule's `sql` may contain."""
        return Grammar.of(self._database)

    @cached_property
    def _database(self) -> duckdb.DuckDBPyConnection:
        database = duckdb.connect(
            ":memory:",
            config={"threads": "1", "async_threads": "0", "temp_directory": spill_folder()},
        )
        run = database.execute
        # joins with lists of constants cost more than comparing; a pushed-down filter parses twice
        run("SET disabled_optimizers = 'in_clause,filter_pushdown,filter_pullup'")
        add_transforms(database)
        _add_organisation(database, self.organisation)
        run("SET GLOBAL TimeZone = 'UTC'")  # results must not depend on where they are worked out
        run(f"SET memory_limit = '{MEMORY_LIMIT}'")
        run("SET enable_external_access = false")
        run("SET lock_configuration = true")
        return database


def _add_organisation(database: duckdb.DuckDBPyConnection, ours: OurOrganisation) -> None:
    addresses = ", ".join(literal(address) for address in ours.addresses)
    listed = f" OR list_contains([{addresses}], a)" if addresses else ""
    for name, condition in (
        ("tl_own_email", f"regexp_matches(a, {literal(ours.address_pattern())}){listed}"),
        ("tl_no_reply_email", f"regexp_matches(a, {literal(ours.no_reply_pattern())})"),
        ("tl_own_number", f"regexp_matches(a, {literal(ours.number_pattern())})"),
        ("tl_own_extension", f"regexp_matches(a, {literal(ours.extension_pattern())})"),
    ):
        database.execute(f"CREATE MACRO {name}(a) AS coalesce({condition}, false)")
