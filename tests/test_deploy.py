"""What lies in deploy/ fits the project: paths, versions, commands, nothing secret."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from typer.main import get_command

from throughline.cli.app import build

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "deploy" / "Dockerfile").read_text()
COMPOSE_FILES = ("compose.yaml", "compose.dev.yaml")
LOCKS = {"requirements.lock", "requirements-dev.lock"}


def services(name: str) -> dict[str, Any]:
    """Return the services of a compose file, its anchors merged."""
    found: dict[str, Any] = yaml.safe_load((ROOT / "deploy" / name).read_text())["services"]
    return found


def our_services() -> list[dict[str, Any]]:
    """Return the services that run Throughline's own image."""
    return [one for one in services("compose.yaml").values() if one["image"] == "throughline"]


def test_the_image_copies_only_what_exists() -> None:
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", DOCKERFILE, flags=re.MULTILINE)
    assert [p for line in copied for p in line.split() if not (ROOT / p).exists()] == []


def test_airflow_in_the_image_reads_our_dags() -> None:
    (folder,) = re.findall(r"^COPY dags (\S+)$", DOCKERFILE, re.MULTILINE)
    assert f"AIRFLOW__CORE__DAGS_FOLDER={folder} " in DOCKERFILE


def test_a_container_for_the_tests_forgets_the_servers_that_went_with_the_last_one() -> None:
    command = services("compose.dev.yaml")["test"]["command"]
    assert command == ["bash", "-c", "rm -f .cache/servers && exec .ci/run"]


def test_the_image_and_make_use_the_same_uv() -> None:
    (wanted,) = re.findall(r"^UV_VERSION := (\S+)", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert re.findall(r"uv==(\S+)", DOCKERFILE) == [wanted]


@pytest.mark.skipif(
    not list(Path("/etc/ssl/certs").glob("*.crt")), reason="this machine trusts no certificates"
)
def test_make_trusts_the_certificates_of_the_machine_behind_a_company_s_proxy_too() -> None:
    asking = ["make", "--eval", "told: ; @echo told $$UV_SYSTEM_CERTS", "told"]
    clean = {"PATH": os.environ["PATH"]}
    done = subprocess.run(asking, cwd=ROOT, env=clean, capture_output=True, text=True, check=True)
    assert done.stdout == "told 1\n"


@pytest.mark.parametrize("named", ["", "no-such-python", "false"])
def test_make_says_which_python_it_needs_and_how_to_name_one(named: str, tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    making = ["make", "demo", f"PYTHON={named}"]
    done = subprocess.run(making, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert "Python 3.11 or newer" in done.stderr
    assert "make PYTHON=/path/to/python" in done.stderr
    assert not (tmp_path / ".venv").exists()


def a_program(file: Path, script: str) -> Path:
    """Write a shell script that can be run."""
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)
    return file


def test_make_finishes_an_environment_that_was_left_half_made(tmp_path: Path) -> None:
    (tmp_path / "Makefile").write_bytes((ROOT / "Makefile").read_bytes())
    a_program(tmp_path / ".venv" / "bin" / "python", "exit 1  # no module named pip")
    whole = a_program(tmp_path / "whole", "exit 0")
    copies = f"cp {whole} .venv/bin/python && cp {whole} .venv/bin/pip"
    python = a_program(tmp_path / "python", f"[ $1 = -c ] || {{ {copies}; }}")
    making = ["make", ".venv/.uv", f"PYTHON={python}"]
    subprocess.run(making, cwd=tmp_path, capture_output=True, check=True)
    assert (tmp_path / ".venv" / ".uv").exists()


def test_the_image_does_not_run_as_root() -> None:
    stages = DOCKERFILE.split("\nFROM ")
    finals = [stage for stage in stages if "\nENTRYPOINT " in stage]
    assert len(finals) == 2
    assert all("\nUSER throughline\n" in stage for stage in finals)


@pytest.mark.parametrize("name", COMPOSE_FILES)
def test_every_service_has_an_image_and_listens_to_this_machine_alone(name: str) -> None:
    for service in services(name).values():
        assert ":" in service["image"] or "build" in service
        assert all(port.startswith("127.0.0.1:") for port in service.get("ports", ()))


def test_the_services_run_commands_that_exist() -> None:
    commands = get_command(build()).commands  # type: ignore[attr-defined]  # a group has them
    ours = our_services()
    assert len(ours) == 2
    for service in ours:
        command, *words = map(str, service["command"])
        options = {option for parameter in commands[command].params for option in parameter.opts}
        assert {word for word in words if word.startswith("--")} <= options


def test_passwords_are_not_in_the_files() -> None:
    text = (ROOT / "deploy" / "compose.yaml").read_text()
    given = re.findall(r"PASS(?:WORD)?: (.+)|://\w+:([^@]+)@", text)
    assert given
    assert all((left or right).startswith("${") for left, right in given)


def test_a_volume_is_declared_for_each_that_is_used() -> None:
    for name in COMPOSE_FILES:
        declared = yaml.safe_load((ROOT / "deploy" / name).read_text())["volumes"]
        used = [v.partition(":")[0] for one in services(name).values() for v in one["volumes"]]
        assert {volume for volume in used if not volume.startswith((".", "/"))} == set(declared)


def test_what_does_not_fit_into_memory_goes_to_a_disk_of_each_container_s_own() -> None:
    """A tmpfs is memory; and processes of two containers may have one number, as their files."""
    for service in our_services():
        assert "/tmp" in service["volumes"]
        assert "tmpfs" not in service


def test_what_a_killed_run_started_is_reaped() -> None:
    assert all(service["init"] for service in our_services())


def test_a_change_of_the_sources_installs_no_dependency_anew() -> None:
    stages = {text.split()[2]: text for text in DOCKERFILE.split("\nFROM ")[1:]}
    installing = [name for name, text in stages.items() if ".lock" in text]
    assert len(installing) == 2
    for name in installing:
        while name in stages:  # down to Python's own image
            assert set(re.findall(r"^COPY (.+) \./?$", stages[name], re.MULTILINE)) <= LOCKS
            assert len(re.findall("^COPY ", stages[name], re.MULTILINE)) == 1
            name = stages[name].split()[0]
