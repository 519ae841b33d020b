"""Each migration on a store that was in use: one of today, taken back to the version before."""

from __future__ import annotations

import pytest
from psycopg import sql

from tests.stores import AStore, a_store
from throughline.customers.find import current_id
from throughline.store import migrate
from throughline.store.migrate import migrations

FIRST_RELEASED = 4
WAYS_BACK = {
    5: "DROP INDEX quarantine_by_subject; ALTER TABLE quarantine DROP COLUMN subject_id",
    6: "INSERT INTO api_key (name, hash) VALUES ('environment', 'x')",
    7: "ALTER TABLE customer_version DROP COLUMN merged_into",
}
"""What makes a store of one version into what the version before would have left."""


def fill(store: AStore) -> None:
    """Let customers come, merge, one into another that is merged too, live again, and go."""
    people = ("Anna Voss", "Annie Voss", "A. Voss", "Bob Ray", "Eve Long")
    anna, annie, third, bob, eve = (
        store.put_customer(store.put_party("erp", who, name=who), store.put_party("mail", who))
        for who in people
    )
    annas = store.parties(anna)
    store.put_record("mail", "1", annas[0], subject="Two lamps")
    store.merge()
    store.merge_customers(annie, anna)
    store.merge()
    store.merge_customers(third, annie)
    store.merge_customers(third, eve)
    store.merge()
    store.revive_customer(anna, annas)
    for party in store.parties(bob):
        store.delete_party(party)
    store.merge()
    store.merge_customers(third, anna)
    store.merge()


def contents(store: AStore) -> dict[str, list[str]]:
    """Return every row of every table, but for when its schema was made."""
    tables = store.rows(
        "SELECT relname FROM pg_stat_user_tables WHERE relname <> 'schema_migration' ORDER BY 1"
    )
    found = {}
    for (table,) in tables:
        query = sql.SQL("SELECT row_to_json(t)::text FROM {} t ORDER BY 1").format(
            sql.Identifier(table)
        )
        found[table] = [row for (row,) in store.connection.execute(query)]
    return found


def leads_to(store: AStore) -> dict[str, tuple[str | None, str | None]]:
    """Return for each id where it leads, by the API's own look-up and by the feed."""
    folded, led = store.folded(), {}
    for (customer,) in store.rows("SELECT customer_id FROM customer"):
        found = current_id(store.connection, customer)
        led[str(customer)] = (str(found) if found else None, folded.current(str(customer)))
    return led


@pytest.mark.parametrize("version", [one.version for one in migrations()[FIRST_RELEASED:]])
def test_a_store_in_use_is_after_a_migration_what_today_s_release_would_have_made(
    postgres_url: str, version: int
) -> None:
    with a_store(postgres_url) as store:
        fill(store)
        before, led = contents(store), leads_to(store)
        assert len(led) == 5
        for later in range(migrations()[-1].version, version - 1, -1):
            store.connection.execute(WAYS_BACK[later].encode())
        store.rows("DELETE FROM schema_migration WHERE version >= %s RETURNING 1", version)
        assert migrate(store.connection) == migrations()[-1].version - version + 1
        assert contents(store) == before
        assert leads_to(store) == led
        assert all(looked_up == told for looked_up, told in led.values())
        store.connection.execute("INSERT INTO dirty_customer SELECT customer_id FROM customer")
        assert store.merge()["events"] == 0
