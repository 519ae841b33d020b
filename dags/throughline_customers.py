"""Airflow DAG: make customers of what the connections brought, and send the feed."""

import os

from throughline.airflow.dags import customers_dag
from throughline.airflow.deployment import read_deployment

dag = customers_dag(read_deployment(os.environ))
