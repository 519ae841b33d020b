"""The rules of the repository: what style and design promise of the files themselves."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from referencing import Registry, Resource

from throughline.home.yaml_positions import read_document

ROOT = Path(__file__).parents[1]
SOURCE = ("src", "connectors", "schemas", "mapping_rules")
CHECKED = (*SOURCE, "dags", "deploy", "tests", "bench")
REFUSED_NAMES = {"utils", "util", "helpers", "helper", "common", "base", "manager", "misc"}
CEILING = 400
DAG_CEILING = 40

READ_WITHOUT_CODE = """
import sys
from importlib.metadata import entry_points
from throughline.home.connectors import connector_names, read_manifest
for name in connector_names():
    read_manifest(name)
print([p.module for p in entry_points(group="throughline.connectors") if p.module in sys.modules])
"""
LOAD_CORE = """
import importlib, pkgutil, sys, throughline
for found in pkgutil.walk_packages(throughline.__path__, "throughline."):
    if not found.name.startswith("throughline.airflow"):
        importlib.import_module(found.name)
ours = {"throughline", "throughline_schemas", "throughline_rules"}
tops = {name.partition(".")[0] for name in sys.modules}
print(sorted(n for n in tops if n == "airflow" or n.startswith("throughline_") and n not in ours))
"""


def files(ending: str, *roots: str) -> list[Path]:
    """Return the files of that ending below the roots, without what tools made there."""
    made = re.compile(r"/(__pycache__|\.[^/]+|out)/")
    found = (file for root in roots for file in (ROOT / root).rglob(f"*{ending}"))
    return sorted(
        file for file in found if file.is_file() and not made.search(f"/{file.relative_to(ROOT)}")
    )


def name_of(file: Path) -> str:
    """Return the path by which a file is named in a failure."""
    return str(file.relative_to(ROOT))


def run_python(code: str) -> str:
    """Run code in a fresh interpreter and return what it printed."""
    command = [sys.executable, "-c", code]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


@cache
def project() -> dict[str, dict[str, dict[str, str]]]:
    """Return pyproject.toml's table [project]."""
    found: dict[str, dict[str, dict[str, str]]] = tomllib.loads(
        (ROOT / "pyproject.toml").read_text()
    )["project"]
    return found


def connector_folders() -> Iterator[tuple[str, Path]]:
    """Yield each connector's name and the folder of the module that its entry point names."""
    for name, target in project()["entry-points"]["throughline.connectors"].items():
        module = ROOT / "connectors" / target.partition(":")[0].replace(".", "/")
        yield name, module if module.is_dir() else module.parent


def parsed(file: Path) -> ast.Module:
    """Return a Python file's syntax tree."""
    return ast.parse(file.read_text("utf-8"), filename=str(file))


def test_the_core_loads_neither_airflow_nor_a_connector() -> None:
    assert run_python(LOAD_CORE) == "[]"


def test_every_error_stands_in_the_one_tree_and_its_drawing() -> None:
    tree = ROOT / "src" / "throughline" / "errors.py"
    errors = {one.name for one in parsed(tree).body if isinstance(one, ast.ClassDef)} - {"Mistake"}
    drawn = re.findall(r"\w+Error\b", (ast.get_docstring(parsed(tree)) or "").rpartition("\n\n")[0])
    assert sorted(drawn) == sorted(errors)
    elsewhere = [
        f"{name_of(file)}: {one.name}"
        for file in files(".py", *SOURCE)
        for one in ast.walk(parsed(file))
        if file != tree
        and isinstance(one, ast.ClassDef)
        and errors & {base.id for base in one.bases if isinstance(base, ast.Name)}
    ]
    assert elsewhere == []


def test_a_manifest_is_read_without_the_connectors_code() -> None:
    assert run_python(READ_WITHOUT_CODE) == "[]"


def test_every_connector_has_a_module_a_manifest_and_a_quality_scale() -> None:
    missing = [
        f"{name}: {wanted}"
        for name, folder in connector_folders()
        for wanted in ("__init__.py", "manifest.yaml", "quality_scale.yaml")
        if not (folder / wanted).is_file()
    ]
    assert missing == []


def test_every_folder_of_connectors_has_an_entry_point() -> None:
    packages = {folder.name for folder in (ROOT / "connectors").iterdir() if folder.is_dir()}
    targets = project()["entry-points"]["throughline.connectors"].values()
    assert packages - {"__pycache__"} == {
        target.partition(".")[0].partition(":")[0] for target in targets
    }


def test_every_fixed_stream_of_a_connector_has_a_mapping_rule() -> None:
    rules = [yaml.safe_load(file.read_text("utf-8")) for file in files(".yaml", "mapping_rules")]
    ruled = {rule["stream"] for rule in rules if "connector" in rule}
    wanted = {
        f"{name}: {stream}"
        for name, folder in connector_folders()
        for stream in yaml.safe_load((folder / "manifest.yaml").read_text()).get("streams", ())
        if stream not in ruled
    }
    assert wanted == set()


def test_exemptions_from_the_quality_scale_say_why() -> None:
    silent = []
    for name, folder in connector_folders():
        scale = yaml.safe_load((folder / "quality_scale.yaml").read_text("utf-8"))
        for rule, state in scale.get("rules", scale).items():
            if (
                isinstance(state, dict)
                and state.get("status") == "exempt"
                and not state.get("comment")
            ):
                silent.append(f"{name}: {rule}")
    assert silent == []


def test_dag_files_stay_under_forty_lines() -> None:
    lengths = {name_of(file): len(file.read_text().splitlines()) for file in files(".py", "dags")}
    assert lengths
    assert {name: n for name, n in lengths.items() if n >= DAG_CEILING} == {}


def test_no_file_is_longer_than_four_hundred_lines() -> None:
    every = [*files(".py", *CHECKED), *files(".sql", *SOURCE)]
    lengths = {name_of(file): len(file.read_text("utf-8").splitlines()) for file in every}
    assert {name: n for name, n in lengths.items() if n > CEILING} == {}


def test_every_module_says_what_it_knows() -> None:
    every = [file for file in files(".py", *CHECKED) if not file.name.startswith("test_")]
    silent = [file for file in every if file.stat().st_size]
    assert [name_of(file) for file in silent if not ast.get_docstring(parsed(file))] == []


def test_no_module_has_a_name_that_says_nothing() -> None:
    every = files("", *CHECKED)
    assert [name_of(file) for file in every if file.stem in REFUSED_NAMES] == []


def test_nothing_is_left_to_do_in_the_code() -> None:
    words = re.compile(
        r"\b(TO" + "DO|FIX" + "ME|XX" + r"X)\b|NotImplemented" + r"Error|\bmock\.patch\b"
    )
    every = files(".py", *CHECKED)
    assert [name_of(file) for file in every if words.search(file.read_text("utf-8"))] == []


def groups_repeated_possessively(pattern: str) -> Iterator[str]:
    """Yield how each group that is repeated possessively begins, innermost first."""
    text = re.sub(r"\\.|\[\^?(?:\\.|[^\]\\])+\]", "_", pattern, flags=re.DOTALL)
    while inner := re.search(r"(\((?:\?.)?)[^()]*\)([*+?]\+)?", text):
        if inner[2]:
            yield inner[1]
        text = text.replace(inner[0], "_", 1)


def test_a_group_that_is_repeated_possessively_is_atomic() -> None:
    """Python before 3.11.5, as in Debian 12, forgets where such a group began when it fails."""
    assert list(groups_repeated_possessively(r"((?:a|\))*+[)*+](?>b)++c*+)?+")) == [
        "(?:",
        "(?>",
        "(",
    ]
    patterns = [
        (name_of(file), node.value if isinstance(node.value, str) else node.value.decode("latin-1"))
        for file in files(".py", *SOURCE)
        for node in ast.walk(parsed(file))
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes)
    ]
    found = [
        (name, how)
        for name, text in patterns
        if re.search(r"\)[*+?]\+", text)
        for how in groups_repeated_possessively(text)
    ]
    assert {how for _, how in found} == {"(?>"}, found


def test_no_lock_holds_an_address() -> None:
    locks = files(".lock", "tests/servers", "bench") + sorted(ROOT.glob("*.lock"))
    assert len(locks) >= 3
    assert [name_of(file) for file in locks if "://" in file.read_text()] == []


def test_the_core_lock_agrees_with_the_development_lock() -> None:
    def pins(name: str) -> set[str]:
        return set(re.findall(r"^[\w.-]+==\S+", (ROOT / name).read_text(), flags=re.MULTILINE))

    assert pins("requirements.lock") - pins("requirements-dev.lock") == set()


def test_every_dependency_is_locked() -> None:
    listed = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    wanted = {re.split(r"[\[<>=~; ]", line)[0].lower() for line in listed}
    locked = set(
        re.findall(r"^([\w.-]+)==", (ROOT / "requirements.lock").read_text(), flags=re.MULTILINE)
    )
    assert wanted - locked == set()


def test_every_statement_says_its_purpose_and_its_parameters() -> None:
    def is_told(file: Path) -> bool:
        lines = file.read_text("utf-8").splitlines()
        comments = [line for line in lines[:6] if line.startswith("-- ")]
        return bool(comments) and any(line.startswith("-- Parameters:") for line in comments)

    statements = [file for file in files(".sql", "src") if file.parent.name == "sql"]
    assert statements
    assert [name_of(file) for file in statements if not is_told(file)] == []


def schemas_and_examples() -> Iterator[tuple[Path, list[Path], list[Path]]]:
    """Yield each schema with its good and its bad examples."""
    for file in files(".schema.json", "schemas"):
        name = file.name.removesuffix(".schema.json")
        examples = [*(file.parent / "examples").glob(f"{name}.*")]
        good = [one for one in examples if one.name.startswith(f"{name}.good")]
        bad = [one for one in examples if one.name.startswith(f"{name}.bad")]
        yield file, good, bad


def content_of(file: Path) -> Any:
    """Return what an example holds: JSON, or YAML as a home's files are read."""
    if file.suffix == ".json":
        return json.loads(file.read_text("utf-8"))
    return read_document(file, file.name).value or {}


def test_every_schema_has_good_and_bad_examples() -> None:
    bare = [name_of(file) for file, good, bad in schemas_and_examples() if not good or not bad]
    assert bare == []


def test_examples_are_as_good_or_bad_as_their_names_say() -> None:
    loaded = [json.loads(file.read_text("utf-8")) for file in files(".schema.json", "schemas")]
    resources = [(s["$id"], Resource.from_contents(s)) for s in loaded if "$id" in s]
    registry: Registry[Any] = Registry().with_resources(resources)
    wrong = []
    for file, good, bad in schemas_and_examples():
        schema = Draft202012Validator(json.loads(file.read_text("utf-8")), registry=registry)
        read = {one: content_of(one) for one in (*good, *bad)}
        wrong += [name_of(one) for one in good if not schema.is_valid(read[one])]
        wrong += [name_of(one) for one in bad if schema.is_valid(read[one])]
    assert wrong == []


def test_every_command_is_documented() -> None:
    from typer.main import get_command

    from throughline.cli.app import build

    def commands(group: object, path: str = "") -> Iterator[str]:
        for name, command in sorted(getattr(group, "commands", {}).items()):
            if getattr(command, "commands", None):
                yield from commands(command, f"{path}{name} ")
            else:
                yield f"throughline {path}{name}"

    text = (ROOT / "docs" / "commands.md").read_text("utf-8")
    named = list(commands(get_command(build())))
    assert len(named) > 10
    assert [name for name in named if name not in text] == []


def test_documents_name_only_files_that_exist() -> None:
    broken = []
    for file in [ROOT / "README.md", *files(".md", "docs", "connectors", "deploy", "schemas")]:
        for target in re.findall(r"\]\(([^)#\s]+)", file.read_text("utf-8")):
            if "://" not in target and not (file.parent / target).exists():
                broken.append(f"{name_of(file)}: {target}")
    assert broken == []


@pytest.mark.parametrize("tool", ["ruff check", "ruff format --check", "mypy", "lint-imports"])
def test_the_linters_find_nothing(tool: str) -> None:
    program, *words = tool.split()
    command = [str(Path(sys.executable).with_name(program)), *words]
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout[-5000:] + done.stderr[-2000:]
