"""The package is the same whether it comes from a clone, a wheel or an sdist."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
SOURCE_ROOTS = ("src", "connectors", "schemas", "mapping_rules")
UV = Path(sys.executable).with_name("uv")
pytestmark = pytest.mark.timeout(600)


def run(*command: str | Path, folder: Path = ROOT) -> str:
    """Run a command to its end, without the settings of this environment; return what it said."""
    plain = {k: v for k, v in os.environ.items() if k not in ("VIRTUAL_ENV", "PYTHONPATH")}
    done = subprocess.run(
        command, cwd=folder, env=plain, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def build(kind: str, *, source: Path, to: Path) -> Path:
    """Build a wheel or an sdist with the installed hatchling, which needs no network."""
    run(sys.executable, "-m", "hatchling", "build", "-t", kind, "-d", to, folder=source)
    (made,) = to.iterdir()
    return made


def an_environment(folder: Path) -> Path:
    """Make an empty virtual environment and return its Python."""
    run(UV, "venv", "--quiet", "--python", sys.executable, folder)
    return folder / "bin" / "python"


def contents(wheel: Path) -> dict[str, bytes]:
    """Return what a wheel holds by name, but its own list of files."""
    with zipfile.ZipFile(wheel) as archive:
        names = [name for name in archive.namelist() if not name.endswith("RECORD")]
        return {name: archive.read(name) for name in names}


def top_level_names() -> set[str]:
    """Return the packages that the source roots hold."""
    return {
        folder.name
        for root in SOURCE_ROOTS
        for folder in (ROOT / root).iterdir()
        if folder.is_dir() and folder.name != "__pycache__"
    }


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("wheel", source=ROOT, to=tmp_path_factory.mktemp("wheel"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build("sdist", source=ROOT, to=tmp_path_factory.mktemp("sdist"))


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the folder of the programs of an environment that holds the wheel alone."""
    python = an_environment(tmp_path_factory.mktemp("installed") / "env")
    install = ("--quiet", "--python", python)
    run(UV, "pip", "install", *install, "--require-hashes", "-r", "requirements.lock")
    run(UV, "pip", "install", *install, "--no-deps", wheel)
    return python.parent


@pytest.fixture
def home(installed: Path, tmp_path: Path) -> Iterator[Path]:
    """Yield a home of thirty people, made by the installed wheel; its store is stopped after."""
    throughline, home = installed / "throughline", tmp_path / "home"
    made = ("--people", "30", "--seed", "1", "--out", tmp_path / "data")
    run(throughline, "demo-data", *made, folder=tmp_path)
    run(throughline, "init", home, "--demo-data", tmp_path / "data", folder=tmp_path)
    yield home
    run(throughline, "--home", home, "store", "stop", folder=tmp_path)


def test_the_wheel_adds_only_names_that_begin_with_throughline(wheel: Path) -> None:
    names = {name.split("/")[0] for name in contents(wheel)}
    assert {name for name in names if not name.startswith("throughline-")} == top_level_names()
    assert all(name.startswith("throughline") for name in names)


def test_check_wheel_contents_finds_nothing(wheel: Path) -> None:
    run(Path(sys.executable).with_name("check-wheel-contents"), wheel)


def test_the_wheel_holds_every_file_of_the_source_roots(wheel: Path) -> None:
    wanted = {
        str(file.relative_to(ROOT / root))
        for root in SOURCE_ROOTS
        for file in (ROOT / root).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts
    }
    assert wanted - contents(wheel).keys() == set()


def test_a_wheel_made_from_the_sdist_is_the_same(sdist: Path, wheel: Path, tmp_path: Path) -> None:
    run("tar", "-xzf", sdist, "-C", tmp_path)
    (source,) = tmp_path.iterdir()
    assert contents(build("wheel", source=source, to=tmp_path / "dist")) == contents(wheel)


def test_the_sdist_holds_what_it_takes_to_test_it(sdist: Path) -> None:
    with tarfile.open(sdist) as archive:
        held = {name.partition("/")[2] for name in archive.getnames()}
    wanted = {"Makefile", "tests/conftest.py", "requirements.lock", "requirements-dev.lock"}
    assert wanted - held == set()
    made = (".venv", ".cache", ".git/", "demo/", "airflow-home/", "build/", "dist/")
    assert [name for name in held if name.startswith(made)] == []


def test_an_editable_install_finds_every_package(tmp_path: Path) -> None:
    python = an_environment(tmp_path / "env")
    hook = "import sys; from hatchling.build import build_editable as b; b(sys.argv[1])"
    (tmp_path / "dist").mkdir()
    run(sys.executable, "-c", hook, tmp_path / "dist")
    (editable,) = (tmp_path / "dist").iterdir()
    run(UV, "pip", "install", "--quiet", "--no-deps", "--python", python, editable)
    find = "import sys, importlib.util as u; print([n for n in sys.argv[1:] if not u.find_spec(n)])"
    assert run(python, "-c", find, *sorted(top_level_names()), folder=tmp_path).strip() == "[]"


def test_a_wheel_in_an_empty_environment_makes_a_home_and_syncs_it(
    installed: Path, home: Path, tmp_path: Path
) -> None:
    throughline, out = installed / "throughline", tmp_path / "crosswalk.csv"
    run(throughline, "--home", home, "sync", folder=tmp_path)
    export = ("export", "crosswalk", "--format", "csv", "--out", out)
    run(throughline, "--home", home, *export, folder=tmp_path)
    with out.open(newline="") as file:
        header, *rows = csv.reader(file)
    assert header == ["connection", "stream", "source_id", "customer_id"]
    assert len(rows) > 30


def test_the_wheel_in_an_empty_environment_has_the_driver_of_every_broker(
    installed: Path, tmp_path: Path
) -> None:
    reach = (
        "from throughline.errors import SinkUnavailableError\n"
        "from throughline.publish import open_sink\n"
        "for address in ('amqp://127.0.0.1:1//', 'redis://127.0.0.1:1/0'):\n"
        "    try: open_sink('bus', address).reach()\n"
        "    except SinkUnavailableError: print('driven')"
    )
    assert run(installed / "python", "-c", reach, folder=tmp_path).split() == ["driven"] * 2
