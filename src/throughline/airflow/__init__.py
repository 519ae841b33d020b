"""Airflow's side of Throughline: DAGs over the engine, a few lines each.

Reading order: `deployment` says which home, `dags` builds the DAGs that the files in the bundle
hand to Airflow, `tasks` is what runs in a worker, `retries` and `secrets` join the two worlds,
`standalone` starts Airflow on one machine.
"""
