"""Secrets that Airflow keeps: `${airflow:CONNECTION}` is the password of that connection."""

from __future__ import annotations

from pathlib import Path

from airflow.sdk import Connection
from airflow.sdk.exceptions import AirflowNotFoundException

from throughline.home import EnvironmentSecrets

KIND = "airflow"


class AirflowSecrets:
    """Resolves `${airflow:…}` by Airflow's connections, and what the home resolves itself."""

    def __init__(self) -> None:
        self._others = EnvironmentSecrets()

    def resolve(self, kind: str, name: str, folder: Path) -> str | None:
        """Return the password of an Airflow connection, or None if there is no such thing."""
        if kind != KIND:
            return self._others.resolve(kind, name, folder)
        try:
            password = Connection.get(name).password
        except AirflowNotFoundException:
            return None
        return None if password is None else str(password)
