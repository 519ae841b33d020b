"""The index of the fixtures, and the rule that a skipped test fails a run with CI=true."""

from __future__ import annotations

import os

import pytest

pytest_plugins = (
    "tests.fix_brokers",
    "tests.fix_dovecot",
    "tests.fix_demo_home",
    "tests.fix_listing",
    "tests.fix_postgres",
    "tests.fix_tryton",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests with Tryton the time that it takes to make its database, once for a clone."""
    for item in items:
        if "tryton" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.timeout(900), append=False)


def pytest_sessionfinish(session: pytest.Session, exitstatus: int) -> None:
    """End non-zero if CI=true and anything was skipped: a check that did not run is no check."""
    if os.environ.get("CI") != "true" or hasattr(session.config, "workerinput"):
        return
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    skipped = reporter.stats.get("skipped", []) if reporter is not None else []
    if skipped and exitstatus == pytest.ExitCode.OK:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly how many tests were skipped, and that CI would not have it."""
    skipped = terminalreporter.stats.get("skipped", [])
    if not skipped:
        return
    verdict = "FAILED, for CI=true allows no skips" if os.environ.get("CI") == "true" else "loud"
    terminalreporter.section(f"{len(skipped)} skipped ({verdict})", sep="!", red=True, bold=True)
