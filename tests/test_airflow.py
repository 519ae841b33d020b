"""Airflow runs the engine: the DAGs of a home, as Airflow loads and runs them."""

from __future__ import annotations

import json
import re
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
import requests

from tests.fix_demo_home import a_demo_home
from tests.fix_processes import free_port
from throughline.airflow import standalone
from throughline.airflow.deployment import read_deployment
from throughline.airflow.standalone import Place
from throughline.errors import ConfigurationError
from throughline.store import EmbeddedServer

ROOT = Path(__file__).parents[1]
DRIVER = ROOT / "tests" / "servers" / "run_dags.py"
CONNECTIONS = ("erp", "mail", "telephony", "webshop")
DAGS = (*(f"throughline.connection.{name}" for name in CONNECTIONS), "throughline.customers")
pytestmark = pytest.mark.timeout(900)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """The DAG files, loaded for one home by an Airflow of the test's own."""

    place: Place

    def drive(self, *words: str) -> tuple[dict[str, Any], str]:
        """Run the driver in a process of its own; return its answer and its log."""
        done = subprocess.run(
            [sys.executable, DRIVER, *words],
            env=standalone.environment(self.place),
            cwd=self.place.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-4000:]
        *log, answer = done.stdout.strip().splitlines()
        found: dict[str, Any] = json.loads(answer)
        return found, "\n".join(log) + done.stderr

    def rows(self, query: str) -> list[tuple[Any, ...]]:
        """Return what the home's store answers."""
        url = EmbeddedServer(self.place.home / "data" / "store").url()
        with psycopg.connect(url) as connection:
            return connection.execute(query.encode()).fetchall()


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """The DAGs that Airflow found in a home."""

    bundle: Bundle
    found: dict[str, Any]


def test_the_time_between_runs_is_written_as_the_command_line_takes_it() -> None:
    assert read_deployment({"THROUGHLINE_HOME": "home"}).every == timedelta(minutes=15)
    given = {"THROUGHLINE_HOME": "home", "THROUGHLINE_EVERY": "2h"}
    assert read_deployment(given).every == timedelta(hours=2)
    with pytest.raises(ConfigurationError, match="THROUGHLINE_EVERY 0m: expected a time such as"):
        read_deployment({**given, "THROUGHLINE_EVERY": "0m"})


@pytest.fixture(scope="module")
def airflow_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder in which Airflow's database is ready."""
    folder = tmp_path_factory.mktemp("airflow")
    place = Place(folder=folder, dags=ROOT / "dags", home=folder, port=free_port())
    subprocess.run(
        [Path(sys.executable).with_name("airflow"), "db", "migrate"],
        env=standalone.environment(place),
        capture_output=True,
        check=True,
    )
    shutil.copyfile(folder / "airflow.db", folder / "never-used.db")
    return folder


@pytest.fixture(scope="module")
def listed(airflow_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listed]:
    """Yield a home that was never synced, and the DAGs that Airflow found in it."""
    with a_demo_home(tmp_path_factory.mktemp("listed"), people=5) as home:
        place = Place(folder=airflow_folder, dags=ROOT / "dags", home=home, port=free_port())
        bundle = Bundle(place=place)
        yield Listed(bundle=bundle, found=bundle.drive("list")[0])


@pytest.fixture(scope="module")
def amiss(airflow_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Listed]:
    """Yield a home with a broken connection, `mail`, and a disabled one, `erp`."""
    with a_demo_home(tmp_path_factory.mktemp("amiss"), people=5) as home:
        mail, erp = (home / "connections" / f"{name}.yaml" for name in ("mail", "erp"))
        mail.write_text(mail.read_text().replace("connector:", "conector:"))
        erp.write_text(erp.read_text() + "\nenabled: false\n")
        place = Place(folder=airflow_folder, dags=ROOT / "dags", home=home, port=free_port())
        bundle = Bundle(place=place)
        yield Listed(bundle=bundle, found=bundle.drive("list")[0])


@pytest.fixture
def running(airflow_folder: Path, tmp_path: Path) -> Iterator[Place]:
    """Yield an Airflow that runs as `make airflow` starts it, on a database that is ready."""
    with a_demo_home(tmp_path) as home:
        folder = tmp_path / "airflow"
        folder.mkdir()
        shutil.copyfile(airflow_folder / "never-used.db", folder / "airflow.db")
        place = Place(
            folder=folder,
            dags=ROOT / "dags",
            home=home,
            port=free_port(),
            every="10m",
        )
        process = standalone.start(place)
        try:
            assert standalone.wait_until_healthy(place, process), place.log.read_text()[-4000:]
            yield place
        finally:
            standalone.stop(process)
        assert not standalone.healthy(place)


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs:
    """What a first run of every DAG answered and logged."""

    bundle: Bundle
    told: dict[str, Any]
    log: str

    def fed(self) -> list[tuple[Any, ...]]:
        """Return how much the feed holds, and how many customers there are."""
        return self.bundle.rows(
            "SELECT (SELECT count(*) FROM feed_event), (SELECT count(*) FROM customer)"
        )


@pytest.fixture(scope="module")
def runs(airflow_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """Yield a home whose DAGs ran once each."""
    with a_demo_home(tmp_path_factory.mktemp("home")) as home:
        place = Place(folder=airflow_folder, dags=ROOT / "dags", home=home, port=free_port())
        bundle = Bundle(place=place)
        told, log = bundle.drive("run", *DAGS)
        yield Runs(bundle=bundle, told=told, log=log)


def test_each_connection_has_a_dag_and_one_dag_makes_customers(listed: Listed) -> None:
    found = listed.found
    assert sorted(found) == sorted(DAGS)
    steps = {
        name: [task["__var"]["task_id"] for task in found[name]["dag"]["tasks"]] for name in DAGS
    }
    assert steps.pop("throughline.customers") == ["make_customers", "publish_feed"]
    assert list(steps.values()) == [["bring_in"]] * len(CONNECTIONS)


def test_the_same_home_gives_the_same_dags_to_the_byte(listed: Listed) -> None:
    again, _ = listed.bundle.drive("list")
    assert json.dumps(again, sort_keys=True) == json.dumps(listed.found, sort_keys=True)


def test_the_dags_sync_a_home(runs: Runs) -> None:
    states = {name: run["state"] for name, run in runs.told.items()}
    assert states == dict.fromkeys(DAGS, "success")
    assert all(number > 0 for number in runs.fed()[0])


def test_running_dags_again_changes_nothing(runs: Runs) -> None:
    before = runs.fed()
    again, _ = runs.bundle.drive("run", "throughline.connection.webshop", "throughline.customers")
    assert {run["state"] for run in again.values()} == {"success"}
    assert runs.fed() == before


def test_a_connection_s_run_starts_the_customers_run_only_if_it_brought_something(
    runs: Runs,
) -> None:
    told = {name: run["events"] for name, run in runs.told.items()}
    assert told == {**dict.fromkeys(DAGS, 1), "throughline.customers": 0}
    again, _ = runs.bundle.drive("run", "throughline.connection.webshop")
    assert again["throughline.connection.webshop"]["events"] == 0


def test_logs_and_results_of_runs_hold_no_personal_data(runs: Runs) -> None:
    family = "doc->>'family_name'"
    names = runs.bundle.rows(f"SELECT DISTINCT {family} FROM party WHERE length({family}) > 5")
    written = runs.log + json.dumps(runs.told)
    assert names
    assert re.findall(r"[\w.+-]+@[\w-]+\.\w+", written) == []
    assert [name for (name,) in names if name in written] == []


def test_a_broken_connection_fails_with_the_message_of_check_and_stops_no_other(
    amiss: Listed,
) -> None:
    broken = "throughline.connection.mail"
    assert sorted(amiss.found) == sorted(set(DAGS) - {"throughline.connection.erp"})
    tagged = [name for name, dag in amiss.found.items() if "broken" in dag["dag"]["tags"]]
    assert tagged == [broken]
    told, log = amiss.bundle.drive("run", broken)
    assert told[broken]["state"] == "failed"
    assert "did you mean `connector`?" in log


def test_a_disabled_connection_has_no_dag(amiss: Listed) -> None:
    assert "throughline.connection.erp" not in amiss.found


def test_a_secret_may_lie_in_an_airflow_connection(listed: Listed) -> None:
    code = (
        "from pathlib import Path; from throughline.airflow.secrets import AirflowSecrets as S;"
        "print([S().resolve('airflow', n, Path()) for n in ('shop', 'none')])"
    )
    environment = standalone.environment(listed.bundle.place)
    environment["AIRFLOW_CONN_SHOP"] = '{"conn_type": "http", "password": "s3cret"}'
    done = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=False
    )
    assert done.stdout.splitlines()[-1:] == ["['s3cret', None]"], done.stderr[-2000:]


def runs_that_ended(place: Place) -> dict[tuple[str, str], set[str]]:
    """Return the states of the scheduled and asset-triggered runs that ended, by DAG and type."""
    ended: dict[tuple[str, str], set[str]] = {}
    database = f"file:{place.folder / 'airflow.db'}?mode=ro"
    query = (
        "SELECT dag_id, run_type, state FROM dag_run"
        " WHERE run_type <> 'manual' AND end_date IS NOT NULL"
    )
    with closing(sqlite3.connect(database, uri=True, timeout=30)) as connection:
        for dag_id, run_type, state in connection.execute(query):
            ended.setdefault((dag_id, run_type), set()).add(state)
    return ended


def test_under_a_running_airflow_the_dags_run_on_their_schedule_and_succeed(running: Place) -> None:
    user, password = running.login()
    login = {"username": user, "password": password}
    assert requests.post(f"{running.url}/auth/token", json=login, timeout=120).status_code == 201
    deadline = time.monotonic() + 400
    wanted = {(name, "scheduled"): {"success"} for name in DAGS}
    wanted["throughline.customers", "asset_triggered"] = {"success"}
    while time.monotonic() < deadline and set(runs_that_ended(running)) != set(wanted):
        time.sleep(3)
    assert runs_that_ended(running) == wanted, running.log.read_text()[-4000:]
