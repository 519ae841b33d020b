"""The whole sync: connections side by side, each one's failure its own."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.fix_homes import (
    SHOP,
    a_home,
    a_plugin,
    a_told,
    an_account,
    rows,
    run,
    start,
    wait_for,
    write_shop,
)
from throughline.errors import ConfigurationError, UnknownNameError
from throughline.home import load_home
from throughline.store import connect, connection_lock
from throughline.sync import sync
from throughline.sync.processes import single_threaded


def runs(url: str) -> dict[str, tuple[object, object]]:
    """Return the last run's outcome and error of each connection."""
    found = rows(
        url, "SELECT subject, outcome, error FROM run WHERE stage = 'connection' ORDER BY run_id"
    )
    return {str(subject): (outcome, error) for subject, outcome, error in found}


def test_a_second_sync_changes_nothing_and_says_so(tmp_path: Path, postgres_url: str) -> None:
    write_shop(tmp_path / "shop", [an_account(1), an_account(2)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    first, second = run("sync", home=home), run("sync", home=home)
    assert first.returncode == 0, first.stderr
    assert "2 customers" in first.stdout
    assert "nothing has changed, nothing was published" in second.stdout
    assert rows(postgres_url, "SELECT position FROM feed_head") == [(2,)]


def test_the_counts_of_a_run_balance(tmp_path: Path, postgres_url: str) -> None:
    write_shop(tmp_path / "shop", [an_account(1), an_account(2), {"no": "key"}])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert run("sync", home=home).returncode == 0
    write_shop(tmp_path / "shop", [an_account(1), an_account(3)], name="b")
    assert run("sync", home=home).returncode == 0
    found = rows(postgres_url, "SELECT counts FROM run WHERE stage = 'connection' ORDER BY run_id")
    for (counts,) in found:
        assert isinstance(counts, dict)
        out = sum(counts.get(name, 0) for name in ("landed", "unchanged", "deleted", "refused"))
        assert counts["received"] == out


def test_a_connection_that_fails_leaves_the_others_results(
    tmp_path: Path, postgres_url: str
) -> None:
    plugin = a_plugin(tmp_path / "site")
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP, crm=a_told("refuse"))
    done = run("sync", home=home, environment=plugin)
    assert done.returncode == 77
    assert "crm: the password was refused; renew it" in done.stdout
    assert runs(postgres_url)["shop"] == ("succeeded", None)
    assert runs(postgres_url)["crm"][0] == "failed"
    customers = rows(postgres_url, "SELECT count(*) FROM customer WHERE version > 0")
    assert customers == [(2,)], "what had landed before the failure counts too"


def test_a_killed_process_fails_its_connection_alone(tmp_path: Path, postgres_url: str) -> None:
    plugin = a_plugin(tmp_path / "site")
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP, crm=a_told("die"))
    done = run("sync", "--json", home=home, environment=plugin)
    assert done.returncode == 75
    report = json.loads(done.stdout)
    by_name = {one["name"]: one for one in report["connections"]}
    assert by_name["shop"]["succeeded"]
    assert by_name["crm"]["error"] == "crm: its process ended by signal 9; the next run continues"
    assert runs(postgres_url)["crm"] == ("failed", by_name["crm"]["error"])


def test_a_defect_in_a_connector_is_named_without_what_it_said(
    tmp_path: Path, postgres_url: str
) -> None:
    plugin = a_plugin(tmp_path / "site")
    home = a_home(tmp_path / "home", postgres_url, crm=a_told("break", pages=2))
    done = run("sync", home=home, environment=plugin)
    assert done.returncode == 70
    assert "ValueError" in done.stdout
    assert "secret inside" not in done.stdout + done.stderr
    shown = run("--debug", "sync", home=home, environment=plugin)
    assert "secret inside" in shown.stderr


def test_a_connection_that_wants_too_much_memory_fails_alone(
    tmp_path: Path, postgres_url: str
) -> None:
    plugin = a_plugin(tmp_path / "site")
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP, crm=a_told("eat"))
    done = run("sync", home=home, environment=plugin)
    assert done.returncode == 1
    assert "crm: needed more memory than it may have" in done.stdout
    assert runs(postgres_url)["shop"] == ("succeeded", None)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_ends_a_sync_after_its_batch_and_the_next_goes_on(
    tmp_path: Path, postgres_url: str, number: signal.Signals
) -> None:
    plugin = a_plugin(tmp_path / "site")
    home = a_home(tmp_path / "home", postgres_url, crm=a_told("crawl", pages=30))
    process = start("sync", home=home, environment=plugin)
    wait_for(home / "crm.began")
    process.send_signal(number)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 128 + number
    assert "stopped as asked" in errors
    landed = rows(postgres_url, "SELECT count(*) FROM source_record")[0][0]
    assert isinstance(landed, int)
    assert 0 < landed < 30
    assert run("sync", home=home, environment=plugin).returncode == 0
    assert rows(postgres_url, "SELECT count(*) FROM source_record") == [(30,)]
    begun = rows(postgres_url, "SELECT count(*) FROM batch")
    assert begun == [(30,)], "no page was read twice"


def test_two_syncs_at_once_wait_for_each_other_and_say_so(
    tmp_path: Path, postgres_url: str
) -> None:
    plugin = a_plugin(tmp_path / "site")
    home = a_home(tmp_path / "home", postgres_url, crm=a_told("crawl", pages=30))
    first = start("sync", home=home, environment=plugin)
    wait_for(home / "crm.began")
    second = run("sync", home=home, environment=plugin)
    first.communicate(timeout=60)
    assert (first.returncode, second.returncode) == (0, 0)
    assert "connection crm is being worked on by another run" in second.stderr
    assert rows(postgres_url, "SELECT count(*) FROM source_record") == [(30,)]
    assert rows(postgres_url, "SELECT position FROM feed_head") == [(30,)]


def test_a_sync_that_waits_for_another_one_can_be_stopped(
    tmp_path: Path, postgres_url: str
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    assert run("sync", home=home).returncode == 0
    with closing(connect(postgres_url)) as other, connection_lock(other, "shop"):
        process = start("sync", home=home)
        assert process.stderr is not None
        told = process.stderr.readline()
        assert "connection shop is being worked on by another run" in told
        process.send_signal(signal.SIGTERM)
        process.communicate(timeout=30)
        assert process.returncode == 128 + signal.SIGTERM


def test_the_row_of_a_killed_sync_is_closed_by_the_next(tmp_path: Path, postgres_url: str) -> None:
    plugin = a_plugin(tmp_path / "site")
    home = a_home(tmp_path / "home", postgres_url, crm=a_told("crawl", pages=10))
    process = start("sync", home=home, environment=plugin)
    wait_for(home / "crm.began")
    process.kill()
    process.communicate(timeout=60)
    assert run("sync", home=home, environment=plugin).returncode == 0
    found = rows(
        postgres_url,
        "SELECT outcome FROM run WHERE stage = 'connection' ORDER BY run_id",
    )
    assert found == [("failed",), ("succeeded",)]
    assert rows(postgres_url, "SELECT count(*) FROM source_record") == [(10,)]


def beside_a_thread(work: Callable[[], None]) -> None:
    """Do something while this process runs a second thread."""
    end = threading.Event()
    other = threading.Thread(target=end.wait)
    other.start()
    try:
        work()
    finally:
        end.set()
        other.join()


def test_a_process_with_threads_starts_children_anew_that_print_nothing(
    tmp_path: Path, postgres_url: str, capfd: pytest.CaptureFixture[str]
) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    home = load_home(a_home(tmp_path / "home", postgres_url, shop=SHOP))

    def work() -> None:
        assert not single_threaded()
        report = sync(home)
        assert report.exit_code == 0, report.connections
        assert report.connections[0].streams["customers"]["landed"] == 1
        assert report.identity["customers"] == 1

    beside_a_thread(work)
    assert capfd.readouterr() == ("", "")


def test_only_the_named_connections_are_read(tmp_path: Path, postgres_url: str) -> None:
    write_shop(tmp_path / "shop", [an_account(1)])
    other = SHOP.replace("../shop", "../nowhere")
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP, other=other)
    done = run("sync", "shop", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    assert list(runs(postgres_url)) == ["shop"]


def test_a_connection_that_does_not_exist_is_refused_with_the_nearest(
    tmp_path: Path, postgres_url: str
) -> None:
    home = load_home(a_home(tmp_path / "home", postgres_url, shop=SHOP))
    with pytest.raises(UnknownNameError, match="did you mean `shop`"):
        sync(home, ["shp"])


def test_a_switched_off_connection_is_not_read(tmp_path: Path, postgres_url: str) -> None:
    off = SHOP + "enabled: false\n"
    home = load_home(a_home(tmp_path / "home", postgres_url, shop=off))
    assert sync(home).connections == ()
    with pytest.raises(ConfigurationError, match="switched off"):
        sync(home, ["shop"])


def test_what_is_opened_for_all_connections_leaves_one_thread_to_fork(
    tmp_path: Path, postgres_url: str
) -> None:
    home = a_home(tmp_path / "home", postgres_url, shop=SHOP)
    script = (
        "import sys; from pathlib import Path; from throughline.home import load_home;"
        " from throughline.sync.processes import single_threaded;"
        " from throughline.sync.whole import preload;"
        " preload(load_home(Path(sys.argv[1]))); print(single_threaded())"
    )
    words = [sys.executable, "-c", script, str(home)]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "True\n"
