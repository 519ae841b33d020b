"""Build the DAGs of a home: one for each connection, and one that makes customers of it all.

The same home gives the same DAGs to the byte, or Airflow would store a new version at each parse.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from airflow.sdk import (
    DAG,
    Asset,
    AssetAlias,
    AssetOrTimeSchedule,
    DeltaTriggerTimetable,
    chain,
    task,
)

from throughline.airflow import tasks
from throughline.airflow.deployment import Deployment
from throughline.airflow.retries import RetryByErrorTree
from throughline.errors import ConfigurationError, InvalidHomeError
from throughline.home import load_home
from throughline.home.check_connections import connection_names

RECORDS = Asset(name="throughline_records", uri="throughline://records", group="throughline")
"""A hint that a connection brought something; what there is to do stands in the store."""

START = datetime(2026, 1, 1, tzinfo=UTC)
SETTINGS: dict[str, Any] = {
    "start_date": START,
    "catchup": False,
    "max_active_runs": 1,
    "default_args": {
        "retries": 3,
        "retry_delay": timedelta(minutes=1),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=15),
        "retry_policy": RetryByErrorTree(),
    },
}


def connection_dags(deployment: Deployment) -> Iterator[DAG]:
    """Yield a DAG for each enabled connection, sorted by name; broken ones get a placeholder."""
    for name in connection_names(deployment.home):
        try:
            home = load_home(deployment.home, only=[name], secrets_needed=False)
        except ConfigurationError as error:
            yield placeholder_dag(f"throughline.connection.{name}", deployment, error, name)
            continue
        if home.connections[name].enabled:
            yield connection_dag(deployment, name)


def brought(connection: str) -> AssetAlias:
    """Return through what a connection tells RECORDS; an asset as outlet is told after every run.

    Each has its own: where two tasks use one for the first time at once, Airflow fails one of them.
    """
    return AssetAlias(name=f"throughline_brought_{connection}", group="throughline")


def connection_dag(deployment: Deployment, name: str) -> DAG:
    """Return the DAG that lands and normalises one connection's new records."""
    with DAG(
        f"throughline.connection.{name}",
        schedule=DeltaTriggerTimetable(deployment.every),
        doc_md=f"Brings in what is new in the connection `{name}`. Safe to run again at any time.",
        tags=["throughline", "connection"],
        **SETTINGS,
    ) as dag:
        task(outlets=[brought(name)], multiple_outputs=False)(bring_in)(connection=name)
    return dag


def bring_in(connection: str, outlet_events: Any = None) -> dict[str, int]:
    """Bring in what is new in one connection, and tell RECORDS if there was anything.

    Airflow gives `outlet_events`. A run that fails tells nothing: what it landed is for the
    customers' own time.
    """
    counts = tasks.bring_in(connection)
    if any(counts.get(name) for name in ("landed", "deleted", "normalised")):
        outlet_events[brought(connection)].add(RECORDS)
    return counts


def customers_dag(deployment: Deployment) -> DAG:
    """Return the DAG that resolves and merges, then publishes, when records came or time is up."""
    try:
        load_home(deployment.home, only=[], secrets_needed=False)
    except ConfigurationError as error:
        return placeholder_dag("throughline.customers", deployment, error)
    timetable = DeltaTriggerTimetable(deployment.every)
    with DAG(
        "throughline.customers",
        schedule=AssetOrTimeSchedule(timetable=timetable, assets=[RECORDS]),
        doc_md="Finds out who is who, builds the customers, sends the feed. Safe to run again.",
        tags=["throughline"],
        **SETTINGS,
    ) as dag:
        made = task(multiple_outputs=False)(tasks.make_customers)()
        chain(made, task(multiple_outputs=False)(tasks.publish_feed)())
    return dag


def placeholder_dag(
    dag_id: str, deployment: Deployment, error: ConfigurationError, connection: str | None = None
) -> DAG:
    """Return a DAG whose only task fails with what is wrong, so that it is seen where runs are."""
    mistakes = error.mistakes if isinstance(error, InvalidHomeError) else (error,)
    lines = "\n".join(f"- `{mistake}`" for mistake in mistakes)
    with DAG(
        dag_id,
        schedule=DeltaTriggerTimetable(deployment.every),
        doc_md=f"Can't run until this is mended (`throughline check` says the same):\n\n{lines}",
        tags=["throughline", "broken"],
        **SETTINGS,
    ) as dag:
        task(tasks.check_home)(connection=connection)
    return dag
