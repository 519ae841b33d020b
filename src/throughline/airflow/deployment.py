"""What the environment tells the DAGs: which home they serve, and how often they run."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from throughline.errors import ConfigurationError

HOME_VARIABLE = "THROUGHLINE_HOME"
EVERY_VARIABLE = "THROUGHLINE_EVERY"
UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


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
    every = read_duration(environment.get(EVERY_VARIABLE) or "15m")
    return Deployment(home=Path(home).absolute(), every=every)


def read_duration(text: str) -> timedelta:
    """Read a time span such as 30s, 15m, 2h or 1d."""
    found = re.fullmatch(r"([1-9]\d{0,5})([smhd])", text.strip())
    if found is None:
        raise ConfigurationError(
            f"{EVERY_VARIABLE}: expected a number and s, m, h or d, such as 15m"
        )
    return timedelta(**{UNITS[found[2]]: int(found[1])})
