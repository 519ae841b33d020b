"""Mapping rules that other packages bring, through the entry point group of the rules."""

from __future__ import annotations

import json
import sys
import zipfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from tests.fix_homes import SHOP, a_home, run
from throughline.errors import ConfigurationError, InvalidHomeError, UnknownNameError
from throughline.home import load_home
from throughline.home.rule_files import packaged_rules
from throughline.normalise import load_rules

ROOT = Path(__file__).parents[1]
VISITORS = """\
connector: frontdesk
stream: visitors
rules:
  - {record: party, set: {kind: {value: person}, name: {from: name, apply: [name]}}}
"""
ORDERS = "connector: files\nstream: orders\nrules: [{record: order, set: {number: id}}]\n"

Package = Callable[..., None]


def write_package(
    folder: Path, module: str, files: Mapping[str, str], names: str | None = None
) -> None:
    """Write a package with these files as pip installs it; `names` is what its group names."""
    top = module.partition(".")[0]
    info = folder / f"{top}-1.dist-info"
    info.mkdir(parents=True)
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {top}\nVersion: 1\n")
    points = f"[throughline.mapping_rules]\n{top} = {names or module}\n"
    (info / "entry_points.txt").write_text(points)
    for name, text in files.items():
        file = folder / module.replace(".", "/") / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")


@pytest.fixture
def install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Package]:
    """Yield a function that installs a package for this test, in a folder of its own."""

    def installed(module: str, files: Mapping[str, str], names: str | None = None) -> None:
        site = tmp_path / "site" / module
        write_package(site, module, files, names)
        monkeypatch.syspath_prepend(site)
        packaged_rules.cache_clear()

    packaged_rules.cache_clear()
    yield installed
    packaged_rules.cache_clear()


def test_ours_come_through_the_same_group() -> None:
    shipped = {file.stem for file in (ROOT / "mapping_rules").glob("throughline_rules/*/*.yaml")}
    assert len(shipped) > 5
    assert set(load_rules().names()) == shipped


def test_a_rule_of_another_package_is_read_without_running_its_code(install: Package) -> None:
    code = 'raise RuntimeError("rules are data")\n'
    files = {"__init__.py": code, "rules/frontdesk_visitors.yaml": VISITORS}
    install("frontdesk_crm", files, "frontdesk_crm.rules")
    assert load_rules().file("frontdesk_visitors").titles() == ("party",)
    assert "frontdesk_crm" not in sys.modules


def test_a_package_that_is_installed_as_an_archive_brings_its_rules(
    install: Package, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_package(tmp_path / "flat", "desk_rules", {"__init__.py": "", "a/visits.yml": VISITORS})
    with zipfile.ZipFile(tmp_path / "desk_rules-1.zip", "w") as archive:
        for file in (tmp_path / "flat").rglob("*"):
            archive.write(file, file.relative_to(tmp_path / "flat"))
    monkeypatch.syspath_prepend(tmp_path / "desk_rules-1.zip")
    assert load_rules().file("visits").titles() == ("party",)


def test_a_mistake_in_a_packages_rule_names_its_file_and_line(install: Package) -> None:
    files = {"__init__.py": "", "desk/visits.yaml": VISITORS.replace("set:", "sett:")}
    install("desk_rules", files)
    with pytest.raises(InvalidHomeError) as caught:
        load_rules().file("visits")
    assert "desk_rules/desk/visits.yaml:4: rules[0].sett: not known here; did you mean `set`?" in (
        str(caught.value).splitlines()
    )


def test_a_packages_rule_is_offered_for_a_misspelt_name(install: Package) -> None:
    install("desk_rules", {"__init__.py": "", "visits.yaml": VISITORS})
    with pytest.raises(UnknownNameError, match="did you mean `visits`"):
        load_rules().file("vists")


def test_a_name_that_two_packages_bring_is_refused_until_the_home_settles_it(
    install: Package, tmp_path: Path
) -> None:
    install("desk_rules", {"__init__.py": "", "woocommerce_orders.yaml": ORDERS})
    with pytest.raises(ConfigurationError) as caught:
        load_rules().file("woocommerce_orders")
    assert "desk_rules/woocommerce_orders.yaml" in str(caught.value)
    assert "throughline_rules/webshop/woocommerce_orders.yaml" in str(caught.value)
    assert load_rules().mistakes() == [str(caught.value)]
    assert len(load_rules().file("woocommerce_customers").rules) > 0

    own = tmp_path / "mapping_rules"
    own.mkdir()
    (own / "woocommerce_orders.yaml").write_text(ORDERS, "utf-8")
    assert load_rules(own).file("woocommerce_orders").titles() == ("order",)
    assert load_rules(own).mistakes() == []


def test_a_folder_that_is_no_package_of_its_own_brings_its_rules(install: Package) -> None:
    install("desk_rules", {"visits.yaml": VISITORS})
    assert load_rules().file("visits").titles() == ("party",)


@pytest.mark.parametrize(
    "names", ["nowhere_rules", "desk_rules.inner", "desk_rules.module", "desk rules"]
)
def test_a_package_that_cannot_be_imported_is_named_where_a_rule_is_missing(
    install: Package, names: str
) -> None:
    install("desk_rules", {"__init__.py": "", "module.py": "", "visits.yaml": VISITORS}, names)
    with pytest.raises(ConfigurationError, match=f"package {names}, .* can't be imported"):
        load_rules().file("visits")
    assert len(load_rules().file("woocommerce_orders").rules) > 0


def test_a_package_without_rule_files_is_named_where_a_rule_is_missing(install: Package) -> None:
    install("desk_rules", {"__init__.py": "", "identity.yaml": "ceiling: 5\n", "read.me": "x"})
    with pytest.raises(ConfigurationError, match=r"package desk_rules, .* holds no rule files"):
        load_rules().file("visits")


def test_a_connections_file_may_name_a_rule_of_a_package(install: Package, tmp_path: Path) -> None:
    install("desk_rules", {"__init__.py": "", "visits.yaml": VISITORS})
    visits = SHOP.replace("woocommerce_customers", "visits")
    assert "shop" in load_home(a_home(tmp_path / "home", shop=visits)).connections
    clash = "woocommerce_customers.yaml"
    install("more_rules", {"__init__.py": "", clash: VISITORS})
    with pytest.raises(InvalidHomeError, match=r"shop.yaml:\d+: .*rule: .*brought twice") as caught:
        load_home(a_home(tmp_path / "other", shop=SHOP))
    assert "more_rules/woocommerce_customers.yaml" in str(caught.value)


def test_check_names_a_package_that_brings_no_rules(tmp_path: Path, postgres_url: str) -> None:
    write_package(tmp_path / "site", "desk_rules", {"__init__.py": ""})
    home = a_home(tmp_path / "home", postgres_url)
    plugin = {"PYTHONPATH": str(tmp_path / "site")}
    done = run("check", "--json", home=home, environment=plugin)
    assert done.returncode == 2
    (rules,) = (
        one for one in json.loads(done.stdout)["findings"] if one["subject"] == "rules"
    )  # fmt: skip
    assert "the package desk_rules, " in rules["message"]
    assert "holds no rule files" in rules["message"]
    assert run("check", home=home).returncode == 0
