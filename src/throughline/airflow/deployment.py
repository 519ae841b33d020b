"""What the environment tells the DAGs: which home they serve, and how often they run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from throughline.errors import ConfigurationError
from throughline.time_spans import read_time_span

HOME_VARIABLE = "THROUGHLINE_HOME"
EVERY_VARIABLE = "THROUGHLINE_EVERY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """The home that the DAGs serve, and the time between two runs of a DAG."""

    home: Path
    every: timedelta = timedelta(minutes=15)


def read_deployment(environment: Mapping[str, str]) -> Deployment:
    """Read THROUGHLINE_HOME (required) and THROUGHLINE_EVERY (such as 15m; 15 minutes)."""
    home = environment.get(HOME_VARIABLE)
    if not home:
        raise ConfigurationError(
            f"{HOME_VARIABLE} is not set; it names the home that the DAGs serve, "
            "for Airflow's DAG processor and its workers"
        )
    every = read_time_span(EVERY_VARIABLE, environment.get(EVERY_VARIABLE) or "15m")
    return Deployment(home=Path(home).absolute(), every=every)
