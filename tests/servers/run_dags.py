"""Load the DAG files as Airflow does, in a process of its own, and list or run their DAGs.

`python run_dags.py list` prints {dag id: its serialised form}; `python run_dags.py run DAG…` runs
each by `dag.test()` and prints {dag id: {"state": …, "results": {task id: its result},
"events": how many asset events it made}}.
The last line of the output is the JSON; what comes before is Airflow's log.
"""

# mypy: ignore-errors

import json
import runpy
import sys
from pathlib import Path

from airflow.models.asset import AssetEvent
from airflow.models.xcom import XComModel
from airflow.sdk import DAG
from airflow.serialization.serialized_objects import DagSerialization
from airflow.settings import Session

DAGS = Path(__file__).parents[2] / "dags"


def load():
    """Return the DAGs that the files hold, by id."""
    spaces = [runpy.run_path(str(file)) for file in sorted(DAGS.glob("*.py"))]
    found = [value for space in spaces for value in space.values() if isinstance(value, DAG)]
    return {dag.dag_id: dag for dag in found}


def serialised():
    """Return each DAG as Airflow stores it."""
    return {name: DagSerialization.to_dict(dag) for name, dag in load().items()}


def run(names):
    """Run DAGs one after the other; return their states and what their tasks returned."""
    dags, told = load(), {}
    for name in names:
        done = dags[name].test()
        rows = Session.query(XComModel).filter_by(
            dag_id=name, run_id=done.run_id, key="return_value"
        )
        results = {row.task_id: XComModel.deserialize_value(row) for row in rows}
        events = Session.query(AssetEvent).filter_by(source_dag_id=name, source_run_id=done.run_id)
        told[name] = {"state": str(done.state), "results": results, "events": events.count()}
    return told


if __name__ == "__main__":
    answer = serialised() if sys.argv[1] == "list" else run(sys.argv[2:])
    sys.stdout.write("\n" + json.dumps(answer) + "\n")
