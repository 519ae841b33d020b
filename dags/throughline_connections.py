"""Airflow DAGs: for each connection of the home, bring in what is new."""

import os

from throughline.airflow.dags import connection_dags
from throughline.airflow.deployment import read_deployment

for dag in connection_dags(read_deployment(os.environ)):
    globals()[dag.dag_id] = dag
